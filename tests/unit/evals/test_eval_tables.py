"""The grader of tables against near misses: each of them differs from the right answer in one thing only."""

from typing import Any

import pytest
from eval_builders import DELTA, DIMENSION, METRIC, SHARE, answered

from app.flows.answer import Answer
from evals.tables import difference

CHANNELS = {"channel": {"douyin": "抖音", "tmall": "天猫"}}
COMPARED = (("channel", DIMENSION), ("gmv", METRIC), ("gmv__prior_period", METRIC), ("gmv__prior_period_change", DELTA),
            ("gmv__prior_period_rate", DELTA))  # fmt: skip
GOLD = [("douyin", 300.0, 200.0), ("tmall", 100.0, 50.0), ("jd", 7.25, None)]
ROWS = [("douyin", 300, 200, 100, 0.5), ("tmall", 100, 50, 50, 1.0), ("jd", 7.25, None, None, None)]


def compared(*rows: tuple[Any, ...]) -> Answer:
    return answered(COMPARED, rows, CHANNELS)


def test_the_right_table_passes_whatever_the_order_of_its_rows() -> None:
    assert difference(compared(*ROWS), GOLD) is None
    assert difference(compared(*reversed(ROWS)), GOLD) is None


@pytest.mark.parametrize(
    ("rows", "problem"),
    [
        ([("douyin", 100, 200, 0, 0), ("tmall", 300, 50, 0, 0), ROWS[2]], "numbers"),  # values swapped between rows
        ([("douyin", 200, 300, 0, 0), ("tmall", 50, 100, 0, 0), ROWS[2]], "numbers"),  # now and before swapped
        (ROWS[:2], "rows"),  # a row missing
        ([*ROWS, ("app", 1, 1, 0, 0)], "rows"),  # a row too many
        ([ROWS[0], ROWS[0], ROWS[2]], "keys"),  # a row twice in place of another
        ([("tmall", 300, 200, 0, 0), ("douyin", 100, 50, 0, 0), ROWS[2]], "numbers"),  # right numbers, wrong labels
        ([("wechat_mini", 300, 200, 0, 0), *ROWS[1:]], "keys"),  # right number under another name
        ([*ROWS[:2], ("jd", 7.25, 0, 0, 0)], "numbers"),  # 0 where nothing is known
        ([*ROWS[:2], ("jd", None, None, None, None)], "numbers"),  # nothing where 7.25 is known
        ([("douyin", 300.001, 200, 0, 0), *ROWS[1:]], "numbers"),  # off by more than a millionth
        ([ROWS[0], ROWS[1], ("jd", 7.2, None, None, None)], "numbers"),  # rounded
    ],
)  # fmt: skip
def test_a_near_miss_is_wrong(rows: list[tuple[Any, ...]], problem: str) -> None:
    found = difference(compared(*rows), GOLD)
    assert found is not None
    assert found.problem == problem


def test_numbers_are_equal_within_a_millionth_and_no_further() -> None:
    def rate(value: float) -> Answer:
        return answered([("rate", METRIC)], [(value,)])

    assert difference(rate(0.123456789), [(0.1234567891,)]) is None
    assert difference(rate(0.128), [(0.123,)]) is not None  # half a point
    assert difference(rate(0.1235), [(0.123456789,)]) is not None
    assert difference(rate(0.0), [(1e-9,)]) is not None


def test_the_change_does_not_stand_in_for_the_earlier_value() -> None:
    assert difference(compared(("douyin", 300, 200, 100, 0.5)), [("douyin", 300.0, 100.0)]) is not None


SHARED = [("channel", DIMENSION), ("gmv", METRIC), ("gmv__share", SHARE)]


def test_a_share_comes_last_and_may_be_all_that_is_asked() -> None:
    answer = answered(SHARED, [("douyin", 300, 0.75), ("tmall", 100, 0.25)])
    assert difference(answer, [("douyin", 300.0, 0.75), ("tmall", 100.0, 0.25)]) is None
    assert difference(answer, [("douyin", 0.75), ("tmall", 0.25)]) is None


def test_a_value_is_no_share() -> None:
    value_only = answered(SHARED[:2], [("douyin", 300), ("tmall", 100)])
    assert difference(value_only, [("douyin", 0.75), ("tmall", 0.25)]) is not None
    swapped = answered([SHARED[0], ("gmv", METRIC), ("gmv__share", SHARE)], [("douyin", 0.75, 300)])
    assert difference(swapped, [("douyin", 300.0, 0.75)]) is not None


def test_metrics_keep_the_order_in_which_they_were_asked() -> None:
    both = answered([("orders", METRIC), ("buyers", METRIC)], [(12, 10)])
    assert difference(both, [(12.0, 10.0)]) is None
    assert difference(both, [(10.0, 12.0)]) is not None


def test_a_metric_too_many_or_too_few_is_wrong() -> None:
    both = answered([("orders", METRIC), ("buyers", METRIC)], [(12, 10)])
    assert difference(both, [(12.0,)]) is not None
    assert difference(answered([("orders", METRIC)], [(12,)]), [(12.0, 10.0)]) is not None


def test_dimension_columns_may_change_places_for_the_whole_table_but_not_in_one_row() -> None:
    columns = [("city", DIMENSION), ("home", DIMENSION), ("n", METRIC)]
    gold = [("上海", "北京", 1.0), ("北京", "上海", 2.0), ("上海", "上海", 3.0)]
    turned = answered(columns, [("北京", "上海", 1), ("上海", "北京", 2), ("上海", "上海", 3)])
    assert difference(turned, gold) is None
    one_row = answered(columns, [("上海", "北京", 1), ("上海", "北京", 2), ("上海", "上海", 3)])
    assert difference(one_row, gold) is not None


def test_a_value_may_stand_as_stored_or_as_shown_but_one_way_in_a_column() -> None:
    answer = answered([("channel", DIMENSION), ("n", METRIC)], [("douyin", 1), ("tmall", 2)], CHANNELS)
    assert difference(answer, [("抖音", 1.0), ("天猫", 2.0)]) is None
    assert difference(answer, [("抖音", 1.0), ("tmall", 2.0)]) is not None
    assert difference(answer, [("天猫", 1.0), ("抖音", 2.0)]) is not None


def test_an_id_and_its_name_are_the_same_and_namesakes_stay_apart() -> None:
    names = {"G1": "李娜", "G2": "李娜", "G3": "王芳"}
    columns = [("guide", DIMENSION), ("n", METRIC)]
    answer = answered(columns, [("李娜 (G1)", 5), ("李娜 (G2)", 4), ("王芳", 3)])
    assert difference(answer, [("G1", 5.0), ("G2", 4.0), ("G3", 3.0)], names=names) is None
    assert difference(answer, [("李娜", 5.0), ("李娜", 4.0), ("王芳", 3.0)], names=names) is None
    assert difference(answer, [("李娜", 5.0), ("李娜", 3.0), ("王芳", 4.0)], names=names) is not None
    merged = answered(columns, [("李娜", 9), ("王芳", 3)])
    assert difference(merged, [("G1", 5.0), ("G2", 4.0), ("G3", 3.0)], names=names) is not None


@pytest.mark.parametrize(
    ("shown", "gold"),
    [("2026-09", "2026-09-01"), ("2026-Q3", "2026-07-01"), ("2026", "2026-01-01"), ("2026-09-28", "2026-09-28"),
     ("2026-09-28 09:00", "2026-09-28 09:00"), (9, 9.0), (True, "true"), ("__other__", "其他"), (None, None)],
)  # fmt: skip
def test_buckets_of_time_and_plain_codes_are_compared_in_one_form(shown: Any, gold: Any) -> None:
    answer = answered([("period", DIMENSION), ("n", METRIC)], [(shown, 1)])
    assert difference(answer, [(gold, 1.0)]) is None
    assert difference(answer, [("2020-02-02", 1.0)]) is not None


def test_an_unknown_group_is_not_the_missing_one() -> None:
    answer = answered([("city", DIMENSION), ("n", METRIC)], [(None, 1), ("上海", 2)])
    assert difference(answer, [(None, 1.0), ("上海", 2.0)]) is None
    assert difference(answer, [("北京", 1.0), ("上海", 2.0)]) is not None


def test_an_asked_order_counts_and_rows_that_tie_may_change_places() -> None:
    columns = [("store", DIMENSION), ("n", METRIC)]
    gold = [("a", 5.0), ("b", 3.0), ("c", 3.0), ("d", 1.0)]
    tied = answered(columns, [("a", 5), ("c", 3), ("b", 3), ("d", 1)])
    assert difference(tied, gold, ordered=True) is None
    upside_down = answered(columns, [("d", 1), ("c", 3), ("b", 3), ("a", 5)])
    assert difference(upside_down, gold) is None
    found = difference(upside_down, gold, ordered=True)
    assert found is not None
    assert found.problem == "order"


def test_rows_without_a_dimension_are_a_multiset_too() -> None:
    answer = answered([("n", METRIC)], [(1,), (2,), (2,)])
    assert difference(answer, [(2.0,), (1.0,), (2.0,)]) is None
    assert difference(answer, [(1.0,), (1.0,), (2.0,)]) is not None


def test_no_rows_equal_no_rows_and_nothing_else() -> None:
    empty = answered([("n", METRIC)], [])
    assert difference(empty, []) is None
    assert difference(empty, [(0.0,)]) is not None
    assert difference(answered([("n", METRIC)], [(0,)]), []) is not None


def test_buckets_without_anything_may_be_rows_or_not_but_only_buckets_and_only_empty_ones() -> None:
    def by(column: str, *rows: tuple[Any, ...]) -> Answer:
        return answered([(column, DIMENSION), ("n", METRIC)], rows)

    dense = by("period", ("2026-09-01", 5), ("2026-09-02", 0), ("2026-09-03", None))
    sparse = [("2026-09-01", 5.0)]
    assert difference(dense, sparse) is None
    assert difference(by("period", ("2026-09-01", 5)), [*sparse, ("2026-09-02", 0.0)]) is None
    assert difference(by("period", ("2026-09-01", 5), ("2026-09-02", 1)), sparse) is not None
    assert difference(by("period", ("2026-09-01", 5)), [*sparse, ("2026-09-02", 1.0)]) is not None
    assert difference(by("period", ("2026-09-01", 5), ("2026-09-02", 0)), [*sparse, ("2026-09-02", None)]) is not None
    assert difference(by("channel", ("2026-09-01", 5), ("2026-09-02", 0)), sparse) is not None
