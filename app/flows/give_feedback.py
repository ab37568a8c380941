"""Flow: a thumb on an answer; a thumb down that says what is right becomes a proposal for another person to decide."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.actor import Actor
from app.core.clock import Clock
from app.core.errors import CorrectableError, NotFoundError
from app.core.ids import new_id
from app.flows.memory import Feedback, Proposal, Repositories, Store, Turn, Verdict
from app.flows.proposals import CORRECTION, new_proposal
from app.semantic.identity import digest_of
from app.semantic.query import SemanticQuery


@dataclass(frozen=True, slots=True)
class Correction:
    """What the asker says is right: words, a plan, or both."""

    text: str = ""
    query: SemanticQuery | None = None


@dataclass(frozen=True, slots=True)
class GiveFeedback:
    """What askers think of their answers."""

    store: Store
    check: Callable[[SemanticQuery], object]
    clock: Clock
    make_id: Callable[[str], str] = new_id

    def give(
        self, actor: Actor, request_id: str, verdict: Verdict, *, correction: Correction | None = None
    ) -> Feedback:
        """Keep a thumb on an answer that `actor` got; with a correction, propose it.

        Raises:
            NotFoundError: this asker got no such answer, or it is no longer kept.
            CorrectableError: a correction beside a thumb up, an empty one, or a plan that can't be computed.
        """
        self._check(verdict, correction)
        now = self.clock()
        if self.store.holds_something:
            with self.store.writing() as kept:
                turn = kept.conversations.turn(request_id, actor)
                if turn is not None:
                    return self._keep(kept, actor, turn, verdict, correction, now)
        raise NotFoundError(
            f"there is no answer {request_id[:80]!r} of yours",
            hint="use `trace.request_id` of an answer you got over HTTP, in the web page or in a conversation",
        )

    def list(self, actor: Actor) -> Sequence[Feedback]:
        """What this asker gave, newest first."""
        if not self.store.holds_something:
            return ()
        with self.store.reading() as kept:
            return kept.feedback.list(actor)

    def _check(self, verdict: Verdict, correction: Correction | None) -> None:
        if correction is None:
            return
        if verdict == "up":
            raise CorrectableError("a thumb up has nothing to correct", hint="leave the correction out")
        if not correction.text.strip() and correction.query is None:
            raise CorrectableError("the correction is empty", hint="say in words or as a plan what is right")
        if correction.query is not None:
            self.check(correction.query)

    def _keep(
        self,
        kept: Repositories,
        actor: Actor,
        turn: Turn,
        verdict: Verdict,
        correction: Correction | None,
        now: datetime,
    ) -> Feedback:
        proposal = None if correction is None else self._propose(kept, actor, turn, correction, now)
        given = Feedback(
            id=self.make_id("fb"),
            request_id=turn.request_id,
            verdict=verdict,
            given_at=now,
            comment=correction.text.strip() if correction else "",
            correction=correction.query if correction else None,
            proposal_id=proposal.id if proposal else None,
        )
        kept.feedback.add(actor, given)
        kept.audit.append(
            actor=actor.id,
            action="feedback.given",
            object=f"answer:{turn.request_id}",
            now=now,
            after_hash=digest_of([given.id, verdict, given.proposal_id]),
        )
        return given

    def _propose(self, kept: Repositories, actor: Actor, turn: Turn, correction: Correction, now: datetime) -> Proposal:
        """The proposal; an open one of the same person with the same content is the same proposal."""
        payload = {
            "question": turn.question,
            "text": correction.text.strip(),
            "query": _plain(correction.query),
            "answered": _plain(turn.query),
        }
        new = new_proposal(CORRECTION, turn.question, payload, actor, now, proposal_id=self.make_id("prop"))
        for old in kept.proposals.list(state="open", kind=CORRECTION):
            if (old.content_hash, old.proposed_by, old.brand_ids) == (new.content_hash, actor.id, actor.brand_ids):
                return old
        kept.proposals.add(new)
        kept.audit.append(
            actor=actor.id,
            action="proposal.made",
            object=f"proposal:{new.id}",
            now=now,
            after_hash=new.content_hash,
        )
        return new


def _plain(query: SemanticQuery | None) -> dict[str, object] | None:
    return None if query is None else query.model_dump(mode="json", exclude_defaults=True)
