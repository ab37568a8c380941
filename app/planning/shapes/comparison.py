"""Comparisons: 环比, 同比, 跟去年双11比; and the growth that only a comparison can show."""

import re
from datetime import timedelta

from app.planning.calendar import PromoCalendar
from app.planning.draft import Draft
from app.planning.lattice import Token
from app.planning.shapes.windows import state
from app.planning.time.comparisons import ComparisonMatch, resolve_comparison
from app.planning.time.labels import dates, label
from app.planning.time.ranges import MONTHS, TimeRange, add_months, span
from app.planning.time.windows import comparison_window
from app.semantic.query import Comparison, Grain


def read_comparisons(draft: Draft, calendar: PromoCalendar) -> None:
    """Resolve every comparison word against the window."""
    window = _window(draft)
    for token in [t for t in draft.free() if t.kind == "compare"]:
        found = token.payload
        grain = draft.grain if _is_per_bucket(draft, found) else None
        base = bucket_before(window, grain) if grain else resolve_comparison(found, window, calendar)
        if (base.start, base.end) == (window.start, window.end):
            base = comparison_window(window, "prior_period", calendar)  # 上周和再前一周比: before the asked one
        if all((c.start, c.end) != (base.start, base.end) for c in draft.compare):
            name = label(base, draft.language, calendar) if base.event else ""
            draft.compare.append(Comparison(kind=found.kind, start=base.start, end=base.end, label=name))
            state(draft, name or dates(base, draft.language), base, calendar)
        token.use("compare", f"{base.start}..{base.end}")
    if not draft.compare and _speaks_of_change(draft) and not _from_to(draft):
        base = comparison_window(window, "prior_period", calendar)
        draft.compare.append(Comparison(kind="prior_period", start=base.start, end=base.end))
        draft.assume(
            f"未说明与什么比,按上一期({base.start} 至 {base.end})比",
            f"No base was given: compared with the period before ({base.start} to {base.end})",
        )


def _from_to(draft: Draft) -> bool:
    """8月到9月涨了多少: from the first month to the last one, not both against what was before."""
    window = draft.window_range
    said = next((t.text for t in draft.tokens if t.kind == "time" and t.used_by == "window"), "")
    if window is None or window.unit not in ("month", "quarter", "year", "week") or window.count < 2:
        return False
    if not _RANGE.search(said):
        return False
    steps = {"month": 1, "quarter": 3, "year": 12}
    if window.unit == "week":
        first, last = window.start + timedelta(6), window.end - timedelta(6)
    else:
        first = add_months(window.start, steps[window.unit]) - timedelta(1)
        last = add_months(window.end + timedelta(1), -steps[window.unit])
    draft.compare.append(Comparison(kind="custom", start=window.start, end=first))
    draft.window = (last, window.end)
    draft.window_range = None
    draft.window_label = dates(span(last, window.end), draft.language)
    draft.assume(
        f"按 {last} 至 {window.end} 与 {window.start} 至 {first} 相比",
        f"{last} to {window.end} was compared with {window.start} to {first}",
    )
    return True


def _window(draft: Draft) -> TimeRange:
    if draft.window_range is not None:
        return draft.window_range
    start, end = draft.window or (draft.as_of, draft.as_of)
    return TimeRange(start=start, end=end, unit="custom", kind="rolling", includes_today=end >= draft.as_of)


def _speaks_of_change(draft: Draft) -> bool:
    """涨了多少 / growth without a base, outside a plain trend."""
    for token in [t for t in draft.free() if t.text == "down" and _BREAK_DOWN.search(draft.text)]:
        token.use("breakdown")
    words = [t for t in draft.free() if t.op("change") and not t.is_business]
    if any(len(group.tokens) > 1 for group in draft.groups) or _is_between_rows(draft, words):
        return draft.order_change  # 新客比老客高多少 sets the groups against each other, not two times
    return bool(words) and (draft.grain is None or draft.order_change)


_RANGE = re.compile(r"[到至]|-|~|\bto\b|\bthrough\b")
_BREAK_DOWN = re.compile(r"\b(?:br(?:eak|oke|oken|eaking)|slic\w+|split\w*|drill\w*)\b.*\bdown\b")  # not a fall

_APART = ("差", "相差", "高多少", "低多少", "高出", "difference", "gap")


def _is_between_rows(draft: Draft, words: list[Token]) -> bool:
    """会员和非会员客单价差多少: the two rows of that split differ, not two times."""
    opposed = any(re.search(r"[和与跟/]|还是|\b(?:vs|versus|and|or)\b", t.text) for t in draft.breakdowns)
    return opposed and bool(words) and all(t.text.startswith(_APART) for t in words)


def _is_per_bucket(draft: Draft, found: ComparisonMatch) -> bool:
    """每月 … 环比: every bucket against the one before it."""
    return draft.grain is not None and found.kind == "prior_period" and found.window is None and not draft.ranks_periods


def bucket_before(window: TimeRange, grain: Grain) -> TimeRange:
    """The window one bucket earlier."""
    after = window.end + timedelta(1)
    if grain in MONTHS:
        back = -MONTHS[grain]
        return span(add_months(window.start, back), add_months(after, back) - timedelta(1))
    days = timedelta(7 if grain == "week" else 1)
    return span(window.start - days, window.end - days)
