"""Flow: a proposal is accepted or rejected by another person than its proposer (four eyes), who names what they saw."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Literal

from pydantic import ValidationError

from app.core.actor import Actor
from app.core.clock import Clock
from app.core.errors import ConflictError, CorrectableError, NotFoundError, NotPermittedError
from app.flows.memory import Proposal, ProposalKind, ProposalState, Repositories, Store, covers
from app.flows.verify_question import VerifyQuestion, is_visible, require_reviewer
from app.semantic.identity import digest_of
from app.semantic.query import SemanticQuery

CORRECTION: Final = "correction"

Decision = Literal["accepted", "rejected"]
Apply = Callable[[Repositories, Proposal, Actor], None]
"""What accepting a kind of proposal does, within the transaction that records the decision."""


def new_proposal(
    kind: ProposalKind,
    title: str,
    payload: Mapping[str, Any],
    actor: Actor,
    now: datetime,
    *,
    proposal_id: str,
) -> Proposal:
    """A proposal in the name of `actor`, for their brands."""
    return Proposal(
        id=proposal_id,
        kind=kind,
        title=title,
        payload=payload,
        content_hash=digest_of([kind, title, payload]),
        brand_ids=actor.brand_ids,
        proposed_by=actor.id,
        proposed_at=now,
    )


@dataclass(frozen=True, slots=True)
class DecideProposal:
    """What waits for a decision, and the decision."""

    store: Store
    verify: VerifyQuestion
    clock: Clock
    apply: Mapping[ProposalKind, Apply] = field(default_factory=dict)
    """For kinds other than corrections."""

    def list(self, actor: Actor, *, state: ProposalState | None = None) -> Sequence[Proposal]:
        """Proposals that concern this actor's brands, newest first."""
        if not self.store.holds_something:
            return ()
        with self.store.reading() as kept:
            return tuple(one for one in kept.proposals.list(state=state) if is_visible(one.brand_ids, actor))

    def get(self, actor: Actor, proposal_id: str) -> Proposal:
        """One proposal.

        Raises:
            NotFoundError: there is none that this actor may see.
        """
        if self.store.holds_something:
            with self.store.reading() as kept:
                return _visible(kept, actor, proposal_id)
        raise _not_found(proposal_id)

    def accept(
        self, actor: Actor, proposal_id: str, *, seen_hash: str, query: SemanticQuery | None = None, reason: str = ""
    ) -> Proposal:
        """Accept exactly what `actor` saw. A correction becomes a verified question in their name.

        A correction in words only needs the plan that those words mean: `query`. Where the proposer gave a plan, it is
        that plan or none.

        Raises:
            NotPermittedError: no reviewer, or the proposer themselves, or beyond the brands they may see.
            ConflictError: decided meanwhile, or not what they saw.
            CorrectableError: the plan is missing, differs, or can't be computed.
        """
        with self._deciding(actor) as kept:
            proposal = _decidable(kept, actor, proposal_id, seen_hash)
            if proposal.kind == CORRECTION:
                self._approve(kept, proposal, actor, query)
            elif proposal.kind in self.apply:
                self.apply[proposal.kind](kept, proposal, actor)
            else:
                raise CorrectableError(
                    f"a proposal of the kind {proposal.kind!r} is not accepted here",
                    hint="use `qianmian knowledge` for changes of knowledge",
                )
            return self._close(kept, proposal, actor, "accepted", reason)

    def reject(self, actor: Actor, proposal_id: str, *, seen_hash: str, reason: str = "") -> Proposal:
        """Reject what `actor` saw; nothing changes but the proposal's state.

        Raises:
            NotPermittedError: no reviewer, or the proposer themselves, or beyond the brands they may see.
            ConflictError: decided meanwhile, or not what they saw.
        """
        with self._deciding(actor) as kept:
            proposal = _decidable(kept, actor, proposal_id, seen_hash)
            return self._close(kept, proposal, actor, "rejected", reason)

    def _deciding(self, actor: Actor) -> Any:
        require_reviewer(actor)
        return self.store.writing()

    def _approve(self, kept: Repositories, proposal: Proposal, actor: Actor, given: SemanticQuery | None) -> None:
        query = _plan_of(proposal, given)
        self.verify.check(query)
        question = str(proposal.payload["question"])
        self.verify.approve(kept, actor, question, query, brand_ids=proposal.brand_ids, proposal_id=proposal.id)

    def _close(self, kept: Repositories, proposal: Proposal, actor: Actor, state: Decision, reason: str) -> Proposal:
        now = self.clock()
        if not kept.proposals.decide(proposal.id, state, by=actor.id, now=now, reason=reason):
            raise ConflictError("the proposal was decided meanwhile", hint="look at it again")
        kept.audit.append(
            actor=actor.id,
            action=f"proposal.{state}",
            object=f"proposal:{proposal.id}",
            now=now,
            before_hash=proposal.content_hash,
            after_hash=digest_of([proposal.content_hash, state, reason]),
        )
        closed = kept.proposals.get(proposal.id)
        assert closed is not None  # noqa: S101 - closed two lines above, in this transaction
        return closed


def _decidable(kept: Repositories, actor: Actor, proposal_id: str, seen_hash: str) -> Proposal:
    proposal = _visible(kept, actor, proposal_id)
    if proposal.proposed_by == actor.id:
        raise NotPermittedError("the proposer can't decide on their own proposal", hint="ask another person")
    if not covers(actor.brand_ids, proposal.brand_ids):
        raise NotPermittedError("this proposal also concerns brands that you can't see", hint="ask an admin")
    if proposal.state != "open":
        raise ConflictError(f"the proposal is {proposal.state} already", hint="look at it again")
    if proposal.content_hash != seen_hash:
        raise ConflictError("this is not the proposal that you saw", hint="look at it again and send its content_hash")
    return proposal


def _plan_of(proposal: Proposal, given: SemanticQuery | None) -> SemanticQuery:
    raw = proposal.payload.get("query")
    if raw is None and given is None:
        raise CorrectableError("this correction is in words only", hint="send the plan that the words mean as `query`")
    if raw is not None and given is not None:
        raise CorrectableError("the proposal has a plan already", hint="accept it as it is, or reject it")
    if given is not None:
        return given
    try:
        return SemanticQuery.model_validate(raw)
    except ValidationError as error:
        raise CorrectableError("the proposed plan can't be read by this version", hint="reject it") from error


def _visible(kept: Repositories, actor: Actor, proposal_id: str) -> Proposal:
    proposal = kept.proposals.get(proposal_id)
    if proposal is None or not is_visible(proposal.brand_ids, actor):
        raise _not_found(proposal_id)
    return proposal


def _not_found(proposal_id: str) -> NotFoundError:
    return NotFoundError(f"there is no proposal {proposal_id[:80]!r}", hint="list them to see their ids")
