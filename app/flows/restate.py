"""A semantic query in words: complete, canonical, in the asker's language. Two different queries never read the same.

`chips` are the parts one by one (the web page lets each be changed); `restate` joins the same parts into one sentence.
"""

from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal

from app.flows.answer import Language
from app.flows.names import (
    bare_value_dimension,
    compare_word,
    dimension_label,
    metric_label,
    segment_label,
    value_label,
)
from app.semantic.model import SemanticModel
from app.semantic.query import (
    Comparison,
    Filter,
    Having,
    Order,
    PeopleCondition,
    Scalar,
    SegmentRef,
    SemanticQuery,
)

ChipKind = Literal[
    "time", "compare", "filter", "segment", "people", "metric", "breakdown", "share", "having", "order", "audience"
]
DEFAULT_LIMIT: int = SemanticQuery.model_fields["limit"].default

_LABELS: dict[Language, dict[ChipKind, str]] = {
    "zh": {"time": "时间", "compare": "对比", "filter": "筛选", "segment": "人群", "people": "行为条件",
           "metric": "指标", "breakdown": "拆分",
           "share": "占比", "having": "结果条件", "order": "排序", "audience": "输出"},
    "en": {"time": "Time", "compare": "Compare", "filter": "Filter", "segment": "Segment", "people": "Behaviour",
           "metric": "Metric", "breakdown": "By", "share": "Share", "having": "Rows kept", "order": "Order",
           "audience": "Output"},
}  # fmt: skip
_GRAINS: dict[Language, dict[str, str]] = {
    "zh": {"hour": "小时", "day": "日", "week": "周", "month": "月", "quarter": "季度", "year": "年"},
    "en": {name: name for name in ("hour", "day", "week", "month", "quarter", "year")},
}
_SIGNS = {"eq": "=", "ne": "≠", "gt": ">", "ge": "≥", "lt": "<", "le": "≤"}


@dataclass(frozen=True, slots=True)
class Chip:
    """One understood part: what kind it is, what to call that kind, and what was understood."""

    kind: ChipKind
    label: str
    text: str


def window_text(start: date, end: date, language: Language) -> str:
    """A plain month, quarter, year or day by its name, anything else by its exact first and last day."""
    last = monthrange(end.year, end.month)[1]
    if start == end:
        return start.isoformat()
    if start.day == 1 and end.day == last and start.year == end.year:
        if start.month == end.month:
            return f"{start:%Y-%m}"
        if (start.month, end.month) == (1, 12):
            return f"{start.year}"
        if end.month - start.month == 2 and start.month % 3 == 1:
            return f"{start.year}-Q{end.month // 3}"
    return f"{start} 至 {end}" if language == "zh" else f"{start} to {end}"


def restate(query: SemanticQuery, model: SemanticModel, language: Language) -> str:
    """The whole query as one sentence; nothing is left out."""
    return _Words(query, model, language).sentence()


def chips(query: SemanticQuery, model: SemanticModel, language: Language) -> tuple[Chip, ...]:
    """The parts of the query in reading order: time, comparisons, filters, people, metrics, breakdowns, the rest."""
    words = _Words(query, model, language)
    parts: list[tuple[ChipKind, str]] = [("time", words.window())]
    parts += [("compare", words.comparison(c)) for c in query.compare]
    parts += [("filter", words.named_filter(f)) for f in query.filters]
    parts += [("segment", words.segment(s)) for s in query.segments]
    parts += [("people", words.person(p)) for p in query.people]
    parts += [("metric", words.metric(m)) for m in query.metrics]
    parts += [("breakdown", text) for text in words.breakdowns()]
    parts += [("share", text) for text in words.share()]
    parts += [("having", words.having(h)) for h in query.having]
    parts += [("order", text) for text in words.ordering()]
    parts += [("audience", text) for text in words.audience()]
    return tuple(Chip(kind, _LABELS[language][kind], text) for kind, text in parts)


@dataclass(frozen=True, slots=True)
class _Words:
    query: SemanticQuery
    model: SemanticModel
    language: Language

    def sentence(self) -> str:
        return self._zh_sentence() if self.language == "zh" else self._en_sentence()

    def _zh_sentence(self) -> str:
        query = self.query
        scope = [self.window(), *(self.filter(f) for f in query.filters), *(self.segment(s) for s in query.segments)]
        scope += [self.person(p) for p in query.people]
        head = " ".join([*scope, "、".join(self.metric(m) for m in query.metrics)])
        return ",".join([head, *self._tail("按{}", "、")])

    def _en_sentence(self) -> str:
        query = self.query
        conditions = [*(self.filter(f) for f in query.filters), *(self.segment(s) for s in query.segments)]
        conditions += [self.person(p) for p in query.people]
        head = " and ".join(self.metric(m) for m in query.metrics)
        if conditions:
            head += " for " + ", ".join(conditions)
        by, *rest = self._tail("by {}", ", ") if self.breakdowns() else ("", *self._tail("by {}", ", "))
        return ", ".join([f"{head} {by}".strip(), self.window(), *rest])

    def _tail(self, by: str, separator: str) -> Iterator[str]:
        if self.breakdowns():
            yield by.format(separator.join(self.breakdowns()))
        for comparison in self.query.compare:
            yield ("" if self.language == "zh" else "vs ") + self.comparison(comparison)
        yield from self.share()
        yield from (
            ("仅保留 " if self.language == "zh" else "only rows with ") + self.having(h) for h in self.query.having
        )
        yield from self.ordering()
        yield from self.audience()

    def window(self) -> str:
        return window_text(self.query.start, self.query.end, self.language)

    def metric(self, name: str) -> str:
        return metric_label(name, self.model, self.language)

    def dimension(self, name: str) -> str:
        return dimension_label(name, self.model, self.language)

    def breakdowns(self) -> list[str]:
        names = [self.dimension(name) for name in self.query.dimensions]
        return names + ([_GRAINS[self.language][self.query.grain]] if self.query.grain else [])

    def comparison(self, comparison: Comparison) -> str:
        window = window_text(comparison.start, comparison.end, self.language)
        named = f"{comparison.label}, " if comparison.label else ""
        word = compare_word(comparison.kind, self.language)
        return f"{word}({named}{window})" if self.language == "zh" else f"{word} ({named}{window})"

    def filter(self, condition: Filter) -> str:
        """A coded value stands alone where it can mean only one dimension (抖音), else the dimension is named."""
        if condition.op in ("eq", "in"):
            owners = {bare_value_dimension(value, self.model) for value in condition.values}
            if owners == {condition.dimension}:
                return self._values(condition)
        return self.named_filter(condition)

    def named_filter(self, condition: Filter) -> str:
        name, values, zh = self.dimension(condition.dimension), self._values(condition), self.language == "zh"
        match condition.op:
            case "eq" | "in":
                return f"{name}={values}"
            case "ne":
                return f"{name}≠{values}"
            case "not_in":
                return f"{name}不含 {values}" if zh else f"{name} not in {values}"
            case "between":
                low, high = condition.values
                return f"{name} {self._value(condition, low)}~{self._value(condition, high)}"
            case "is_null":
                return f"{name}为空" if zh else f"{name} is empty"
            case "not_null":
                return f"{name}不为空" if zh else f"{name} is not empty"
            case "contains":
                return f"{name}包含{values}" if zh else f"{name} contains {values}"
            case _:
                return f"{name}{_SIGNS[condition.op]}{values}"

    def segment(self, reference: SegmentRef) -> str:
        name, zh = segment_label(reference.segment, self.model, self.language), self.language == "zh"
        if reference.days is not None:
            name += f"({reference.days}天)" if zh else f" ({reference.days} days)"
        if reference.negated:
            return f"非「{name}」" if zh else f'not "{name}"'
        return f"「{name}」" if zh else f'"{name}"'

    def person(self, condition: PeopleCondition) -> str:
        zh = self.language == "zh"
        parts = [self._person_window(condition), *(self.named_filter(f) for f in condition.filters)]
        parts.append(self._number_condition(condition.metric, condition.op, condition.values))
        inside = (";" if zh else "; ").join(part for part in parts if part)
        if zh:
            return f"{'不满足' if condition.negated else '满足'}[{inside}]的人"
        return f"people {'without' if condition.negated else 'with'} [{inside}]"

    def _person_window(self, condition: PeopleCondition) -> str:
        zh = self.language == "zh"
        if condition.start and condition.end:
            return window_text(condition.start, condition.end, self.language)
        if condition.start:
            return f"{condition.start} 起" if zh else f"since {condition.start}"
        if condition.end:
            return f"截至 {condition.end}" if zh else f"until {condition.end}"
        return ""

    def share(self) -> list[str]:
        share = self.query.share
        if share is None:
            return []
        zh, names = self.language == "zh", [self.dimension(name) for name in share.within]
        text = "占比" if zh else "share of total"
        if names:
            text += f"(在每个{'、'.join(names)}内)" if zh else f" within each {', '.join(names)}"
        if share.of_all:
            every = [self.dimension(name) for name in share.of_all]
            text += f"(分母为全部{'、'.join(every)})" if zh else f" (of every {', '.join(every)})"
        return [text]

    def having(self, having: Having) -> str:
        return self._number_condition(having.metric, having.op, having.values)

    def ordering(self) -> list[str]:
        query, zh = self.query, self.language == "zh"
        parts = [self._order(query.order)] if query.order else []
        if query.limit != DEFAULT_LIMIT or query.limit_within:
            within = [self.dimension(name) for name in query.limit_within]
            if zh:
                parts.append((f"每个{'、'.join(within)}内" if within else "") + f"前 {query.limit} 名")
            else:
                parts.append(f"top {query.limit}" + (f" within each {', '.join(within)}" if within else ""))
        if query.rest_as_other:
            parts.append("其余合并为「其他」" if zh else 'the rest as "Other"')
        return parts

    def _order(self, order: Order) -> str:
        subject = self._order_subject(order.by)
        if self.language == "zh":
            return f"按{subject}{'从高到低' if order.descending else '从低到高'}"
        return f"ordered by {subject} {'descending' if order.descending else 'ascending'}"

    def _order_subject(self, by: str) -> str:
        zh = self.language == "zh"
        if by == "period":
            return "时间" if zh else "time"
        if by in self.model.dimensions:
            return self.dimension(by)
        name, _, suffix = by.partition("__")
        return self.metric(name) + (f"·{self._suffix(suffix)}" if suffix else "")

    def _suffix(self, suffix: str) -> str:
        """`prior_year_rate` → 同比增幅; an unknown suffix is shown as it is."""
        zh = self.language == "zh"
        if suffix == "share":
            return "占比" if zh else "share"
        kind = suffix.removesuffix("_rate").removesuffix("_change")
        ending = "增幅" if suffix.endswith("_rate") else "增减" if suffix.endswith("_change") else "基期"
        if not zh:
            ending = {"增幅": " % change", "增减": " change", "基期": " base"}[ending]
        return compare_word(kind, self.language) + ending

    def audience(self) -> list[str]:
        if self.query.kind == "aggregate":
            return []
        return ["输出为人群"] if self.language == "zh" else ["as an audience"]

    def _values(self, condition: Filter) -> str:
        separator = "、" if self.language == "zh" else ", "
        return separator.join(self._value(condition, value) for value in condition.values)

    def _value(self, condition: Filter, value: Scalar) -> str:
        """Coded values by their label, numbers bare, free text in quotes so that its own commas can't mislead."""
        dimension = self.model.dimensions.get(condition.dimension)
        if not isinstance(value, str) or (dimension and value in dimension.values):
            label = value_label(condition.dimension, value, self.model, self.language)
            return label if label != str(value) or isinstance(value, bool | str) else plain_number(value)
        return f"“{value}”" if self.language == "zh" else f'"{value}"'

    def _number_condition(self, metric: str, op: str, values: tuple[float, ...]) -> str:
        name = self.metric(metric)
        if op == "between" and len(values) > 1:
            return f"{name} {plain_number(values[0])}~{plain_number(values[1])}"
        return f"{name}{_SIGNS.get(op, op)}{'~'.join(plain_number(v) for v in values)}"


def plain_number(value: float) -> str:
    """Every digit of a number, without a trailing ".0": conditions are never rounded."""
    number = Decimal(repr(value)) if isinstance(value, float) else Decimal(value)
    return f"{number:,.0f}" if number == number.to_integral_value() else f"{number.normalize():,f}"
