"""Comparison words: 环比, 同比, 比上月, 与去年同期相比, vs August, year over year."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from app.planning.calendar import PromoCalendar
from app.planning.time.drafts import Draft, Scope, made, settle
from app.planning.time.ranges import TimeRange, Unit
from app.planning.time.windows import aligned, comparison_window, shifted

Kind = Literal["prior_period", "prior_year", "promo", "custom"]
_ORDER: tuple[Unit, ...] = ("day", "week", "month", "quarter", "half", "year")


@dataclass(frozen=True, slots=True)
class ComparisonMatch:
    """A comparison asked for at `text[start:end]`; `resolve_comparison` turns it into a window."""

    start: int
    end: int
    kind: Kind
    unit: Unit | None = None
    """The period named: 比上月 is a month, 周环比 a week; None = the window's own."""
    same_period: bool = False
    """上月同期, 周同比: the window itself moved by one `unit`."""
    window: TimeRange | None = None
    """The window that was named, if one was."""
    same_days: bool = False
    """去年双11同期: only as many days of that window as the asked one has run."""


@dataclass(frozen=True, slots=True)
class ComparisonDraft:
    """A comparison before its own window, if it names one, is settled."""

    match: ComparisonMatch
    draft: Draft | None = None


_RELATIVE_ZH = re.compile(
    r"(?P<same>(?:去年|上年|上一年)?(?:的)?同期(?:水平)?|(?:去年|上年|上一年)的?同一?个?[月周日天]期?|(?:去年|上年)的?(?:这个时候|这时候|今天))"
    r"|(?P<unit_same>上上?个?(?:周|月|季度?)|昨[天日])的?同期"
    r"|上一?个?(?P<unit_same2>周|月|星期|礼拜)的?(?:同一?[日天个段]?(?:时段|时间|日子)?|这个时候|这一?天|今天)"
    r"|(?P<year>去年|上年|上一年|上年度)(?!年?[度\d底初末]|[上下]半年)|(?P<period>上一?[个]?[期]|前一?期|上一?个?\d{1,3}(?:天|日|周|个月)|上个?周期|上一?个?周期|之前一?期|前一个?周期)"
    r"|(?P<unit>上一?个?(?:周|星期|礼拜|月|季度?)|前一个?(?:天|日|周|个?月|季度)|昨[天日](?!同))(?![初底末一二三四五六日天\d])"
)
_RELATIVE_EN = re.compile(
    r"(?:the\s)?(?:(?P<same>same\s(?:period|time|month|week|quarter|day|dates?|days)\s(?:of\s|in\s|a\s)?(?:the\s)?(?:last\syear|previous\syear|prior\syear|year\s(?:ago|earlier|before)))"
    r"|(?P<year>(?:last|previous|prior)\syear(?!'s\s\w)|a?\s?year\s(?:ago|earlier))"
    r"|(?P<period>(?:last|previous|prior|preceding)\s(?:period|one)|period\sbefore)"
    r"|(?:same\s(?:period|time|days?)\s(?:of\s|in\s)?last\s(?P<unit_same>day|week|month|quarter))"
    r"|(?P<unit>(?:last|previous|prior|preceding)\s(?:day|week|month|quarter)|a\s(?:day|week|month|quarter)\s(?:ago|earlier|before)|yesterday|(?:day|week|month|quarter)\sbefore(?!\slast)))\b",
    re.ASCII,
)
_PREFIX = re.compile(
    r"(?:同比|环比|对比|相比于?|相较于?|较之?|(?<![占性百配类转对同环])比较?(?:起|得上)?|相对于?|(?<![a-z])vs(?![a-z])\.?|\bversus\b|\bcompared\s(?:with|to|against)\b"
    r"|\bcompare\sto\b|\bagainst\b|\brelative\sto\b|\bthan\b|\bover\b(?=\s(?:the\s)?(?:same|prior|previous|preceding))"
    r"|\b(?:up|down|change|changed|growth|increase|decrease|difference|rise|drop)\s(?:on|from)\b)"
    r"(?:了|的|在|于)?\s?(?:\b(?:in|that\sof|those\sof|the)\b\s)?",
    re.ASCII,
)
_COMPARE_TO = re.compile(r"(?<!d )\b(?:to|with)\s(?:the\s)?", re.ASCII)
_JOIN = re.compile(r"(?:和|跟|与|同|拿)(?=\S)", re.ASCII)
_SUFFIX = re.compile(r"的?(?:时候?)?(?:相比|相较|比较|比起来|做?对比|来比|比一?下?|比)(?![例重])", re.ASCII)
_PREFIX_TAIL = re.compile(r"(?:的?时?(?:相比|比较|比起来|来说|来看))?(?<!的)", re.ASCII)
_AGAIN = re.compile(r"[,;。?!]\s?(?:那么?)?")
_AGAIN_TAIL = re.compile(
    r"(?P<said>呢|又?(?:是|有|卖了?|做了?)多少(?:钱|单|人)?呢?|又(?:是)?几[单人]呢?|又怎么样呢?)[?。!\s]*$"
)
_SAME_DAYS = re.compile(
    r"(?:从?(?:开始|开场|开卖)后?)?的?(?:同期|同一?段(?:时间|日子)?|同一?阶段|同一?时期|同时段|同进度|(?:同样|相同|一样|同等)的?(?:天数|进度|时长)|一样长的?时间)"
    r"|\s(?:over|for|at|in)\s(?:the\s)?same\s(?:number\sof\sdays|days|period|point|stage)",
    re.ASCII,
)
_EN_SAME_DAYS = re.compile(
    r"(?:the\s)?(?:same\s(?:number\sof\s)?(?:period|days|stage|point|time)|equivalent\s(?:period|days))\s(?:of|in|during|into)\s"
    r"(?:the\s)?",
    re.ASCII,
)
_AND = re.compile(r"\s?(?:和|跟|与|以及|、|\band\b)\s?(?=\S)", re.ASCII)

# 上月环比 and 9月同比 compare a month that was named; only a 月 that stands alone says by how much to go back.
_BARE = r"(?<![\d零〇一二两三四五六七八九十几上下本这那当今昨去前后半个全每各按逐金财])"
_ALONE: tuple[tuple[str, Kind, Unit | None, bool], ...] = (
    (
        rf"(?:{_BARE}日环比|\bdod\b|\bd/d\b|\bday[\s-]o(?:ver|n|n[\s-]a)[\s-]day\b)(?!率?口径)",
        "prior_period", "day", False,
    ),
    (
        rf"(?:{_BARE}周环比|\bwow\b|\bw[ /-]o[ /-]w\b|\bw/w\b|\bweek[\s-]o(?:ver|n|n[\s-]a)[\s-]week\b)",
        "prior_period", "week", False,
    ),
    (
        rf"(?:{_BARE}月环比|\bmom\b|\bm[ /-]o[ /-]m\b|\bm/m\b|\bmonth[\s-]o(?:ver|n|n[\s-]a)[\s-]month\b)",
        "prior_period", "month", False,
    ),
    (
        rf"(?:{_BARE}季度?环比|\bqoq\b|\bq/q\b|\bquarter[\s-]o(?:ver|n|n[\s-]a)[\s-]quarter\b)",
        "prior_period", "quarter", False,
    ),
    (rf"{_BARE}周同比|上周同期", "prior_period", "week", True),
    (rf"{_BARE}月同比|上个?月同期", "prior_period", "month", True),
    (
        (
            r"(?:环比|\bperiod[\s-]o(?:ver|n|n[\s-]a)[\s-]period\b|\bpop\b|\b(?:previous|prior|preceding)\speriod\b)"
            r"(?:增[长速幅]|变化|增减|涨跌|涨幅|差异)?率?"
        ),
        "prior_period", None, False,
    ),
    (
        (
            rf"(?:{_BARE}年同比|同比|同(?=环比)|(?:去年|上年)的?同期|\byoy\b|\by[ /-]o[ /-]y\b|\by/y\b"
            r"|\byear[\s-]o(?:ver|n|n[\s-]a)[\s-]year\b|\bsame\s(?:period|time|month|week|quarter|days?)\s(?:of\s|in\s)?(?:last|the\s(?:previous|prior))\syear\b)"
            r"(?:增[长速幅]|变化|增减|涨跌|涨幅|差异)?率?"
        ),
        "prior_year", None, False,
    ),
)  # fmt: skip
_ALONE_RULES = tuple((re.compile(p, re.ASCII), kind, unit, same) for p, kind, unit, same in _ALONE)
_UNIT_WORDS: tuple[tuple[str, Unit], ...] = (
    ("季", "quarter"), ("月", "month"), ("周", "week"), ("星期", "week"), ("礼拜", "week"),
    ("天", "day"), ("日", "day"),
    ("quarter", "quarter"), ("month", "month"), ("week", "week"), ("day", "day"),
)  # fmt: skip


def comparison_drafts(drafts: list[Draft], scope: Scope) -> Iterator[ComparisonDraft]:
    """Every comparison in the text; `drafts` are the time phrases already found in it."""
    starts: dict[int, Draft] = {}
    for draft in drafts:
        known = starts.get(draft.start)
        if known is None or draft.length > known.length:
            starts[draft.start] = draft
    for pattern, kind, unit, same in _ALONE_RULES:
        for match in pattern.finditer(scope.text):
            yield ComparisonDraft(ComparisonMatch(match.start(), match.end(), kind, unit, same))
    for match in _PREFIX.finditer(scope.text):
        yield from _named(match, scope, starts, joined=False)
    if "compare" in scope.text:
        for match in _COMPARE_TO.finditer(scope.text):
            yield from _named(match, scope, starts, joined=False)
    for match in _JOIN.finditer(scope.text):
        yield from _named(match, scope, starts, joined=True)
    yield from _asked_again(scope, starts)


def _asked_again(scope: Scope, starts: dict[int, Draft]) -> Iterator[ComparisonDraft]:
    """今年国庆卖了多少,去年国庆呢: the same number, asked of a second time at the end."""
    for match in _AGAIN.finditer(scope.text):
        draft = starts.get(match.end())
        tail = _AGAIN_TAIL.match(scope.text, draft.end) if draft else None
        if draft is not None and tail is not None and any(d.end <= match.start() for d in starts.values()):
            yield ComparisonDraft(ComparisonMatch(draft.start, tail.end("said"), "custom"), draft)


def _named(match: re.Match[str], scope: Scope, starts: dict[int, Draft], *, joined: bool) -> Iterator[ComparisonDraft]:
    """A comparison word with what it compares to: a relative period or a time phrase."""
    at = match.end()
    lead = _EN_SAME_DAYS.match(scope.text, at)
    if lead and lead.end() in starts:
        at = lead.end()
    relative = _RELATIVE_ZH.match(scope.text, at) or _RELATIVE_EN.match(scope.text, at)
    draft = starts.get(at)
    end = max(relative.end() if relative else at, draft.end if draft else at)
    same = _SAME_DAYS.match(scope.text, end) if draft and end == draft.end else None
    tail = (_SUFFIX if joined else _PREFIX_TAIL).match(scope.text, same.end() if same else end)
    if end == at or tail is None or (not joined and _lists_two(match, scope, starts, end)):
        return
    stop = tail.end()
    if relative and (draft is None or relative.end() >= draft.end):
        yield _relative(match.start(), stop, relative, draft)
    elif draft is not None:
        same_days = bool(same) or at > match.end()
        yield ComparisonDraft(ComparisonMatch(match.start(), stop, "custom", same_days=same_days), draft)


def _lists_two(match: re.Match[str], scope: Scope, starts: dict[int, Draft], end: int) -> bool:
    """对比9月和8月 names two windows, it does not compare something with 9月."""
    listed = _AND.match(scope.text, end)
    return bool(listed and listed.end() in starts and match.group().startswith(("对比", "比较", "compare")))


def _relative(start: int, end: int, found: re.Match[str], draft: Draft | None) -> ComparisonDraft:
    groups = found.groupdict()
    if groups.get("same") or groups.get("year"):
        return ComparisonDraft(ComparisonMatch(start, end, "prior_year"))
    if groups.get("period"):
        return ComparisonDraft(ComparisonMatch(start, end, "prior_period"))
    same = groups.get("unit_same") or groups.get("unit_same2")
    word = same or groups.get("unit") or ""
    unit = next((unit for part, unit in _UNIT_WORDS if part in word), None)
    return ComparisonDraft(ComparisonMatch(start, end, "prior_period", unit, bool(same)), draft)


def settle_comparison(found: ComparisonDraft, main: TimeRange | None, scope: Scope) -> ComparisonMatch:
    """The comparison with its own window settled; one without a year lies as near to `main` as it can."""
    match, draft = found.match, found.draft
    if draft is None:
        return match
    if main and draft.beside:
        window = draft.beside(main)
    else:
        window = _nearest(draft, main, scope) if main and draft.lacks_year else settle(draft, scope)
    kind: Kind = "promo" if window.event and match.kind == "custom" else match.kind
    return replace(match, kind=kind, window=window)


def _nearest(draft: Draft, main: TimeRange, scope: Scope) -> TimeRange:
    settled = settle(draft, scope)
    if draft.at is None:
        return settled
    years = {settled.start.year, main.start.year, main.start.year - 1, main.start.year + 1}
    if settled.event:
        years = (
            {settled.event.year, settled.event.year - 1}
            if settled.event.year > main.start.year
            else {settled.event.year}
        )
    # A promo that is running now may still have a nearer one in another year; it itself ends today.
    others = sorted(years - {settled.event.year if settled.event else settled.start.year})
    ranges = (
        [settled, *(made(draft.at, year) for year in others)] if settled.event or not settled.to_date else [settled]
    )
    begun = [r for r in ranges if r.start <= scope.as_of and r.start != main.start]
    return min(begun, key=lambda r: abs((r.start - main.start).days), default=settled)


def resolve_comparison(match: ComparisonMatch, window: TimeRange, calendar: PromoCalendar) -> TimeRange:
    """The window that `window` is compared with, as `match` asks.

    Raises:
        WindowError: the calendar does not cover the event of the year before.
    """
    if match.kind == "prior_year":
        return comparison_window(window, "prior_year", calendar)
    if match.kind != "prior_period" and match.window:
        return aligned(match.window, window, same_days=match.same_days)
    if match.unit is None or (match.unit == window.unit and window.count == 1 and window.kind != "rolling"):
        return comparison_window(window, "prior_period", calendar)
    finer = window.unit == "custom" or _ORDER.index(window.unit) < _ORDER.index(match.unit)
    if match.window and not match.same_period and not (finer and window.kind != "rolling"):
        return match.window
    return shifted(window, match.unit) if finer else comparison_window(window, "prior_period", calendar)
