"""Only tables of the scope, by their bare names."""

from collections.abc import Iterator

from app.guard.findings import Finding
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "readable_tables"


def readable_tables(statement: Statement, scope: GuardScope) -> Iterator[Finding]:
    """Reject every real table outside the scope."""
    for table in statement.tables():
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
