"""Which planner answers: the rules where they understand everything in one way, else a model, else an honest refusal.

What the rules refuse for certain (a value that is not there, a day that can't be, a question that is none of ours) a
model is never asked about. Where a question has several legal readings, the asker chooses, not a model.
"""

from dataclasses import dataclass, replace
from typing import Literal, Protocol

from app.core.actor import Actor
from app.planning.context import PlanContext
from app.planning.llm_planner import LlmPlanner, Proposal
from app.planning.plan import PlanResult, Reading, RefusalCode
from app.planning.rule_planner import RulePlanner
from app.semantic.identity import plan_hash

Mode = Literal["rule", "llm", "auto"]

_MAY_BE_WORDS: frozenset[RefusalCode] = frozenset({"not_understood", "no_metric"})
"""Refusals that say only that words are missing: another planner may know them."""
_CERTAIN: frozenset[RefusalCode] = frozenset(
    {"unreadable_question", "out_of_scope", "bad_window", "unknown_value", "needs_previous", "term_not_computable"}
)
"""Refusals that hold whoever plans."""


class RulePlanners(Protocol):
    """The rule planner of each asker."""

    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        """Plan as `actor`."""
        ...

    def planner_for(self, actor: Actor) -> RulePlanner:
        """The planner over what `actor` may see."""
        ...


@dataclass(frozen=True, slots=True)
class AutoPlanner:
    """Both planners behind the port of one."""

    rules: RulePlanners
    llm: LlmPlanner | None
    mode: Mode = "auto"

    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        """Readings of `question`, or why there is none."""
        ruled = self.rules.plan(question, actor, context)
        if self.llm is None or not self._asks_model(ruled):
            return ruled if self.llm is not None or self.mode != "llm" else _with_note(ruled, "absent")
        proposal = self.llm.plan(question, self.rules.planner_for(actor), context)
        return replace(_merged(ruled, proposal), calls=proposal.calls)

    def _asks_model(self, ruled: PlanResult) -> bool:
        if self.mode == "rule" or len(ruled.readings) > 1:
            return False
        if ruled.unplanned is not None:
            code = ruled.unplanned.code
            return code not in _CERTAIN if self.mode == "llm" else code in _MAY_BE_WORDS
        return self.mode == "llm" or bool(ruled.readings[0].fuzzy)


def _merged(ruled: PlanResult, proposal: Proposal) -> PlanResult:
    if proposal.reading is not None:
        return _both(ruled, proposal.reading)
    if ruled.readings:
        # The rules have their reading; what the model could not add takes nothing from it.
        return _with_note(ruled, "unconfirmed") if proposal.failure == "unavailable" else ruled
    if proposal.gap is not None:
        return replace(ruled, gap=proposal.gap)
    return _with_note(ruled, proposal.failure or "unavailable")


def _both(ruled: PlanResult, proposed: Reading) -> PlanResult:
    """One plan that both came to, or each its own, for the asker to choose where their results differ."""
    if not ruled.readings:
        return PlanResult(ruled.language, (proposed,))
    own = ruled.readings[0]
    if plan_hash(own.query) == plan_hash(proposed.query):
        return _with_note(replace(ruled, readings=(replace(own, agreed=True),)), "agreed")
    return replace(ruled, readings=(own, proposed))


_NOTES: dict[str, tuple[str, str]] = {
    "absent": ("没有配置语言模型,由规则规划器回答。", "No language model is configured; the rule planner answered."),
    "unavailable": (
        "语言模型暂时不可用,以上只用规则理解。",
        "The language model was not available; only the rules read this.",
    ),
    "unconfirmed": (
        "语言模型暂时不可用,近似匹配没有得到第二次确认。",
        "The language model was not available, so the approximate match was not confirmed.",
    ),
    "refused": (
        "语言模型给出的理解没有通过与问题的核对,没有采用。",
        "The language model's reading did not pass the check against the question, so it was not used.",
    ),
    "not_sent": (
        "问题里有像号码或证件的内容,没有发送给语言模型,也不能作为条件。",
        "The question holds what looks like a number of a person, so it was not sent to the language model.",
    ),
    "open_term": (
        "问题里有口径不止一种的词,需要由你说明,没有交给语言模型猜。",
        "The question has a word with several meanings; which one is yours to say, so no model was left to guess.",
    ),
    "agreed": ("规则与语言模型各自得到同一个查询。", "The rules and the language model came to the same query."),
}


def _with_note(result: PlanResult, name: str) -> PlanResult:
    zh, en = _NOTES[name]
    return replace(result, notes=(*result.notes, zh if result.language == "zh" else en))
