"""What the rows of a breakdown must add up to: which metrics have such a total, and where it is known already."""

from typing import Any

from app.flows.names import find_metric
from app.flows.table import ResultTable
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

MAX_ROWS_FOR_TOTAL = 50


def wants_total(query: SemanticQuery, table: ResultTable, model: SemanticModel) -> tuple[str, ...]:
    """Which metrics are worth an ungrouped number beside them: additive ones whose rows are all here, and few."""
    whole = not query.having and not table.is_cut(query)
    if not whole or query.grain or not query.dimensions or not 0 < len(table.rows) <= MAX_ROWS_FOR_TOTAL:
        return ()
    found = {name: find_metric(name, model) for name in query.metrics}
    return tuple(name for name, metric in found.items() if metric and metric.additivity != "non_additive")


def totals_in_shares(query: SemanticQuery, table: ResultTable, metrics: tuple[str, ...]) -> dict[str, Any] | None:
    """The totals that the shares of the whole were divided by: the statement took them from a scan of its own.

    None where the shares do not tell the total of every metric; then it has to be asked for.
    """
    if not query.share or query.share.within or query.share.of_all:
        return None
    totals = {metric: _divisor(table, metric) for metric in metrics}
    return None if None in totals.values() else totals


def _divisor(table: ResultTable, metric: str) -> float | None:
    value, share = table.first("value", metric), table.first("share", metric)
    if value is None or share is None:
        return None
    # The largest part tells the total most exactly.
    parts = [(abs(float(row[share])), row) for row in table.rows if row[share]]
    if not parts:
        return None
    row = max(parts, key=lambda part: part[0])[1]
    return float(row[value]) / float(row[share])
