"""Sizes: depth, nodes, tables, literals, series and limits, so that no statement is expensive by its text alone."""

from collections.abc import Iterator
from datetime import datetime

from sqlglot import exp

from app.guard.findings import Finding
from app.guard.policy import SizeLimits
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "bounded"
_DAYS = {"DAY": 1.0, "WEEK": 7.0, "MONTH": 28.0, "QUARTER": 90.0, "YEAR": 365.0, "HOUR": 1 / 24}
_CALCULATED = "Write a whole number."


def bounded(statement: Statement, scope: GuardScope) -> Iterator[Finding]:
    """Reject what is larger than the policy's sizes."""
    sizes = scope.sizes
    if statement.count > sizes.max_nodes:
        yield Finding(_RULE, "the statement is too long", "Ask for less in one statement.")
        return
    if _depth(statement.tree) > sizes.max_depth:
        yield Finding(_RULE, "the statement is nested too deeply", "Use CTEs instead of nesting.")
    if sum(1 for _ in statement.nodes(exp.Table)) > sizes.max_tables:
        yield Finding(_RULE, "the statement reads too many tables", "Split it into several statements.")
    yield from _literals(statement, sizes)
    yield from _limits(statement, sizes)
    yield from _series(statement, sizes)


def _depth(tree: exp.Expr) -> int:
    """Levels of nesting; a chain of ANDs, ORs, sums or UNIONs counts once, since it is long and not deep."""
    deepest, stack = 0, [(tree, 0)]
    while stack:
        node, depth = stack.pop()
        deepest = max(deepest, depth)
        for child in node.iter_expressions():
            is_chain = type(child) is type(node) and isinstance(
                node, (exp.Connector, exp.SetOperation, exp.Add, exp.DPipe)
            )
            stack.append((child, depth if is_chain else depth + 1))
    return deepest


def _literals(statement: Statement, sizes: SizeLimits) -> Iterator[Finding]:
    for literal in statement.nodes(exp.Literal):
        if literal.is_string and len(literal.name) > sizes.max_text_literal:
            yield Finding(_RULE, f"a text of {len(literal.name)} characters", f"At most {sizes.max_text_literal}.")
        if not literal.is_string and len(literal.name) > sizes.max_number_digits:
            yield Finding(_RULE, "a number has too many digits", f"At most {sizes.max_number_digits} digits.")


def _limits(statement: Statement, sizes: SizeLimits) -> Iterator[Finding]:
    for clause in statement.nodes(exp.Limit, exp.Offset):
        count = clause.expression
        if not (isinstance(count, exp.Literal) and count.is_int):
            yield Finding(_RULE, f"{clause.key.upper()} is calculated", _CALCULATED)
        elif int(count.name) > sizes.max_limit:
            yield Finding(_RULE, f"{clause.key.upper()} {count.name} is too large", f"At most {sizes.max_limit}.")


def _series(statement: Statement, sizes: SizeLimits) -> Iterator[Finding]:
    for series in statement.nodes(exp.GenerateSeries):
        count = _series_count(series)
        if count is None:
            yield Finding(_RULE, "a series has calculated bounds", "Write its bounds and step as literals.")
        elif count > sizes.max_series:
            yield Finding(_RULE, f"a series of about {count:.0f} values", f"At most {sizes.max_series}.")
    for unnest in statement.nodes(exp.Unnest, exp.Explode):
        inputs = unnest.expressions if isinstance(unnest, exp.Unnest) else [unnest.this]
        if not all(isinstance(item, (exp.GenerateSeries, exp.Array)) for item in inputs):
            yield Finding(_RULE, "UNNEST of something else than a bounded list", "Unnest a literal list or series.")
    for array in statement.nodes(exp.Array):
        if not isinstance(array.parent, (exp.Unnest, exp.Explode)):
            yield Finding(_RULE, "a list outside UNNEST", "Use IN (…) or VALUES.")


def _series_count(series: exp.GenerateSeries) -> float | None:
    start, end = (_point(series.args.get(side)) for side in ("start", "end"))
    step = _step(series.args.get("step"))
    if not step:
        return None
    if isinstance(start, datetime) and isinstance(end, datetime):
        return abs((end - start).total_seconds() / 86400 / step)
    if isinstance(start, float) and isinstance(end, float):
        return abs((end - start) / step)
    return None


def _point(node: exp.Expr | None) -> float | datetime | None:
    if isinstance(node, exp.Cast):
        node = node.this
    try:
        if isinstance(node, exp.Neg):
            return -float(node.this.name)
        if isinstance(node, exp.Literal):
            return datetime.fromisoformat(node.name) if node.is_string else float(node.name)
    except ValueError:
        return None
    return None


def _step(node: exp.Expr | None) -> float | None:
    """The step in its own unit: a number, or days."""
    if node is None:
        return 1.0
    if isinstance(node, exp.Interval):
        amount, unit = node.this, str(node.args.get("unit") or "").upper().removesuffix("S")
        if not isinstance(amount, exp.Literal) or unit not in _DAYS:
            return None
        value = _number(amount.name)
        return None if value is None else value * _DAYS[unit]
    point = _point(node)
    return point if isinstance(point, float) else None


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None
