"""Comparisons: 环比, 同比, 跟去年双11比; and the growth that only a comparison can show."""

from app.planning.draft import Draft
from app.planning.calendar import PromoCalendar
from app.planning.time.comparisons import resolve_comparison
from app.planning.time.labels import label
from app.planning.time.ranges import TimeRange
from app.planning.time.windows import comparison_window
from app.semantic.query import Comparison


def read_comparisons(draft: Draft, calendar: PromoCalendar) -> None:
    """Resolve every comparison word against the window."""
    window = _window(draft)
    for token in [t for t in draft.free() if t.kind == "compare"]:
        found = token.payload
        base = resolve_comparison(found, window, calendar)
        if all((c.start, c.end) != (base.start, base.end) for c in draft.compare):
            name = label(base, draft.language, calendar)
            draft.compare.append(Comparison(kind=found.kind, start=base.start, end=base.end, label=name))
        token.use("compare", f"{base.start}..{base.end}")
    if not draft.compare and _speaks_of_change(draft):
        base = comparison_window(window, "prior_period", calendar)
        draft.compare.append(Comparison(kind="prior_period", start=base.start, end=base.end))
        draft.assume(
            f"未说明与什么比,按上一期({base.start} 至 {base.end})比",
            f"No base was given: compared with the period before ({base.start} to {base.end})",
        )


def _window(draft: Draft) -> TimeRange:
    if draft.window_range is not None:
        return draft.window_range
    start, end = draft.window or (draft.as_of, draft.as_of)
    return TimeRange(start=start, end=end, unit="custom", kind="rolling", includes_today=end >= draft.as_of)


def _speaks_of_change(draft: Draft) -> bool:
    """涨了多少 / growth without a base, outside a plain trend."""
    words = [t for t in draft.free() if t.op("change") and not t.is_business]
    return bool(words) and (draft.grain is None or draft.order_change)
