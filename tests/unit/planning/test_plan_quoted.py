"""Values said literally behind a dimension's name; signs that a condition hangs on are never skipped."""

import pytest

from tests.fixtures.planner import VALUES, demo_planner, only_reading, planner_over, said

ODD = ("'; DROP TABLE orders; --", "100", "上个月 双11 礼盒", "Full A", "a, b", 'x "y" z')


@pytest.mark.parametrize(
    ("question", "filters"),
    [
        ("上个月 渠道=“抖音” 的销售额", ["channel eq douyin"]),
        ("9月注册渠道为“抖音”的会员数", ["register_channel eq douyin"]),
        ("9月门店=“上海五角场店”的销售额", ["store eq 上海五角场店"]),
        ("9月商品=“'; DROP TABLE orders; --”的销量", ["product eq '; DROP TABLE orders; --"]),
        ("9月商品=“100”的销量", ["product eq 100"]),
        ("9月商品=“上个月 双11 礼盒”的销量", ["product eq 上个月 双11 礼盒"]),
        ("9月 商品不含“a, b” 的销量", ["product ne a, b"]),
        ('9月 商品="x \\"y\\" z" 的销量', ['product eq x "y" z']),
        ('units sold in September 2026 where product = "full a"', ["product eq Full A"]),
        ('sales in September 2026 for channel="Douyin" and "Tmall"', ["channel in douyin|tmall"]),
        ("9月渠道≠抖音的销售额", ["channel ne douyin"]),
        ("9月渠道!=“抖音”的销售额", ["channel ne douyin"]),
        ("9月渠道<>抖音的销售额", ["channel ne douyin"]),
    ],
)
def test_a_quoted_value_is_one_value_of_the_named_dimension(question: str, filters: list[str]) -> None:
    planner = planner_over({**VALUES, "product": (*VALUES["product"], *ODD)})
    assert said(only_reading(planner.plan(question)))["filters"] == filters


def test_a_quoted_value_that_is_not_held_is_named() -> None:
    unplanned = demo_planner().plan("9月商品=“没有这个”的销量").unplanned
    assert unplanned is not None
    assert unplanned.code == "unknown_value"
    assert "没有这个" in unplanned.reason


@pytest.mark.parametrize("question", ["9月渠道<抖音的销售额", "9月渠道>抖音的销售额"])
def test_a_sign_of_order_between_names_is_not_skipped(question: str) -> None:
    assert demo_planner().plan(question).unplanned is not None
