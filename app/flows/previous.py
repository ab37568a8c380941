"""The turn before, as a follow-up may refer to it: its plan and the keys of its rows, never a number."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pydantic import TypeAdapter, ValidationError

from app.flows.answer import Answer
from app.planning.context import Previous
from app.semantic.branches import OTHER
from app.semantic.query import Scalar, SemanticQuery

MOST_ROWS = 200
"""Rows whose keys are kept: "the third one" can be meant of what was read, hardly of what was scrolled past."""


def previous_of(question: str, answer: Answer) -> Previous | None:
    """`answer` as the turn before; None where there is no plan to edit."""
    if answer.query is None or answer.status in ("failed", "needs_clarification"):
        return None
    return Previous(question, answer.query, row_keys(answer))


def previous_from(raw: Mapping[str, Any]) -> Previous:
    """The turn before as a caller sends it: a plan, a whole answer, or `{question, query | answer, rows}`.

    Raises:
        ValueError: it is none of these.
    """
    question = str(raw.get("question") or "")
    if "answer" in raw:
        return replace(_of_answer(raw["answer"]), question=question)
    if "columns" in raw or "trace" in raw:
        return replace(_of_answer(raw), question=question)
    if "query" not in raw:
        return Previous(question, SemanticQuery.model_validate(raw))
    rows = TypeAdapter(tuple[dict[str, Scalar | None], ...]).validate_python(raw.get("rows") or ())
    return Previous(question, SemanticQuery.model_validate(raw["query"]), rows[:MOST_ROWS])


def _of_answer(raw: Mapping[str, Any]) -> Previous:
    """An answer of this program, or at least the plan of one of another version."""
    try:
        found = previous_of("", Answer.model_validate(raw))
    except ValidationError:
        found = None
    return found or Previous("", SemanticQuery.model_validate(raw["query"]))


def row_keys(answer: Answer) -> tuple[Mapping[str, Scalar | None], ...]:
    """Dimension id → stored value of every row that was shown, in order; empty where rows have no dimension."""
    wanted = set(answer.query.dimensions) if answer.query else set()
    places = [(i, c.name) for i, c in enumerate(answer.columns) if c.kind == "dimension" and c.name in wanted]
    if not places:
        return ()
    keys = [{name: row[i] for i, name in places} for row in answer.rows[:MOST_ROWS]]
    return tuple(key for key in keys if OTHER not in key.values())  # the sum of the rest is no row to refer to
