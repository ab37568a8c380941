"""Windows, comparisons and labels: properties first, against oracles written with plain date arithmetic."""

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from time_cases import brand_calendar, shown

from app.core.errors import WindowError
from app.planning.normalise import normalise
from app.planning.time_phrases import TimeRange, comparison_window, find_times, label, read_time, resolve_comparison

DAYS = st.dates(date(2023, 3, 1), date(2026, 12, 31))
PHRASES = [
    "今天", "昨天", "本周", "上周", "上上周", "本月", "上月", "9月",
    "12月", "去年9月", "9月上旬", "上月底", "本季度", "上季度", "Q3", "去年四季度",
    "前三季度", "上半年", "下半年", "今年", "去年", "前年", "近7天", "近两周",
    "近三个月", "近半年", "近一年", "最近", "近3个完整月", "前三个月", "9月1日", "8月到10月",
    "11月到1月", "9月1日到15日", "618", "双11", "去年双11", "双12", "七夕", "国庆",
    "618前一周", "去年双11后一周", "春节前两周", "去年618当天", "本财年", "上财季", "截至上月底", "去年双11预售期",
    "九月最后3天", "七夕当周", "618前后3天", "近三个月(不含本月)", "9月第2周", "第36周", "上季度最后一个月",
    "近7天不含今天", "10月12日那周", "上次双11", "本月截至昨天", "半年来", "大上周", "十一前三天",
]  # fmt: skip


@given(DAYS, st.sampled_from(PHRASES), st.sampled_from(["zh", "en"]))
def test_the_label_of_a_window_is_read_back_as_the_same_days(as_of: date, phrase: str, language: str) -> None:
    calendar = brand_calendar()
    try:
        (found,) = find_times(normalise(phrase).text, as_of, calendar)
    except WindowError:
        assume(False)
        return
    named = label(found.value, language, calendar)  # type: ignore[arg-type]
    (again,) = find_times(normalise(named).text, as_of, calendar)
    assert (again.start, again.end) == (0, len(named)), named
    assert shown(again.value) == shown(found.value), named


@given(DAYS, st.integers(1, 400))
def test_n_days_back_is_n_days_ending_today_and_is_compared_with_the_n_days_before(as_of: date, number: int) -> None:
    (found,) = find_times(f"近{number}天", as_of, brand_calendar())
    assert (found.value.start, found.value.end) == (as_of - timedelta(number - 1), as_of)
    before = comparison_window(found.value, "prior_period", brand_calendar())
    assert (before.start, before.end) == (as_of - timedelta(2 * number - 1), as_of - timedelta(number))


@given(DAYS, st.sampled_from(PHRASES), st.sampled_from(["prior_period", "prior_year"]))
def test_a_comparison_lies_wholly_before_its_window_and_is_never_empty(as_of: date, phrase: str, kind: str) -> None:
    calendar = brand_calendar()
    try:
        (found,) = find_times(normalise(phrase).text, as_of, calendar)
        before = comparison_window(found.value, kind, calendar)  # type: ignore[arg-type]
    except WindowError:
        assume(False)
        return
    assume(not found.value.open_start)
    assert before.start <= before.end
    assert before.start < found.value.start
    if kind == "prior_period":
        assert before.end < found.value.start


@given(DAYS)
def test_every_relative_window_is_known_by_today(as_of: date) -> None:
    for phrase in ("本周", "上周", "本月", "上月", "9月", "12月", "下半年", "Q4", "最近", "9月15日"):
        (found,) = find_times(normalise(phrase).text, as_of, brand_calendar())
        assert found.value.start <= as_of
        assert found.value.end <= as_of
        assert found.value.includes_today == (found.value.end == as_of)


@given(
    st.text(alphabet="今去上本前近年月日周天到至和比双1168九十两个半Q3 -~/.,环同后期截以来末底初GMV内第", max_size=40)
)
def test_no_text_breaks_the_grammar_and_spans_never_overlap(text: str) -> None:
    normalised = normalise(text).text
    try:
        reading = read_time(normalised, date(2026, 10, 31), brand_calendar())
    except WindowError:
        return
    found = [*reading.times, *reading.comparisons, *reading.grains, *reading.durations]
    spans = sorted((match.start, match.end) for match in found)
    assert all(0 <= start < end <= len(normalised) for start, end in spans)
    assert all(first[1] <= second[0] for first, second in pairwise(spans))


@given(DAYS)
def test_a_week_is_compared_with_the_same_week_days_52_weeks_earlier(as_of: date) -> None:
    (found,) = find_times("上周", as_of, brand_calendar())
    before = comparison_window(found.value, "prior_year", brand_calendar())
    assert (found.value.start - before.start, found.value.end - before.end) == (timedelta(364), timedelta(364))


@pytest.mark.parametrize(
    ("question", "code"),
    [("2月30日GMV", "2026"), ("9月15日到9月1日GMV", "ends before"), ("2030年双11", "2030"), ("明年春节", "not known"),
     ("去年大促GMV", "which promo")],
)  # fmt: skip
def test_what_the_calendar_does_not_know_is_said_not_guessed(question: str, code: str) -> None:
    with pytest.raises(WindowError, match=code):
        find_times(question, date(2026, 10, 31), brand_calendar())


def test_an_event_outside_the_calendars_years_is_refused() -> None:
    with pytest.raises(WindowError, match="2010"):
        find_times("双11", date(2010, 12, 9), brand_calendar())


def test_a_comparison_without_a_year_lies_next_to_its_window() -> None:
    calendar = brand_calendar()
    reading = read_time("去年9月gmv比8月", date(2026, 10, 31), calendar)
    window = resolve_comparison(reading.comparisons[0], reading.times[0].value, calendar)
    assert shown(window) == "2025-08-01..2025-08-31"


def test_spans_point_into_the_normalised_text() -> None:
    text = normalise("请看 7 月 1 日 到 7 月 15 日 的 GMV").text
    (found,) = find_times(text, date(2026, 8, 19), brand_calendar())
    assert text[found.start : found.end] == "7 月 1 日 到 7 月 15 日"


def test_a_running_promo_is_compared_with_as_many_days_of_last_years() -> None:
    calendar = brand_calendar()
    (found,) = find_times("双11", date(2026, 10, 25), calendar)
    assert shown(comparison_window(found.value, "prior_year", calendar)) == "2025-10-20..2025-10-25"


def test_a_trend_hint_follows_the_length_of_the_window() -> None:
    start = date(2026, 1, 1)
    lengths = {30: "day", 90: "week", 365: "month"}
    for days, grain in lengths.items():
        assert TimeRange(start, start + timedelta(days - 1)).grain_hint == grain
