"""The answer of last resort: a guarded SELECT that a model wrote, with its badge. No metric governs any of it."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.core.actor import Actor
from app.core.clock import Clock
from app.flows.answer import Check, Column, Language, TrustEvidence
from app.flows.format import format_value
from app.flows.gap_log import GapEntry, GapLog
from app.flows.ports import Result
from app.flows.raw_sql import SqlWriter
from app.flows.table import json_value
from app.llm.client import ChatModel, ModelError
from app.llm.meter import Budget, CallRecord, Meter, Prices
from app.planning.plan import Gap
from app.warehouse.engine import Snapshot

BADGE: dict[Language, str] = {"zh": "未经指标口径校验", "en": "Not checked against any metric definition"}


@dataclass(frozen=True, slots=True)
class RawOutcome:
    """`fields` of an answer, or None when no statement passed; and the model calls that were made."""

    fields: dict[str, Any] | None
    calls: tuple[CallRecord, ...]
    sql: str | None = None


@dataclass(frozen=True, slots=True)
class RawAnswer:
    """Answers what no metric expresses, and writes down that none does."""

    model: ChatModel
    writer: SqlWriter
    gaps: GapLog
    clock: Clock
    budget: Budget = field(default_factory=Budget)
    prices: Prices = field(default_factory=Prices)
    may_write_sql: bool = True

    def run(
        self, gap: Gap, actor: Actor, snapshot: Snapshot, *, language: Language, answer_id: str,
        earlier: Sequence[CallRecord] = (),
    ) -> RawOutcome:  # fmt: skip
        """The outcome for one gap. `earlier` calls of the same question count against its budget.

        Raises:
            WarehouseError: the warehouse can't be read.
        """
        result, calls = self._result(gap, actor, snapshot, answer_id, earlier) if self.may_write_sql else (None, ())
        sql = result.sql if result else None
        self.gaps.add(GapEntry(self.clock(), answer_id, gap.question, gap.reason, gap.missing, sql))
        return RawOutcome(_shown(gap, result, language) if result else None, calls, sql)

    def _result(
        self, gap: Gap, actor: Actor, snapshot: Snapshot, answer_id: str, earlier: Sequence[CallRecord]
    ) -> tuple[Result | None, tuple[CallRecord, ...]]:
        spent = sum(call.ms for call in earlier) / 1000
        budget = replace(self.budget, seconds=self.budget.seconds - spent)
        meter = Meter(self.model, budget, self.prices, answer_id, records=list(earlier))
        try:
            result = self.writer.run(
                gap.question, actor, meter, today=snapshot.data_as_of, first_day=snapshot.first_day
            )
        except ModelError:
            result = None
        return result, tuple(meter.records[len(earlier) :])


def _shown(gap: Gap, result: Result, language: Language) -> dict[str, Any]:
    """The rows as they are, named as the statement names them; no sentence is made of them beyond one number."""
    rows = tuple(tuple(json_value(value) for value in row) for row in result.rows)
    columns = _columns(result.columns, rows)
    badge = BADGE[language]
    zh = language == "zh"
    missing = "、".join(gap.missing)
    note = f"{badge}:现有指标无法表达这个问题,数字来自模型写的查询,请核对 SQL 后再用。" if zh else (
        f"{badge}: no metric expresses this question; the numbers come from SQL that a model wrote. Check it first."
    )  # fmt: skip
    lacking = (
        f"指标库里缺少:{missing}(已记录给负责人)。" if zh else f"Missing in the model: {missing} (noted for its owner)."
    )
    checks = [Check(name="metric_definitions", passed=False, detail=badge)]
    checks += [Check(name=check.name, passed=check.passed, detail=check.detail) for check in result.checks]
    return {
        "restatement": f"{badge}:{gap.question}" if zh else f"{badge}: {gap.question}",
        "sql": result.sql,
        "columns": columns,
        "rows": rows,
        "row_count": len(rows),
        "truncated": result.truncated,
        "headline": _headline(columns, rows, language),
        "trust": "unverified",
        "evidence": TrustEvidence(
            coverage=0.0, path="raw", checks_passed=sum(c.passed for c in checks), checks_total=len(checks)
        ),
        "checks": tuple(checks),
        "notes": (note, *((lacking,) if missing else ())),
    }


def _columns(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> tuple[Column, ...]:
    return tuple(
        Column(name=name, label=name.replace("_", " "), kind="metric" if _is_number(position, rows) else "dimension")
        for position, name in enumerate(names)
    )


def _is_number(position: int, rows: Sequence[Sequence[Any]]) -> bool:
    held = [row[position] for row in rows if row[position] is not None]
    return bool(held) and all(isinstance(value, int | float) and not isinstance(value, bool) for value in held)


def _headline(columns: Sequence[Column], rows: Sequence[Sequence[Any]], language: Language) -> str:
    """The one number where there is one; else only the badge, since a sentence would need a meaning for the columns."""
    if len(rows) == 1 and len(columns) == 1 and columns[0].kind == "metric":
        text = format_value(rows[0][0], None, language)
        return f"{text}({BADGE[language]})" if language == "zh" else f"{text} ({BADGE[language]})"
    return BADGE[language]
