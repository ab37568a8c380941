"""How people of shops, CRM and finance speak: verbs, frames, word order, units, subjects."""

import pytest

from app.planning.reorder import time_first
from app.planning.rule_planner import RulePlanner
from app.planning.tokens import tokenize
from app.semantic.query import SemanticQuery


def read(planner: RulePlanner, question: str) -> SemanticQuery:
    readings = planner.plan(question).readings
    assert readings, question
    return readings[0].query


SAME = [
    ("上个月天猫的销售额", ["天猫上个月冲了多少GMV", "帮我瞅一眼上个月天猫的销售额",
                        "上个月天猫跑了多少钱", "上个月天猫收了多少"]),
    ("上个月订单数", ["上个月出了几单", "上个月开了多少单", "上个月走了多少单"]),
    ("上个月退款笔数", ["退款上个月有几笔", "上个月退了几单"]),
    ("上个月退款金额", ["上个月退出去多少钱", "上个月的退货是个什么情况,退了多少钱", "上个月退货退了多少钱"]),
    ("上个月笔单价", ["上个月平均一单多少钱", "上个月单均"]),
    ("上个月客单价", ["上个月人均花了多少", "平均一个客人上个月花多少钱"]),
    ("上个月新增会员", ["上个月新来了多少会员", "上个月招了多少个会员", "上个月拉来多少会员"]),
    ("10月定金", ["预售10月收了多少定金"]),
    ("上个月各渠道的退款率", ["上個月各通路的退款率"]),
    ("9月门店的销售额", ["九月門市賣了多少錢"]),
]  # fmt: skip


@pytest.mark.parametrize(("plain", "spoken"), [(plain, one) for plain, others in SAME for one in others])
def test_the_spoken_question_means_the_plain_one(plain: str, spoken: str, planner: RulePlanner) -> None:
    assert read(planner, spoken) == read(planner, plain)


@pytest.mark.parametrize("verb", ["收了", "做了", "贡献了", "进账"])
def test_a_verb_of_money_without_a_noun_asks_for_money(verb: str, planner: RulePlanner) -> None:
    assert read(planner, f"上个月金卡会员{verb}多少").metrics == ("gmv_paid",)


@pytest.mark.parametrize("verb", ["收了", "冲了"])
def test_the_same_verb_before_another_noun_asks_for_that(verb: str, planner: RulePlanner) -> None:
    assert read(planner, f"上个月{verb}多少运费").metrics == ("freight_amount",)


def test_an_amount_before_orders_is_the_size_of_each(planner: RulePlanner) -> None:
    query = read(planner, "9月买了3件以上的订单有多少")
    assert not query.people
    assert [(f.dimension, f.op, f.values) for f in query.filters] == [("order_items", "ge", (3,))]


def test_an_amount_before_people_is_what_each_of_them_bought(planner: RulePlanner) -> None:
    assert read(planner, "9月买了3件以上的客户有多少").people


def test_new_members_who_bought_are_a_group_and_no_second_number(planner: RulePlanner) -> None:
    query = read(planner, "9月新会员买了多少钱")
    assert query.metrics == ("gmv_paid",)
    assert [s.segment for s in query.segments] == ["new_joiners"]


def test_a_list_of_numbers_stays_a_list(planner: RulePlanner) -> None:
    assert read(planner, "9月新增会员和销售额").metrics == ("new_members", "gmv_paid")


def test_the_people_of_a_sum_are_not_the_buyers_beside_the_sum(planner: RulePlanner) -> None:
    assert read(planner, "9月退款的有多少人").metrics == ("refund_people",)


@pytest.mark.parametrize("question", ["9月退货的订单毛利", "9月退货的商品有哪些"])
def test_a_deed_that_says_which_ones_is_no_sum(question: str, planner: RulePlanner) -> None:
    assert all("refund_amount" not in r.query.metrics for r in planner.plan(question).readings)


@pytest.mark.parametrize("question", ["天猫多少", "9月抖音多少"])
def test_a_channel_alone_counts_nobody(question: str, planner: RulePlanner) -> None:
    assert not planner.plan(question).readings


def test_a_difference_between_rows_is_no_comparison_of_times(planner: RulePlanner) -> None:
    query = read(planner, "会员和非会员9月客单价差多少")
    assert query.dimensions == ("is_member",)
    assert not query.compare


@pytest.mark.parametrize(("said", "dimension", "limit"), [("门店", "store", 10), ("直播间", "live_room", 10)])
def test_a_place_whose_rows_are_ranked_splits(said: str, dimension: str, limit: int, planner: RulePlanner) -> None:
    query = read(planner, f"9月{said}销售额排行榜前十")
    assert (query.dimensions, query.limit) == ((dimension,), limit)


def test_the_same_place_with_other_rows_ranked_filters(planner: RulePlanner) -> None:
    query = read(planner, "门店销售额最高的品类,9月")
    assert query.dimensions == ("category",)
    assert any(f.dimension == "channel" and f.values == ("store",) for f in query.filters)


def test_a_month_before_a_verb_of_coming_is_that_month(planner: RulePlanner) -> None:
    query = read(planner, "抖音9月来了多少新客")
    assert (query.start.month, query.end.month) == (9, 9)


@pytest.mark.parametrize(("question", "month"), [("11月生日的会员有多少", 11), ("9月有几个会员过生日的", 9)])
def test_the_month_beside_a_birthday_is_when_people_were_born(question: str, month: int, planner: RulePlanner) -> None:
    query = read(planner, question)
    assert [(f.dimension, f.values) for f in query.filters] == [("birthday_month", (month,))]
    assert query.start == query.end


@pytest.mark.parametrize("word", ["back", "came", "some", "more"])
def test_an_english_word_is_no_typo_of_a_name(word: str, planner: RulePlanner) -> None:
    assert not any(r.fuzzy for r in planner.plan(f"how many {word} customers in September").readings)


@pytest.mark.parametrize("question", ["买过面膜9月没买精华的人有多少", "会员9月走了多少"])
def test_time_is_moved_only_where_it_closes_a_name(question: str, planner: RulePlanner) -> None:

    pieces = tokenize(question, planner.lexicon, planner.calendar, planner.as_of)
    assert time_first(question, pieces, planner.lexicon) is None
