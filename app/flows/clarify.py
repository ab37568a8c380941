"""Several readings, several results: do they differ, and if so, what to ask back."""

from collections.abc import Sequence

from app.flows.answer import Answer, Clarification, ClarifyOption, Language
from app.flows.format import format_change, format_value
from app.flows.restate import Chip, chips
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

MAX_READINGS = 4
_TOLERANCE = 1e-9


def same_result(first: Answer, second: Answer) -> bool:
    """The same table: as many columns of the same kind, and equal cells (names of columns may differ)."""
    if [c.kind for c in first.columns] != [c.kind for c in second.columns] or len(first.rows) != len(second.rows):
        return False
    pairs = zip(_ordered(first), _ordered(second), strict=True)
    return all(_same_cell(a, b) for one, other in pairs for a, b in zip(one, other, strict=True))


def _ordered(answer: Answer) -> list[tuple[object, ...]]:
    keys = [i for i, column in enumerate(answer.columns) if column.kind == "dimension"]
    return sorted(answer.rows, key=lambda row: [str(row[k]) for k in keys])


def _same_cell(a: object, b: object) -> bool:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= _TOLERANCE * max(1.0, abs(a), abs(b))
    return a == b


def ask_back(answers: Sequence[Answer], model: SemanticModel, language: Language) -> Clarification:
    """One question; each option says in words what differs, with its number and how far it is from the first."""
    queries = [answer.query for answer in answers if answer.query is not None]
    labels = difference_labels(queries, model, language)
    options = tuple(
        ClarifyOption(label=label, query=query, preview=_preview(answer, answers[0], language))
        for answer, query, label in zip(answers, queries, labels, strict=True)
    )
    question = "这个问题有不止一种理解,结果不同。你指的是哪一种?" if language == "zh" else (
        "This can be read in more than one way, and the results differ. Which one do you mean?"
    )  # fmt: skip
    return Clarification(question=question, options=options)


def difference_labels(queries: Sequence[SemanticQuery], model: SemanticModel, language: Language) -> list[str]:
    """For each query the parts that not all of them share."""
    parts = [chips(query, model, language) for query in queries]
    shared = set.intersection(*(set(own) for own in parts)) if parts else set()
    separator = ";" if language == "zh" else "; "
    return [
        separator.join(_said(chip, language) for chip in own if chip not in shared) or _none(language) for own in parts
    ]


def _said(chip: Chip, language: Language) -> str:
    return f"{chip.label}:{chip.text}" if language == "zh" else f"{chip.label}: {chip.text}"


def _none(language: Language) -> str:
    return "不加其他条件" if language == "zh" else "without further conditions"


def _preview(answer: Answer, first: Answer, language: Language) -> str:
    number, unit = _lead_number(answer)
    if number is None:
        return answer.headline
    text = format_value(number, unit, language)
    base, base_unit = _lead_number(first)
    if answer is first or not base or unit != base_unit:
        return text
    change = format_change(number / base - 1, "rate", language)
    return f"{text} · 比第一种 {change}" if language == "zh" else f"{text} · {change} vs the first"


def _lead_number(answer: Answer) -> tuple[float | None, str | None]:
    """The number of a one-row answer."""
    position = next((i for i, column in enumerate(answer.columns) if column.kind == "metric"), None)
    if position is None or len(answer.rows) != 1:
        return None, None
    value = answer.rows[0][position]
    return (value if isinstance(value, int | float) else None), answer.columns[position].unit
