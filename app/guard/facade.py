"""Scope → façade: one SELECT per readable table, with the caller's rows inside.

Built as trees, so that a brand id is always a quoted literal. `{raw}` is where the engine puts its secret alias.
"""

from collections.abc import Iterable

from sqlglot import exp

from app.guard.policy import RowPath
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
    shown = (
        exp.alias_(_column(scope, name, column), column, quoted=True)
        if column in other
        else _column(scope, name, column)
        for other in (scope.recast.get(name, {}),)
        for column in scope.tables[name]
    )
    select = exp.select(*shown).from_(_raw(name))
    condition = _visible(scope, name)
    return select if condition is None else select.where(condition)


def _visible(scope: GuardScope, name: str, depth: int = 0) -> exp.Expr | None:
    """The condition under which a row of `name` belongs to one of the brands; None = every row is visible.

    Where the file lacks what leads to a brand, no row is visible: a filter that can't be applied must not be dropped.
    """
    table, brand_ids = scope.policy.tables[name], scope.brand_ids
    if brand_ids is None or (table.brand_column is None and not table.paths):
        return None
    if not brand_ids:
        return exp.false()
    if depth > 8:
        raise ValueError(f"the row paths of {name!r} do not end at a brand")
    if table.brand_column is not None:
        if table.brand_column not in scope.tables[name]:
            return exp.false()
        return _column(scope, name, table.brand_column).isin(*map(exp.Literal.string, sorted(brand_ids)))
    alternatives: list[exp.Expr] = []
    earlier: list[str] = []
    for path in table.paths:
        if path.column not in scope.tables[name] or path.parent_column not in scope.tables.get(path.parent, {}):
            continue
        absent = [_is_absent(scope, name, column) for column in earlier if column != path.column]
        alternatives.append(exp.and_(*absent, _owned(scope, name, path, depth)))
        earlier.append(path.column)
    return exp.or_(*alternatives) if alternatives else exp.false()


def _owned(scope: GuardScope, name: str, path: RowPath, depth: int) -> exp.Expr:
    keys = exp.select(_column(scope, path.parent, path.parent_column)).from_(_raw(path.parent))
    inner = _visible(scope, path.parent, depth + 1)
    owner = exp.Subquery(this=keys if inner is None else keys.where(inner))
    return exp.In(this=_column(scope, name, path.column), query=owner)


def _is_absent(scope: GuardScope, name: str, column: str) -> exp.Expr:
    """No parent: NULL, or the empty string that a key column uses where NULL is not allowed."""
    key = exp.Coalesce(this=_column(scope, name, column), expressions=[exp.Literal.string("")])
    return exp.EQ(this=key, expression=exp.Literal.string(""))


def _column(scope: GuardScope, table: str, name: str) -> exp.Expr:
    """The column as the contract types it. An empty text stands for no value where the contract wants no text."""
    column = exp.column(name, quoted=True)
    declared = scope.recast.get(table, {}).get(name)
    if declared is None:
        return column
    filled = column if declared == "VARCHAR" else _unless_empty(column)
    return exp.cast(filled, declared, dialect=scope.dialect)


def _unless_empty(column: exp.Column) -> exp.Expr:
    text = exp.cast(column, "VARCHAR")
    return exp.Nullif(this=text, expression=exp.Literal.string(""))


def _raw(name: str) -> exp.Table:
    return exp.table_(name, db=_RAW, quoted=True)
