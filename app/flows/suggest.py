"""Flow: what could be asked next, in words that are sure to be read: each was planned before it is shown."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from app.core.actor import Actor
from app.core.errors import AppError
from app.flows.answer import Answer, Language
from app.flows.names import dimension_label, value_label
from app.flows.ports import Planner, Remembered
from app.flows.previous import previous_of
from app.planning.context import PlanContext, Previous
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

_MOST = 3
_MONTHLY_FROM_DAYS = 45
_SPLITS = ("channel", "customer_type", "member_tier")
"""Dimensions that are worth a look, best first; those that the model lacks are skipped."""


@dataclass(frozen=True, slots=True)
class SuggestFollowUps:
    """Follow-ups of an answer. The planner is the one of rules: suggestions never ask a language model."""

    planner: Planner
    models: Callable[[], SemanticModel]
    remembered: Remembered

    def run(self, question: str, answer: Answer, actor: Actor) -> tuple[str, ...]:
        """Up to three follow-ups of `answer` that plan in exactly one way, to another plan; () where there are none."""
        previous = previous_of(question, answer) if answer.status == "answered" else None
        if previous is None or not answer.rows:
            return ()
        try:
            context = PlanContext(actor.department, actor.brand_ids, self.remembered(actor), previous)
            found: list[str] = []
            for words in _candidates(previous, self.models(), answer.language):
                if len(found) < _MOST and self._is_read(words, actor, context, previous.query):
                    found.append(words)
        except AppError:  # a suggestion is no reason to lose an answer
            return ()
        return tuple(found)

    def _is_read(self, words: str, actor: Actor, context: PlanContext, before: SemanticQuery) -> bool:
        planned = self.planner.plan(words, actor, context)
        if len(planned.readings) != 1 or planned.missing:
            return False
        reading = planned.readings[0]
        return reading.query != before and not reading.fuzzy


def _candidates(previous: Previous, model: SemanticModel, language: Language) -> Iterator[str]:
    """What one would look at next, most telling first."""
    query, zh = previous.query, language == "zh"
    kinds = {comparison.kind for comparison in query.compare}
    if not kinds:
        yield "环比呢" if zh else "compared to the previous period"
    split = next((name for name in _SPLITS if name in model.dimensions and name not in _spoken_of(query)), None)
    if not query.dimensions and split is not None:
        label = dimension_label(split, model, language)
        yield f"按{label}拆" if zh else f"by {label.lower()}"
    if query.grain is None and query.order is None:  # a ranking of every day answers nothing
        is_long = (query.end - query.start).days >= _MONTHLY_FROM_DAYS
        yield ("按月看" if is_long else "按天看") if zh else ("by month" if is_long else "by day")
    if len(query.dimensions) == 1 and len(previous.rows) > 1:
        name = query.dimensions[0]
        label = value_label(name, previous.rows[0].get(name), model, language)
        yield f"只看{label}" if zh else f"only {label}"
    if kinds == {"prior_period"}:
        yield "同比呢" if zh else "compared to last year"


def _spoken_of(query: SemanticQuery) -> set[str]:
    return {*query.dimensions, *(condition.dimension for condition in query.filters)}
