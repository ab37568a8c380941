"""Follow-ups: a question that edits the plan before it (那天猫呢 · 按月看 · 只看新客 · how about last month).

The fragment is read by the same shapes as a whole question, against the typed plan before; then plan and fragment are
merged part by part. A question that stands alone inherits nothing; where both readings are fair, both come back, and
whoever runs them asks back if their results differ. A word that nothing explains refuses the edit, as it refuses any
question.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Literal, Protocol

from pydantic import ValidationError

from app.planning.assemble import assemble
from app.planning.calendar import PromoCalendar
from app.planning.context import Previous
from app.planning.draft import Draft
from app.planning.edits.fragment import Fragment, Mode, says_nothing
from app.planning.edits.kept import kept_note
from app.planning.edits.marks import has_strong_mark, is_elliptic, mark_pieces
from app.planning.edits.merge import Kept, merge, prepare
from app.planning.edits.offers import cannot_explain, needs_rows, needs_split, no_previous, nothing_to_drop, unresolved
from app.planning.edits.problems import NothingToDropError, UnresolvedError
from app.planning.edits.reading import Shape, read_fragment
from app.planning.fuzzy import FuzzyIndex
from app.planning.lattice import Token, cover, fresh, is_member_noun
from app.planning.lexicon import Lexicon, ValueIndex
from app.planning.linking import Linked, Reach, Unlinkable, link
from app.planning.normalise import Normalised
from app.planning.plan import ChosenSense, PlanResult, Reading
from app.planning.refusals import impossible, not_understood, out_of_scope, unknown_value
from app.planning.shapes.leftovers import lost_meaning, unexplained
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

_RECUTS = 3
Verdict = Literal["edit", "alone", "both"]


class Bench(Protocol):
    """What the rule planner plans with."""

    model: SemanticModel
    lexicon: Lexicon
    fuzzy: FuzzyIndex
    calendar: PromoCalendar
    as_of: date
    first_day: date
    reach: Reach
    values: ValueIndex


@dataclass(frozen=True, slots=True)
class Heard:
    """The question, and every piece that was recognised in it."""

    normalised: Normalised
    pieces: Sequence[Token]
    senses: tuple[ChosenSense, ...] = ()
    """The terms of the house in it, each in the sense that these pieces have."""


@dataclass(frozen=True, slots=True)
class Tools:
    """The planner's own steps that an edit shares with a whole question."""

    shapes: Sequence[Shape]
    reading: Callable[[Draft, Linked, SemanticQuery], Reading]
    not_held: Callable[[SemanticQuery], tuple[str, str] | None]


def in_context(bench: Bench, tools: Tools, heard: Heard, previous: Previous | None, alone: PlanResult) -> PlanResult:
    """`alone` (the question read by itself) where it stands alone, else the plan before as the question edits it.

    Raises:
        WindowError: the question names a time that the calendar does not know.
    """
    if previous is None:
        return _without_previous(bench, heard, alone)
    editor = _Editor(bench, tools, heard, previous)
    draft = _draft(bench, heard, editor.pieces())
    if any(t.op("reset") for t in draft.tokens):
        return alone
    scope = out_of_scope(draft)
    if scope is not None:
        asks_why = any(t.has("intent", "why") for t in draft.tokens)
        return cannot_explain(draft, previous.query, bench.reach) if asks_why else scope
    verdict = editor.verdict(alone)
    if verdict == "alone":
        return alone
    edited = editor.plan()
    if not edited.readings:
        return alone if alone.readings and editor.is_whole() else edited
    if verdict == "both":
        return PlanResult(edited.language, _distinct([*edited.readings, *alone.readings]))
    return edited


def _distinct(readings: Sequence[Reading]) -> tuple[Reading, ...]:
    return tuple({reading.query: reading for reading in reversed(readings)}.values())[::-1]


def _without_previous(bench: Bench, heard: Heard, alone: PlanResult) -> PlanResult:
    """A fragment that only makes sense after another question is said to be one."""
    draft = _draft(bench, heard, _pieces(bench, heard))
    if alone.readings:
        return no_previous(draft) if _points_back(draft) or _asks_what_about(draft) else alone
    if alone.unplanned is None or alone.unplanned.code not in ("no_metric", "not_understood"):
        return alone
    unknown = any(t.kind == "unknown" for t in draft.tokens)
    names_metric = any(t.has("metric") for t in draft.tokens)
    opens = has_strong_mark(draft) or is_elliptic(draft) or _only_ranks(draft)
    says_something = any(t.is_business or t.kind in ("grain", "compare") for t in draft.tokens)
    lacks_metric = alone.unplanned.code == "no_metric" and says_something
    fragment = not unknown and not names_metric and (opens or lacks_metric)
    return no_previous(draft) if fragment or _points_back(draft) else alone


_WHAT_ABOUT = re.compile(r"^(?:那|那么|and |what about |how about ).{1,40}$", re.IGNORECASE)


def _asks_what_about(draft: Draft) -> bool:
    """那打开率呢 with neither a time nor a condition: said of a question before, which did not come along."""
    said = any(t.kind in ("time", "grain", "compare") or t.used_by in ("filter", "breakdown") for t in draft.tokens)
    opened = _WHAT_ABOUT.match(draft.text) is not None
    closed = draft.text.rstrip("?？!。. ").endswith("呢") or draft.language == "en"
    return opened and closed and not said


def _only_ranks(draft: Draft) -> bool:
    """前五名, 从高到低: a rank of nothing that was named."""
    return any(t.op("top", "rank_desc", "rank_asc") for t in draft.tokens) and not any(
        t.is_business for t in draft.tokens
    )


def _points_back(draft: Draft) -> bool:
    """这些门店的…, 第二个的…: a pointing word with nothing before it to point at."""
    for token in draft.tokens:
        if token.is_business or token.kind != "word":
            return False
        right = draft.neighbour(token, 1)
        named = right is not None and (right.has("dimension") or right.op("unit_any"))
        if token.op("these", "this_one") and named and not token.op("which"):
            return True
    return False


def _pieces(bench: Bench, heard: Heard, extra: tuple[Token, ...] = ()) -> list[Token]:
    """Everything heard and the words of an edit; `extra` replaces what it overlaps (approximate matches)."""
    guessed = [*extra, *(p for p in heard.pieces if p.fuzzy)]
    marks = [m for m in mark_pieces(heard.normalised.text, bench.lexicon) if not _overlaps(m, guessed)]
    clear = [p for p in (*marks, *heard.pieces) if not _overlaps(p, extra)]
    return [*clear, *extra]


def _overlaps(piece: Token, others: Sequence[Token]) -> bool:
    return any(piece.start < other.end and other.start < piece.end for other in others)


def _draft(bench: Bench, heard: Heard, pieces: Sequence[Token]) -> Draft:
    text, language = heard.normalised.text, heard.normalised.language
    tokens = cover(text, [fresh(p) for p in pieces])
    return Draft(text, language, tokens, bench.model, bench.as_of, bench.values, heard.senses)


@dataclass(frozen=True, slots=True)
class _Editor:
    bench: Bench
    tools: Tools
    heard: Heard
    previous: Previous

    def pieces(self, extra: tuple[Token, ...] = ()) -> list[Token]:
        return _pieces(self.bench, self.heard, extra)

    def read(self, pieces: Sequence[Token], mode: Mode) -> Fragment:
        draft = _draft(self.bench, self.heard, _as_filters(self.bench, self.heard, pieces))
        return read_fragment(
            draft, self.previous, self.tools.shapes, self.bench.calendar, self.bench.first_day, mode=mode
        )

    def verdict(self, alone: PlanResult) -> Verdict:
        """Does the question edit the plan before, stand alone, or could it do both?"""
        try:
            fragment = self.read(self.pieces(), Mode())
        except UnresolvedError:
            return "edit"
        if not alone.readings:
            return "edit"
        draft = fragment.draft
        if has_strong_mark(draft):
            return "edit"
        own = fragment.has_own_metric or _names_what_sold(draft)
        if own and fragment.says_window:
            return "alone"
        if any(t.op("only") for t in draft.tokens) and not fragment.metrics:
            return "edit"
        first = next((t for t in draft.tokens if not t.is_filler), None)
        if first is not None and first.op("by") and not fragment.metrics:
            return "edit"
        if is_elliptic(draft) or not (own or _infers_people(alone, self.previous.query)):
            return "edit"
        if fragment.selects and _another_subject(fragment):
            return "alone"
        # 京东的订单数 after 上个月抖音的销售额: of last month, or at all? Both are fair.
        return "both" if fragment.selects or not fragment.has_own_metric else "edit"

    def is_whole(self) -> bool:
        """A question with a metric of its own, and no mark of an edit: it may stand alone where the edit can't be."""
        draft = _draft(self.bench, self.heard, self.pieces())
        marked = has_strong_mark(draft) or is_elliptic(draft) or any(t.op("only") for t in draft.tokens)
        return not marked and any(t.has("metric") or t.has("term") for t in draft.tokens)

    def plan(self) -> PlanResult:
        """The readings of the edit, or why there is none."""
        pieces = self.pieces()
        first, culprits = self._attempt(pieces)
        result = first
        for _ in range(_RECUTS):
            if result.readings or not culprits:
                break
            pieces = [p for p in pieces if (p.start, p.end) not in culprits]
            result, culprits = self._attempt(pieces)
        return result if result.readings else self._approximate() or first

    def _approximate(self) -> PlanResult | None:
        try:
            draft = self.read(self.pieces(), Mode()).draft
        except UnresolvedError:
            return None
        unknown = [t for t in unexplained(draft) if t.kind == "unknown"]  # a 按 beside it waits for the word itself
        extra = self.bench.fuzzy.repair(self.heard.normalised.text, unknown)
        if not extra:
            return None
        result, _ = self._attempt(self.pieces(tuple(extra)))
        return result if result.readings else None

    def _attempt(self, pieces: Sequence[Token]) -> tuple[PlanResult, set[tuple[int, int]]]:
        """One cut of the question: its result, and the words to read differently where it has none."""
        try:
            fragment = self.read(pieces, Mode())
            modes = list(self._modes(fragment))
            if modes[0] != Mode():
                fragment = self.read(pieces, modes[0])
        except UnresolvedError as problem:
            draft = _draft(self.bench, self.heard, pieces)
            return (needs_rows(draft) if problem.lacks_rows else unresolved(draft, problem)), set()
        result = self._result(fragment)
        if not result.readings:
            return result, _culprits(fragment.draft)
        others = [self._result(self.read(pieces, mode)) for mode in modes[1:]]
        readings = _distinct([*result.readings, *(r for other in others for r in other.readings)])
        return PlanResult(result.language, readings), set()

    def _modes(self, fragment: Fragment) -> Iterator[Mode]:
        """The fair ways to take what this fragment leaves open."""
        draft, query = fragment.draft, self.previous.query
        has_rows = bool(self.previous.rows) and bool(query.dimensions) and fragment.pick is None
        if fragment.other_window is not None:
            switches = any(t.op("switch") for t in draft.tokens)
            asks = is_elliptic(draft) or any(t.op("carry") for t in draft.tokens)
            if asks and not switches:
                yield Mode(same_days=True)
                return
            yield Mode()
            yield Mode(same_days=True)
            return
        yield Mode()
        if not has_rows:
            return
        limited = query.limit < 1000 or bool(query.having)
        if fragment.drops.collapse and limited:
            yield Mode(rows=len(self.previous.rows))
        elif limited and draft.order_by and draft.limit is None and not (fragment.metrics or draft.breakdowns):
            yield Mode(rows=len(self.previous.rows), keeps_order=True)
        elif draft.limit is not None and not draft.breakdowns and (fragment.metrics or fragment.says_window):
            yield Mode(rows=draft.limit)

    def _result(self, fragment: Fragment) -> PlanResult:
        draft, bench = fragment.draft, self.bench
        kept = prepare(fragment)
        missing = self._missing(fragment)
        if missing and all(t.used_by in ("rank", "number", "share") for t in missing):
            return needs_split(draft, missing, self.previous.query, bench.reach)
        if missing or not draft.metrics:
            return not_understood(draft, missing, bench.fuzzy)
        linked = link(draft, bench.reach)
        if isinstance(linked, Unlinkable):
            return impossible(draft, linked, bench.reach)
        try:
            return self._readings(fragment, kept, linked)
        except ValidationError as error:
            return not_understood(draft, [], bench.fuzzy, detail=str(error.errors()[0]["msg"]))
        except NothingToDropError as error:
            return nothing_to_drop(draft, error)
        except UnresolvedError as error:
            return unresolved(draft, error)

    def _readings(self, fragment: Fragment, kept: Kept, linked: Sequence[Linked]) -> PlanResult:
        draft, bench, readings = fragment.draft, self.bench, []
        for option in linked:
            query = merge(fragment, kept, option, assemble(draft, option, bench.reach))
            absent = self.tools.not_held(query)
            if absent is not None:
                return unknown_value(draft, *absent, bench.values)
            readings.append(self._reading(fragment, option, query))
        return PlanResult(draft.language, tuple(readings))

    def _missing(self, fragment: Fragment) -> list[Token]:
        """Words that the merged plan would not hold; all of them where the fragment changes nothing."""
        draft = fragment.draft
        both = fragment.adds and not fragment.replaced and bool(fragment.metrics and draft.groups)
        if both and not fragment.drops.metrics:
            return [t for t in draft.tokens if t.op("add")]  # 再加上京东的订单数: beside which of the two?
        missing = fragment.unsettled or unexplained(draft) or self._lost(fragment)
        if not missing and (says_nothing(fragment) or (fragment.implied and not fragment.metrics)):
            return [t for t in draft.tokens if t.used_by != "kept"]
        return missing

    def _lost(self, fragment: Fragment) -> list[Token]:
        """Words whose meaning would be lost in the merged plan."""
        draft = fragment.draft
        lost = lost_meaning(draft)
        if any(f.op in ("eq", "in") for f in self.previous.query.filters):
            lost = [t for t in lost if t.used_by != "share"]
        return lost

    def _reading(self, fragment: Fragment, option: Linked, query: SemanticQuery) -> Reading:
        reading = self.tools.reading(fragment.draft, option, query)
        note = kept_note(fragment, self.previous.query, query)
        return replace(reading, assumptions=(*reading.assumptions, *([note] if note else [])))


def _as_filters(bench: Bench, heard: Heard, pieces: Sequence[Token]) -> list[Token]:
    """只看…, only new customers: what is kept is a filter, so a name that also counts people is cut into its words."""
    draft = _draft(bench, heard, pieces)
    only = any(t.op("only") for t in draft.tokens)
    counts = {
        (t.start, t.end) for t in draft.tokens
        if only and t.has("metric") and _is_beside(draft, t, "only")
        and all(draft.metric(c.target).unit == "people" for c in t.of("metric"))
    }  # fmt: skip
    counts |= {(t.start, t.end) for t in draft.tokens if only and t.has("metric") and t.op("people")}
    kept = []
    for piece in pieces:
        if (piece.start, piece.end) in counts:
            others = tuple(c for c in piece.candidates if c.kind != "metric")
            if is_member_noun(piece):
                others += tuple(c for c in bench.lexicon.entries.get("会员", ()) if c.kind == "value")
            if not any(c.kind in ("value", "segment", "term") or c.target == "people" for c in others):
                continue
            piece = fresh(piece)
            piece.candidates = others
        kept.append(piece)
    return _as_filters(bench, heard, kept) if counts else kept


def _is_beside(draft: Draft, token: Token, mark: str) -> bool:
    return any(near is not None and near.op(mark) for near in (draft.neighbour(token, 1), draft.neighbour(token, -1)))


def _names_what_sold(draft: Draft) -> bool:
    """哪个渠道卖得最好 says by its verb that sales are meant."""
    return any(t.used_by == "rank" and ("卖" in t.text or "sell" in t.text) for t in draft.tokens)


def _another_subject(fragment: Fragment) -> bool:
    """单次客有多少人 after a ranking of products: the numbers are of another area altogether."""
    draft, before = fragment.draft, {fragment.draft.metric(m).area for m in fragment.query.metrics}
    return bool(fragment.metrics) and before.isdisjoint({draft.metric(m).area for m in fragment.metrics})


def _infers_people(alone: PlanResult, before: SemanticQuery) -> bool:
    """新客有多少 by itself counts people, which the plan before did not."""
    return any(set(r.query.metrics) != set(before.metrics) for r in alone.readings)


def _culprits(draft: Draft) -> set[tuple[int, int]]:
    """Spans to read differently: words that stayed unplaced, and the neighbours of stretches that no word covers."""
    spans = set()
    for token in unexplained(draft):
        position = draft.index(token)
        if token.kind != "unknown":
            spans.add((token.start, token.end))
            continue
        beside = [*draft.tokens[max(0, position - 1) : position], *draft.tokens[position + 1 : position + 2]]
        spans |= {(t.start, t.end) for t in beside if t.kind == "word" and len(t.text) > 1}
    return spans
