"""Many questions in one warm process: JSON lines in, JSON lines out, in the same order."""

import json
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from app.core.actor import Actor
from app.core.errors import CorrectableError, NotFoundError
from app.flows.answer import Language
from app.flows.interface import AnswerQuestion
from app.semantic.query import SemanticQuery

_THREADS = 2
_NAMED = 10


class QuestionFileError(CorrectableError):
    """A line of the question file can't be read."""

    code = "bad_question_file"


@dataclass(frozen=True, slots=True)
class BatchQuestion:
    """One line of the file."""

    id: Any
    question: str
    department: str | None = None
    previous: SemanticQuery | None = None


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
    read = [(number, _read_line(number, line)) for number, line in lines]
    broken = [str(number) for number, question in read if question is None]
    if broken:
        more = f" and {len(broken) - _NAMED} more" if len(broken) > _NAMED else ""
        which = f"line{'s' if len(broken) > 1 else ''} {', '.join(broken[:_NAMED])}{more}"
        raise QuestionFileError(
            f"{which} of {str(path)!r} {'are no questions' if len(broken) > 1 else 'is not a question'}",
            hint='each line is {"id": …, "question": "…", "department"?: "…", "previous"?: {…}}',
        )
    return [question for _, question in read if question is not None]


def _read_line(number: int, line: str) -> BatchQuestion | None:
    """The question of a line; None when it is not one."""
    try:
        raw = json.loads(line)
        previous = raw.get("previous")
        if previous and "query" in previous:  # a whole answer is accepted too: its query is what counts
            previous = previous["query"]
        query = SemanticQuery.model_validate(previous) if previous else None
        question = raw["question"]
        if not isinstance(question, str):
            raise TypeError("question is no text")
        return BatchQuestion(raw.get("id", number), question, raw.get("department"), query)
    except (ValueError, TypeError, KeyError, AttributeError, ValidationError):
        return None


def answer_lines(
    flow: AnswerQuestion, questions: Sequence[BatchQuestion], actor: Actor, language: Language | None
) -> Iterator[str]:
    """One `{"id", "answer"}` line per question, in order, as they are ready."""

    def answer(item: BatchQuestion) -> str:
        asker = replace(actor, department=item.department or actor.department)
        found = flow.ask(item.question, asker, language=language, previous=item.previous)
        return json.dumps({"id": item.id, "answer": found.model_dump(mode="json")}, ensure_ascii=False)

    with ThreadPoolExecutor(_THREADS) as pool:
        yield from pool.map(answer, questions)
