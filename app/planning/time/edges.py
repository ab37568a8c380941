"""Phrases cut out of other phrases: 三季度最后一个月, the first week of October, 10月12日那周, 近三个月(不含本月)."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

from app.core.errors import WindowError
from app.planning.time.chinese_relative import UNITS, whole_units
from app.planning.time.drafts import Draft, Scope, count, made
from app.planning.time.english import NUM as ENGLISH_NUM
from app.planning.time.ranges import MONTHS, TimeRange, Unit, clipped, months, rolling, span, week_of
from app.planning.time.words import NUM

Cut = Callable[[TimeRange], TimeRange]

_ZH_EDGE = re.compile(
    rf"的?(?:(?P<side>前|头|最初|最后的?|末尾|第)(?P<number>{NUM})个?(?:完整|自然)?|(?P<only>首|最后))"
    r"(?P<unit>天(?!猫)|日(?![均活])|周(?![一二三四五六日末])|星期(?![一二三四五六日])|礼拜|月|季度)"
)
_EN_EDGE = re.compile(
    rf"(?:\bthe\s)?\b(?P<side>first|last|final|second|third|fourth|[1-4](?:st|nd|rd|th))\s(?:(?P<number>{ENGLISH_NUM})\s)?"
    r"(?P<unit>half|day|week|month)s?\s(?:of|in)\s(?:the\s)?$",
    re.ASCII,
)
_ORDINALS = {"first": 1, "second": 2, "third": 3, "fourth": 4}
_ZH_WEEK = re.compile(r"的?(?:当周|那一?周(?![一二三四五六日末])|那个?(?:星期|礼拜)|那一?个?星期|所在的?(?:那一?)?周)")
_EN_WEEK = re.compile(
    r"(?:\bthe\s)?\b(?:week|w/c|wc)\s(?P<how>of|containing|starting|beginning|commencing|ending)?\s?(?:on\s)?(?:the\s)?$",
    re.ASCII,
)
_NOT = r"(?:不含|不包括|不包含|不算上?|除去|去掉|剔除|不计入?|刨去|扣除|除了)"
_THIS = r"(?:(?:本|这个?|当)(?P<unit>月|周|星期|季度?|年)|(?P<today>今天|今日|当天|当日))"
_ZH_EXCEPT_AFTER = re.compile(rf"[,、]?[(\[]?{_NOT}{_THIS}(?:在内)?[)\]]?的?")
_ZH_EXCEPT_BEFORE = re.compile(rf"{_NOT}{_THIS}(?:在内)?[,、]?的?$")
_EN_EXCEPT = re.compile(
    r",?\s?[(\[]?(?:excluding|excl\.?|not\sincluding|not\scounting|except|without)\s(?:the\s)?"
    r"(?:(?:current|this)\s(?P<unit>month|week|quarter|year)|(?P<today>today))[)\]]?",
    re.ASCII,
)
_WHOLE = re.compile(r"[,、]?[(\[]?(?:只看|只算|仅看|按)?(?:完整|自然|整)的?(?P<unit>月|周|季度?|年)[)\]]?")


def cuts(drafts: list[Draft], scope: Scope) -> Iterator[Draft]:
    """Everything that the text cuts out of `drafts`."""
    for draft in drafts:
        yield from _edges(draft, scope)
        yield from _weeks(draft, scope)
        yield from _exceptions(draft, scope)


def derived(draft: Draft, start: int, end: int, cut: Cut, scope: Scope) -> Draft:
    """`draft` at a wider span, with `cut` applied to its days; a year that it lacks stays open."""
    at, fixed = draft.at, draft.fixed
    if at is not None:
        return Draft(start, end, at=lambda year: cut(at(year)), year=draft.year)
    if fixed is not None:
        return Draft(start, end, late=lambda: clipped(cut(fixed), scope.as_of))
    raise ValueError("a draft without days")


def _probe(draft: Draft, scope: Scope) -> TimeRange | None:
    """What the phrase is like, in any year: its unit decides whether something can be cut out of it."""
    if draft.fixed is not None:
        return draft.fixed
    try:
        return made(draft.at, draft.year or scope.as_of.year) if draft.at is not None else None
    except WindowError:
        return None


def _edges(draft: Draft, scope: Scope) -> Iterator[Draft]:
    after = _ZH_EDGE.match(scope.text, draft.end)
    before = _EN_EDGE.search(scope.text, 0, draft.start)
    base = _probe(draft, scope) if after or before else None
    if base is None or base.event or base.kind == "rolling" or base.unit not in MONTHS or base.count != 1:
        return
    cut = _zh_cut(after, base) if after else None
    if after and cut:
        yield derived(draft, draft.start, after.end(), cut, scope)
    cut = _en_cut(before, base) if before else None
    if before and cut:
        yield derived(draft, before.start(), draft.end, cut, scope)


def _zh_cut(match: re.Match[str], base: TimeRange) -> Cut | None:
    unit = UNITS[match["unit"]]
    number = count(match["number"]) if match["number"] else 1
    side = match["side"] or match["only"]
    if side == "第":
        return _nth(number, unit, base)
    return _stretch(number, unit, base, from_end=side.startswith(("最后", "末")))


def _en_cut(match: re.Match[str], base: TimeRange) -> Cut | None:
    side = match["side"]
    from_end = side in {"last", "final"}
    nth = 1 if from_end else _ORDINALS.get(side) or int(side[0])
    if match["unit"] == "half":
        return (lambda found: _half(found, nth)) if base.unit == "month" and nth <= 2 and not match["number"] else None
    unit: Unit = match["unit"]  # type: ignore[assignment]  # the pattern allows only units
    if match["number"]:
        number = 1 if match["number"] in {"a", "an"} else count(match["number"])
        return _stretch(number, unit, base, from_end=from_end) if nth == 1 else None
    return _stretch(1, unit, base, from_end=True) if from_end else _nth(nth, unit, base)


def _half(found: TimeRange, number: int) -> TimeRange:
    middle = found.start.replace(day=15)
    return span(found.start, middle) if number == 1 else span(middle + timedelta(1), found.end)


def _stretch(number: int, unit: Unit, base: TimeRange, *, from_end: bool) -> Cut | None:
    """The first or last `number` days, weeks of seven days, or months."""
    if not number:
        return None
    if unit in MONTHS:
        return _months_of(number, unit, base, from_end=from_end)
    days = timedelta(number * (7 if unit == "week" else 1) - 1)
    if days.days >= 28 * MONTHS[base.unit]:
        return None
    if from_end:
        return lambda found: span(found.end - days, found.end)
    return lambda found: span(found.start, found.start + days)


def _months_of(number: int, unit: Unit, base: TimeRange, *, from_end: bool, skip: int = 0) -> Cut | None:
    spare = MONTHS[base.unit] - MONTHS[unit] * (number + skip)
    if spare < 0 or MONTHS[unit] >= MONTHS[base.unit]:
        return None
    offset = spare if from_end else MONTHS[unit] * skip
    return lambda found: months(found.start.year, found.start.month + offset, unit=unit, count=number)


def _nth(number: int, unit: Unit, base: TimeRange) -> Cut | None:
    """The second month of a quarter, the third week of a month: days 15 to 21. Weeks of a year are the ISO ones."""
    if not number:
        return None
    if unit in MONTHS:
        return _months_of(1, unit, base, from_end=False, skip=number - 1)
    if unit == "day":
        return lambda found: _inside(found, number - 1, 1)
    return (lambda found: _inside(found, 7 * (number - 1), 7)) if base.unit == "month" and number <= 5 else None


def _inside(found: TimeRange, skip: int, days: int) -> TimeRange:
    start = found.start + timedelta(skip)
    if start > found.end:
        raise WindowError(
            f"{found.start} to {found.end} has no day {skip + 1}", hint=f"{found.start} 至 {found.end} 没有这么多天"
        )
    return span(start, min(found.end, start + timedelta(days - 1)))


def _weeks(draft: Draft, scope: Scope) -> Iterator[Draft]:
    """The week that holds a day; festivals bring their own (七夕那周)."""
    after = _ZH_WEEK.match(scope.text, draft.end)
    before = _EN_WEEK.search(scope.text, 0, draft.start)
    base = _probe(draft, scope) if after or before else None
    if base is None or base.event or base.unit != "day":
        return
    start = before.start() if before else draft.start
    cut = _week_cut(before["how"] if before else "", scope)
    yield derived(draft, start, after.end() if after else draft.end, cut, scope)


def _week_cut(how: str | None, scope: Scope) -> Cut:
    if how == "ending":
        return lambda found: span(found.start - timedelta(6), found.start)
    if how in {"starting", "beginning", "commencing"}:
        return lambda found: span(found.start, found.start + timedelta(6))
    return lambda found: week_of(found.start, scope.calendar.week_starts_on)


def _exceptions(draft: Draft, scope: Scope) -> Iterator[Draft]:
    """近三个月(不含本月) are the three months before this one; 近7天不含今天 ends yesterday."""
    base = draft.fixed
    if base is None or not (base.kind == "rolling" or base.start <= scope.as_of <= base.end):
        return
    after = (
        _ZH_EXCEPT_AFTER.match(scope.text, draft.end)
        or _EN_EXCEPT.match(scope.text, draft.end)
        or _WHOLE.match(scope.text, draft.end)
    )
    before = _ZH_EXCEPT_BEFORE.search(scope.text, 0, draft.start)
    match = after or before
    found = _without(match, base, scope) if match else None
    if match and found:
        yield Draft(min(draft.start, match.start()), max(draft.end, match.end()), fixed=found)


def _without(match: re.Match[str], base: TimeRange, scope: Scope) -> TimeRange | None:
    yesterday = scope.as_of - timedelta(1)
    if match.groupdict().get("today"):
        if base.kind == "rolling":
            return rolling(yesterday, base.count, base.unit)
        return replace(base, end=yesterday, to_date=True) if base.start <= yesterday else None
    unit = UNITS.get(match["unit"]) or match["unit"]
    return whole_units(scope, base.count, base.unit) if base.kind == "rolling" and unit == base.unit else None
