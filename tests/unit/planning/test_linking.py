"""Words to dimensions: the nearest that the metrics reach, ties as several readings, finer twins said aloud."""

import pytest

from app.planning.linking import Reach
from app.planning.rule_planner import RulePlanner
from tests.fixtures.planner import only_reading, said


@pytest.fixture(scope="module")
def reach(planner: RulePlanner) -> Reach:
    return Reach(planner.model)


def filters_of(planner: RulePlanner, question: str) -> list[list[str]]:
    return [said(reading.query).get("filters", []) for reading in planner.plan(question).readings]


def test_a_dimension_of_the_own_table_is_nearer_than_one_behind_a_join(reach: Reach) -> None:
    own, behind = reach.distance("gmv_paid", "channel"), reach.distance("gmv_paid", "member_tier")
    assert own == 0
    assert behind is not None
    assert behind > own


def test_what_lies_on_the_many_side_is_out_of_reach(reach: Reach) -> None:
    assert reach.distance("gmv_paid", "category") is None
    assert reach.distance("gmv_paid", "tag_value") is None
    assert reach.distance("item_sales", "category") is not None


def test_a_ratio_reaches_only_what_all_its_parts_reach(reach: Reach, planner: RulePlanner) -> None:
    for metric in planner.model.metrics.values():
        if metric.type != "ratio" or metric.numerator is None or metric.denominator is None:
            continue
        for dimension in planner.model.dimensions:
            both = [reach.distance(part, dimension) for part in (metric.numerator, metric.denominator)]
            assert (reach.distance(metric.id, dimension) is None) == (None in both), (metric.id, dimension)


def test_a_metric_with_days_reaches_what_it_reaches_without(reach: Reach) -> None:
    assert reach.leaf_datasets("cohort_repurchase_rate@30") == reach.leaf_datasets("cohort_repurchase_rate")


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("上个月抖音的销售额", ["channel eq douyin"]),
        ("上个月注册渠道为抖音的会员数", ["register_channel eq douyin"]),
        ("上个月抖音新增会员", ["register_channel eq douyin"]),
        ("9月上海门店数", ["store_city eq 上海"]),
    ],
)
def test_the_metric_decides_which_dimension_a_value_belongs_to(
    planner: RulePlanner, question: str, filters: list[str]
) -> None:
    assert filters in filters_of(planner, question)


def test_equally_near_dimensions_are_separate_readings(planner: RulePlanner) -> None:
    readings = filters_of(planner, "9月上海的销售额")
    assert len(readings) > 1
    assert ["store_city eq 上海"] in readings
    assert ["member_city eq 上海"] in readings


def test_the_noun_beside_a_city_says_whose_city_it_is(planner: RulePlanner) -> None:
    of_members = {line.split()[0] for lines in filters_of(planner, "9月上海会员的销售额") for line in lines}
    of_stores = {line.split()[0] for lines in filters_of(planner, "9月上海门店的销售额") for line in lines}
    assert of_members == {"is_member", "member_city", "member_province"}
    assert of_stores == {"channel", "store_city", "store_province"}


def test_a_name_that_only_one_dimension_holds_leaves_one_reading(planner: RulePlanner) -> None:
    assert filters_of(planner, "9月昆明会员的销售额") == [["is_member eq member", "member_city eq 昆明"]]


@pytest.mark.parametrize(
    ("question", "asked", "used"),
    [
        ("9月各品类的销售额", "销售额", "item_sales"),
        ("9月精华的买家数", "买家数", "product_buyers"),
        ("9月各商品的订单数", "订单数", "product_orders"),
        ("sales by category in September 2026", "Sales (paid GMV)", "item_sales"),
    ],
)
def test_the_finer_twin_is_used_and_said_aloud(planner: RulePlanner, question: str, asked: str, used: str) -> None:
    [reading] = planner.plan(question).readings
    assert reading.query.metrics == (used,)
    assert any(asked in note and planner.model.metrics[used].label.in_(planner.plan(question).language) in note
               for note in reading.assumptions)  # fmt: skip


def test_without_need_the_asked_metric_stays_and_nothing_is_assumed(planner: RulePlanner) -> None:
    [reading] = planner.plan("9月各渠道的销售额").readings
    assert reading.query.metrics == ("gmv_paid",)
    assert reading.assumptions == ()


@pytest.mark.parametrize("dimension", ["各门店", "各大区", "按门店城市看"])
def test_a_breakdown_that_most_rows_do_not_have_leaves_those_rows_out(planner: RulePlanner, dimension: str) -> None:
    query = only_reading(planner.plan(f"9月{dimension}的销售额"))
    assert [(f.dimension, f.op) for f in query.filters] == [(query.dimensions[0], "not_null")]


def test_a_breakdown_where_empty_means_unknown_keeps_those_rows(planner: RulePlanner) -> None:
    assert only_reading(planner.plan("9月各会员等级的销售额")).filters == ()


def test_a_tag_picks_people_and_not_orders(planner: RulePlanner) -> None:
    [person] = only_reading(planner.plan("敏感肌会员上个月的销售额")).people
    assert [(f.dimension, f.values) for f in person.filters] == [("tag_value", ("敏感",))]


def test_a_value_and_a_breakdown_of_one_word_share_their_dimension(planner: RulePlanner) -> None:
    for reading in planner.plan("9月各城市的销售额,只看上海").readings:
        filtered = {f.dimension for f in reading.query.filters if f.values}
        assert filtered <= {*reading.query.dimensions} or not filtered & {"store_city", "member_city"}
