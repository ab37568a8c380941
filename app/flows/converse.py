"""Flow: a question inside a conversation. The last turn is what a follow-up edits; every turn is kept for a while.

After a question back, a reply that means one of its readings is answered by that reading, and the sense that it settles
is remembered for this asker; the answer says so, and how to take it back.
"""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from app.core.actor import Actor
from app.core.clock import Clock
from app.core.errors import AppError, CorrectableError, NotFoundError, StoreError
from app.flows.answer import Answer, ClarifyOption, Language, Remembered
from app.flows.clarify_reply import chosen_option, still_waiting
from app.flows.interface import AnswerQuestion
from app.flows.memory import ConversationSummary, PendingOption, Store, Turn
from app.flows.previous import row_keys
from app.flows.remember_choice import RememberChoice
from app.planning.context import Previous
from app.planning.plan import ChosenSense, Reading
from app.semantic.query import SemanticQuery

logger = logging.getLogger(__name__)

_ID_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-")
_ID_LENGTH = 64


@dataclass(slots=True)
class _LastPurge:
    """When turns past their time were last removed, by this process."""

    at: datetime | None = None
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_due(self, now: datetime) -> bool:
        """True once a day, for one caller."""
        with self.lock:
            if self.at is not None and now - self.at < timedelta(days=1):
                return False
            self.at = now
            return True


@dataclass(frozen=True, slots=True)
class Converse:
    """Answers within conversations, which a person continues after a restart and which nobody else can see."""

    answers: AnswerQuestion
    store: Store
    clock: Clock
    keep_days: int
    choices: RememberChoice
    _purged: _LastPurge = field(default_factory=_LastPurge, repr=False)

    def ask(
        self,
        question: str,
        actor: Actor,
        *,
        conversation_id: str | None = None,
        language: Language | None = None,
        previous: Previous | SemanticQuery | None = None,
    ) -> Answer:
        """Answer `question` after the last answered turn of the conversation, or after `previous` where it is given.

        A conversation begins with its first question, under any id that its asker chooses. Where its last turn asked
        back, a reply that means one of the readings is answered by it; any other question has to stand alone, because
        the turn that it seems to follow has no plan yet.

        Raises:
            CorrectableError: no fitting conversation id.
        """
        _check_id(conversation_id)
        if previous is not None or conversation_id is None:
            return self.keep(
                actor, conversation_id, question,
                self.answers.ask(question, actor, language=language, previous=previous),
            )  # fmt: skip
        last = self.last(conversation_id, actor)
        if last is None or not last.options:
            previous = self.previous(conversation_id, actor) if last else None
            answer = self.answers.ask(question, actor, language=language, previous=previous)
            return self.keep(actor, conversation_id, question, answer)
        option = chosen_option(question, last.options, question=last.question)
        if option is not None:
            return self.choose(
                option, actor, question=last.question, conversation_id=conversation_id,
                language=language or last.language,
            )  # fmt: skip
        answer = self.answers.ask(question, actor, language=language)
        waits = still_waiting(answer, last.question, last.options)
        if waits is None:
            return self.keep(actor, conversation_id, question, answer)
        # Under the question that still waits, so that the next reply finds it.
        return self.keep(actor, conversation_id, last.question, waits, waiting=last.options)

    def choose(
        self,
        option: ClarifyOption | PendingOption,
        actor: Actor,
        *,
        question: str,
        conversation_id: str | None,
        language: Language,
    ) -> Answer:
        """Answer `question`, which was asked back, by the chosen reading, and remember the sense that it settles."""
        _check_id(conversation_id)
        chosen = self.choices.chosen(option.term, option.sense)
        reading = Reading(option.query, coverage=1.0, senses=(chosen,)) if chosen else None
        answer = self.answers.run(option.query, actor, language=language, reading=reading)
        if chosen is not None and answer.status == "answered":
            answer = answer.model_copy(update={"remembered": self._remember(chosen, actor, language)})
        return self.keep(actor, conversation_id, question, answer)

    def _remember(self, chosen: ChosenSense, actor: Actor, language: Language) -> Remembered | None:
        try:
            self.choices.remember(actor, chosen.term, chosen.sense, language)
        except AppError as error:  # the answer does not depend on it: the reading was chosen
            logger.warning("choice.not_remembered", extra={"code": error.code})
            return None
        label, who = chosen.word.label.in_(language), chosen.meaning.who.in_(language)
        return Remembered(term=chosen.term, sense=chosen.sense, label=label, who=who)

    def previous(self, conversation_id: str, actor: Actor) -> Previous | None:
        """What a follow-up in this conversation edits; None at its beginning."""
        if not self.store.holds_something:
            return None
        with self.store.reading() as kept:
            turn = kept.conversations.last_answered(conversation_id, actor)
        return None if turn is None or turn.query is None else Previous(turn.question, turn.query, turn.rows)

    def last(self, conversation_id: str, actor: Actor) -> Turn | None:
        """The newest turn, whatever became of it; it holds the clarification that waits, if any."""
        if not self.store.holds_something:
            return None
        with self.store.reading() as kept:
            return kept.conversations.last(conversation_id, actor)

    def keep(
        self,
        actor: Actor,
        conversation_id: str | None,
        question: str,
        answer: Answer,
        *,
        waiting: tuple[PendingOption, ...] = (),
    ) -> Answer:
        """Keep the turn; an answer that could not be kept is still the answer, and says so.

        `waiting`: readings that were offered before and still wait to be chosen.
        """
        now = self.clock()
        turn = turn_of(conversation_id, question, answer, now)
        try:
            with self.store.writing() as kept:
                kept.conversations.append(actor, replace(turn, options=turn.options or waiting))
                if self._purged.is_due(now):
                    kept.conversations.delete_before(now - timedelta(days=self.keep_days))
        except StoreError as error:
            logger.warning("turn.not_kept", extra={"request_id": answer.trace.request_id, "code": error.code})
            return answer.model_copy(update={"notes": (*answer.notes, _not_kept(answer.language))})
        return answer

    def list(self, actor: Actor) -> Sequence[ConversationSummary]:
        """This asker's conversations, the most recently used first."""
        if not self.store.holds_something:
            return ()
        with self.store.reading() as kept:
            return kept.conversations.list(actor)

    def turns(self, actor: Actor, conversation_id: str) -> Sequence[Turn]:
        """The turns of one conversation, oldest first.

        Raises:
            NotFoundError: this asker has no such conversation.
        """
        if self.store.holds_something:
            with self.store.reading() as kept:
                found = kept.conversations.turns(conversation_id, actor)
            if found:
                return found
        raise _not_found(conversation_id)

    def delete(self, actor: Actor, conversation_id: str) -> None:
        """Remove a conversation with all its turns.

        Raises:
            NotFoundError: this asker has no such conversation.
        """
        if self.store.holds_something:
            with self.store.writing() as kept:
                if kept.conversations.delete(conversation_id, actor):
                    kept.audit.append(
                        actor=actor.id,
                        action="conversation.deleted",
                        object=f"conversation:{conversation_id}",
                        now=self.clock(),
                    )
                    return
        raise _not_found(conversation_id)

    def purge(self) -> int:
        """Remove every turn that is past its time, whoever asked; the number that went."""
        if not self.store.holds_something:
            return 0
        with self.store.writing() as kept:
            return kept.conversations.delete_before(self.clock() - timedelta(days=self.keep_days))


def turn_of(conversation_id: str | None, question: str, answer: Answer, now: datetime) -> Turn:
    """What is kept of an answer: its plan and the keys of its rows, no number."""
    clarification = answer.clarification
    options = clarification.options if clarification else ()
    return Turn(
        request_id=answer.trace.request_id,
        conversation_id=conversation_id,
        question=question,
        language=answer.language,
        status=answer.status,
        asked_at=now,
        query=answer.query if answer.status == "answered" else None,
        rows=row_keys(answer),
        options=tuple(PendingOption(one.label, one.query, one.term, one.sense, one.names) for one in options),
        clarification=clarification.question if clarification else "",
    )


def is_conversation_id(text: str) -> bool:
    """Whether `text` can name a conversation: up to 64 letters, digits, `-` and `_`."""
    return 0 < len(text) <= _ID_LENGTH and set(text) <= _ID_CHARACTERS


def _check_id(conversation_id: str | None) -> None:
    if conversation_id is not None and not is_conversation_id(conversation_id):
        raise CorrectableError(
            "this is no conversation id", hint=f"use up to {_ID_LENGTH} letters, digits, `-` and `_`"
        )


def _not_found(conversation_id: str) -> NotFoundError:
    return NotFoundError(f"there is no conversation {conversation_id[:80]!r} of yours", hint="list yours first")


def _not_kept(language: Language) -> str:
    if language == "zh":
        return "这一轮没能保存:追问时请把问题说完整。"
    return "This turn could not be kept: ask follow-ups in full."
