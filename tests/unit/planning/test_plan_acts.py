"""Things and what was done to them, in any order and any of their words."""

from datetime import date

import pytest

from app.planning.rule_planner import RulePlanner
from app.semantic.query import SemanticQuery


def _only(planner: RulePlanner, question: str) -> SemanticQuery:
    result = planner.plan(question)
    assert len(result.readings) == 1, (question, result.unplanned)
    return result.readings[0].query


@pytest.mark.parametrize(
    ("question", "metric"),
    [
        ("上个月一共派出去多少张券", "coupons_issued"),
        ("上个月券一共撒了多少张", "coupons_issued"),
        ("上个月券被领走了几张", "coupons_claimed"),
        ("上个月核销了几张", "coupons_used"),
        ("上个月用掉的券有多少", "coupons_used"),
        ("上个月券过期作废了多少张", "coupons_expired"),
        ("how many coupons did we hand out last month", "coupons_issued"),
        ("how many vouchers got redeemed last month", "coupons_used"),
        ("上个月群发了几条消息", "sends_count"),
        ("上个月有多少条消息送到了", "sends_delivered"),
        ("上个月广告砸了多少钱", "media_cost"),
        ("how much did we burn on ads last month", "media_cost"),
        ("上个月一个转化要花多少钱", "cpa"),
        ("上个月有多少好友把我们删了", "wecom_deleted_relations"),
        ("上个月新加的好友有几个", "wecom_new_friends"),
        ("上个月退群的有多少人", "group_leaves"),
        ("上个月给导购下了多少任务", "tasks_issued"),
        ("上个月导购做完了几个任务", "tasks_done"),
        ("上个月花掉了多少积分", "points_redeemed"),
        ("上个月送出去多少积分", "points_issued"),
        ("上个月关了几个工单", "tickets_closed"),
        ("上个月扫码的有多少人", "code_scan_people"),
        ("上个月一共扫了多少次码", "code_scan_count"),
    ],
)
def test_an_act_is_counted_whatever_the_words_and_their_order(planner: RulePlanner, question: str, metric: str) -> None:
    query = _only(planner, question)
    assert query.metrics == (metric,)
    assert (query.start, query.end) == (date(2026, 9, 1), date(2026, 9, 30))
    assert not query.dimensions
    assert not query.people


@pytest.mark.parametrize(
    ("question", "things", "people"),
    [
        ("上个月领了{}券", "coupons_claimed", "coupon_claimers"),
        ("上个月短信打开了{}", "sends_opened", "opened_people"),
        ("上个月短信点了{}", "sends_clicked", "clicked_people"),
    ],
)
def test_people_and_things_of_one_act_are_different_numbers(
    planner: RulePlanner, question: str, things: str, people: str
) -> None:
    measure = "多少张" if "券" in question else "多少条"
    assert _only(planner, question.format(measure)).metrics == (things,)
    assert _only(planner, question.replace("{}券", "券的有多少人").replace("{}", "的有多少人")).metrics == (people,)


def test_two_acts_asked_apart_are_two_numbers(planner: RulePlanner) -> None:
    assert _only(planner, "上个月短信发了多少条,送达多少条").metrics == ("sends_count", "sends_delivered")


def test_the_channel_of_a_message_stays_a_condition(planner: RulePlanner) -> None:
    found = _only(planner, "上个月发短信花了多少钱")
    assert found.metrics == ("send_cost",)
    assert [(f.dimension, f.values) for f in found.filters] == [("channel", ("sms",))]


def test_which_thing_splits_and_a_guide_only_named_does_not(planner: RulePlanner) -> None:
    assert _only(planner, "哪种券上个月用得最多").dimensions == ("coupon_template",)
    assert _only(planner, "上个月各导购完成了多少任务").dimensions == ("guide",)
    assert _only(planner, "上个月导购完成了多少任务").dimensions == ()


@pytest.mark.parametrize(
    "question",
    [
        "上个月领了券的人买了多少钱",  # the act is a condition of a purchase
        "上个月领了3张以上券的有多少人",  # and here of how often
        "上个月领了券但没用的有多少人",
        "上个月卖出去多少件货",
    ],
)
def test_an_act_beside_another_matter_is_not_the_number(planner: RulePlanner, question: str) -> None:
    asked = {m for reading in planner.plan(question).readings for m in reading.query.metrics}
    assert not asked & {"coupons_claimed", "coupon_cost", "stock_on_hand"}
    condition_free = [r for r in planner.plan(question).readings if "coupon_claimers" in r.query.metrics]
    assert not condition_free


@pytest.mark.parametrize("question", ["上个月短信点击数", "clicks on sms last month"])
def test_clicks_beside_a_message_channel_are_clicks_on_messages(planner: RulePlanner, question: str) -> None:
    result = planner.plan(question)
    assert {m for r in result.readings for m in r.query.metrics} <= {"sends_clicked", "sms_clicked"}


@pytest.mark.parametrize("question", ["上个月短信的曝光量", "上个月天猫的广告花费", "上个月短信渠道的销售额"])
def test_a_value_that_the_data_never_holds_is_refused(planner: RulePlanner, question: str) -> None:
    result = planner.plan(question)
    assert result.unplanned is not None, result.readings
