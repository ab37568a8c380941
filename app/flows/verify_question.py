"""Flow: a named person approves that a plan is what a question means; answers with that plan then read `verified`."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from app.core.actor import Actor, Role
from app.core.clock import Clock
from app.core.errors import ConflictError, CorrectableError, NotFoundError, NotPermittedError, StoreError
from app.core.ids import new_id
from app.flows.memory import Repositories, Store, Verified, covers, scope_key
from app.semantic.identity import digest_of, plan_hash
from app.semantic.query import SemanticQuery

logger = logging.getLogger(__name__)

REVIEWERS = frozenset({Role.ANALYST, Role.ADMIN})


@dataclass(frozen=True, slots=True)
class ShownPair:
    """A pair, and whether it still holds."""

    pair: Verified
    is_stale: bool
    """The semantic model changed since: the plan may mean something else, so it no longer makes an answer verified."""


@dataclass(frozen=True, slots=True)
class VerifyQuestion:
    """The pairs of question and plan that people approved."""

    store: Store
    check: Callable[[SemanticQuery], object]
    """Raises what is wrong with a plan: unknown names, impossible splits."""
    model_version: Callable[[], str]
    clock: Clock
    make_id: Callable[[str], str] = new_id

    def match(self, query: SemanticQuery, actor: Actor) -> ShownPair | None:
        """The newest approved pair with this plan that holds for this asker; a stale one only if there is no other.

        None also while the app database can't be read: an answer then only lacks the mark.
        """
        if not self.store.holds_something:
            return None
        try:
            with self.store.reading() as kept:
                found = [self._shown(pair) for pair in kept.verified.find(plan_hash(query), actor.brand_ids)]
        except StoreError as error:
            logger.warning("verified.not_read", extra={"code": error.code})
            return None
        return next((shown for shown in found if not shown.is_stale), found[0] if found else None)

    def list(self, actor: Actor) -> Sequence[ShownPair]:
        """The pairs that hold for this asker, and those within what they may see; newest first."""
        if not self.store.holds_something:
            return ()
        with self.store.reading() as kept:
            return tuple(self._shown(pair) for pair in kept.verified.list() if is_visible(pair.brand_ids, actor))

    def get(self, actor: Actor, verified_id: str) -> ShownPair:
        """One pair, withdrawn ones included.

        Raises:
            NotFoundError: there is none that this asker may see.
        """
        if self.store.holds_something:
            with self.store.reading() as kept:
                return self._shown(_visible(kept, actor, verified_id))
        raise _not_found(verified_id)

    def add(self, actor: Actor, question: str, query: SemanticQuery) -> Verified:
        """Approve `query` as the meaning of `question`, in the name of `actor` and for their brands.

        Raises:
            NotPermittedError: neither analyst nor admin.
            CorrectableError: no question, or a plan that can't be computed.
            ConflictError: this pair is approved already.
        """
        require_reviewer(actor)
        if not question.strip():
            raise CorrectableError("the question is empty", hint="give the question that the plan answers")
        self.check(query)
        with self.store.writing() as kept:
            return self.approve(kept, actor, question.strip(), query, brand_ids=actor.brand_ids, proposal_id=None)

    def approve(
        self,
        kept: Repositories,
        actor: Actor,
        question: str,
        query: SemanticQuery,
        *,
        brand_ids: frozenset[str] | None,
        proposal_id: str | None,
    ) -> Verified:
        """Add the pair within the caller's transaction; the caller has checked who may and what is approved."""
        pair = Verified(
            id=self.make_id("ver"),
            question=question,
            query=query,
            plan_hash=plan_hash(query),
            model_version=self.model_version(),
            brand_ids=brand_ids,
            approved_by=actor.id,
            approved_at=self.clock(),
            proposal_id=proposal_id,
        )
        twin = next((old for old in kept.verified.find(pair.plan_hash, brand_ids) if _is_same(old, pair)), None)
        if twin is not None:
            raise ConflictError(f"this question and plan are verified already, as {twin.id!r}", hint="nothing to do")
        kept.verified.add(pair)
        kept.audit.append(
            actor=actor.id,
            action="verified.approved",
            object=f"verified:{pair.id}",
            now=pair.approved_at,
            after_hash=_hash(pair),
        )
        return pair

    def withdraw(self, actor: Actor, verified_id: str) -> None:
        """Take a pair back: answers with its plan are no longer marked.

        Raises:
            NotPermittedError: neither analyst nor admin, or the pair also holds for brands that `actor` can't see.
            NotFoundError: there is none that this asker may see, or it is withdrawn already.
        """
        require_reviewer(actor)
        if not self.store.holds_something:
            raise _not_found(verified_id)
        now = self.clock()
        with self.store.writing() as kept:
            pair = _visible(kept, actor, verified_id)
            if not covers(actor.brand_ids, pair.brand_ids):
                raise NotPermittedError("this pair also holds for brands that you can't see", hint="ask an admin")
            if not kept.verified.withdraw(verified_id, actor.id, now):
                raise _not_found(verified_id)
            kept.audit.append(
                actor=actor.id,
                action="verified.withdrawn",
                object=f"verified:{pair.id}",
                now=now,
                before_hash=_hash(pair),
            )

    def _shown(self, pair: Verified) -> ShownPair:
        return ShownPair(pair, is_stale=pair.model_version != self.model_version())


def require_reviewer(actor: Actor) -> None:
    """Raises `NotPermittedError` unless `actor` may say what a question means."""
    if not actor.roles & REVIEWERS:
        raise NotPermittedError("only an analyst or an admin may do this", hint="ask someone with that role")


def is_visible(brand_ids: frozenset[str] | None, actor: Actor) -> bool:
    """Whether something of this scope concerns `actor`: it covers their brands, or lies within them."""
    return covers(brand_ids, actor.brand_ids) or covers(actor.brand_ids, brand_ids)


def _visible(kept: Repositories, actor: Actor, verified_id: str) -> Verified:
    pair = kept.verified.get(verified_id)
    if pair is None or not is_visible(pair.brand_ids, actor):
        raise _not_found(verified_id)
    return pair


def _not_found(verified_id: str) -> NotFoundError:
    return NotFoundError(f"there is no verified question {verified_id[:80]!r}", hint="list them to see their ids")


def _is_same(old: Verified, new: Verified) -> bool:
    return (old.question, old.model_version, old.brand_ids) == (new.question, new.model_version, new.brand_ids)


def _hash(pair: Verified) -> str:
    return digest_of([pair.id, pair.question, pair.plan_hash, pair.model_version, scope_key(pair.brand_ids)])
