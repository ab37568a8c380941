"""Flow: a question inside a conversation. The last turn is what a follow-up edits; every turn is kept for a while."""

import logging
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from app.core.actor import Actor
from app.core.clock import Clock
from app.core.errors import CorrectableError, NotFoundError, StoreError
from app.flows.answer import Answer, Language
from app.flows.interface import AnswerQuestion
from app.flows.memory import ConversationSummary, PendingOption, Store, Turn
from app.flows.previous import row_keys
from app.planning.context import Previous
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

        A conversation begins with its first question, under any id that its asker chooses.

        Raises:
            CorrectableError: no fitting conversation id.
        """
        _check_id(conversation_id)
        if previous is None and conversation_id is not None:
            previous = self.previous(conversation_id, actor)
        answer = self.answers.ask(question, actor, language=language, previous=previous)
        return self.keep(actor, conversation_id, question, answer)

    def choose(
        self, query: SemanticQuery, actor: Actor, *, question: str, conversation_id: str | None, language: Language
    ) -> Answer:
        """Answer by the chosen reading of what was asked back; `question` is how the choice was worded."""
        _check_id(conversation_id)
        answer = self.answers.run(query, actor, language=language)
        return self.keep(actor, conversation_id, question, answer)

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

    def keep(self, actor: Actor, conversation_id: str | None, question: str, answer: Answer) -> Answer:
        """Keep the turn; an answer that could not be kept is still the answer, and says so."""
        now = self.clock()
        try:
            with self.store.writing() as kept:
                kept.conversations.append(actor, turn_of(conversation_id, question, answer, now))
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
        options=tuple(PendingOption(one.label, one.query, one.term, one.sense) for one in options),
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
