"""Promos, festivals and holidays: every name of the calendar in every year, cut out, compared, and stated."""

from datetime import date, timedelta

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from lunardate import LunarDate
from time_cases import brand_calendar

from app.core.errors import WindowError
from app.planning.normalise import normalise
from app.planning.time.events import event_range
from app.planning.time.labels import stated
from app.planning.time.ranges import EventPart, TimeRange
from app.planning.time_phrases import read_time, resolve_comparison

AS_OF = date(2026, 10, 31)
LATER = date(2027, 12, 31)
"""A day by which every window of the years tested is over."""
EVENTS = [event.id for event in brand_calendar().events]
WORDS = sorted({(word, event.id) for event in brand_calendar().events for word in event.words})
MAJORS = [event.id for event in brand_calendar().events if event.major]


def windows(text: str, as_of: date = AS_OF) -> list[TimeRange]:
    return [found.value for found in read_time(normalise(text).text, as_of, brand_calendar()).times]


def len_of(edges: tuple[date, date]) -> int:
    return (edges[1] - edges[0]).days + 1


@pytest.mark.parametrize(("word", "event_id"), WORDS, ids=lambda value: str(value))
def test_every_spelling_of_every_event_names_its_day(word: str, event_id: str) -> None:
    event = brand_calendar().event(event_id)
    for year in (2023, 2024, 2025):
        text = f"{year}年{word}当天GMV" if not word.isascii() or word[-1].isdigit() else f"GMV on {word} day {year}"
        (found,) = windows(text)
        assert (found.start, found.end) == (event.years[year].day, event.years[year].day), text


@given(st.sampled_from(EVENTS), st.sampled_from([2024, 2025, 2026]), st.integers(1, 30))
def test_days_before_end_the_day_before_and_days_after_begin_the_day_after(event_id: str, year: int, days: int) -> None:
    event = brand_calendar().event(event_id)
    try:
        start, end = event.window(year)
    except WindowError:
        assume(False)
        return
    anchor = start if event.kind == "platform" else event.years[year].day
    (before,), (after,) = (windows(f"{year}年{event.name.zh}{side}{days}天GMV", LATER) for side in ("前", "后"))
    assert (before.start, before.end) == (anchor - timedelta(days), anchor - timedelta(1))
    assert (after.start, after.end) == (end + timedelta(1), end + timedelta(days))


@given(st.sampled_from(MAJORS), st.integers(0, 40))
def test_a_running_promo_is_set_against_as_many_days_of_any_other(event_id: str, passed: int) -> None:
    calendar = brand_calendar()
    start, end = calendar.event(event_id).window(2026)
    as_of = start + timedelta(passed)
    assume(as_of < end)
    name = calendar.event(event_id).name.zh
    reading = read_time(f"今年{name}比去年{name}", as_of, calendar)
    base = resolve_comparison(reading.comparisons[0], reading.times[0].value, calendar)
    assert base.start == calendar.event(event_id).window(2025)[0]
    assert base.days == min(passed + 1, len_of(calendar.event(event_id).window(2025)))


@pytest.mark.parametrize(("days", "unit"), [(7, "一周"), (14, "两周"), (3, "3天")])
def test_before_spring_festival_is_compared_on_the_lunar_day(days: int, unit: str) -> None:
    calendar = brand_calendar()
    reading = read_time(f"春节前{unit}GMV同比", AS_OF, calendar)
    base = resolve_comparison(reading.comparisons[0], reading.times[0].value, calendar)
    first = LunarDate(2025, 1, 1).to_solar_date()
    assert (base.start, base.end) == (first - timedelta(days), first - timedelta(1))


def test_holidays_of_a_year_without_an_announcement_are_refused_and_their_day_is_not() -> None:
    for event in brand_calendar().events:
        if event.kind != "statutory":
            continue
        with pytest.raises(WindowError) as caught:
            windows(f"2027年{event.name.zh}假期GMV")
        assert "2027" in str(caught.value.hint)
        (day,) = windows(f"2027年{event.name.zh}当天GMV")
        assert day.start == event.years[2027].day


@pytest.mark.parametrize(
    ("later_first", "as_said"),
    [("去年双11和今年双11比GMV", "今年双11和去年双11比GMV"), ("8月和9月相比GMV", "9月和8月相比GMV")],
)
def test_two_joined_times_are_the_later_one_against_the_earlier(later_first: str, as_said: str) -> None:
    calendar = brand_calendar()
    pairs = []
    for text in (later_first, as_said):
        reading = read_time(text, AS_OF, calendar)
        window = reading.times[0].value
        base = resolve_comparison(reading.comparisons[0], window, calendar)
        pairs.append((window.start, window.end, base.start, base.end))
    assert pairs[0] == pairs[1]
    assert pairs[0][0] > pairs[0][2]


@pytest.mark.parametrize(
    ("text", "base"),
    [
        ("近7天比前7天GMV", (date(2026, 10, 18), date(2026, 10, 24))),
        ("9月比前三个月", (date(2026, 6, 1), date(2026, 8, 31))),
    ],
)
def test_units_before_are_counted_from_the_window_not_from_today(text: str, base: tuple[date, date]) -> None:
    reading = read_time(text, AS_OF, brand_calendar())
    found = resolve_comparison(reading.comparisons[0], reading.times[0].value, brand_calendar())
    assert (found.start, found.end) == base


@pytest.mark.parametrize(
    "text",
    [
        "销售额超过618的门店",
        "满520减50",
        "TOP11门店",
        "第十一名",
        "近十一天",
        "十一月的GMV",
        "双十一点半",
        "6180元",
        "1111个会员",
    ],
)
def test_counts_and_dates_are_no_promos(text: str) -> None:
    assert all(found.event is None or found.event.event_id == "d1111" for found in windows(text))
    assert not any(found.event and found.event.event_id in {"national", "d618", "d520"} for found in windows(text))


@pytest.mark.parametrize(
    ("said", "event", "words"),
    [
        ("去年双11", EventPart("d1111", 2025), ["去年双11 = 2025-10-20 至 2025-11-11", "品牌日历"]),
        ("春节", EventPart("cny", 2026), ["2026-02-15 至 2026-02-23", "农历"]),
    ],
)
def test_the_reading_of_an_event_is_stated_with_its_source(said: str, event: EventPart, words: list[str]) -> None:
    calendar = brand_calendar()
    text = stated(said, event_range(calendar, event), "zh", calendar)
    assert all(word in text for word in words)


@pytest.mark.parametrize(("said", "speaks"), [("月底", True), ("本财年", True), ("上个月", False), ("9月", False)])
def test_only_words_that_leave_the_days_open_are_stated(said: str, speaks: bool) -> None:
    (found,) = windows(f"{said}GMV")
    assert bool(stated(said, found, "zh", brand_calendar())) is speaks


def test_a_cut_promo_says_how_far_the_whole_one_goes() -> None:
    (found,) = windows("双11GMV")
    text = stated("双11", found, "zh", brand_calendar())
    assert "2026-11-11" in text
    assert "12 天" in text
