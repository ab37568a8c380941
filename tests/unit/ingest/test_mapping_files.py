from pathlib import Path

import pytest

from app.core.errors import ConfigurationError, NotFoundError
from app.ingest.mapping import load_mapping, parse_mapping, shipped_mappings
from tests.fixtures.ingest.shop import MAPPING


@pytest.mark.parametrize("name", shipped_mappings())
def test_every_shipped_mapping_is_valid_and_named_like_its_file(name: str) -> None:
    assert load_mapping(name).spec.id == name


def test_all_problems_are_told_at_once_each_with_its_line() -> None:
    text = MAPPING.read_text(encoding="utf-8")
    broken = (
        text.replace("order_id: order_no, line_no", "order_idd: order_no, line_no")
        .replace("quantity: quantity", "quantity: read_csv('x')")
        .replace("    from: orders\n    where", "    from: oders\n    where")
        .replace("  brands:\n", "  brandz:\n")
    )
    with pytest.raises(ConfigurationError) as caught:
        parse_mapping(broken, "shop.yaml")
    told = "\n".join(caught.value.problems)
    for expected in (
        "order_idd",
        "'order_id'",
        "read_csv",
        "'oders'",
        "did you mean 'orders'",
        "did you mean 'brands'",
    ):
        assert expected in told
    line = next(n for n, row in enumerate(broken.splitlines(), 1) if "order_idd" in row)
    assert f"shop.yaml:{line}:" in told


def test_wrong_shapes_and_double_keys_carry_their_lines() -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_mapping("id: Shop!\nid: shop\nsources: 3\nunknown: 1\n", "bad.yaml")
    told = "\n".join(caught.value.problems)
    assert "bad.yaml:2: the key 'id' is there twice" in told
    assert "bad.yaml:3: sources" in told
    assert "bad.yaml:4: unknown" in told


@pytest.mark.parametrize("text", ["", "- 1\n- 2\n", "just text", "{: [", "a: b: c", "a:\n\t- b", "\x00"])
def test_what_is_no_mapping_is_a_configuration_error(text: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_mapping(text, "bad.yaml")
    assert caught.value.problems


def test_an_unknown_mapping_name_suggests_a_shipped_one() -> None:
    with pytest.raises(NotFoundError, match="uci_online_retail_ii"):
        load_mapping("uci_online_retial_ii")
    with pytest.raises(NotFoundError):
        load_mapping(Path("missing.yaml"))
