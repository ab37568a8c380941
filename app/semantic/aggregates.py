"""The aggregate of a simple metric."""

from sqlglot import exp

from app.semantic import expressions as ex
from app.semantic.expansion import ZERO_WHEN_EMPTY, MetricUse
from app.semantic.model import Agg, Metric

_AGGREGATES: dict[Agg, type[exp.AggFunc]] = {
    "sum": exp.Sum, "count": exp.Count, "avg": exp.Avg, "min": exp.Min, "max": exp.Max, "median": exp.Median,
}  # fmt: skip


def aggregate(metric: Metric, this: exp.Expr | None, where: exp.Expr | None) -> exp.Expr:
    """The aggregate of a simple metric over the rows where `where` holds."""
    if this is None and where is None:
        return exp.Count(this=exp.Star())
    operand = this if this is not None else exp.Literal.number(1)
    if where is not None:
        operand = exp.Case(ifs=[exp.If(this=where, true=operand)])
    if metric.agg == "count_distinct":
        return exp.Count(this=exp.Distinct(expressions=[operand]))
    if metric.agg == "median":
        # Between two decimals DuckDB would round the middle to the column's scale.
        operand = ex.cast(operand, "DOUBLE")
    return _AGGREGATES[metric.agg or "count"](this=operand)


def is_zero_when_empty(use: MetricUse) -> bool:
    """Whether no rows mean 0 (sums and counts) rather than unknown (averages, medians, extremes)."""
    return use.metric.agg in ZERO_WHEN_EMPTY
