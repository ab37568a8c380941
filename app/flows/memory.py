"""What Qianmian remembers between questions, as the flows need it: small protocols, and the records they exchange.

`app.store` implements them over SQLite or PostgreSQL; tests bring in-memory ones that pass the same conformance suite.
A `Store` hands out all repositories of one transaction together, so that a change and its audit row are one commit.
Moments are aware UTC. What is kept per person is kept per *asker*: id, department and brand scope; what another asker
stored does not exist for this one. No cell of a result but dimension values is stored, and no content in the audit.
"""

import json
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal, Protocol

from app.core.actor import Actor
from app.flows.answer import Language
from app.flows.answer import Status as AnswerStatus
from app.semantic.query import Scalar, SemanticQuery

Verdict = Literal["up", "down"]
ProposalKind = Literal["correction", "knowledge"]
ProposalState = Literal["open", "accepted", "rejected"]


def scope_key(brand_ids: frozenset[str] | None) -> str:
    """A brand scope as text to compare and store: `*` for every brand, else a sorted JSON list."""
    return "*" if brand_ids is None else json.dumps(sorted(brand_ids), ensure_ascii=False)


def covers(outer: frozenset[str] | None, inner: frozenset[str] | None) -> bool:
    """Whether all of `inner` lies within `outer` (None = every brand)."""
    return outer is None or (inner is not None and inner <= outer)


@dataclass(frozen=True, slots=True)
class Choice:
    """A sense of an ambiguous term that a person settled on."""

    term: str
    sense: str
    chosen_at: datetime


@dataclass(frozen=True, slots=True)
class Verified:
    """A question with the plan that a named person approved for it."""

    id: str
    question: str
    query: SemanticQuery
    plan_hash: str
    model_version: str
    """The semantic model it was approved under; under another one it is stale."""
    brand_ids: frozenset[str] | None
    """Whose rows the approver could see: it holds for askers within this scope."""
    approved_by: str
    approved_at: datetime
    proposal_id: str | None = None
    withdrawn_by: str | None = None
    withdrawn_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """A thumb on an answer, with what the asker thinks is right."""

    id: str
    request_id: str
    verdict: Verdict
    given_at: datetime
    comment: str = ""
    correction: SemanticQuery | None = None
    proposal_id: str | None = None


@dataclass(frozen=True, slots=True)
class Proposal:
    """A change that waits for another person: a corrected plan, or a change of knowledge."""

    id: str
    kind: ProposalKind
    title: str
    """The question that is corrected, or what the change of knowledge is about."""
    payload: Mapping[str, Any]
    """Plain JSON. A correction: `question`, `comment`, `query` (or null); knowledge: as its proposer defines."""
    content_hash: str
    """Of kind, title and payload: who decides names what they saw."""
    brand_ids: frozenset[str] | None
    proposed_by: str
    proposed_at: datetime
    state: ProposalState = "open"
    decided_by: str | None = None
    decided_at: datetime | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class PendingOption:
    """A reading that was offered; without its numbers."""

    label: str
    query: SemanticQuery
    term: str | None = None
    sense: str | None = None
    names: tuple[str, ...] = ()
    """Words by which it can be chosen, beside its place and the words of its label."""


@dataclass(frozen=True, slots=True)
class Turn:
    """A question and what a later one may refer to. `conversation_id` None = asked outside any conversation."""

    request_id: str
    conversation_id: str | None
    question: str
    language: Language
    status: AnswerStatus
    asked_at: datetime
    query: SemanticQuery | None = None
    """The plan that was answered; None when refused or asked back."""
    rows: tuple[Mapping[str, Scalar | None], ...] = ()
    """The rows that were shown, in order: dimension id → stored value. Never measures."""
    options: tuple[PendingOption, ...] = ()
    """What was asked back and waits for a choice."""
    clarification: str = ""
    """The question that was asked back."""


@dataclass(frozen=True, slots=True)
class ConversationSummary:
    """One conversation in a list."""

    id: str
    title: str
    """Its first question."""
    turns: int
    started_at: datetime
    last_at: datetime


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One link of the audit chain. Hashes are of contents; the contents themselves are not here."""

    number: int
    at: datetime
    actor: str
    action: str
    """`noun.past_verb`: choice.remembered, verified.withdrawn …"""
    object: str
    """`choice:gmv`, `verified:ver_…`."""
    before_hash: str | None
    after_hash: str | None
    previous: str
    """Hash of the entry before; 64 zeros at the first."""
    hash: str


@dataclass(frozen=True, slots=True)
class ChainReport:
    """Whether the audit is as it was written."""

    entries: int
    head: str
    """Hash of the last entry. Noted elsewhere, it proves later that nothing before it changed."""
    problem: str = ""
    """The first thing that does not fit, "" when all does."""

    @property
    def is_intact(self) -> bool:
        """True when nothing was edited, removed, added behind our back or reordered."""
        return not self.problem


class ChoiceRepository(Protocol):
    def of(self, actor: Actor) -> Mapping[str, str]:
        """Term → sense, as this asker chose."""
        ...

    def list(self, actor: Actor) -> Sequence[Choice]:
        """This asker's choices by term."""
        ...

    def remember(self, actor: Actor, term: str, sense: str, now: datetime) -> Choice | None:
        """Keep the choice; returns the one it replaced."""
        ...

    def revoke(self, actor: Actor, term: str) -> Choice | None:
        """Forget the choice; returns it, None when there was none."""
        ...


class VerifiedRepository(Protocol):
    def find(self, plan_hash: str, brand_ids: frozenset[str] | None) -> Sequence[Verified]:
        """Pairs with this plan that hold for this scope and were not withdrawn, newest first."""
        ...

    def get(self, verified_id: str) -> Verified | None: ...

    def list(self) -> Sequence[Verified]:
        """All pairs that were not withdrawn, newest first."""
        ...

    def add(self, pair: Verified) -> None: ...

    def withdraw(self, verified_id: str, by: str, now: datetime) -> bool:
        """False when it is not there, or withdrawn already."""
        ...


class FeedbackRepository(Protocol):
    def add(self, actor: Actor, feedback: Feedback) -> None: ...

    def list(self, actor: Actor) -> Sequence[Feedback]:
        """What this asker gave, newest first."""
        ...


class ProposalRepository(Protocol):
    def add(self, proposal: Proposal) -> None: ...

    def get(self, proposal_id: str) -> Proposal | None: ...

    def list(self, *, state: ProposalState | None = None, kind: ProposalKind | None = None) -> Sequence[Proposal]:
        """Newest first."""
        ...

    def decide(self, proposal_id: str, state: ProposalState, *, by: str, now: datetime, reason: str) -> bool:
        """Close an open proposal; False when it is not open (any more). Two deciders at once: one wins."""
        ...


class ConversationRepository(Protocol):
    def append(self, actor: Actor, turn: Turn) -> None:
        """Keep `turn` as the newest of its conversation, which begins with its first turn."""
        ...

    def last(self, conversation_id: str, actor: Actor) -> Turn | None:
        """The newest turn, whatever became of it; it holds the clarification that waits, if any."""
        ...

    def last_answered(self, conversation_id: str, actor: Actor) -> Turn | None:
        """The newest turn that was answered: what a follow-up edits."""
        ...

    def turns(self, conversation_id: str, actor: Actor) -> Sequence[Turn]:
        """All turns, oldest first; empty when this asker has no such conversation."""
        ...

    def turn(self, request_id: str, actor: Actor) -> Turn | None:
        """The turn of one answer, if this asker got it."""
        ...

    def list(self, actor: Actor, *, limit: int = 100) -> Sequence[ConversationSummary]:
        """This asker's conversations, the most recently used first."""
        ...

    def delete(self, conversation_id: str, actor: Actor) -> int:
        """Remove a conversation; the number of turns that went."""
        ...

    def delete_before(self, moment: datetime) -> int:
        """Remove everybody's turns from before `moment`; the number that went."""
        ...


class AuditLog(Protocol):
    """Append-only. There is no way to change or remove an entry."""

    def append(
        self,
        *,
        actor: str,
        action: str,
        object: str,
        now: datetime,
        before_hash: str | None = None,
        after_hash: str | None = None,
    ) -> AuditEntry: ...

    def entries(self, *, after: int = 0, limit: int = 200, object: str | None = None) -> Sequence[AuditEntry]:
        """Entries numbered above `after`, oldest first."""
        ...

    def verify(self) -> ChainReport:
        """Recompute the whole chain."""
        ...


class Repositories(Protocol):
    """Everything that one transaction may read and write."""

    @property
    def choices(self) -> ChoiceRepository: ...

    @property
    def verified(self) -> VerifiedRepository: ...

    @property
    def feedback(self) -> FeedbackRepository: ...

    @property
    def proposals(self) -> ProposalRepository: ...

    @property
    def conversations(self) -> ConversationRepository: ...

    @property
    def audit(self) -> AuditLog: ...


class Store(Protocol):
    """The app database. Safe to use from many threads; a block is one transaction, undone when it raises."""

    @property
    def holds_something(self) -> bool:
        """False while nothing was ever stored: then a reader need not open anything."""
        ...

    def reading(self) -> AbstractContextManager[Repositories]:
        """A consistent view; what is written in it is an error."""
        ...

    def writing(self) -> AbstractContextManager[Repositories]:
        """Reads and writes, committed together at the end of the block. One writer at a time."""
        ...
