"""What a page does for its reader: each call as who they are at that moment, on the pool, with errors as answers."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from app.core.actor import Actor
from app.core.errors import AppError, UnauthenticatedError
from app.core.ids import new_id
from app.flows.answer import Answer, ClarifyOption, Language, Refusal, Trace
from app.flows.give_feedback import Correction
from app.flows.interface import Flows
from app.flows.memory import Turn as KeptTurn
from app.flows.memory import Verdict
from app.flows.pool import FlowPool
from app.ui.sign_in import Door
from app.ui.words import say

logger = logging.getLogger(__name__)
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Made:
    """An answer and what could be asked after it."""

    answer: Answer
    suggestions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Backstage:
    """The flows behind one open page. A session that ended meanwhile can do nothing more."""

    flows: Flows
    pool: FlowPool
    door: Door
    cookies: dict[str, str]

    async def ask(self, question: str, conversation_id: str, language: Language) -> Made:
        talk = self.flows.memory.conversations
        return await self._made(
            question, language, lambda actor: talk.ask(question, actor, conversation_id=conversation_id)
        )

    async def choose(self, option: ClarifyOption, asked: str, conversation_id: str, language: Language) -> Made:
        """Answer `asked` by the chosen reading."""
        talk = self.flows.memory.conversations
        return await self._made(
            asked, language,
            lambda actor: talk.choose(option, actor, question=asked, conversation_id=conversation_id,
                                      language=language),
        )  # fmt: skip

    async def again(self, turn: KeptTurn) -> Made:
        """Run the plan of an earlier turn on the data of now."""
        query = turn.query
        if query is None:
            raise ValueError("a turn without a plan can't be run again")
        flow = self.flows.answer_question
        return await self._made(
            turn.question, turn.language, lambda actor: flow.run(query, actor, language=turn.language)
        )

    async def forget(self, term: str) -> None:
        """Take a remembered sense back.

        Raises:
            AppError: it could not be taken back; the message says why.
        """
        await self.call(lambda actor: self.flows.memory.choices.forget(actor, term))

    async def rate(self, request_id: str, verdict: Verdict, correction: str) -> None:
        """Keep a thumb, with what is right where the reader said so.

        Raises:
            AppError: it could not be kept.
        """
        said = Correction(correction) if correction else None
        await self.call(lambda actor: self.flows.memory.feedback.give(actor, request_id, verdict, correction=said))

    async def call(self, work: Callable[[Actor], T]) -> T:
        """Do `work` on the pool as the reader.

        Raises:
            UnauthenticatedError: the session has ended, or its key was revoked.
            AppError: whatever `work` raises.
        """
        actor = await asyncio.to_thread(self.door.actor, self.cookies)
        if actor is None:
            raise UnauthenticatedError("the session has ended", hint="sign in again")
        return await self.pool.run(lambda: work(actor))

    async def _made(self, question: str, language: Language, work: Callable[[Actor], Answer]) -> Made:
        def both(actor: Actor) -> Made:
            answer = work(actor)
            return Made(answer, self.flows.suggestions.run(question, answer, actor))

        try:
            return await self.call(both)
        except UnauthenticatedError:
            return Made(failed(language, say("signed_out", language), ""))
        except AppError as error:
            return Made(failed(language, error.message, error.hint))
        except Exception:  # the page is an edge: a bug becomes a card with an id to report
            answer = failed(language, say("crashed", language), say("crashed_do", language))
            logger.exception("answer.crashed", extra={"request_id": answer.trace.request_id})
            return Made(answer)


def failed(language: Language, reason: str, advice: str) -> Answer:
    """An answer that says what went wrong before there could be one."""
    refusal = Refusal(code="failed", reason=reason, instead=(advice,) if advice else ())
    return Answer(status="failed", language=language, refusal=refusal, trace=Trace(request_id=new_id("req")))
