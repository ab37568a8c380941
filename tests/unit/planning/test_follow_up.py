"""A follow-up means what the whole question means that says the same at once."""

from collections.abc import Mapping
from typing import Any

import pytest

from app.planning.context import PlanContext, Previous
from app.planning.plan import PlanResult, Unplanned
from app.planning.rule_planner import RulePlanner
from app.semantic.query import SemanticQuery
from tests.fixtures.planner import only_reading, said

Rows = tuple[Mapping[str, Any], ...]
DOUYIN = "上个月抖音的销售额"
CHANNELS: Rows = tuple({"channel": name} for name in ("tmall", "douyin", "jd", "store"))
STORES: Rows = tuple({"store": name} for name in ("上海南京路旗舰店", "北京三里屯店", "成都太古里店"))


def after(planner: RulePlanner, turns: tuple[str, ...], rows: Rows = ()) -> PlanResult:
    """The last of `turns`, each planned after the one before it; `rows` are those of the turn before the last."""
    previous: Previous | None = None
    for turn in turns[:-1]:
        previous = Previous(turn, only_reading(planner.plan(turn, PlanContext(previous=previous))), rows)
    return planner.plan(turns[-1], PlanContext(previous=previous))


def query_after(planner: RulePlanner, *turns: str, rows: Rows = ()) -> SemanticQuery:
    return only_reading(after(planner, turns, rows))


def refusal_after(planner: RulePlanner, *turns: str, rows: Rows = ()) -> Unplanned:
    result = after(planner, turns, rows)
    assert result.unplanned is not None, [said(r.query) for r in result.readings]
    return result.unplanned


WHOLE = [
    # a value of the same dimension replaces, of another one adds
    ((DOUYIN, "那天猫呢"), "上个月天猫的销售额"),
    ((DOUYIN, "天猫呢"), "上个月天猫的销售额"),
    ((DOUYIN, "换成京东"), "上个月京东的销售额"),
    ((DOUYIN, "改成天猫看看"), "上个月天猫的销售额"),
    ((DOUYIN, "how about JD"), "上个月京东的销售额"),
    ((DOUYIN, "what about Tmall?"), "上个月天猫的销售额"),
    ((DOUYIN, "那黑金会员呢"), "上个月抖音黑金会员的销售额"),
    ((DOUYIN, "只看黑金会员"), "上个月抖音黑金会员的销售额"),
    ((DOUYIN, "其中面霜的"), "上个月抖音面霜的销售额"),
    ((DOUYIN, "只看新客"), "上个月抖音新客的销售额"),
    ((DOUYIN, "only new customers"), "上个月抖音新客的销售额"),
    ((DOUYIN, "只看会员"), "上个月抖音会员的销售额"),
    ((DOUYIN, "members only"), "上个月抖音会员的销售额"),
    ((DOUYIN, "那天毛呢"), "上个月天猫的销售额"),
    ((DOUYIN, "换成京东", "只看黑金会员", "那天猫呢"), "上个月天猫黑金会员的销售额"),
    # values joined, taken away, excluded
    ((DOUYIN, "再加上天猫"), "上个月抖音和天猫的销售额"),
    ((DOUYIN, "天猫也看一下"), "上个月抖音和天猫的销售额"),
    ((DOUYIN, "跟天猫比"), "上个月抖音和天猫的销售额"),
    ((DOUYIN, "include Tmall"), "上个月抖音和天猫的销售额"),
    ((DOUYIN, "去掉抖音"), "上个月的销售额"),
    ((DOUYIN, "不要抖音"), "上个月的销售额"),
    ((DOUYIN, "without Douyin"), "上个月的销售额"),
    ((DOUYIN, "全渠道呢"), "上个月的销售额"),
    ((DOUYIN, "除了抖音呢"), "上个月除了抖音的销售额"),
    (("上个月抖音和天猫的销售额", "去掉天猫"), DOUYIN),
    (("上个月抖音和天猫的销售额", "只看抖音"), DOUYIN),
    (("上个月各渠道的销售额", "不要抖音"), "上个月各渠道的销售额,除了抖音"),
    (("上个月各渠道的销售额", "只看抖音"), "上个月抖音各渠道的销售额"),
    (("上个月抖音和天猫的销售额", "把抖音换成京东"), "上个月天猫和京东的销售额"),
    # metrics
    ((DOUYIN, "换成订单数"), "上个月抖音的订单数"),
    ((DOUYIN, "那客单价呢"), "上个月抖音的客单价"),
    ((DOUYIN, "订单数"), "上个月抖音的订单数"),
    ((DOUYIN, "多少单"), "上个月抖音的订单数"),
    ((DOUYIN, "有多少人"), "上个月抖音的买家数"),
    ((DOUYIN, "再加上客单价"), "上个月抖音的销售额和客单价"),
    ((DOUYIN, "add AOV"), "上个月抖音的销售额和客单价"),
    ((DOUYIN, "orders instead"), "上个月抖音的订单数"),
    (("上个月的销售额和订单数", "去掉订单数"), "上个月的销售额"),
    (("上个月的销售额和订单数", "订单数不要了"), "上个月的销售额"),
    (("上个月的销售额和订单数", "drop orders"), "上个月的销售额"),
    (("上个月各渠道的销售额和订单数", "把销售额换成客单价"), "上个月各渠道的订单数和客单价"),
    # time and grain
    ((DOUYIN, "换成8月"), "8月抖音的销售额"),
    ((DOUYIN, "8月呢"), "8月抖音的销售额"),
    ((DOUYIN, "昨天呢"), "昨天抖音的销售额"),
    (("抖音8月的销售额", "and last month?"), DOUYIN),
    ((DOUYIN, "那去年呢"), "去年9月抖音的销售额"),
    (("今年的销售额", "那去年呢"), "去年的销售额"),
    (("今年的销售额", "改成去年"), "去年的销售额"),
    (("2025年9月抖音的销售额", "那8月呢"), "2025年8月抖音的销售额"),
    (("去年双11天猫的销售额", "那618呢"), "去年618天猫的销售额"),
    (("去年双11天猫的销售额", "今年三季度呢"), "今年三季度天猫的销售额"),
    ((DOUYIN, "按天看"), "上个月抖音每天的销售额"),
    ((DOUYIN, "by week"), "上个月抖音每周的销售额"),
    (("今年每月的销售额", "换成去年"), "去年每月的销售额"),
    (("今年每月的销售额", "按季度"), "今年每季度的销售额"),
    (("今年每月的销售额", "不按月了"), "今年的销售额"),
    (("今年每月的销售额", "and by channel"), "今年每月各渠道的销售额"),
    (("近7天的销售额", "再往前7天呢"), "2026年10月18日到24日的销售额"),
    (("9月的销售额", "再往前一个月"), "8月的销售额"),
    (("今年的销售额", "上半年呢", "下半年"), "下半年的销售额"),
    (("9月的销售额", "9月换成8月"), "8月的销售额"),
    # comparison
    ((DOUYIN, "环比呢"), "上个月抖音的销售额环比"),
    ((DOUYIN, "同比呢"), "上个月抖音的销售额同比"),
    ((DOUYIN, "跟去年同期比"), "上个月抖音的销售额同比"),
    ((DOUYIN, "year over year"), "上个月抖音的销售额同比"),
    (("上个月抖音的销售额环比", "换成同比"), "上个月抖音的销售额同比"),
    (("上个月抖音的销售额环比", "8月呢"), "8月抖音的销售额环比"),
    (("上个月抖音的销售额同比", "8月呢"), "8月抖音的销售额同比"),
    (("上个月抖音的销售额环比", "上周呢"), "上周抖音的销售额环比"),
    (("上个月抖音的销售额环比", "去掉环比"), DOUYIN),
    (("上个月抖音的销售额环比", "drop the comparison"), DOUYIN),
    # breakdown, rank, share, rows kept
    (("上个月的销售额", "按渠道拆"), "上个月各渠道的销售额"),
    (("上个月的销售额", "by channel"), "上个月各渠道的销售额"),
    ((DOUYIN, "各渠道呢"), "上个月各渠道的销售额"),
    (("上个月各渠道的销售额", "按品类看"), "上个月各品类的销售额"),
    (("上个月各渠道的销售额", "再按会员等级拆"), "上个月各渠道各会员等级的销售额"),
    (("上个月各渠道的销售额", "换成会员等级"), "上个月各会员等级的销售额"),
    (("上个月各渠道的销售额", "不按渠道了"), "上个月的销售额"),
    (("上个月各渠道的销售额", "合计"), "上个月的销售额"),
    (("上个月各渠道的销售额", "drop the breakdown"), "上个月的销售额"),
    (("上个月各渠道的销售额", "in total"), "上个月的销售额"),
    (("上个月各渠道的销售额", "前五名"), "上个月销售额前五的渠道"),
    (("上个月各渠道的销售额", "top 3"), "上个月销售额前三的渠道"),
    (("上个月各渠道的销售额", "倒数三名"), "上个月销售额倒数3名的渠道"),
    (("上个月各渠道的销售额", "哪个最高"), "上个月哪个渠道销售额最高"),
    (("上个月各渠道的销售额", "从高到低"), "上个月各渠道的销售额从高到低"),
    (("上个月各渠道的销售额", "占比呢"), "上个月各渠道的销售额占比"),
    ((DOUYIN, "占比呢"), "上个月抖音的销售额占比"),
    (("上个月各渠道的销售额", "只要超过10万的"), "上个月销售额超过10万的渠道"),
    (("上个月销售额前五的渠道", "前三"), "上个月销售额前三的渠道"),
    (("上个月销售额前五的渠道", "订单数呢"), "上个月订单数前五的渠道"),
    (("上个月销售额前五的渠道", "其余算其他"), "上个月销售额前五的渠道,其余算其他"),
]  # fmt: skip


@pytest.mark.parametrize(("turns", "whole"), WHOLE, ids=[" → ".join(turns) for turns, _ in WHOLE])
def test_a_follow_up_means_what_the_whole_question_means(
    turns: tuple[str, ...], whole: str, planner: RulePlanner
) -> None:
    expected = only_reading(planner.plan(whole))
    found = query_after(planner, *turns)
    assert _plain(found) == _plain(expected)


def _plain(query: SemanticQuery) -> dict[str, Any]:
    parts = said(query)
    for name in ("metrics", "dimensions"):  # which was said first is no difference
        parts[name] = sorted(str(parts.get(name, "")).split())
    return parts


@pytest.mark.parametrize(
    ("fragment", "expected"),
    [
        ("第二个按天看", {"filters": ["channel eq douyin"], "grain": "day"}),
        ("the second one by day", {"filters": ["channel eq douyin"], "grain": "day"}),
        ("第一名的那个渠道按天看", {"filters": ["channel eq tmall"], "grain": "day"}),
        ("最高的那个渠道环比", {"filters": ["channel eq tmall"], "compare": ["prior_period 2026-08-01..2026-08-31"]}),
        ("最低的那个呢", {"filters": ["channel eq store"]}),
        ("最后一个的订单数", {"filters": ["channel eq store"], "metrics": "paid_order_count"}),
        ("这些渠道按天看", {"dimensions": "channel", "grain": "day"}),
    ],
)
def test_rows_of_the_last_answer_become_filters(fragment: str, expected: dict[str, Any], planner: RulePlanner) -> None:
    found = said(query_after(planner, "上个月各渠道的销售额", fragment, rows=CHANNELS))
    assert found == {"metrics": "gmv_paid", "window": "2026-09-01..2026-09-30", **expected}


def test_rows_that_were_cut_off_are_pinned_when_they_are_pointed_at(planner: RulePlanner) -> None:
    found = said(query_after(planner, "上个月销售额前三的门店", "这些门店按天看", rows=STORES))
    assert found["filters"] == ["store in 上海南京路旗舰店|北京三里屯店|成都太古里店"]
    assert found["grain"] == "day"
    assert "limit" not in found


@pytest.mark.parametrize(
    ("first", "fragment", "rows"),
    [
        ("上个月各渠道的销售额", "第九个呢", CHANNELS),
        ("上个月各渠道的销售额", "它的客单价", CHANNELS),
        ("上个月各渠道的销售额", "这些门店的客单价", CHANNELS),
        ("上个月各会员等级的销售额", "最高的那个呢", ({"member_tier": "gold"}, {"member_tier": "silver"})),
        ("上个月的销售额", "第二个呢", ()),
    ],
)
def test_what_no_row_answers_to_is_refused(first: str, fragment: str, rows: Rows, planner: RulePlanner) -> None:
    assert refusal_after(planner, first, fragment, rows=rows).code == "not_understood"


def test_a_reference_without_rows_says_that_they_are_missing(planner: RulePlanner) -> None:
    assert refusal_after(planner, "上个月各渠道的销售额", "第二个呢").code == "needs_previous"


def test_the_first_three_with_another_metric_can_be_the_old_rows_or_a_new_ranking(planner: RulePlanner) -> None:
    readings = after(planner, ("上个月各渠道的销售额", "前三个的客单价"), CHANNELS).readings
    assert [said(r.query).get("filters") for r in readings] == [None, ["channel in tmall|douyin|jd"]]
    assert {r.query.metrics for r in readings} == {("aov",)}


@pytest.mark.parametrize(
    "question",
    ["上个月京东的订单数", "昨天卖了多少钱", "上周各渠道的订单量", "orders of JD last month", "换个话题,本月的订单数",
     "单次客一共有多少人", "2026年8月各会员等级的买家数"],
)  # fmt: skip
def test_a_question_that_stands_alone_inherits_nothing(question: str, planner: RulePlanner) -> None:
    alone = planner.plan(question)
    for first in ("上个月各渠道黑金会员的销售额环比", "三季度各品类毛利率"):
        assert [r.query for r in after(planner, (first, question)).readings] == [r.query for r in alone.readings]


@pytest.mark.parametrize("question", ["京东的订单数", "各门店的订单数"])
def test_a_metric_with_a_condition_and_no_time_can_be_both(question: str, planner: RulePlanner) -> None:
    windows = [r.query.start.isoformat() for r in after(planner, (DOUYIN, question)).readings]
    assert windows == ["2026-09-01", "2026-10-02"]


def test_a_year_put_in_the_place_of_a_month_can_be_the_year_or_that_month(planner: RulePlanner) -> None:
    windows = [said(r.query)["window"] for r in after(planner, (DOUYIN, "改成去年")).readings]
    assert windows == ["2025-01-01..2025-12-31", "2025-09-01..2025-09-30"]


@pytest.mark.parametrize("fragment", ["瞎说八道呢", "那火星呢", "再往前3天呢", "把京东换成天猫",
                                       "按心情拆", "换成蓝色", "how about Mars", "去掉京东", "那个呢",
                                      "前五名", "从高到低",
                                      "只要超过10万的", "drop the breakdown", "不要客单价"])  # fmt: skip
def test_what_nothing_explains_is_refused(fragment: str, planner: RulePlanner) -> None:
    assert refusal_after(planner, DOUYIN, fragment).code == "not_understood"


@pytest.mark.parametrize("fragment", ["为什么", "为啥", "why?"])
def test_causes_are_not_explained_but_follow_ups_that_help_are_offered(fragment: str, planner: RulePlanner) -> None:
    refusal = refusal_after(planner, DOUYIN, fragment)
    assert refusal.code == "out_of_scope"
    assert len(refusal.instead) >= 2
    for offer in refusal.instead:
        assert after(planner, (DOUYIN, offer)).readings, offer


@pytest.mark.parametrize("fragment", ["那天猫呢", "按渠道看", "环比呢", "前五名", "how about JD",
                                      "by channel", "只看黑金会员", "这些门店的销售额"])  # fmt: skip
def test_a_fragment_with_nothing_before_it_says_so(fragment: str, planner: RulePlanner) -> None:
    refusal = planner.plan(fragment).unplanned
    assert refusal is not None
    assert refusal.code == "needs_previous"
    for example in refusal.instead:
        assert planner.plan(example).readings


def test_those_that_have_one_are_kept_without_a_split(planner: RulePlanner) -> None:
    found = said(query_after(planner, "三季度订单数", "只要直播间的"))
    assert found["filters"] == ["is_live eq live"]
    assert "dimensions" not in found


def test_what_was_kept_is_said(planner: RulePlanner) -> None:
    (reading,) = after(planner, (DOUYIN, "按天看")).readings
    assert any("销售额" in note and "2026-09-01" in note and "抖音" in note for note in reading.assumptions)


def test_a_metric_that_cannot_keep_the_filter_is_refused_instead_of_losing_it(planner: RulePlanner) -> None:
    assert refusal_after(planner, "上个月面霜的销售额", "那企微好友数呢").code == "impossible_split"
