"""A result as every face needs it: columns with their meaning, JSON-ready rows, display texts of coded values."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Literal, cast

from app.flows.answer import Column, ColumnKind, Language
from app.flows.names import (
    compare_word,
    dimension_label,
    find_metric,
    metric_label,
    value_key,
    value_label,
)
from app.semantic.branches import OTHER
from app.semantic.compiler import CompiledColumn
from app.semantic.model import SemanticModel
from app.semantic.query import Comparison, Grain, SemanticQuery

ColumnRole = Literal["period", "dimension", "value", "base", "delta", "rate", "share"]
_KINDS: dict[ColumnRole, ColumnKind] = {
    "period": "dimension", "dimension": "dimension", "value": "metric", "base": "metric", "delta": "delta",
    "rate": "delta", "share": "share",
}  # fmt: skip
_PERIOD_LABEL: dict[Language, str] = {"zh": "时间", "en": "Period"}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What one result column stands for."""

    name: str
    role: ColumnRole
    about: str
    """The dimension id, or the metric as the query names it; "period" for the time bucket."""
    compare: int | None = None
    """Position in `query.compare` for base, delta and rate columns."""


@dataclass(frozen=True, slots=True)
class ResultTable:
    """One row per group. Cells are JSON-ready; `columns` and `meanings` run parallel."""

    meanings: tuple[Meaning, ...]
    columns: tuple[Column, ...]
    rows: tuple[tuple[Any, ...], ...]
    labels: dict[str, dict[str, str]] = field(default_factory=dict)
    truncated: bool = False

    def where(self, role: ColumnRole, about: str | None = None, compare: int | None = None) -> list[int]:
        """Positions of the columns of a role, of one metric or dimension, of one comparison."""
        return [
            position
            for position, meaning in enumerate(self.meanings)
            if meaning.role == role
            and (about is None or meaning.about == about)
            and (compare is None or meaning.compare == compare)
        ]

    def first(self, role: ColumnRole, about: str | None = None, compare: int | None = None) -> int | None:
        """The first of `where`, or None."""
        found = self.where(role, about, compare)
        return found[0] if found else None

    @property
    def key_positions(self) -> list[int]:
        """Columns that tell rows apart."""
        return [i for i, m in enumerate(self.meanings) if m.role in ("period", "dimension")]

    @property
    def group_count(self) -> int:
        """How many groups there are, each counted once over all time buckets."""
        dimensions = self.where("dimension")
        return len({tuple(row[p] for p in dimensions) for row in self.rows}) if dimensions else len(self.rows)

    def is_cut(self, query: SemanticQuery) -> bool:
        """Whether groups may be out of sight: by a cap, or by the limit that was asked."""
        if self.truncated:
            return True
        if query.rest_as_other or not self.where("dimension"):
            return False
        return bool(query.limit_within) or self.group_count >= query.limit

    @property
    def number_positions(self) -> list[int]:
        """Columns that hold the asked numbers, without comparisons and shares."""
        return self.where("value")

    def text(self, position: int, value: Any) -> str:
        """The display text of a key cell."""
        return self.labels.get(self.columns[position].name, {}).get(value_key(value)) or str(value)


_ROLES: dict[str, ColumnRole] = {"change": "delta"}
"""The compiler's roles, where ours are called otherwise."""


def meanings_of(columns: Iterable[CompiledColumn], query: SemanticQuery) -> tuple[Meaning, ...]:
    """The compiler's description of its columns, with comparisons as positions in the query."""
    return tuple(
        Meaning(
            name=column.name,
            role=cast("ColumnRole", _ROLES.get(column.role, column.role)),
            about=column.metric or column.name,
            compare=query.compare.index(column.comparison) if column.comparison else None,
        )
        for column in columns
    )


def build_table(
    meanings: Sequence[Meaning], rows: Sequence[Sequence[Any]], query: SemanticQuery, model: SemanticModel,
    language: Language, *, truncated: bool = False,
) -> ResultTable:  # fmt: skip
    """Name the columns, turn every cell into JSON, and collect the display texts of coded values."""
    columns = tuple(describe_column(meaning, query, model, language) for meaning in meanings)
    converters = [_converter(meaning, query.grain) for meaning in meanings]
    cells = tuple(tuple(convert(value) for convert, value in zip(converters, row, strict=True)) for row in rows)
    labels = {
        meaning.name: _labels(meaning.about, {row[position] for row in cells}, model, language)
        for position, meaning in enumerate(meanings)
        if meaning.role == "dimension" or (meaning.role == "period" and any(row[position] is None for row in cells))
    }
    return ResultTable(
        tuple(meanings), columns, cells, {name: texts for name, texts in labels.items() if texts}, truncated
    )


def without_comparisons(table: ResultTable, absent: Sequence[int]) -> ResultTable:
    """The table with the columns of some comparisons emptied: no data is null, never 0, and never a change of 100 %."""
    blank = {i for i, meaning in enumerate(table.meanings) if meaning.compare is not None and meaning.compare in absent}
    if not blank:
        return table
    rows = tuple(tuple(None if i in blank else cell for i, cell in enumerate(row)) for row in table.rows)
    return replace(table, rows=rows)


def describe_column(meaning: Meaning, query: SemanticQuery, model: SemanticModel, language: Language) -> Column:
    """The column as the answer shows it."""
    if meaning.role == "period":
        return Column(name=meaning.name, label=_PERIOD_LABEL[language], kind="dimension")
    if meaning.role == "dimension":
        label = dimension_label(meaning.about, model, language)
        return Column(name=meaning.name, label=label, kind="dimension")
    metric = find_metric(meaning.about, model)
    unit = metric.unit if metric else None
    comparison = query.compare[meaning.compare] if meaning.compare is not None else None
    return Column(
        name=meaning.name,
        label=_number_label(meaning, comparison, metric_label(meaning.about, model, language), language),
        kind=_KINDS[meaning.role],
        unit=_unit(meaning.role, unit),
        good_when=metric.good_when if metric else "neutral",
    )


def _unit(role: ColumnRole, unit: str | None) -> str | None:
    if role in ("rate", "share"):
        return "rate"
    return "pp" if role == "delta" and unit == "rate" else unit


def _number_label(meaning: Meaning, comparison: Comparison | None, metric: str, language: Language) -> str:
    word = _short_compare(comparison, language) if comparison else ""
    zh = language == "zh"
    match meaning.role:
        case "share":
            return f"{metric}占比" if zh else f"Share of {metric}"
        case "base":
            return f"{metric}·{word}基期" if zh else f"{metric}, {word}"
        case "delta":
            return f"{metric}·{word}增减" if zh else f"{metric}, change vs {word}"
        case "rate":
            return f"{metric}·{word}增幅" if zh else f"{metric}, % change vs {word}"
        case _:
            return metric


def _short_compare(comparison: Comparison, language: Language) -> str:
    if comparison.label and comparison.kind in ("promo", "custom"):
        return comparison.label
    return compare_word(comparison.kind, language)


def _labels(dimension: str, values: set[Any], model: SemanticModel, language: Language) -> dict[str, str]:
    """Only values whose text differs from what is stored."""
    texts = {value_key(value): value_label(dimension, value, model, language) for value in values}
    return {key: text for key, text in texts.items() if text != key or key in ("", OTHER)}


def _converter(meaning: Meaning, grain: Grain | None) -> Callable[[Any], Any]:
    if meaning.role == "period":
        return lambda value: period_text(value, grain)
    return json_value


def json_value(value: Any) -> Any:
    """A cell as JSON, unrounded: integers stay integers, NaN and infinity become null, days and times ISO text."""
    if value is None or isinstance(value, str | bool | int):
        return value
    if isinstance(value, Decimal):
        if not _is_finite(value):
            return None
        return int(value) if value == value.to_integral_value() and value.as_tuple().exponent == 0 else float(value)
    if isinstance(value, float):
        return value if _is_finite(value) else None
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes" if not value.second else "seconds")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): json_value(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [json_value(item) for item in value]
    return str(value)


def period_text(value: Any, grain: Grain | None) -> Any:
    """A time bucket: day and week YYYY-MM-DD, month YYYY-MM, quarter YYYY-Qn, year YYYY, hour YYYY-MM-DD HH:00."""
    if not isinstance(value, date):
        return json_value(value)
    match grain:
        case "month":
            return f"{value:%Y-%m}"
        case "quarter":
            return f"{value.year}-Q{(value.month + 2) // 3}"
        case "year":
            return f"{value.year}"
        case "hour" if isinstance(value, datetime):
            return f"{value:%Y-%m-%d %H:00}"
        case _:
            return f"{value:%Y-%m-%d}"


def _is_finite(value: float | Decimal) -> bool:
    return value.is_finite() if isinstance(value, Decimal) else value == value and abs(value) != float("inf")
