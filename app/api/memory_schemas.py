"""Shapes of what is remembered: choices, verified questions, feedback, proposals, conversations, audit."""

from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.config import JsonDict

from app.flows.answer import Language
from app.flows.answer import Status as AnswerStatus
from app.flows.memory import (
    AuditEntry,
    ConversationSummary,
    Feedback,
    Proposal,
    ProposalKind,
    ProposalState,
    Turn,
    Verdict,
)
from app.flows.remember_choice import ShownChoice
from app.flows.verify_question import ShownPair
from app.semantic.query import Scalar, SemanticQuery

_QUESTION = 4_000
_TEXT = 2_000
_PLAN: JsonDict = {"metrics": ["gmv_paid"], "dimensions": ["channel"], "start": "2026-09-01", "end": "2026-09-30"}


class _In(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Out(BaseModel):
    model_config = ConfigDict(from_attributes=True)


class ChoiceIn(_In):
    """A sense of a term, as an option of a clarification names it."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"term": "repurchase_rate", "sense": "by_person"}]})

    term: str = Field(min_length=1, max_length=200, description="`term` of the option.")
    sense: str = Field(min_length=1, max_length=200, description="`sense` of the option.")


class ChoiceOut(_Out):
    term: str
    sense: str
    chosen_at: datetime
    label: str = Field(description="The term as people say it.")
    meaning: str
    is_known: bool = Field(description="False: the glossary no longer has this sense, so the choice settles nothing.")

    @classmethod
    def of(cls, choice: ShownChoice) -> "ChoiceOut":
        return cls.model_validate(choice)


class ChoicesOut(BaseModel):
    choices: list[ChoiceOut]


class VerifiedIn(_In):
    """A question and the plan that you approve for it: the approver is whoever holds the key."""

    model_config = ConfigDict(json_schema_extra={"examples": [{"question": "9月各渠道的GMV", "query": _PLAN}]})

    question: str = Field(min_length=1, max_length=_QUESTION)
    query: SemanticQuery = Field(description="`query` of the answer that you checked.")


class VerifiedOut(_Out):
    id: str
    question: str
    query: SemanticQuery
    plan_hash: str
    approved_by: str
    approved_at: datetime
    proposal_id: str | None
    withdrawn_by: str | None
    withdrawn_at: datetime | None
    is_stale: bool = Field(description="Definitions changed since: answers are no longer marked by it.")

    @classmethod
    def of(cls, shown: ShownPair) -> "VerifiedOut":
        fields = {name: getattr(shown.pair, name) for name in cls.model_fields if name != "is_stale"}
        return cls(**fields, is_stale=shown.is_stale)


class VerifiedListOut(BaseModel):
    verified: list[VerifiedOut]


class CorrectionIn(_In):
    """What is right: in words, as a plan, or both."""

    text: str = Field(default="", max_length=_TEXT)
    query: SemanticQuery | None = None


class FeedbackIn(_In):
    """A thumb on an answer that you got."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {"request_id": "req_3f9c2a6b1d0e4f5a6b7c8d9e", "verdict": "up"},
                {
                    "request_id": "req_3f9c2a6b1d0e4f5a6b7c8d9e",
                    "verdict": "down",
                    "correction": {"text": "按支付时间,不是下单时间"},
                },
            ]
        }
    )

    request_id: str = Field(min_length=1, max_length=64, description="`trace.request_id` of the answer.")
    verdict: Verdict
    correction: CorrectionIn | None = Field(default=None, description="With a thumb down: it becomes a proposal.")


class FeedbackOut(_Out):
    id: str
    request_id: str
    verdict: Verdict
    given_at: datetime
    comment: str
    correction: SemanticQuery | None
    proposal_id: str | None

    @classmethod
    def of(cls, given: Feedback) -> "FeedbackOut":
        return cls.model_validate(given)


class FeedbackListOut(BaseModel):
    feedback: list[FeedbackOut]


class ProposalOut(_Out):
    id: str
    kind: ProposalKind
    title: str
    payload: dict[str, Any] = Field(description="What is proposed; a correction: question, text, query, answered.")
    content_hash: str = Field(description="Send it back with your decision: it says what you saw.")
    proposed_by: str
    proposed_at: datetime
    state: ProposalState
    decided_by: str | None
    decided_at: datetime | None
    reason: str

    @classmethod
    def of(cls, proposal: Proposal) -> "ProposalOut":
        return cls.model_validate(proposal)


class ProposalsOut(BaseModel):
    proposals: list[ProposalOut]


class DecisionIn(_In):
    """A decision about exactly what you saw."""

    content_hash: str = Field(min_length=64, max_length=64)
    reason: str = Field(default="", max_length=_TEXT)


class AcceptIn(DecisionIn):
    query: SemanticQuery | None = Field(default=None, description="The plan that a correction in words means.")


class ConversationOut(_Out):
    id: str
    title: str = Field(description="Its first question.")
    turns: int
    started_at: datetime
    last_at: datetime

    @classmethod
    def of(cls, summary: ConversationSummary) -> "ConversationOut":
        return cls.model_validate(summary)


class ConversationsOut(BaseModel):
    conversations: list[ConversationOut]


class OptionOut(_Out):
    label: str
    query: SemanticQuery
    term: str | None
    sense: str | None


class TurnOut(_Out):
    """A question and its plan. Numbers are not kept: ask again for them."""

    request_id: str
    question: str
    language: Language
    status: AnswerStatus
    asked_at: datetime
    query: SemanticQuery | None
    rows: list[dict[str, Scalar | None]] = Field(description="Dimension values of the rows that were shown.")
    clarification: str
    options: list[OptionOut]

    @classmethod
    def of(cls, turn: Turn) -> "TurnOut":
        return cls.model_validate(turn)


class TurnsOut(BaseModel):
    id: str
    turns: list[TurnOut]


class AuditEntryOut(_Out):
    number: int
    at: datetime
    actor: str
    action: str
    object: str
    before_hash: str | None
    after_hash: str | None
    previous: str
    hash: str

    @classmethod
    def of(cls, entry: AuditEntry) -> "AuditEntryOut":
        return cls.model_validate(entry)


class AuditOut(BaseModel):
    entries: list[AuditEntryOut]


class ChainOut(BaseModel):
    status: Literal["intact", "broken"]
    entries: int
    head: str = Field(
        description="Hash of the last entry. Noted elsewhere, it proves later that nothing before changed."
    )
    problem: str
