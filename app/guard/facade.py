"""Scope → façade: one SELECT per readable table, with the caller's rows inside.

Built as trees, so that a brand id is always a quoted literal. `{raw}` is where the engine puts its secret alias.
"""

from collections.abc import Iterable, Mapping

from sqlglot import exp

from app.guard.policy import RowPath, TablePolicy
from app.guard.scope import GuardScope
from app.warehouse.engine import Facade

_RAW = "{raw}"


def facade_for(scope: GuardScope, tables: Iterable[str], *, snapshot_id: str) -> Facade:
    """The views that a statement over `tables` needs, and no other."""
    wanted = sorted(set(tables) & scope.tables.keys())
    return Facade(
        views={name: _view_sql(scope, name) for name in wanted},
        key=f"{scope.key}:{snapshot_id}",
    )


class _ViewCache:
    """Views of a scope are the same as long as its key is: keep the text, not the scope."""

    def __init__(self) -> None:
        self._by_key: dict[tuple[str, str], str] = {}

    def get(self, scope: GuardScope, name: str) -> str:
        key = (scope.key, name)
        text = self._by_key.get(key)
        if text is None:
            if len(self._by_key) > 4096:
                self._by_key.clear()
            text = self._by_key[key] = view_select(scope, name).sql(dialect=scope.dialect, identify=True)
        return text


_VIEWS = _ViewCache()


def _view_sql(scope: GuardScope, name: str) -> str:
    return _VIEWS.get(scope, name)


def view_select(scope: GuardScope, name: str) -> exp.Select:
    """The definition of the view `name`: the policy's columns, and the rows of the caller's brands."""
    select = exp.select(*(exp.column(column, quoted=True) for column in scope.tables[name])).from_(_raw(name))
    condition = _visible(scope.policy.tables, name, scope.brand_ids)
    return select if condition is None else select.where(condition)


def _visible(
    tables: Mapping[str, TablePolicy], name: str, brand_ids: frozenset[str] | None, depth: int = 0
) -> exp.Expr | None:
    """The condition under which a row of `name` belongs to one of the brands; None = every row is visible."""
    table = tables[name]
    if brand_ids is None or (table.brand_column is None and not table.paths):
        return None
    if not brand_ids:
        return exp.false()
    if depth > 8:
        raise ValueError(f"the row paths of {name!r} do not end at a brand")
    if table.brand_column is not None:
        return _column(table.brand_column).isin(*(exp.Literal.string(brand) for brand in sorted(brand_ids)))
    alternatives: list[exp.Expr] = []
    earlier: list[str] = []
    for path in table.paths:
        absent = [_is_absent(column) for column in earlier if column != path.column]
        alternatives.append(exp.and_(*absent, _owned(tables, path, brand_ids, depth)))
        earlier.append(path.column)
    return exp.or_(*alternatives)


def _owned(tables: Mapping[str, TablePolicy], path: RowPath, brand_ids: frozenset[str], depth: int) -> exp.Expr:
    keys = exp.select(_column(path.parent_column)).from_(_raw(path.parent))
    inner = _visible(tables, path.parent, brand_ids, depth + 1)
    return exp.In(this=_column(path.column), query=exp.Subquery(this=keys if inner is None else keys.where(inner)))


def _is_absent(column: str) -> exp.Expr:
    """No parent: NULL, or the empty string that a key column uses where NULL is not allowed."""
    return exp.EQ(
        this=exp.Coalesce(this=_column(column), expressions=[exp.Literal.string("")]), expression=exp.Literal.string("")
    )


def _column(name: str) -> exp.Column:
    return exp.column(name, quoted=True)


def _raw(name: str) -> exp.Table:
    return exp.table_(name, db=_RAW, quoted=True)
