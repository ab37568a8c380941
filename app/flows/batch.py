"""Many questions in one warm process: JSON lines in, JSON lines out, in the same order."""

import json
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.core.actor import Actor
from app.core.errors import CorrectableError, NotFoundError
from app.flows.answer import Answer, Language
from app.flows.interface import AnswerQuestion
from app.flows.previous import previous_from, previous_of
from app.planning.context import Previous

_THREADS = 2
_NAMED = 10


class QuestionFileError(CorrectableError):
    """A line of the question file can't be read."""

    code = "bad_question_file"


@dataclass(frozen=True, slots=True)
class EarlierTurns:
    """Questions asked before, oldest first; they are answered first, each after the one before it."""

    questions: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class EarlierLine:
    """The line of the same file that this one follows, by its position."""

    position: int


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """One line of the file."""

    id: Any
    question: str
    department: str | None = None
    previous: Previous | EarlierTurns | EarlierLine | None = None


def read_questions(path: Path) -> list[BatchQuestion]:
    """The questions of a JSON-lines file; empty lines are skipped.

    Raises:
        NotFoundError: no such file.
        QuestionFileError: lines are no JSON objects with a question; names them.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {str(path)!r}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise QuestionFileError(f"{str(path)!r} can't be read as UTF-8 text", hint="save it as UTF-8") from error
    lines = [(n, line) for n, line in enumerate(text.splitlines(), 1) if line.strip()]
    read: list[tuple[int, BatchQuestion | None]] = []
    known: dict[str, int] = {}
    for position, (number, line) in enumerate(lines):
        question = _read_line(number, line, known)
        read.append((number, question))
        if question is not None:
            known[str(question.id)] = position
    broken = [str(number) for number, question in read if question is None]
    if broken:
        more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        which = f"line{'s' if len(broken) > 1 else ''} {', '.join(broken[:_NAMED])}{more}"
        raise QuestionFileError(
            f"{which} of {str(path)!r} {'are no questions' if len(broken) > 1 else 'is not a question'}",
            hint='each line is {"id": …, "question": "…", "department"?: "…", "previous"?: …}; '
            "previous is the id of an earlier line, a question, a list of questions, a plan or an answer",
        )
    return [question for _, question in read if question is not None]


def _read_line(number: int, line: str, known: Mapping[str, int]) -> BatchQuestion | None:
    """The question of a line; None when it is not one."""
    try:
        raw = json.loads(line)
        question = raw["question"]
        if not isinstance(question, str):
            raise TypeError("question is no text")
        previous = _read_previous(raw.get("previous"), known)
        return BatchQuestion(raw.get("id", number), question, raw.get("department"), previous)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError):
        return None


def _read_previous(raw: Any, known: Mapping[str, int]) -> Previous | EarlierTurns | EarlierLine | None:
    """A plan, an answer, `{question, query}`, a question, a list of questions, or the id of an earlier line."""
    if raw in (None, "", [], {}):
        return None
    if isinstance(raw, str | int):
        return EarlierLine(known[str(raw)]) if str(raw) in known else EarlierTurns((_text(raw),))
    if isinstance(raw, list):
        return EarlierTurns(tuple(_text(turn) for turn in raw))
    return previous_from(raw)


def _text(raw: Any) -> str:
    if not isinstance(raw, str):
        raise TypeError("an earlier turn is no text")
    return raw


def answer_lines(
    flow: AnswerQuestion, questions: Sequence[BatchQuestion], actor: Actor, language: Language | None
) -> Iterator[str]:
    """One `{"id", "answer"}` line per question, in order, as they are ready."""
    answers: list[Future[Answer]] = []

    def answer(item: BatchQuestion) -> Answer:
        asker = replace(actor, department=item.department or actor.department)
        return flow.ask(item.question, asker, language=language, previous=before(item, asker))

    def before(item: BatchQuestion, asker: Actor) -> Previous | None:
        if isinstance(item.previous, EarlierLine):
            # Lines start in their order, so what is waited for is done or being done.
            return previous_of(questions[item.previous.position].question, answers[item.previous.position].result())
        if isinstance(item.previous, EarlierTurns):
            return previous_turn(flow, item.previous, asker, language)
        return item.previous

    with ThreadPoolExecutor(_THREADS) as pool:
        for item in questions:
            answers.append(pool.submit(answer, item))  # noqa: PERF401 - workers read the list while it grows
        for item, found in zip(questions, answers, strict=True):
            shown = found.result().model_dump(mode="json")
            yield json.dumps({"id": item.id, "answer": shown}, ensure_ascii=False)


def previous_turn(
    flow: AnswerQuestion, turns: EarlierTurns, asker: Actor, language: Language | None
) -> Previous | None:
    """The last turn that has a plan, each turn asked after the one before it."""
    previous: Previous | None = None
    for question in turns.questions:
        previous = previous_of(question, flow.ask(question, asker, language=language, previous=previous)) or previous
    return previous
