"""The rule planner: question → `SemanticQuery` with no model and no network.

normalise → match the whole lexicon and the time and number grammars at once → cover the question → let each shape
explain its words → link what is left to names → read off the plan. What nothing explained is never dropped: the
question is cut another way, or matched approximately and disclosed, or refused with the nearest readings.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date

from pydantic import ValidationError

from app.core.errors import QuestionError, WindowError
from app.knowledge.entries import Term
from app.knowledge.glossary import Asker, Glossary
from app.planning.acts import ActWords, build_act_words
from app.planning.asides import asides
from app.planning.assemble import assemble
from app.planning.calendar import PromoCalendar
from app.planning.canonical.reader import read_canonical
from app.planning.canonical.writer import window_text
from app.planning.context import PlanContext, Previous
from app.planning.definitions import definitions
from app.planning.draft import Draft
from app.planning.elsewhere import meant_elsewhere, never_there
from app.planning.follow_up import Heard, Tools, in_context
from app.planning.fuzzy import FuzzyIndex
from app.planning.jargon import (
    Spoken,
    add_companions,
    chosen_senses,
    hidden_terms,
    put_senses,
    spoken_terms,
    term_forms,
    together,
)
from app.planning.lattice import Token, content_length, cover, fresh
from app.planning.lexicon import Lexicon, ValueIndex, build_lexicon, spaced, without
from app.planning.linking import Linked, Reach, Unlinkable, link
from app.planning.normalise import Normalised, check_question
from app.planning.plan import ChosenSense, Link, LinkRole, PlanResult, Reading
from app.planning.refusals import (
    bad_window,
    held_elsewhere,
    impossible,
    no_such_sense,
    not_understood,
    out_of_scope,
    unknown_value,
    unreadable,
)
from app.planning.reorder import time_first
from app.planning.shapes.acts import read_act
from app.planning.shapes.birthdays import read_birthdays
from app.planning.shapes.breakdown import read_breakdowns
from app.planning.shapes.comparison import read_comparisons
from app.planning.shapes.conditions import read_numbers
from app.planning.shapes.deeds import read_deeds
from app.planning.shapes.filters import read_values
from app.planning.shapes.implied import infer_metric
from app.planning.shapes.journeys import read_journeys
from app.planning.shapes.leftovers import lost_meaning, unexplained
from app.planning.shapes.metrics import read_metrics, read_segments
from app.planning.shapes.people import read_people
from app.planning.shapes.ranking import read_made, read_rank, read_rest, read_share
from app.planning.shapes.windows import read_grain, read_windows
from app.planning.signs import signs_of
from app.planning.tokens import tokenize
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery, split_metric_name

_RECUTS = 3
MAX_INDEXED = 20_000
"""Values of a dimension that are indexed at the most; beyond it, absence proves nothing."""

Shape = Callable[[Draft], None]


def _splits_unasked(result: PlanResult) -> bool:
    return any(sign.kind == "unasked_split" for reading in result.readings for sign in reading.signs)


# Order matters: a shape may rely on what the ones before it have explained.
SHAPES: tuple[Shape, ...] = (
    read_birthdays,
    read_journeys,
    read_deeds,
    read_people,
    read_numbers,
    read_segments,
    read_values,
    read_share,
    read_rank,
    read_metrics,
    infer_metric,
    meant_elsewhere,
    read_breakdowns,
    read_rest,
    read_made,
    add_companions,
)
_ANYBODY = PlanContext()


@dataclass(slots=True)
class RulePlanner:
    """Plans questions over one model and one warehouse's values. Stateless between questions; safe in threads."""

    model: SemanticModel
    lexicon: Lexicon
    fuzzy: FuzzyIndex
    calendar: PromoCalendar
    as_of: date
    first_day: date
    reach: Reach
    values: ValueIndex
    glossary: Glossary | None = None
    acts: ActWords | None = None

    def plan(self, question: str, context: PlanContext = _ANYBODY) -> PlanResult:
        """One or more readings, or why there is none; words of the house as they mean in `context`."""
        written = self._written(question)
        if written is not None:
            return written
        try:
            normalised = check_question(question)
        except QuestionError as error:
            return unreadable(error, question)
        normalised = replace(normalised, text=spaced(normalised.text))
        try:
            return self._plan(normalised, context)
        except WindowError as error:
            return bad_window(error, normalised.language)

    def _written(self, question: str) -> PlanResult | None:
        """The plan of a canonical sentence, such as every answer begins with; None for a free question."""
        read = read_canonical(question, self.model, self.values)
        if read is None:
            return None
        absent = self._not_held(read.query)
        if absent is not None:
            draft = Draft(question, read.language, [], self.model, self.as_of, self.values)
            return unknown_value(draft, *absent, self.values)
        label = window_text(read.query.start, read.query.end, read.language)
        return PlanResult(read.language, (Reading(query=read.query, coverage=1.0, window_label=label),))

    def _plan(self, normalised: Normalised, context: PlanContext, extra: tuple[Token, ...] = ()) -> PlanResult:
        pieces = tokenize(normalised.text, self.lexicon, self.calendar, self.as_of, extra)
        pieces += asides(normalised.text, pieces, self.model)
        asked = definitions(cover(normalised.text, pieces), self._terms(), self.model)
        if asked:
            return PlanResult(normalised.language, defined=asked)
        spoken = self._spoken(normalised, pieces, context)
        pieces += spoken.named
        results = []
        for choice in spoken.choices():
            heard = Heard(normalised, put_senses(pieces, choice), chosen_senses(spoken, choice))
            results.append(self._in_context(heard, context.previous))
            if results[-1].readings and not any(s.by == "open" for r in results[-1].readings for s in r.senses):
                break  # no open term is part of the plan, so no other sense would change it
        found = together(results, spoken)
        if found is not None and _splits_unasked(found):
            # 导购9月任务完成率: the first word of a name that the time cut in two is no split.
            return self._reordered(normalised, pieces, context) or found
        if found is not None:
            return found
        first = no_such_sense(results[0], spoken) or results[0]
        if extra:
            return first
        near = self._reordered(normalised, pieces, context) or self._approximate(
            normalised, put_senses(pieces, {}), context
        )
        return near or first

    def _reordered(self, normalised: Normalised, pieces: list[Token], context: PlanContext) -> PlanResult | None:
        """The plan with the time moved out of the middle of a name; None where that is not all that was missing."""
        moved = time_first(normalised.text, pieces, self.lexicon) if context.previous is None else None
        result = self._plan(replace(normalised, text=moved), context) if moved else None
        return result if result is not None and result.readings else None

    def _terms(self) -> Iterable[Term]:
        return self.glossary.in_force(Asker(on=self.as_of)) if self.glossary else ()

    def _spoken(self, normalised: Normalised, pieces: list[Token], context: PlanContext) -> Spoken:
        """The terms of the house in the question."""
        used = [p for p in pieces if p.has("term")]
        if self.glossary is None or not used:
            return Spoken()
        return spoken_terms(normalised.text, used, self.glossary, context, self.as_of)

    def _in_context(self, heard: Heard, previous: Previous | None) -> PlanResult:
        """The plan of the question alone, or of the turn before as the question edits it."""
        alone = self._plan_pieces(heard.normalised, [fresh(p) for p in heard.pieces], heard.senses)
        return in_context(self, Tools(SHAPES, self._reading, self._not_held), heard, previous, alone)

    def _plan_pieces(self, normalised: Normalised, pieces: list[Token], senses: tuple[ChosenSense, ...]) -> PlanResult:
        acted = self._act(normalised, pieces, senses)
        if acted is not None:
            return acted
        draft = self._draft(normalised, pieces, senses)
        scope = out_of_scope(draft)
        if scope is not None:
            return scope
        self._explain(draft)
        first = result = self._result(draft)
        culprits = self._culprits(draft)
        for _ in range(_RECUTS):
            if result.readings:
                return result
            if not culprits:
                break
            # Cut the question another way: without the word that could not be placed.
            pieces = [fresh(p) for p in pieces if (p.start, p.end) not in culprits]
            draft = self._draft(normalised, pieces, senses)
            self._explain(draft)
            result, culprits = self._result(draft), self._culprits(draft)
        return result if result.readings else first

    def _act(self, normalised: Normalised, pieces: list[Token], senses: tuple[ChosenSense, ...]) -> PlanResult | None:
        """The plan of a question that asks how often something was done, and nothing else."""
        if self.acts is None:
            return None
        draft = self._draft(normalised, self.acts.laid_over(normalised.text, pieces), senses)
        if not read_act(draft) or out_of_scope(draft) is not None:
            return None
        self._explain(draft)
        result = self._result(draft)
        return result if result.readings else None

    def _draft(self, normalised: Normalised, pieces: list[Token], senses: tuple[ChosenSense, ...] = ()) -> Draft:
        tokens = cover(normalised.text, pieces)
        return Draft(normalised.text, normalised.language, tokens, self.model, self.as_of, self.values, senses)

    def _result(self, draft: Draft) -> PlanResult:
        missing = unexplained(draft) or lost_meaning(draft)
        if missing or not draft.metrics:
            return not_understood(draft, missing, self.fuzzy)
        return self._readings(draft)

    def _culprits(self, draft: Draft) -> set[tuple[int, int]]:
        """Spans to read differently: words that stayed unplaced, and the neighbours of stretches no word covers."""
        lost = lost_meaning(draft)
        blamed = unexplained(draft)
        if lost:
            # TOP3门店业绩: a metric word that begins with a dimension hides what is to be ranked.
            blamed += [t for t in draft.tokens if t.used_by == "metric" and self._starts_with_dimension(t)]
        linked = [] if blamed or lost or not draft.metrics else link(draft, self.reach)
        if isinstance(linked, Unlinkable):
            blamed.append(linked.token)
        spans = {(t.start, t.end) for t in blamed if t.kind != "unknown" and not t.op("not", "not_prefix")}
        for token in blamed:
            if token.op("not", "not_prefix"):  # the word behind it swallowed what is negated (没在|门店买过的人)
                spans |= {(n.start, n.end) for n in self._beside(draft, token) if n.start >= token.end}
            swallowers = self._swallowers(draft, token)
            if swallowers:  # 各|直播间单量: the name behind it swallowed what is split by
                spans = (spans | {(n.start, n.end) for n in swallowers}) - {(token.start, token.end)}
            if token.op("each", "by", "which", "which_many"):  # 各|品牌的: what it splits by was taken for a filler
                right = draft.neighbour(token, 1, skip_fillers=False)
                spans |= {(right.start, right.end)} if right is not None and right.is_filler else set()
        for token in blamed:
            if token.kind == "unknown":
                spans |= {(n.start, n.end) for n in self._beside(draft, token)}
        return spans

    def _starts_with_dimension(self, token: Token) -> bool:
        prefixes = (token.text[:length] for length in range(2, len(token.text)))
        return any(c.kind == "dimension" for p in prefixes for c in self.lexicon.entries.get(p, ()))

    def _swallowers(self, draft: Draft, token: Token) -> list[Token]:
        right = draft.neighbour(token, 1) if token.op("each", "by") else None
        return [right] if right is not None and right.has("metric") and self._starts_with_dimension(right) else []

    def _beside(self, draft: Draft, token: Token) -> list[Token]:
        position = draft.tokens.index(token)
        around = [*draft.tokens[max(0, position - 1) : position], *draft.tokens[position + 1 : position + 2]]
        return [t for t in around if t.kind == "word" and len(t.text) > 1]

    def _explain(self, draft: Draft) -> None:
        for shape in SHAPES:
            shape(draft)
        read_grain(draft)
        read_windows(draft, self.calendar, self.first_day)
        read_comparisons(draft, self.calendar)

    def _approximate(self, normalised: Normalised, pieces: list[Token], context: PlanContext) -> PlanResult | None:
        """Explain what is left by sound, typo or part of a name; None where that does not give a reading either."""
        draft = self._draft(normalised, pieces)
        if out_of_scope(draft) is not None:
            return None
        self._explain(draft)
        extra = self.fuzzy.repair(normalised.text, unexplained(draft))
        result = self._plan(normalised, context, tuple(extra)) if extra else None
        return result if result is not None and result.readings else None

    def _readings(self, draft: Draft) -> PlanResult:
        linked = link(draft, self.reach)
        if isinstance(linked, Unlinkable):
            return impossible(draft, linked, self.reach)
        readings = []
        for option in linked:
            try:
                query = assemble(draft, option, self.reach)
            except ValidationError as error:
                return not_understood(draft, [], self.fuzzy, detail=str(error.errors()[0]["msg"]))
            absent = self._not_held(query)
            if absent is not None:
                return unknown_value(draft, *absent, self.values)
            elsewhere = never_there(query, self.model, self.values, self.reach)
            if elsewhere is not None:
                return held_elsewhere(draft, *elsewhere)
            readings.append(self._reading(draft, option, query))
        return PlanResult(draft.language, tuple(readings))

    def _not_held(self, query: SemanticQuery) -> tuple[str, str] | None:
        """A (dimension, value) that is asked for and that this warehouse does not hold at all."""
        for condition in (*query.filters, *(f for clause in query.people for f in clause.filters)):
            held = self.values.get(condition.dimension, ())
            if condition.op not in ("eq", "in") or not held or len(held) >= MAX_INDEXED:
                continue
            missing = [str(v) for v in condition.values if str(v) not in held]
            if missing:
                return condition.dimension, missing[0]
        return None

    def _reading(self, draft: Draft, linked: Linked, query: SemanticQuery) -> Reading:
        links = tuple(
            Link(t.text, t.start, t.end, _role(t), t.target or t.used_by or "", t.fuzzy)
            for t in draft.tokens
            if t.used_by is not None or t.fuzzy
        )
        total = content_length(draft.text) or 1
        lost = sum(content_length(t.text) for t in unexplained(draft))
        used = {t.term for t in draft.tokens if t.term and t.used_by is not None}
        assumptions = [*draft.assumptions, *(_swap_note(draft, *pair) for pair in linked.swapped)]
        return Reading(
            query=query,
            coverage=round(1 - lost / total, 4),
            links=links,
            assumptions=tuple(assumptions),
            window_label=draft.window_label,
            senses=tuple(s for s in draft.senses if s.term in used and _is_in(s, query, linked, self.model)),
            signs=signs_of(draft, linked, query),
        )


def _is_in(sense: ChosenSense, query: SemanticQuery, linked: Linked, model: SemanticModel) -> bool:
    """Whether the metric that a sense stands for is still the one of the plan (短信的点击率 is no ad's CTR)."""
    rewrite = sense.meaning.rewrite
    if rewrite is None or rewrite.metric is None:
        return True
    planned = {split_metric_name(name)[0] for name in (*query.metrics, *(asked for asked, _ in linked.swapped))}
    planned |= {split_metric_name(c.metric)[0] for c in query.people}
    planned |= {split_metric_name(c.metric)[0] for c in query.having}
    asked = split_metric_name(rewrite.metric)[0]
    # 触达了多少人: the head count that stands for the metric of the sense.
    heads = {verb.people for act in model.acts for verb in act.verbs if verb.count == asked and verb.people}
    return bool({asked, *heads} & planned)


def _swap_note(draft: Draft, asked: str, used: str) -> str:
    a, b = (draft.metric(m).label.in_(draft.language) for m in (asked, used))
    return draft.say(
        f"这个拆分只在商品行上有,因此“{a}”按“{b}”计算",
        f"This split exists on item lines only, so “{a}” was computed as “{b}”",
    )


_ROLES: dict[str, LinkRole] = {"metric": "metric", "breakdown": "dimension", "filter": "value", "segment": "segment",
                               "window": "time", "grain": "time", "compare": "compare"}  # fmt: skip


def _role(token: Token) -> LinkRole:
    return _ROLES.get(token.used_by or "", "operator")


def build_planner(
    model: SemanticModel,
    values: ValueIndex,
    calendar: PromoCalendar,
    *,
    as_of: date,
    first_day: date,
    glossary: Glossary | None = None,
) -> RulePlanner:
    """A planner over a model and the values of one warehouse, as far as the asker may see them."""
    lexicon = build_lexicon(model, values, term_forms(glossary, as_of))
    if glossary is not None:
        lexicon = without(lexicon, hidden_terms(glossary, lexicon, as_of))
    return RulePlanner(
        model, lexicon, FuzzyIndex(lexicon), calendar, as_of, first_day, Reach(model), values, glossary,
        build_act_words(model),
    )  # fmt: skip
