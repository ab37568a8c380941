"""Puts a case to the application as a person would: earlier turns first, as their department, options looked into."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from time import perf_counter
from typing import Protocol

from app.core.actor import LOCAL_OPERATOR, Actor
from app.flows.answer import Answer, ClarifyOption, Language
from app.flows.previous import previous_of
from app.planning.context import Previous
from app.semantic.query import SemanticQuery
from evals.cases import Case


class Flow(Protocol):
    """The part of the answering flow that cases go through."""

    def ask(
        self,
        question: str,
        actor: Actor,
        *,
        language: Language | None = None,
        previous: Previous | SemanticQuery | None = None,
    ) -> Answer: ...

    def run(self, query: SemanticQuery, actor: Actor, *, language: Language) -> Answer: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What came back for one case on one warehouse."""

    answer: Answer | None
    crash: str = ""
    """The error that was raised instead of an answer."""
    ms: float = 0.0
    """Of the last question alone."""
    options: tuple[Answer, ...] = ()
    """For a question asked back: the answer behind each option."""


def put(case: Case, flow: Flow, renames: Mapping[str, str]) -> Asked:
    """Ask `case`, with names replaced as the warehouse has them; whatever is raised is a result of the examination."""
    actor = replace(LOCAL_OPERATOR, department=case.department)
    started = perf_counter()
    try:
        previous: Previous | None = None
        for turn in case.turns:
            said = renamed(turn, renames)
            previous = previous_of(said, flow.ask(said, actor, previous=previous)) or previous
        started = perf_counter()
        answer = flow.ask(renamed(case.question, renames), actor, previous=previous)
        taken = (perf_counter() - started) * 1000
        options = answer.clarification.options if answer.clarification and case.expect.kind == "clarify" else ()
        return Asked(answer, ms=taken, options=tuple(_chosen(flow, option, actor, answer) for option in options))
    except Exception as error:  # noqa: BLE001 - the edge of the examination
        return Asked(None, crash=f"{type(error).__name__}: {error}", ms=(perf_counter() - started) * 1000)


def _chosen(flow: Flow, option: ClarifyOption, actor: Actor, asked: Answer) -> Answer:
    return flow.run(option.query, actor, language=asked.language)


def renamed(text: str, renames: Mapping[str, str]) -> str:
    """`text` with every old name replaced, longest first."""
    for was in sorted(renames, key=len, reverse=True):
        text = text.replace(was, renames[was])
    return text


def can_be_renamed(case: Case, renames: Mapping[str, str], aliases: Mapping[str, Sequence[str]]) -> bool:
    """Whether the question means the same under the new names.

    Every replaced name in the gold SQL must be said in the question, and by no other word that the brand's knowledge
    has for it (`aliases`): "sunscreen" and 敏感肌 stay words for what the renamed warehouse does not have.
    """
    said = " ".join((case.question, *case.turns)).lower()
    used = [was for was in renames if any(was in sql for sql in case.expect.readings)]
    left = said
    for was in renames:
        left = left.replace(was.lower(), "")
    return all(was.lower() in said and not _is_said_otherwise(was, said, left, aliases) for was in used)


def _is_said_otherwise(was: str, said: str, left: str, aliases: Mapping[str, Sequence[str]]) -> bool:
    """`left` = the question without the replaced names: 霜 in 面霜 is no other word for it, 防晒霜 for 防晒 is."""
    names = [alias.lower() for alias in aliases.get(was, ())]
    return any(alias in (said if was.lower() in alias else left) for alias in names)
