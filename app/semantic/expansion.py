"""Metric names → the leaves they stand on, and the arithmetic above them."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from rapidfuzz import fuzz, process, utils
from sqlglot import exp

from app.core.errors import UnknownNameError
from app.semantic import expressions as ex
from app.semantic.model import Dimension, Metric, Segment, SemanticModel
from app.semantic.query import split_metric_name

ZERO_WHEN_EMPTY = frozenset({"sum", "count", "count_distinct"})
"""Aggregates of no rows that are 0; an average or a median of no rows is unknown."""


@dataclass(frozen=True, slots=True)
class MetricUse:
    """A metric with its number of days decided. Equal uses are the same number."""

    metric: Metric
    days: int | None

    @property
    def column(self) -> str:
        """The column name: `cohort_rate@60` → `cohort_rate_60`; the default number of days is not named."""
        default = self.days is None or self.days == self.metric.days
        return self.metric.id if default else f"{self.metric.id}_{self.days}"

    @property
    def name(self) -> str:
        """The name a query would use."""
        default = self.days is None or self.days == self.metric.days
        return self.metric.id if default else f"{self.metric.id}@{self.days}"

    def __hash__(self) -> int:
        return hash((self.metric.id, self.days))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, MetricUse) and (self.metric.id, self.days) == (other.metric.id, other.days)


def resolve_metric(model: SemanticModel, name: str) -> MetricUse:
    """The metric a query names.

    Raises:
        UnknownNameError: there is no such metric, or it takes no number of days.
    """
    base, days = split_metric_name(name)
    metric = model.metrics.get(base)
    if metric is None or (days is None and "@" in name):
        raise unknown("metric", base, model)
    if days is not None and not takes_days(model, metric):
        raise UnknownNameError(
            f"metric {base!r} takes no number of days", hint=f"ask for {base!r}", suggestions=[base], name=name
        )
    return MetricUse(metric, days if days is not None else metric.days)


def takes_days(model: SemanticModel, metric: Metric) -> bool:
    """Whether the metric, or one it is computed from, has a number of days."""
    return metric.days is not None or any(
        takes_days(model, model.metrics[split_metric_name(name)[0]]) for name in input_names(metric)
    )


def input_names(metric: Metric) -> tuple[str, ...]:
    """The metric names a ratio or derived metric is computed from; none for a simple one."""
    if metric.type == "ratio":
        return tuple(name for name in (metric.numerator, metric.denominator) if name)
    return ex.formula_inputs(metric.formula) if metric.type == "derived" and metric.formula else ()


def _input(model: SemanticModel, use: MetricUse, name: str) -> MetricUse:
    """An input of `use`: it takes over the asked days, unless it names its own."""
    base, days = split_metric_name(name)
    metric = model.metrics[base]
    if days is None and takes_days(model, metric):
        days = use.days
    return MetricUse(metric, days if days is not None else metric.days)


def leaves(model: SemanticModel, use: MetricUse) -> Iterator[MetricUse]:
    """The simple metrics that `use` is computed from, each as often as it occurs."""
    if use.metric.type == "simple":
        yield use
    for name in input_names(use.metric):
        yield from leaves(model, _input(model, use, name))


def value(model: SemanticModel, use: MetricUse, leaf: Callable[[MetricUse], exp.Expr]) -> exp.Expr:
    """The expression of a metric, with `leaf(use)` in place of its simple metrics."""
    metric = use.metric
    if metric.type == "simple":
        return leaf(use)

    def part(name: str) -> exp.Expr:
        return value(model, _input(model, use, name), leaf)

    if metric.type == "ratio":
        quotient = ex.ratio(part(metric.numerator or ""), part(metric.denominator or ""))
        return quotient if metric.scale == 1 else exp.Mul(this=quotient, expression=ex.number(metric.scale))
    tree = ex.replace_columns(
        ex.parse_formula(metric.formula or ""), lambda column: part(column.name.replace("__at__", "@"))
    )
    return ex.cast(_with_safe_divisions(tree), SQL_TYPES[metric.value_type])


def _with_safe_divisions(tree: exp.Expr) -> exp.Expr:
    holder = exp.Paren(this=tree)
    for division in list(holder.find_all(exp.Div)):
        if not isinstance(division.expression, exp.Nullif):
            division.replace(ex.ratio(division.this, division.expression))
    result: exp.Expr = holder.this
    result.pop()
    return result


SQL_TYPES: dict[str, str] = {"integer": "BIGINT", "decimal": "DECIMAL(18, 4)", "double": "DOUBLE"}
"""Value type → SQL type. Four decimals: money has two, but costs per touch have four and are divided later."""


def unknown(kind: str, name: str, model: SemanticModel) -> UnknownNameError:
    """The error for a name that the model does not have, with up to five near names."""
    by_kind: dict[str, Mapping[str, Metric | Dimension | Segment]] = {
        "metric": model.metrics, "dimension": model.dimensions, "segment": model.segments,
    }  # fmt: skip
    entries = by_kind[kind]
    words: dict[str, str] = {}
    for entry_id, entry in entries.items():
        for word in (entry_id, entry.label.zh, entry.label.en, *entry.synonyms.all):
            words.setdefault(word, entry_id)
    found = process.extract(name, list(words), scorer=fuzz.WRatio, processor=utils.default_process, limit=25)
    suggestions = list(dict.fromkeys(words[word] for word, _, _ in found))[:5]
    hint = f"did you mean {', '.join(suggestions)}?" if suggestions else ""
    return UnknownNameError(f"there is no {kind} {name!r}", hint=hint, name=name, kind=kind, suggestions=suggestions)
