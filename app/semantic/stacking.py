"""Branches side by side: UNION ALL of typed NULLs, merged by MAX … GROUP BY. One branch alone is left as it is."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlglot import exp

from app.semantic import dialects
from app.semantic import expressions as ex
from app.semantic.aggregates import is_zero_when_empty
from app.semantic.branches import BuiltBranch, Frame, build_branch, group_leaves
from app.semantic.expansion import SQL_TYPES, MetricUse
from app.semantic.request import Request
from app.semantic.windows import asked_window


@dataclass(slots=True)
class Stack:
    """A SELECT that still lacks its outputs, the keys it is grouped by, and how to read a leaf in it."""

    select: exp.Select
    keys: dict[str, exp.Expr]
    ctes: list[tuple[str, exp.Expr]]
    values: dict[str, exp.Expr]
    is_stacked: bool

    def leaf(self, use: MetricUse, suffix: str) -> exp.Expr:
        """A leaf's value: 0 where sums and counts have no rows, NULL where averages have none."""
        this = self.values[use.column + suffix].copy()
        never_null = isinstance(this, exp.Count)
        return ex.zero_if_null(this) if is_zero_when_empty(use) and not never_null else this


def stack(request: Request, frames: Iterable[tuple[Frame, list[MetricUse]]], name: str, *, spine: bool) -> Stack:
    """All leaves of all evaluations, one row per key. With `spine`, every bucket of the window has a row."""
    branches = group_leaves(frames)
    built = [build_branch(request, branch) for branch in branches]
    if len(built) == 1 and not spine:
        only = built[0]
        return Stack(only.select, only.keys, [], only.values, is_stacked=False)
    types = {
        use.column + branch.frame.suffix: SQL_TYPES[use.metric.value_type]
        for branch in branches
        for use in branch.leaves
    }
    ctes: list[tuple[str, exp.Expr]] = [(b.name, part.finished()) for b, part in zip(branches, built, strict=True)]
    keys = list(built[0].keys)
    parts = [_part(b.name, keys, types, part) for b, part in zip(branches, built, strict=True)]
    if spine:
        parts.append(_spine(request, types))
    union: exp.Expr = parts[0]
    for part in parts[1:]:
        union = exp.Union(this=union, expression=part, distinct=False)
    ctes.append((name, union))
    select = exp.Select().from_(exp.to_table(name), copy=False)
    columns: dict[str, exp.Expr] = {key: ex.column(key, name) for key in keys}
    if keys:
        select.set("group", exp.Group(expressions=[tree.copy() for tree in columns.values()]))
    values: dict[str, exp.Expr] = {leaf: exp.Max(this=ex.column(leaf, name)) for leaf in types}
    return Stack(select, columns, ctes, values, is_stacked=True)


def _part(name: str, keys: list[str], types: dict[str, str], built: BuiltBranch) -> exp.Select:
    outputs: list[exp.Expr] = [ex.column(key) for key in keys]
    outputs += [
        ex.column(leaf) if leaf in built.values else ex.aliased(ex.cast(exp.null(), type_), leaf)
        for leaf, type_ in types.items()
    ]
    return exp.Select(expressions=outputs).from_(exp.to_table(name), copy=False)


def _spine(request: Request, types: dict[str, str]) -> exp.Select:
    assert request.grain is not None, "a spine is asked only with a grain"  # noqa: S101
    starts = dialects.periods(asked_window(request.query), request.grain, request.context.dialect)
    outputs: list[exp.Expr] = [ex.column("period")]
    outputs += [ex.aliased(ex.cast(exp.null(), type_), leaf) for leaf, type_ in types.items()]
    return exp.Select(expressions=outputs).from_(starts.subquery("periods_asked", copy=False), copy=False)
