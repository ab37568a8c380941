"""The same question in other people's words has the same plan; what would change its meaning has none."""

import pytest

from app.planning.rule_planner import RulePlanner

SAME = [
    ("9月卖了多少,8月呢", "9月销售额跟8月比"),
    ("10月小程序订单多少,9月又是多少?", "10月小程序订单数跟9月比"),
    ("十月订单数,别把门店和APP算进去", "除了门店和APP,十月订单数"),
    ("门店和APP不算,10月订单数", "除了门店和APP,10月订单数"),
    ("9月卖出件数是多少?要把赠品剔除", "不含赠品,9月卖出件数是多少"),
    ("支付金额200-500元的订单数,9月", "9月支付金额在200到500元之间的订单数"),
    ("今年退款至少两次的客人有多少", "今年退款笔数至少2的客人有多少"),
    ("9月周一到周三的订单数", "9月周一、周二、周三的订单数"),
    ("国庆七天订单数,今年的", "今年国庆七天订单数"),
    ("今年过年前那两周门店销售额", "今年春节前两周门店销售额"),
    ("去年双11期间一天一天的销售额", "去年双11期间每天的销售额"),
    ("最近30天广告曝光多少、点击多少、花了多少", "最近30天广告曝光量、广告点击量、投放花费"),
    ("8月扣掉退款之后的净额", "8月净销售额"),
    ("门店维度看10月客流", "10月各门店客流"),
]


@pytest.mark.parametrize(("said", "plain"), SAME)
def test_other_words_have_the_same_plan(planner: RulePlanner, said: str, plain: str) -> None:
    ours, theirs = (planner.plan(question).readings for question in (said, plain))
    assert ours
    assert theirs
    assert ours[0].query == theirs[0].query


@pytest.mark.parametrize("question", [
    "三季度,按大区,每个区销售额排第一的门店列出来",
    "六月第一次买的客人里面七月份回来买的人数",
    "会员近半年里有面膜购买但没精华购买的多少人",
])  # fmt: skip
def test_what_would_lose_a_condition_is_refused(planner: RulePlanner, question: str) -> None:
    assert not planner.plan(question).readings


def test_a_day_up_to_the_end_of_its_month_stays_in_it(planner: RulePlanner) -> None:
    reading = planner.plan("9月21号到月底的订单数").readings[0]
    assert (reading.query.start.isoformat(), reading.query.end.isoformat()) == ("2026-09-21", "2026-09-30")
