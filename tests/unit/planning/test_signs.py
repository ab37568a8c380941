"""A reading states what it decided by itself; a question that says everything leaves nothing to state."""

import pytest

from app.planning.plan import SignKind
from app.planning.rule_planner import RulePlanner
from app.planning.signs import SIGNS


def signs(planner: RulePlanner, question: str) -> dict[SignKind, tuple[str, ...]]:
    readings = planner.plan(question).readings
    assert readings, f"{question} is not read"
    return {sign.kind: sign.words for sign in readings[0].signs}


@pytest.mark.parametrize("question", ["9月各渠道销售额", "上个月天猫的订单数", "sales by channel in September 2026"])
def test_a_question_that_says_everything_leaves_no_sign(planner: RulePlanner, question: str) -> None:
    assert signs(planner, question) == {}


@pytest.mark.parametrize(
    ("question", "kind", "words"),
    [
        ("9月天猫的销收", "by_sound", ("销收",)),
        ("sales by chanel in September 2026", "by_spelling", ("chanel",)),
        ("焕亮精华上个月的销量", "by_part", ("焕亮精华",)),
        ("各渠道销售额", "no_time", ()),
        ("去年双11的销售额", "vague_time", ("去年双11",)),
        ("9月天猫卖得最好的品类", "no_metric", ()),
        ("9月各品类销售额", "finer_twin", ()),
    ],
)
def test_each_decision_is_stated_with_its_words(
    planner: RulePlanner, question: str, kind: SignKind, words: tuple[str, ...]
) -> None:
    assert signs(planner, question).get(kind) == words


def test_metrics_that_nothing_joins_are_told_from_listed_ones(planner: RulePlanner) -> None:
    assert "unjoined_metrics" in signs(planner, "9月订单数销售额")
    for listed in ("9月订单数和销售额", "9月订单数、销售额", "orders and sales in September 2026"):
        assert "unjoined_metrics" not in signs(planner, listed)


def test_a_stock_needs_no_time_and_a_canonical_sentence_has_no_sign(planner: RulePlanner) -> None:
    assert "no_time" not in signs(planner, "黑金会员数")
    assert signs(planner, "2026-09 · 天猫 · 销售额") == {}


def test_every_kind_has_one_place_in_the_list() -> None:
    kinds = [kind for kind, _ in SIGNS]
    assert len(kinds) == len(set(kinds))
    assert set(kinds) == set(SignKind.__args__)  # type: ignore[attr-defined]
