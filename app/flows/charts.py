"""Which chart shows a result, if any. A closed set of kinds; the page turns them into drawings."""

from app.flows.answer import Chart
from app.flows.names import find_metric
from app.flows.table import ResultTable
from app.semantic.branches import OTHER
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

MAX_CATEGORIES = 7
NO_CHART = Chart()


def choose_chart(query: SemanticQuery, table: ResultTable, model: SemanticModel) -> Chart:
    """No chart where a number or two rows say it; a line for time; bars for groups; at most seven categories."""
    if query.kind == "audience" or len(table.rows) <= 2 or not table.key_positions:
        return NO_CHART
    y = _same_unit(table)
    if not y:
        return NO_CHART
    if table.where("period"):
        return _line(table, y)
    return _bars(table, y, model)


def _same_unit(table: ResultTable) -> tuple[int, ...]:
    """The first metric with those that share its unit: one axis, one unit. Shares are drawn in its place when asked."""
    numbers = table.where("share")[:1] or table.number_positions
    return tuple(p for p in numbers if table.columns[p].unit == table.columns[numbers[0]].unit)


def _line(table: ResultTable, y: tuple[int, ...]) -> Chart:
    period, dimensions = table.where("period")[0], table.where("dimension")
    if _distinct(table, period) <= 2:
        return NO_CHART
    x = table.columns[period].name
    if not dimensions:
        base = _bases(table, y) if len(y) == 1 else ()
        return Chart(kind="line", x=x, y=_names(table, (*y, *base)))
    if len(dimensions) > 1 or _categories(table, dimensions[0]) > MAX_CATEGORIES:
        return NO_CHART
    return Chart(kind="line", x=x, y=_names(table, y[:1]), series=table.columns[dimensions[0]].name)


def _bars(table: ResultTable, y: tuple[int, ...], model: SemanticModel) -> Chart:
    dimensions = table.where("dimension")
    if len(dimensions) > 2 or any(_categories(table, p) > MAX_CATEGORIES for p in dimensions):
        return NO_CHART
    x = table.columns[dimensions[0]].name
    if len(dimensions) == 2:
        kind = "stacked_bar" if _may_stack(table, y[0], model) else "grouped_bar"
        return Chart(kind=kind, x=x, y=_names(table, y[:1]), series=table.columns[dimensions[1]].name)
    compared = (*y[:1], *_bases(table, y))
    if len(compared) > 1:
        return Chart(kind="grouped_bar", x=x, y=_names(table, compared))
    return Chart(kind="grouped_bar" if len(y) > 1 else "bar", x=x, y=_names(table, y))


def _bases(table: ResultTable, y: tuple[int, ...]) -> tuple[int, ...]:
    if table.meanings[y[0]].role != "value":
        return ()
    return tuple(table.where("base", table.meanings[y[0]].about))


def _may_stack(table: ResultTable, position: int, model: SemanticModel) -> bool:
    """Stacking adds up what it stacks, so only what may be added (and has no negative part)."""
    metric = find_metric(table.meanings[position].about, model)
    additive = metric is not None and metric.additivity in ("additive", "semi_additive")
    return additive and all((row[position] or 0) >= 0 for row in table.rows)


def _categories(table: ResultTable, position: int) -> int:
    return len({row[position] for row in table.rows} - {OTHER})


def _distinct(table: ResultTable, position: int) -> int:
    return len({row[position] for row in table.rows})


def _names(table: ResultTable, positions: tuple[int, ...]) -> tuple[str, ...]:
    return tuple(table.columns[p].name for p in positions)
