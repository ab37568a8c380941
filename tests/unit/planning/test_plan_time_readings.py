"""What a plan says of its window, and times that complete or contradict each other."""

from datetime import date

import pytest

from tests.fixtures.planner import demo_planner

START, END = date(2026, 10, 1), date(2026, 10, 31)


def edges(question: str) -> list[tuple[date, date]]:
    return [(reading.query.start, reading.query.end) for reading in demo_planner().plan(question).readings]


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("去年双11的GMV", "去年双11 = 2025-10-20 至 2025-11-11"),
        ("春节GMV同比", "2025年春节 = 2025-01-28 至 2025-02-04"),
        ("双11GMV比去年双11", "前 12 天"),
        ("本财年GMV", "财年从 1 月开始"),
        ("月底GMV", "月底 = 2026-10-21 至 2026-10-31"),
        ("近3个完整月GMV", "近3个完整月 = 2026-07-01 至 2026-09-30"),
        ("GMV in early October", '"early october" = 2026-10-01 to 2026-10-10'),
        ("春节前的GMV", "从数据第一天"),
    ],
)
def test_a_window_that_words_leave_open_is_stated(question: str, said: str) -> None:
    (reading,) = demo_planner().plan(question).readings
    assert any(said in note for note in reading.assumptions), reading.assumptions


@pytest.mark.parametrize("question", ["9月GMV", "上个月各渠道GMV", "GMV last month", "近7天GMV"])
def test_a_plain_window_needs_no_words(question: str) -> None:
    (reading,) = demo_planner().plan(question).readings
    assert not any(" = " in note for note in reading.assumptions)


@pytest.mark.parametrize(
    ("question", "window"),
    [
        ("双11的GMV截至目前是多少", (date(2026, 10, 20), END)),
        ("截至昨天本月GMV", (START, date(2026, 10, 30))),
        ("截至9月15日,三季度GMV", (date(2026, 7, 1), date(2026, 9, 15))),
        ("how did 618 do this year, GMV", (date(2026, 5, 31), date(2026, 6, 20))),
    ],
)
def test_times_that_complete_each_other_are_one_window(question: str, window: tuple[date, date]) -> None:
    assert edges(question) == [window]


@pytest.mark.parametrize(
    "question",
    ["8月份的9月GMV", "上个月的8月GMV", "今年GMV和618GMV", "近30天不含本月GMV", "66大促GMV", "超品日GMV", "昨晚GMV",
     "双11第二波GMV", "618前后GMV", "13月GMV", "2026年2月30号GMV", "2027年春节假期GMV", "双旦GMV", "GMV last Monday"],
)  # fmt: skip
def test_times_that_contradict_or_are_not_known_are_refused(question: str) -> None:
    assert demo_planner().plan(question).unplanned is not None
