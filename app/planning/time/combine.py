"""Phrases made of phrases: ranges, since, until, and lists whose members lend each other a year."""

import re
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, timedelta

from app.core.errors import WindowError
from app.planning.time.drafts import Draft, Scope, made, settle
from app.planning.time.edges import cuts
from app.planning.time.ranges import EARLIEST, MONTHS, TimeRange, clipped, span
from app.planning.time.words import NUM

_TODAY = r"(?:目前|现在|当前|今天|今日|这会儿|此刻)"
_CONNECT = re.compile(
    r"\s?(?:(?:起|开始)?一?直?到了?|至|截[至止到]到?|-{1,2}|~{1,2}|\b(?:to|through|thru|until|till)\b(?:\sthe\b)?)\s?",
    re.ASCII,
)
# "compare this month to last month" is no range.
_COMPARED = re.compile(r"\bcompared?\s(?:the\s)?$", re.ASCII)
_AND = re.compile(r"\s?\band\b\s?", re.ASCII)
_LIST = re.compile(r"\s?(?:和|与|及|以及|跟|、|,|/|\b(?:and|or|vs\.?)\b|对比|比)\s?", re.ASCII)
_OPEN_RANGE = re.compile(r"(?:从|自|由|介于|在|\bfrom\b\s?|\bbetween\b\s?)$", re.ASCII)
_SINCE = re.compile(r"(?:自从|自|从|打从|\bsince\b(?:\sthe)?\s?|\bfrom\b\s?|\bbetween\b\s?)$", re.ASCII)
_SINCE_AFTER = re.compile(
    rf"\s?(?:(?:以来|开始|起|开跑|开卖)?至今|以来|,?(?:一直)?(?:截至|截止|截)?到?{_TODAY}(?:为止)?|起(?!订|售|送)|开始(?!前|的?{NUM}天)|往后"
    r"|\b(?:onwards?|so\sfar|to\sdate|(?:to|through|until|till|up\sto|up\suntil|as\sof)\s(?:now|today|present)"
    r"|and\s(?:now|today))\b)",
    re.ASCII,
)
_AFTER_AFTER = re.compile(
    r"\s?(?:(?:结束)?之后|以后|结束后|过后|后(?![台端付续来年天勤]))(?!的?[\d一二两三四五六七八九十半])", re.ASCII
)
_UNTIL = re.compile(
    r"(?:截至到?|截止到?|截止至|截到|到|\b(?:as\sof|until|till|up\sto|up\suntil|by\sthe\send\sof|to\sthe\send\sof)\b"
    r"(?:\sthe)?\s?)$",
    re.ASCII,
)
_UNTIL_AFTER = re.compile(r"\s?(?:[末底]?(?:为止|止)|[末底])", re.ASCII)
_BEFORE = re.compile(r"\bbefore\s(?:the\s)?$", re.ASCII)
_AFTER = re.compile(r"\bafter\s(?:the\s)?$", re.ASCII)
_BEFORE_AFTER = re.compile(
    r"\s?(?:之前|以前|前(?![端台期后往年天沿列]))(?!的?\s?[\d一二两三四五六七八九十百半几])", re.ASCII
)
_NOW = re.compile(rf"(?:截至到?|截止到?|截到|到){_TODAY}(?:为止)?|\b(?:as\sof|up\sto|until)\s(?:now|today)\b", re.ASCII)


def combined(drafts: list[Draft], scope: Scope) -> list[Draft]:
    """`drafts` and everything they make together."""
    starts: dict[int, list[Draft]] = {}
    for draft in drafts:
        starts.setdefault(draft.start, []).append(draft)
    pairs = list(_ranges(drafts, starts, scope))
    lent = list(_lists(drafts, starts, scope))
    # On equal spans the first wins: a phrase that was lent a year before the same phrase without.
    whole = [*lent, *drafts, *cuts([*lent, *drafts], scope), *pairs]
    return [*whole, *(made_up for draft in whole for made_up in _one_sided(draft, scope)), *_until_now(scope)]


def _ranges(drafts: list[Draft], starts: dict[int, list[Draft]], scope: Scope) -> Iterable[Draft]:
    for first in drafts:
        if _COMPARED.search(scope.text, 0, first.start):
            continue
        connect = _CONNECT.match(scope.text, first.end)
        opening = _OPEN_RANGE.search(scope.text, 0, first.start)
        if connect is None and opening and opening.group().startswith("between"):
            connect = _AND.match(scope.text, first.end)
        for second in starts.get(connect.end(), ()) if connect else ():
            start = opening.start() if opening else first.start
            yield Draft(start, second.end, late=_range_of(first, second, scope))


def _range_of(first: Draft, second: Draft, scope: Scope) -> Callable[[], TimeRange]:
    return lambda: _joined(*_both(first, second, scope), scope)


def _both(first: Draft, second: Draft, scope: Scope) -> tuple[TimeRange, TimeRange]:
    """Both ends, each with the year that was said, or that the other one implies."""
    if second.lacks_year and second.at:
        start = _unclipped(first, scope)
        end = made(second.at, start.start.year)
        if end.start < start.start and not (end.event and end.end >= start.end):
            end = made(second.at, start.start.year + 1)
            if first.lacks_year and first.at and end.start > scope.as_of:
                start, end = made(first.at, start.start.year - 1), made(second.at, start.start.year)
            if start.start.month == end.start.month:
                raise _reversed(scope)
        return start, end
    end = _unclipped(second, scope)
    if first.lacks_year and first.at:
        start = made(first.at, end.start.year)
        return (start if start.start <= end.start else made(first.at, end.start.year - 1)), end
    return _unclipped(first, scope), end


def _unclipped(draft: Draft, scope: Scope) -> TimeRange:
    """The days of `draft` with a running period's own end: 10月到11月 goes on after today."""
    if draft.fixed is not None:
        return draft.fixed
    if draft.at is not None and draft.year is not None:
        return made(draft.at, draft.year)
    found = settle(draft, scope)
    return made(draft.at, found.start.year) if draft.at is not None and found.to_date and not found.event else found


def _joined(start: TimeRange, end: TimeRange, scope: Scope) -> TimeRange:
    if start.start > end.end:
        raise _reversed(scope)
    if start.unit == end.unit and start.unit in MONTHS and start.kind == end.kind == "calendar":
        length = MONTHS[start.unit]
        apart = (end.start.year - start.start.year) * 12 + end.start.month - start.start.month
        found = replace(start, end=end.end, count=apart // length + end.count)
        return clipped(found, scope.as_of)
    if start.start <= end.start and end.end == scope.as_of and start.end >= scope.as_of:
        return clipped(start, scope.as_of)
    last = scope.as_of if end.start <= scope.as_of < end.end and end.unit not in {"day", "custom"} else end.end
    return clipped(span(start.start, last), scope.as_of)


def _reversed(scope: Scope) -> WindowError:
    return WindowError(
        f"the time range in {scope.text!r} ends before it starts", hint="时间范围的结束早于开始,请检查两端日期"
    )


def _lists(drafts: list[Draft], starts: dict[int, list[Draft]], scope: Scope) -> Iterable[Draft]:
    """去年8月和9月: 9月 takes last year. 今年和去年双11: 今年 takes 双11. August and September 2025."""
    lent: dict[int, int] = {}
    for first in sorted(drafts, key=lambda d: (d.start, -d.end)):
        link = _LIST.match(scope.text, first.end)
        for second in starts.get(link.end(), ()) if link else ():
            year = first.year if first.year is not None else lent.get(id(first))
            if (
                first.bare_year
                and first.year is not None
                and second.at
                and second.year is not None
                and not second.bare_year
            ):
                yield Draft(first.start, first.end, at=second.at, year=first.year)
            elif second.lacks_year and not first.bare_year and first.at and year is not None:
                yield replace(second, year=year)
                lent[id(second)] = year
            elif first.lacks_year and second.at and second.year is not None and link and " and " in link.group():
                yield replace(first, year=second.year)


def _one_sided(draft: Draft, scope: Scope) -> Iterable[Draft]:
    text, as_of = scope.text, scope.as_of
    since, since_after = _SINCE.search(text, 0, draft.start), _SINCE_AFTER.match(text, draft.end)
    if since_after or (since and (since.group().startswith("since") or since.group() == "自从")):
        start = since.start() if since else draft.start
        end = since_after.end() if since_after else draft.end
        yield Draft(start, end, late=lambda: _since(draft, scope))
    until, until_after = _UNTIL.search(text, 0, draft.start), _UNTIL_AFTER.match(text, draft.end)
    if (until and until.group() != "到") or (until and until_after):
        start = until.start()
        yield Draft(
            start, until_after.end() if until_after else draft.end, late=lambda: _until(draft, scope, days_off=0)
        )
    before, before_after = _BEFORE.search(text, 0, draft.start), _BEFORE_AFTER.match(text, draft.end)
    if before or before_after:
        yield Draft(
            before.start() if before else draft.start,
            before_after.end() if before_after else draft.end,
            late=lambda: _until(draft, scope, days_off=1),
        )
    after, after_after = _AFTER.search(text, 0, draft.start), _AFTER_AFTER.match(text, draft.end)
    if after or after_after:
        yield Draft(
            after.start() if after else draft.start,
            after_after.end() if after_after else draft.end,
            late=lambda: _from(_unclipped(draft, scope).end + timedelta(1), as_of),
        )


def _since(draft: Draft, scope: Scope) -> TimeRange:
    """From where `draft` begins until now; a period or promo that is still running stays what it is."""
    found = settle(draft, scope)
    return found if found.to_date and found.end == scope.as_of else _from(found.start, scope.as_of)


def _from(start: date, as_of: date) -> TimeRange:
    if start > as_of:
        raise WindowError(
            f"{start} is after the last day of data, {as_of}", hint=f"数据只到 {as_of},请选更早的开始日期"
        )
    return clipped(span(start, as_of), as_of)


def _until(draft: Draft, scope: Scope, *, days_off: int) -> TimeRange:
    found = settle(draft, scope)
    end = found.start - timedelta(1) if days_off else found.end
    return replace(clipped(TimeRange(EARLIEST, end), scope.as_of), open_start=True)


def _until_now(scope: Scope) -> Iterable[Draft]:
    for match in _NOW.finditer(scope.text):
        everything = TimeRange(EARLIEST, scope.as_of, open_start=True, includes_today=True)
        yield Draft(match.start(), match.end(), fixed=everything)
