"""Every join says how its sides belong together, unless one side is a single row or a bounded list."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import Scope

from app.guard.findings import Finding
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "join_shape"
_INSTEAD = "Join on a key of both sides: … JOIN b ON a.key = b.key."


_Scopes = dict[int, Scope]
_Source = exp.Expr | Scope | None


def join_shape(statement: Statement, _scope: GuardScope) -> Iterator[Finding]:
    """Reject products of two tables that can both be large. Expects a qualified tree."""
    scopes = {id(query_scope.expression): query_scope for query_scope in statement.scopes}
    for query_scope in scopes.values():
        select = query_scope.expression
        if isinstance(select, exp.Select):
            for name in _unlinked(select, query_scope, scopes):
                yield Finding(_RULE, f"{name!r} is joined to the rest by nothing", _INSTEAD)


def _unlinked(select: exp.Select, query_scope: Scope, scopes: _Scopes) -> Iterator[str]:
    from_ = select.args.get("from_")
    if from_ is None:
        return
    first = from_.this.alias_or_name
    earlier = {first}
    is_rest_small = _is_small(query_scope.sources.get(first), scopes)
    where = select.args.get("where")
    for join in select.args.get("joins") or []:
        name = join.alias_or_name
        is_small = _is_small(query_scope.sources.get(name), scopes)
        conditions = [join.args.get("on"), where.this if where and not join.side else None]
        is_linked = any(_links(condition, name, earlier) for condition in conditions if condition is not None)
        if not (is_linked or is_small or is_rest_small):
            yield name
        is_rest_small = is_rest_small and is_small
        earlier.add(name)


def _links(condition: exp.Expr, name: str, earlier: set[str]) -> bool:
    """Whether some AND-ed comparison holds columns of both sides (every branch of an OR has to)."""
    if isinstance(condition, exp.Paren):
        return _links(condition.this, name, earlier)
    if isinstance(condition, exp.And):
        return _links(condition.left, name, earlier) or _links(condition.right, name, earlier)
    if isinstance(condition, exp.Or):
        return _links(condition.left, name, earlier) and _links(condition.right, name, earlier)
    if not isinstance(condition, (exp.EQ, exp.NullSafeEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Between)):
        return False
    tables = {column.table for column in condition.find_all(exp.Column)}
    return name in tables and bool(tables & earlier)


def _is_small(source: _Source, scopes: _Scopes) -> bool:
    """One row, or a list that `bounded` has limited."""
    if isinstance(source, exp.Table):
        return isinstance(source.this, exp.GenerateSeries)
    return isinstance(source, Scope) and _is_small_scope(source, scopes)


def _is_small_scope(scope: Scope, scopes: _Scopes) -> bool:
    node = scope.expression
    if isinstance(node, (exp.Values, exp.Unnest)):
        return True
    if isinstance(node, exp.SetOperation):
        parts = [scopes.get(id(part.unnest())) for part in (node.left, node.right)]
        return all(part is not None and _is_small_scope(part, scopes) for part in parts)
    if not isinstance(node, exp.Select):
        return False
    return _is_one_row(node) or all(_is_small(source, scopes) for source in _read_sources(node, scope))


def _is_one_row(select: exp.Select) -> bool:
    limit = select.args.get("limit")
    if limit is not None and int(limit.expression.name) <= 1:
        return True
    return not select.args.get("group") and any(_is_aggregate(node, select) for node in select.find_all(exp.AggFunc))


def _read_sources(select: exp.Select, scope: Scope) -> Iterator[_Source]:
    """What FROM and JOIN read; a CTE that is merely visible does not count."""
    from_ = select.args.get("from_")
    for item in [from_, *(select.args.get("joins") or [])] if from_ else []:
        yield scope.sources.get(item.alias_or_name if isinstance(item, exp.Join) else item.this.alias_or_name)


def _is_aggregate(node: exp.Expr, select: exp.Select) -> bool:
    """Not a window function: without GROUP BY such an aggregate makes one row."""
    over = node.parent
    while isinstance(over, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter, exp.WithinGroup)):
        over = over.parent
    return not isinstance(over, exp.Window) and node.parent_select is select
