# ruff: noqa: DTZ001 - a TIMESTAMP of the contract is the brand's wall time
from datetime import date, datetime
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.ingest.values import converted, failed
from tests.fixtures.ingest.shop import query


def convert(text: object, target: str, kind: str = "VARCHAR", **options: tuple[str, ...]) -> tuple[object, bool]:
    typed = converted("v", kind, target, timezone="Asia/Shanghai", **options)
    sql = f"SELECT {typed}, {failed('v', kind, typed)} FROM (SELECT CAST(? AS {kind}) AS v)"
    return query(sql, text)[0]  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "target", "expected"),
    [
        ("1,234.50", "DECIMAL(18,2)", Decimal("1234.50")),
        ("¥12", "DECIMAL(18,2)", Decimal(12)),
        (" 7 ", "INTEGER", 7),
        ("(1,234)", "DECIMAL(18,2)", Decimal(-1234)),
        ("12.0", "INTEGER", 12),
        ("是", "BOOLEAN", True),
        ("0", "BOOLEAN", False),
        ("2026-10-01T20:00:00Z", "TIMESTAMP", datetime(2026, 10, 2, 4)),
        ("2026/10/1", "DATE", date(2026, 10, 1)),
        ("2026-10-01 10:00:00+08:00", "TIMESTAMP", datetime(2026, 10, 1, 10)),
        ("", "INTEGER", None),
        ("  ", "VARCHAR", None),
    ],
)
def test_the_ways_people_write_values_are_read(text: str, target: str, expected: object) -> None:
    assert convert(text, target) == (expected, False)


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("12.5", "INTEGER"),
        ("99999999999", "INTEGER"),
        ("x", "DECIMAL(18,2)"),
        ("12,34", "DECIMAL(18,2)"),
        ("nan", "DOUBLE"),
        ("2026-02-30", "DATE"),
        ("20261001", "TIMESTAMP"),
        ("也许", "BOOLEAN"),
        ("1e400", "DOUBLE"),
        ("#N/A", "INTEGER"),
    ],
)
def test_what_does_not_fit_is_a_failure_not_a_rounding(text: str, target: str) -> None:
    assert convert(text, target) == (None, True)


def test_a_declared_format_decides_and_an_id_read_as_a_float_is_an_id() -> None:
    assert convert("20261001", "DATE", formats=("%Y%m%d",)) == (date(2026, 10, 1), False)
    assert convert("01/02/2026", "DATE", formats=("%d/%m/%Y",)) == (date(2026, 2, 1), False)
    assert convert(13085.0, "VARCHAR", "DOUBLE") == ("13085", False)


@settings(max_examples=60, deadline=None)
@given(st.decimals(min_value=-(10**12), max_value=10**12, places=2))
def test_money_with_separators_is_the_same_money(amount: Decimal) -> None:
    assert convert(f"{amount:,.2f}", "DECIMAL(18,2)") == (amount, False)
    assert convert(f"{amount:.2f}", "DECIMAL(18,2)") == (amount, False)
