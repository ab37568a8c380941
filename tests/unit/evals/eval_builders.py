"""Answers and cases made by hand, as small as they can be."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from app.flows.answer import Answer, Clarification, ClarifyOption, Column, Refusal, Trace
from app.semantic.query import SemanticQuery
from evals.cases import Case

QUERY = SemanticQuery(metrics=("gmv_paid",), start=date(2026, 9, 1), end=date(2026, 9, 30))
TRACE = Trace(request_id="req_1")

DIMENSION, METRIC, SHARE, DELTA = "dimension", "metric", "share", "delta"


def answered(
    columns: Sequence[tuple[str, str]],
    rows: Sequence[Sequence[Any]],
    labels: dict[str, dict[str, str]] | None = None,
    **more: Any,
) -> Answer:
    """A table: columns as (name, kind)."""
    shown = tuple(Column(name=name, label=name, kind=kind) for name, kind in columns)  # type: ignore[arg-type]
    return Answer(
        status="answered", language="zh", query=QUERY, columns=shown, rows=tuple(tuple(row) for row in rows),
        labels=labels or {}, trace=TRACE, **more,
    )  # fmt: skip


def refused(code: str) -> Answer:
    return Answer(status="refused", language="zh", refusal=Refusal(code=code, reason="-"), trace=TRACE)


def asked_back() -> Answer:
    option = ClarifyOption(label="a", query=QUERY, preview="1")
    return Answer(
        status="needs_clarification", language="zh", trace=TRACE,
        clarification=Clarification(question="?", options=(option, option)),
    )  # fmt: skip


def case(**expect: Any) -> Case:
    return Case.model_validate(
        {"id": "a.1", "question": "9月GMV", "form": "written", "expect": expect, "category": "a"}
    )
