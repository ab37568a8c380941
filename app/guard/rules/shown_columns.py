"""Person keys may join, group inside and be counted; they are never shown, and never compared with a literal."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from app.guard.findings import Finding
from app.guard.policy import Exposure
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "shown_columns"
_COUNTED = (exp.Count, exp.CountIf, exp.ApproxDistinct)
_YES_OR_NO = (
    exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Like, exp.ILike, exp.Exists, exp.Not, exp.And, exp.Or, exp.StartsWith, exp.EndsWith, exp.Contains,
    exp.RegexpLike,
)  # fmt: skip
_COMPARING = tuple(kind for kind in _YES_OR_NO if kind not in (exp.Exists, exp.Not, exp.And, exp.Or, exp.Is))
_COARSENING = (exp.Year, exp.Quarter, exp.Month)
_COARSENING_BY_UNIT = (exp.Extract, exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff)
_COARSE_UNITS = frozenset({"YEAR", "QUARTER", "MONTH"})

Marks = frozenset[tuple[Exposure, str]]
_NONE: Marks = frozenset()
_VALUE: Marks = frozenset({(Exposure.OPEN, "a value that the statement brings along")})


@dataclass(frozen=True, slots=True)
class _Trace:
    """Follows protected columns from the tables to the result.

    `outputs`: id of a query node → its columns' marks, in order.
    """

    scope: GuardScope
    outputs: dict[int, Mapping[str, Marks]]

    def query(self, query_scope: Scope) -> Mapping[str, Marks]:
        node = query_scope.expression
        if isinstance(node, exp.Select):
            return {item.alias_or_name: self.marks(item, query_scope) for item in node.expressions}
        if isinstance(node, exp.SetOperation):
            left, right = (self.outputs[id(part.unnest())] for part in (node.left, node.right))
            return {name: marks | other for (name, marks), other in zip(left.items(), right.values(), strict=True)}
        everything = _union(self.marks(child, query_scope) for child in node.iter_expressions())
        return dict.fromkeys(node.alias_column_names, everything)

    def marks(self, node: exp.Expr, query_scope: Scope) -> Marks:
        """The protected columns whose values the expression still carries."""
        if isinstance(node, (*_COUNTED, *_YES_OR_NO)):
            return _NONE
        if isinstance(node, exp.Literal):
            return _VALUE if node.is_string and node.name else _NONE
        if isinstance(node, exp.Column):
            return self._column(node, query_scope)
        if isinstance(node, (exp.Subquery, exp.Query)):
            inner = node.unnest() if isinstance(node, exp.Subquery) else node
            return _union(self.outputs.get(id(inner), {"": _UNKNOWN}).values())
        if isinstance(node, exp.Window):
            return self.marks(node.this, query_scope)
        carried = _union(self.marks(child, query_scope) for child in node.iter_expressions())
        return _without_coarse(carried) if _coarsens(node) else carried

    def _column(self, column: exp.Column, query_scope: Scope) -> Marks:
        source = _source(column, query_scope)
        if isinstance(source, exp.Table):
            if not isinstance(source.this, exp.Identifier):
                return _NONE
            exposure = self.scope.exposure(source.name, column.name)
            return _NONE if exposure is Exposure.OPEN else frozenset({(exposure, f"{source.name}.{column.name}")})
        if source is None:
            return _UNKNOWN
        return self.outputs.get(id(source.expression), {}).get(column.name, _NONE if _is_list(source) else _UNKNOWN)


_UNKNOWN: Marks = frozenset({(Exposure.KEY_ONLY, "a column of unknown origin")})


def shown_columns(statement: Statement, scope: GuardScope) -> Iterator[Finding]:
    """Reject protected columns in the result, and person keys beside literals. Expects a qualified tree."""
    trace = _Trace(scope, {})
    root: Mapping[str, Marks] = {}
    for query_scope in statement.scopes:
        root = trace.outputs[id(query_scope.expression)] = trace.query(query_scope)
        yield from _picked_people(query_scope, trace)
    for exposure, name in sorted(_union(root.values()) - _VALUE):
        if exposure is Exposure.COARSE:
            yield Finding(_RULE, f"{name} may not be shown as it is", f"Show EXTRACT(YEAR FROM {name}) or the month.")
        else:
            yield Finding(_RULE, f"{name} names people and may not be shown", f"Count it: COUNT(DISTINCT {name}).")


def _picked_people(query_scope: Scope, trace: _Trace) -> Iterator[Finding]:
    """Comparisons of a person key with a value other than the empty string: they pick one person.

    The value may also arrive as a column of `VALUES` or of a subquery that selects a literal.
    """
    for comparison in query_scope.find_all(*_COMPARING, exp.Case):
        sides = _sides(comparison)
        marks = _union(trace.marks(side, query_scope) for side in sides)
        has_value = marks >= _VALUE or any(_holds_value(side) for side in sides)
        if has_value and any(exposure is Exposure.KEY_ONLY for exposure, _ in marks):
            yield Finding(_RULE, "a person key is compared with a value", "Select people by what they did, not by id.")


def _sides(comparison: exp.Expr) -> list[exp.Expr]:
    if not isinstance(comparison, exp.Case):
        return list(comparison.iter_expressions())
    operand = comparison.this  # CASE operand WHEN value …; without an operand its conditions speak for themselves
    return [operand, *(branch.this for branch in comparison.args["ifs"])] if operand is not None else []


def _holds_value(side: exp.Expr) -> bool:
    """Whether a literal other than '' stands in the expression itself, not in a subquery of it."""
    within = side.walk(prune=lambda node: isinstance(node, exp.Query))
    return any(isinstance(node, exp.Literal) and node.name for node in within)


def _source(column: exp.Column, query_scope: Scope) -> exp.Table | Scope | None:
    """What the column's table name stands for here, or in an outer query when this one is correlated."""
    at: Scope | None = query_scope
    while at is not None:
        source = at.sources.get(column.table)
        if source is not None:
            return source
        at = at.parent
    return None


def _is_list(source: Scope) -> bool:
    return isinstance(source.expression, (exp.Unnest, exp.Values))


def _coarsens(node: exp.Expr) -> bool:
    if isinstance(node, _COARSENING):
        return True
    unit = node.this if isinstance(node, exp.Extract) else node.args.get("unit")
    return isinstance(node, _COARSENING_BY_UNIT) and unit is not None and unit.name.upper() in _COARSE_UNITS


def _without_coarse(marks: Marks) -> Marks:
    return frozenset(mark for mark in marks if mark[0] is not Exposure.COARSE)


def _union(parts: Iterable[Marks]) -> Marks:
    return _NONE.union(*parts)
