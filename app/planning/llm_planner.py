"""The LLM planner: question → the same `SemanticQuery`, proposed by a model and held against the question by code.

One tool with the query's own schema, its names narrowed to candidates; then pydantic, our lexicon's check that every
known word is in the plan and nothing else is, and the compiler. What any of them says goes back to the model, twice
at most.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from app.core.errors import AppError, CorrectableError, QuestionError, WindowError
from app.llm.client import ChatModel, ChatReply, ChatRequest, Message, ModelError, ToolCall
from app.llm.masking import mask_identifiers
from app.llm.meter import Budget, CallRecord, Meter, Prices
from app.llm.prompts import PromptLibrary
from app.planning.context import PlanContext
from app.planning.normalise import Normalised, check_question
from app.planning.plan import Gap, Reading
from app.planning.proposed.accounting import unaccounted
from app.planning.proposed.candidates import CandidateSource, candidates
from app.planning.proposed.evidence import Evidence, gather
from app.planning.proposed.grounding import ungrounded
from app.planning.proposed.linking import link_values
from app.planning.proposed.prompting import plan_request, repair_text
from app.planning.proposed.schema import ANSWER, GAP, InvalidProposal, ProposedPlan, parse_gap, parse_plan
from app.planning.proposed.settle import reading_of, settle
from app.planning.proposed.view import PlanView
from app.planning.rule_planner import RulePlanner
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

_MOST_PROBLEMS, _MOST_CALLS = 8, 4
_LONGEST_CALL, _LONGEST_ECHO = 20_000, 2_000
Failure = Literal["unavailable", "refused", "not_sent", "open_term"]


@dataclass(frozen=True, slots=True)
class Proposal:
    """What came of asking a model: a reading, a gap, or why neither."""

    reading: Reading | None = None
    gap: Gap | None = None
    failure: Failure | None = None
    """`unavailable`: no usable reply in time. `refused`: every plan failed the checks. `not_sent`: the question holds
    an identifier, which may not leave and could not be a condition anyway. `open_term`: a word of the house has several
    meanings, and choosing one is the asker's, not a model's."""
    detail: str = ""
    """The kind of failure, or the last problem; for logs and tests, not for the asker."""
    calls: tuple[CallRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class LlmPlanner:
    """Plans questions with a model. Stateless between questions; safe in threads."""

    model: ChatModel
    prompts: PromptLibrary
    public: SemanticModel
    """The semantic model as its files define it: the only names and definitions that are ever sent."""
    check: Callable[[SemanticQuery], object]
    """Compiles a query and raises what is wrong with it."""
    sources: tuple[CandidateSource, ...]
    budget: Budget = field(default_factory=Budget)
    prices: Prices = field(default_factory=Prices)
    repairs: int = 2

    def plan(self, question: str, rules: RulePlanner, context: PlanContext | None = None) -> Proposal:
        """A proposal for `question`, as far as `rules` (this asker's rule planner) lets it pass. Raises nothing."""
        context = context or PlanContext()
        try:
            normalised = check_question(question)
            masked = mask_identifiers(normalised.text)
            if masked.spans:
                return Proposal(failure="not_sent", detail="identifier")
            evidence = gather(rules, normalised, context)
            if evidence.undecided:
                return Proposal(failure="open_term", detail=", ".join(evidence.undecided))
        except (QuestionError, WindowError) as error:
            return Proposal(failure="refused", detail=error.code)
        meter = Meter(self.model, self.budget, self.prices, context.answer_id)
        try:
            proposal = _Exchange(self, meter, evidence, normalised, context).run()
        except ModelError as error:
            proposal = Proposal(failure="unavailable", detail=error.kind)
        return replace(proposal, calls=tuple(meter.records))


class _Exchange:
    """One question's conversation with the model."""

    def __init__(
        self, planner: LlmPlanner, meter: Meter, evidence: Evidence, question: Normalised, context: PlanContext
    ) -> None:
        self.planner, self.meter, self.evidence = planner, meter, evidence
        self.question, self.context = question, context
        self.names = candidates(evidence, planner.public, planner.sources)

    def run(self) -> Proposal:
        """Ask, check, and let the model repair.

        Raises:
            ModelError: no usable reply, or the budget is used up.
        """
        planner = self.planner
        request = plan_request(planner.prompts, self.evidence, planner.public, self.names)
        problems: tuple[str, ...] = ()
        for attempt in range(planner.repairs + 1):
            reply = self.meter.complete(request)
            outcome = self._outcome(reply)
            if not isinstance(outcome, tuple):
                return outcome
            problems = outcome
            if attempt < planner.repairs:
                request = self._with_repair(request, reply, problems)
        return Proposal(failure="refused", detail="; ".join(problems))

    def _outcome(self, reply: ChatReply) -> Proposal | tuple[str, ...]:
        """A proposal that passed, or what is wrong with it."""
        call, wrong = _only_call(reply)
        if call is None:
            return (wrong,)
        try:
            if call.name == GAP:
                found = parse_gap(call)
                said = tuple(word for word in found.missing if self.evidence.find(word))
                return Proposal(gap=Gap(self.evidence.text, found.reason, said))
            return self._checked(parse_plan(call, self.names))
        except (InvalidProposal, ValueError) as error:
            return (str(error)[:800],)

    def _checked(self, plan: ProposedPlan) -> Proposal | tuple[str, ...]:
        informed = gather(self.evidence.rules, self.question, self.context, plan.query.metrics)
        query = settle(link_values(plan.query, informed), informed, plan.explanations)
        view = PlanView(query)
        problems = [*unaccounted(informed, view, plan.explanations), *ungrounded(informed, view, plan.explanations)]
        if problems:
            return tuple(problems[:_MOST_PROBLEMS])
        try:
            self.planner.check(query)
        except CorrectableError as error:
            return (_said(error),)
        except AppError as error:  # the warehouse lacks it, or the program is at fault: nothing the model can mend
            return Proposal(failure="refused", detail=error.code)
        return Proposal(reading=reading_of(plan, query, informed))

    def _with_repair(self, request: ChatRequest, reply: ChatReply, problems: Sequence[str]) -> ChatRequest:
        """The conversation so far, and what was wrong. Endpoints refuse calls that nobody answered."""
        text = repair_text(self.planner.prompts, problems)
        calls = tuple(replace(call, id=call.id or f"call_{n}") for n, call in enumerate(reply.tool_calls[:_MOST_CALLS]))
        turns = [Message("assistant", reply.text[:_LONGEST_ECHO], calls)]
        turns += [Message("tool", text, tool_call_id=call.id) for call in calls] or [Message("user", text)]
        return replace(request, messages=(*request.messages, *turns))


def _only_call(reply: ChatReply) -> tuple[ToolCall | None, str]:
    """The one call of a known tool, or what is wrong with the reply."""
    known = [call for call in reply.tool_calls if call.name in (ANSWER, GAP)]
    if len(reply.tool_calls) != 1 or not known:
        return None, f"call exactly one tool, {ANSWER} or {GAP}; you made {len(reply.tool_calls)} call(s)"
    if len(known[0].arguments) > _LONGEST_CALL:
        return None, "the arguments are too long"
    return known[0], ""


def _said(error: CorrectableError) -> str:
    """The compiler's own words, with the names that it suggests."""
    able = [str(name) for name in (*error.details.get("suggestions", ()), *error.details.get("metrics", ()))]
    hints = f" ({error.hint})" if error.hint else ""
    return f"{error.message}{hints}" + (f" possible: {', '.join(able[:8])}" if able else "")
