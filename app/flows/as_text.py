"""An answer as plain text: for the terminal, for logs of evals, and for a model that called a tool."""

import unicodedata
from typing import Any

from app.flows.answer import Answer, Column
from app.flows.format import format_value

_TRUST = {
    "verified": ("已核验", "verified"),
    "governed": ("口径已校验", "governed"),
    "unverified": ("未经指标口径校验", "definitions not checked"),
}
_SHOWN_ROWS = 40


def as_text(answer: Answer, *, sql: bool = False) -> str:
    """The whole answer, top-down as a person reads it: restatement, number, table, notes, trust."""
    if answer.status in ("refused", "failed"):
        return _refused(answer)
    if answer.clarification is not None:
        options = [f"  {i}. {o.label}  {o.preview}" for i, o in enumerate(answer.clarification.options, 1)]
        return "\n".join([answer.clarification.question, *options, *(f"· {note}" for note in answer.notes)])
    parts = [answer.restatement, "", answer.headline, "", *_table(answer)]
    if answer.notes:
        parts += ["", *(f"· {note}" for note in answer.notes)]
    if answer.remembered is not None:
        parts += ["", f"· {remembered_text(answer)}"]
    parts += ["", _footer(answer), *_doubts(answer)]
    if sql and answer.sql:
        parts += ["", answer.sql]
    return "\n".join(parts)


def remembered_text(answer: Answer) -> str:
    """What was just kept for the asker, and how to take it back."""
    kept = answer.remembered
    if kept is None:
        return ""
    if answer.language == "zh":
        return f"已记住:{kept.label} = {kept.who}口径,只对你生效;撤销:qianmian memory forget {kept.term}"
    return f"Remembered for you: {kept.label} = {kept.who}; take it back with: qianmian memory forget {kept.term}"


def _refused(answer: Answer) -> str:
    refusal = answer.refusal
    if refusal is None:
        return answer.headline
    lines = [f"[{refusal.code}] {refusal.reason}", *(f"  → {hint}" for hint in refusal.instead)]
    lines += [f"· {note}" for note in answer.notes]
    if answer.status == "failed":
        lines.append(f"  request_id: {answer.trace.request_id}")
    return "\n".join(lines)


def _doubts(answer: Answer) -> list[str]:
    """How sure the answer is of its reading and what lowered it; nothing where nothing did."""
    evidence = answer.evidence
    if evidence is None or evidence.confidence is None or not evidence.reasons:
        return []
    share, reasons = f"{evidence.confidence:.0%}", evidence.reasons
    said = f"把握 {share}:{''.join(reasons)}" if answer.language == "zh" else f"confidence {share}: {' '.join(reasons)}"
    return [said]


def _footer(answer: Answer) -> str:
    zh = answer.language == "zh"
    trust = _TRUST[answer.trust][0 if zh else 1] if answer.trust else ""
    passed = sum(check.passed for check in answer.checks)
    checks = f"{passed}/{len(answer.checks)} 项检查通过" if zh else f"{passed}/{len(answer.checks)} checks passed"
    ms = sum(stage.ms for stage in answer.trace.stages)
    as_of = f"数据截至 {answer.trace.data_as_of}" if zh else f"data as of {answer.trace.data_as_of}"
    defined = "、".join(f"{d.id}@{d.version}" for d in answer.definitions)
    return f"{trust} · {checks} · {ms:.0f} ms · {as_of} · {defined}"


def _table(answer: Answer) -> list[str]:
    if not answer.rows or (len(answer.rows) == 1 and len(answer.columns) == 1):
        return []
    rows = [[_cell(answer, column, value) for column, value in zip(answer.columns, row, strict=True)]
            for row in answer.rows[:_SHOWN_ROWS]]  # fmt: skip
    header = [column.label for column in answer.columns]
    widths = [max(_width(row[i]) for row in [header, *rows]) for i in range(len(header))]
    lines = [_line(header, widths, answer.columns), "  ".join("-" * width for width in widths)]
    lines += [_line(row, widths, answer.columns) for row in rows]
    if answer.row_count > len(rows):
        more = answer.row_count - len(rows)
        lines.append(f"… 还有 {more} 行" if answer.language == "zh" else f"… {more} more rows")
    return lines


def _cell(answer: Answer, column: Column, value: Any) -> str:
    if column.kind == "dimension":
        if value is None:
            return "未知" if answer.language == "zh" else "Unknown"
        return answer.labels.get(column.name, {}).get(str(value), str(value))
    return format_value(value, column.unit, answer.language, compact=False)


def _line(cells: list[str], widths: list[int], columns: tuple[Column, ...]) -> str:
    padded = []
    for cell, width, column in zip(cells, widths, columns, strict=True):
        space = " " * (width - _width(cell))
        padded.append(cell + space if column.kind == "dimension" else space + cell)
    return "  ".join(padded).rstrip()


def _width(text: str) -> int:
    """Columns on a terminal: CJK characters take two."""
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)
