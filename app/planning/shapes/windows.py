"""The window: one time, several neighbouring times, a time against another, or none at all."""

import re
from dataclasses import replace
from datetime import date, timedelta
from itertools import pairwise
from typing import Literal

from app.planning.calendar import PromoCalendar
from app.planning.draft import Draft
from app.planning.lattice import Token
from app.planning.time.labels import label, stated
from app.planning.time.ranges import TimeRange
from app.planning.time.windows import aligned
from app.semantic.query import Comparison, Grain

_DEFAULT_DAYS = 30
_LISTED = re.compile(r"[和与跟及或比、,/]|对比|\b(?:and|or|vs|than)\b")
_BEFORE = re.compile(r"前$|\bbefore\b")
# What joins and compares two times, where the later one was moved to the front.
_AROUND = re.compile(r"^[和跟与同]|的?(?:时候?)?(?:相比|相较|比较|比起来|做?对比|来比|比一?下?)$")
_BUCKETS: tuple[tuple[int, Grain], ...] = ((35, "day"), (120, "week"), (10_000, "month"))


def read_grain(draft: Draft) -> None:
    """按月 / 每天 / monthly fix the grain; 趋势 alone leaves it to the length of the window."""
    for token in draft.free():
        if token.kind == "grain":
            draft.grain = draft.grain or token.payload
            draft.wants_trend = draft.wants_trend or token.payload is None
            draft.limit_per_period = draft.limit_per_period or _ranks_inside(draft, token)
            token.use("grain", str(token.payload or "trend"))


def _ranks_inside(draft: Draft, token: Token) -> bool:
    """每个月卖得最好的渠道: every bucket said first, then what is ranked in it."""
    each = token.text.startswith(("每", "各", "逐", "each", "every"))
    ranked = draft.order_by is not None and draft.limit is not None and not draft.ranks_periods
    return bool(each and ranked and token.payload and draft.breakdowns and token.start < draft.breakdowns[0].start)


def read_windows(draft: Draft, calendar: PromoCalendar, first_day: date) -> None:
    """Fill the window (and a comparison, where two times are set against each other)."""
    times = _without_year(draft.text, _without_now(draft, [t for t in draft.free() if t.kind == "time"]))
    own = [clause.window for clause in draft.people if clause.window and not clause.negated]
    if not times and own:
        draft.window = own[0]  # the people were picked there, so that is where they are counted
    elif not times:
        _default_window(draft, first_day)
    elif len(times) == 1:
        _use(draft, times[0], calendar, first_day)
    elif (joined := _joined(draft.text, times)) is not None and not _are_set_against(draft, times):
        _use_joined(draft, times, joined, calendar)
    elif len(times) == 2 and (found := _until(times)) is not None and not _are_set_against(draft, times):
        _use_until(draft, *found, calendar)
    elif len(times) == 2 and _are_connected(draft, times):
        _use_pair(draft, times, calendar, first_day)
    if draft.wants_trend and draft.grain is None:
        draft.grain = fitting_grain(draft)


def _use(draft: Draft, token: Token, calendar: PromoCalendar, first_day: date) -> None:
    found: TimeRange = token.payload
    draft.window = (max(found.start, first_day) if found.open_start else found.start, found.end)
    if found.open_start and _BEFORE.search(token.text):
        start, end = draft.window
        draft.assume(
            f"{token.text} = 从数据第一天 {start} 至 {end}", f'"{token.text}" = {start}, the first day, to {end}'
        )
    draft.window_label = label(found, draft.language, calendar)
    draft.window_range = found
    state(draft, token.text, found, calendar)
    token.use("window", f"{found.start}..{found.end}")


def state(draft: Draft, said: str, window: TimeRange, calendar: PromoCalendar) -> None:
    """Say which days a promo, a festival, a fiscal or a vague period was taken for."""
    said = _AROUND.sub("", said)
    text = stated(said if draft.language == "zh" else f'"{said}"', window, draft.language, calendar)
    if text and text not in draft.assumptions:
        draft.assumptions.append(text)


def _without_now(draft: Draft, times: list[Token]) -> list[Token]:
    """The times without a 截至目前 that adds nothing: another one of them ends today anyway."""
    now = [t for t in times if t.payload.open_start and t.payload.end == draft.as_of]
    rest = [t for t in times if t not in now]
    if not now or not rest or any(t.payload.end != draft.as_of for t in rest):
        return times
    for token in now:
        token.use("window", f"..{token.payload.end}")
    return rest


def _without_year(text: str, times: list[Token]) -> list[Token]:
    """The times without a year that only says again which year's promo is meant (how did 618 do this year)."""
    events = [t for t in times if t.payload.event]
    years = [t for t in times if t.payload.unit == "year" and t.payload.kind == "calendar"]
    if len(times) != 2 or len(events) != 1 or len(years) != 1:
        return times
    added = times[1] is years[0] and not text[times[1].end :].strip(" 的呢呀啊,。?!")  # 国庆卖了多少,今年的
    if not added and _LISTED.search(text, times[0].end, times[1].start):
        return times
    if events[0].payload.event.year != years[0].payload.start.year or events[0].payload.start < years[0].payload.start:
        return times
    years[0].use("window", str(years[0].payload.start.year))
    return events


def _until(times: list[Token]) -> tuple[Token, Token] | None:
    """A period and a day inside it that it is read up to (截至9月15日,三季度GMV): the period's token first."""
    limits = [t for t in times if t.payload.open_start]
    periods = [t for t in times if not t.payload.open_start]
    if len(limits) != 1 or len(periods) != 1:
        return None
    period, limit = periods[0].payload, limits[0].payload
    return (periods[0], limits[0]) if period.start <= limit.end <= period.end else None


def _use_until(draft: Draft, period: Token, limit: Token, calendar: PromoCalendar) -> None:
    found = replace(period.payload, end=limit.payload.end, to_date=True, includes_today=False)
    draft.window, draft.window_range = (found.start, found.end), found
    draft.window_label = label(found, draft.language, calendar)
    state(draft, draft.say(f"{period.text}{limit.text}", f"{period.text} {limit.text}"), found, calendar)
    for token in (period, limit):
        token.use("window", f"{found.start}..{found.end}")


def _counts_a_segment(draft: Draft) -> bool:
    """活跃会员有多少: nothing was asked but the size of a group whose number depends on the days that are looked at."""
    if not draft.segments or any(t.used_by == "metric" for t in draft.tokens):
        return False
    dated = any(draft.model.segments[segment].time for segment, *_ in draft.segments)
    return dated or not _are_stocks(draft)


def _are_stocks(draft: Draft) -> bool:
    """Are the metrics read at the end of the window, wherever it begins?"""
    windows = {draft.metric(m).window for m in draft.metrics}
    return bool(windows) and windows <= {"until", "snapshot"}


def _default_window(draft: Draft, first_day: date) -> None:
    """No time said: stocks are read as of today; everything else over the last 30 days. Disclosed."""
    # A group of people that stands by itself is counted whole, not only its part in the last days.
    did = any((t.used_by == "people" and t.has("deed")) or t.target == "joined" for t in draft.tokens)
    did = did or _counts_a_segment(draft)
    open_clauses = did or any(clause.window is None for clause in draft.people)
    if open_clauses and (draft.asks_people or all(_counts_people(draft, m) for m in draft.metrics)):
        draft.window = (first_day, draft.as_of)
        draft.assume(
            f"未说明时间,按全部历史({first_day} 至 {draft.as_of})计",
            f"No time was given: all of history ({first_day} to {draft.as_of})",
        )
        return
    if _are_stocks(draft):
        draft.window = (draft.as_of, draft.as_of)
        draft.assume(
            f"未说明时间,按数据最新一天 {draft.as_of} 计", f"No time was given: as of {draft.as_of}, the latest day"
        )
        return
    if draft.grain is not None or draft.wants_trend:
        start = max(first_day, date(draft.as_of.year - 1, draft.as_of.month, 1))
        draft.window = (start, draft.as_of)
        draft.assume(f"未说明时间,按 {start} 至 {draft.as_of} 计", f"No time was given: {start} to {draft.as_of}")
        return
    start = draft.as_of - timedelta(days=_DEFAULT_DAYS - 1)
    draft.window = (start, draft.as_of)
    draft.assume(
        f"未说明时间,按最近 30 天({start} 至 {draft.as_of})计",
        f"No time was given: the last 30 days ({start} to {draft.as_of})",
    )


def _counts_people(draft: Draft, metric: str) -> bool:
    return draft.metric(metric).unit == "people"


def _belongs_to(text: str, left: Token, right: Token) -> bool:
    """8月份的9月: one time of the other is a contradiction, not a list."""
    return text[left.end : right.start].strip() in ("的", "份的", "of")


def _joined(text: str, times: list[Token]) -> tuple[date, date] | None:
    """Neighbouring windows of one unit ("8月和9月") as one window."""
    ranges: list[TimeRange] = sorted((t.payload for t in times), key=lambda r: r.start)
    if len({r.unit for r in ranges}) != 1 or any(_belongs_to(text, left, right) for left, right in pairwise(times)):
        return None
    for left, right in pairwise(ranges):
        if right.start != left.end + timedelta(days=1):
            return None
    return ranges[0].start, ranges[-1].end


def _are_connected(draft: Draft, times: list[Token]) -> bool:
    """Two times with nothing, or with the question itself between them, contradict each other; 和 makes them a pair."""
    if _are_set_against(draft, times):
        return True
    between = draft.tokens[draft.index(times[0]) + 1 : draft.index(times[1])]
    said = draft.text[times[0].end : times[1].start].strip("的 ")
    return bool(said) and all(t.is_filler or t.op("range", "vs") for t in between)


def _are_set_against(draft: Draft, times: list[Token]) -> bool:
    """8 月比 9 月, 9 月和 8 月对比: a connective of comparison between or behind the two times."""
    if len(times) != 2:
        return False
    low, high = draft.index(times[0]), draft.index(times[1])
    between = draft.tokens[low + 1 : high]
    if any(t.op("vs") and not t.is_filler for t in between):
        return True
    return any(t.op("vs", "change") and not t.is_filler and not t.used_by for t in draft.tokens)


def _use_joined(draft: Draft, times: list[Token], window: tuple[date, date], calendar: PromoCalendar) -> None:
    unit = times[0].payload.unit
    for token in times:
        state(draft, token.text, token.payload, calendar)
        token.use("window", f"{token.payload.start}..{token.payload.end}")
    draft.window = window
    draft.window_label = draft.say("、", ", ").join(label(t.payload, draft.language, calendar) for t in times)
    if draft.grain is None and unit in ("day", "week", "month", "quarter", "year") and not _wants_total(draft):
        draft.grain = unit


def _wants_total(draft: Draft) -> bool:
    return any(t.op("total") for t in draft.tokens)


def _use_pair(draft: Draft, times: list[Token], calendar: PromoCalendar, first_day: date) -> None:
    """Two times: the later is asked, the earlier is what it is set against."""
    first, second = times
    later, earlier = (first, second) if first.payload.start >= second.payload.start else (second, first)
    _use(draft, later, calendar, first_day)
    base = aligned(earlier.payload, later.payload)
    if (base.start, base.end) == draft.window:  # 上周和再前一周: the second is said from the first, not from today
        length = base.end - base.start + timedelta(days=1)
        base = replace(base, start=base.start - length, end=base.end - length)
    state(draft, earlier.text, base, calendar)
    earlier.use("compare", f"{base.start}..{base.end}")
    kind: Literal["promo", "custom"] = "promo" if base.kind == "promo" else "custom"
    name = label(base, draft.language, calendar) if base.event else ""
    draft.compare.append(Comparison(kind=kind, start=base.start, end=base.end, label=name))


def fitting_grain(draft: Draft) -> Grain:
    """The grain that a trend over the window is readable at."""
    start, end = draft.window or (draft.as_of, draft.as_of)
    days = (end - start).days + 1
    return next(grain for limit, grain in _BUCKETS if days <= limit)
