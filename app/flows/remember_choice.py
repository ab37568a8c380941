"""Flow: a person settles what an ambiguous term means for them; it is shown to them and can be taken back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.actor import Actor
from app.core.clock import Clock
from app.core.errors import CorrectableError, NotFoundError, UnknownNameError
from app.flows.answer import Language
from app.flows.memory import Choice, Repositories, Store, scope_key
from app.knowledge.glossary import Glossary
from app.planning.plan import ChosenSense
from app.semantic.identity import digest_of


@dataclass(frozen=True, slots=True)
class ShownChoice:
    """A choice in words."""

    term: str
    sense: str
    chosen_at: datetime
    label: str
    """The term as people say it; its id when the glossary no longer has it."""
    meaning: str
    is_known: bool
    """False: the glossary no longer has this sense, so the choice settles nothing."""
    who: str = ""
    """Whose sense it is."""


@dataclass(frozen=True, slots=True)
class RememberChoice:
    """What one asker's words mean to them: kept per person, department and brand scope."""

    store: Store
    glossary: Callable[[], Glossary]
    clock: Clock

    def of(self, actor: Actor) -> Mapping[str, str]:
        """Term → sense, for planning. Opens no database where none exists."""
        if not self.store.holds_something:
            return {}
        with self.store.reading() as kept:
            return kept.choices.of(actor)

    def list(self, actor: Actor, language: Language) -> Sequence[ShownChoice]:
        """Everything this asker settled, by term."""
        if not self.store.holds_something:
            return ()
        with self.store.reading() as kept:
            return tuple(self._shown(choice, language) for choice in kept.choices.list(actor))

    def remember(self, actor: Actor, term: str, sense: str, language: Language) -> ShownChoice:
        """Keep `sense` as what `term` means to `actor` from now on.

        Raises:
            UnknownNameError: the glossary has no such term or sense.
            CorrectableError: this warehouse can't compute that sense.
        """
        self._check(term, sense)
        now = self.clock()
        with self.store.writing() as kept:
            before = kept.choices.remember(actor, term, sense, now)
            _audit(kept, actor, "choice.remembered", term, now, before=before, after=Choice(term, sense, now))
        return self._shown(Choice(term, sense, now), language)

    def forget(self, actor: Actor, term: str) -> None:
        """Take the choice back: from now on the house definition holds, or the asker is asked.

        Raises:
            NotFoundError: nothing was remembered for this term.
        """
        now = self.clock()
        if self.store.holds_something:
            with self.store.writing() as kept:
                before = kept.choices.revoke(actor, term)
                if before is not None:
                    _audit(kept, actor, "choice.revoked", term, now, before=before, after=None)
                    return
        raise NotFoundError(f"nothing is remembered for the term {term[:80]!r}", hint="list what is remembered first")

    def chosen(self, term_id: str | None, sense_id: str | None) -> ChosenSense | None:
        """The sense of an offered reading as the glossary has it now; None where it settles none, or none any more."""
        if term_id is None or sense_id is None:
            return None
        try:
            term = self.glossary().term(term_id)
        except NotFoundError:
            return None
        sense = term.sense(sense_id)
        return ChosenSense(term_id, sense_id, "asked", term, sense) if sense else None

    def _check(self, term_id: str, sense_id: str) -> None:
        try:
            term = self.glossary().term(term_id)
        except NotFoundError as error:
            raise UnknownNameError(f"there is no term {term_id[:80]!r}", hint=error.hint) from error
        sense = term.sense(sense_id)
        if sense is None:
            known = ", ".join(one.id for one in term.senses) or "none"
            raise UnknownNameError(f"the term {term_id!r} has no sense {sense_id[:80]!r}", hint=f"it has: {known}")
        if sense.rewrite is None:
            why = sense.not_computable.en if sense.not_computable else ""
            raise CorrectableError(f"the sense {sense_id!r} can't be computed from this warehouse", hint=why)

    def _shown(self, choice: Choice, language: Language) -> ShownChoice:
        try:
            term = self.glossary().term(choice.term)
        except NotFoundError:
            return ShownChoice(choice.term, choice.sense, choice.chosen_at, choice.term, "", is_known=False)
        sense = term.sense(choice.sense)
        meaning = sense.meaning.in_(language) if sense else ""
        label = term.label.in_(language)
        who = sense.who.in_(language) if sense else ""
        return ShownChoice(choice.term, choice.sense, choice.chosen_at, label, meaning, sense is not None, who)


def _audit(
    kept: Repositories,
    actor: Actor,
    action: str,
    term: str,
    now: datetime,
    *,
    before: Choice | None,
    after: Choice | None,
) -> None:
    kept.audit.append(
        actor=actor.id,
        action=action,
        object=f"choice:{term}",
        now=now,
        before_hash=_hash(actor, before),
        after_hash=_hash(actor, after),
    )


def _hash(actor: Actor, choice: Choice | None) -> str | None:
    """Of who chose what: two people's equal choices differ."""
    if choice is None:
        return None
    return digest_of([actor.id, actor.department, scope_key(actor.brand_ids), choice.term, choice.sense])
