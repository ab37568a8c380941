"""Times of a fragment: the window, a step back from the one before, and what the comparisons become."""

import re
from datetime import date

from app.planning.calendar import PromoCalendar
from app.planning.context import Previous
from app.planning.draft import Draft
from app.planning.edits.fragment import Fragment
from app.planning.edits.spans import is_bare_year, moved_comparisons, one_earlier, range_of, same_days_in, with_year_of
from app.planning.lattice import Token
from app.planning.shapes.comparison import read_comparisons
from app.planning.shapes.windows import fitting_grain, read_grain, read_windows
from app.planning.time.ranges import TimeRange


def read_times(
    fragment: Fragment, previous: Previous, calendar: PromoCalendar, first_day: date, *, same_days: bool
) -> None:
    draft, query = fragment.draft, fragment.query
    before = range_of(previous, draft.as_of, calendar)
    read_grain(draft)
    _read_window(fragment, before, calendar, first_day, same_days=same_days)
    if draft.grain is None and not fragment.drops.grain and not fragment.drops.collapse:
        draft.grain = query.grain
    paired = list(draft.compare)
    after = draft.window_range or before
    gone = fragment.drops.compare
    kept = query.model_copy(update={"compare": tuple(c for c in query.compare if c.kind not in gone)})
    moved = () if paired else moved_comparisons(kept, before, after, draft.grain, draft, calendar)
    draft.compare = paired or list(moved)
    read_comparisons(draft, calendar)
    said = {t.target for t in draft.tokens if t.used_by == "compare"}
    asked = [c for c in draft.compare if f"{c.start}..{c.end}" in said] or [c for c in draft.compare if c not in moved]
    fragment.says_compare = bool(asked)
    fragment.compare = tuple(draft.compare if fragment.adds or not asked else asked)


def _read_window(
    fragment: Fragment, before: TimeRange, calendar: PromoCalendar, first_day: date, *, same_days: bool
) -> None:
    draft, query = fragment.draft, fragment.query
    times = [t for t in draft.free() if t.kind == "time"]
    step = next((t for t in draft.free() if t.op("earlier") or _again_before(draft, t)), None)
    if step is not None and len(times) < 2 and _step_back(fragment, step, times, before, calendar):
        return
    if len(times) == 1 and _says_the_one_before(times[0], before):
        times[0].payload = one_earlier(before, None, calendar) or times[0].payload
    if not times:
        draft.window, draft.window_range = (query.start, query.end), before
        if draft.wants_trend and draft.grain is None:
            draft.grain = fitting_grain(draft)
        return
    fragment.says_window = True
    for token in times:
        token.payload = with_year_of(query, token.text, token.payload, draft.as_of, calendar)
    if len(times) == 1 and is_bare_year(times[0].text):
        fragment.other_window = same_days_in(times[0].payload.start.year, before, calendar)
        if same_days and fragment.other_window is not None:
            times[0].payload = fragment.other_window
    read_windows(draft, calendar, first_day)


_BEFORE = re.compile(r"(?:the )?(?:previous|prior|preceding)\b")


def _says_the_one_before(time: Token, before: TimeRange) -> bool:
    """Sales in September, and the previous month: the one before the window asked, where that is now the last."""
    said = time.payload
    return _BEFORE.match(time.text) is not None and (said.start, said.end) == (before.start, before.end)


def _length(draft: Draft) -> Token | None:
    """A length said behind the step back (再往前 7 天)."""
    return next((t for t in draft.free() if t.kind == "duration"), None)


def _again_before(draft: Draft, token: Token) -> bool:
    """再|前7天, 再|上个月: counted from the window before, not from today."""
    right = draft.neighbour(token, 1, skip_fillers=False)
    touches = right is not None and right.kind == "time" and right.start == token.end
    return token.text == "再" and touches and right is not None and right.text[0] in "前上往"


def _step_back(fragment: Fragment, step: Token, times: list[Token], before: TimeRange, calendar: PromoCalendar) -> bool:
    """再往前7天: the stretch before the one that was asked, not the last one until today."""
    length = _length(fragment.draft)
    found = one_earlier(before, times[0].payload if times else None, calendar)
    if found is None or (length is not None and length.payload != before.days):
        step.used_by = None
        fragment.unsettled.append(step)
        return False
    times = [*times, *([length] if length is not None else [])]
    for token in (step, *times):
        token.use("window", f"{found.start}..{found.end}")
    fragment.says_window = True
    fragment.draft.window, fragment.draft.window_range = (found.start, found.end), found
    return True
