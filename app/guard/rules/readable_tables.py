"""Only tables of the scope, by their bare names."""

from collections.abc import Iterator

from sqlglot import exp
from sqlglot.optimizer.scope import traverse_scope

from app.guard.findings import Finding
from app.guard.scope import GuardScope

_RULE = "readable_tables"


def real_tables(tree: exp.Expr) -> Iterator[exp.Table]:
    """Every table that is read, as resolved by scope.

    Reads resolved sources, not names: in `WITH t AS (SELECT * FROM t) …` the inner `t` is the real table, and a check
    by alias would let it through.
    """
    seen: set[int] = set()
    for query_scope in traverse_scope(tree):
        for source in query_scope.sources.values():
            if isinstance(source, exp.Table) and isinstance(source.this, exp.Identifier) and id(source) not in seen:
                seen.add(id(source))
                yield source


def readable_tables(tree: exp.Expr, scope: GuardScope) -> Iterator[Finding]:
    """Reject every real table outside the scope."""
    for table in real_tables(tree):
        name = table.name
        if table.args.get("db") or table.args.get("catalog"):
            yield Finding(_RULE, f"{name!r} is named with a schema", "Use the table's bare name.")
        elif name.lower() in scope.tables:
            continue
        elif name.lower() in scope.absent:
            yield Finding(
                _RULE, f"this warehouse has no table {name!r}", "Load it with `qianmian import`.", name.lower()
            )
        else:
            yield Finding(_RULE, f"{name[:60]!r} is not readable", f"Readable: {', '.join(sorted(scope.tables))}.")
