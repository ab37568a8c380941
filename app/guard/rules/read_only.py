"""Exactly one SELECT (or set operation of SELECTs); nothing in it writes, locks, recurses or configures."""

from collections.abc import Iterator

from sqlglot import exp

from app.guard.findings import Finding
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "read_only"
_INSTEAD = "Send one SELECT statement that only reads."
_WRITING = (
    exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Pragma, exp.Set, exp.Use, exp.Attach, exp.Detach, exp.Copy,
    exp.Drop, exp.Alter, exp.Transaction, exp.Commit, exp.Rollback, exp.Describe, exp.Summarize, exp.Show,
)  # fmt: skip
_READING = (exp.Select, exp.SetOperation)  # both are exp.DDL / exp.Query relatives, so named before the test above


def read_only(statement: Statement, _scope: GuardScope) -> Iterator[Finding]:
    """Reject whatever is not a plain query, at the top or inside a CTE."""
    if not isinstance(statement.tree, _READING):
        yield Finding(_RULE, f"{statement.tree.key.upper()} is not a SELECT", _INSTEAD)
        return
    for node in statement.nodes(*_WRITING):
        if not isinstance(node, (exp.Query, exp.Values)):
            yield Finding(_RULE, f"{node.key.upper()} is not allowed in a query", _INSTEAD)
    for node in statement.nodes(exp.With):
        if node.args.get("recursive"):
            yield Finding(_RULE, "a recursive CTE is not allowed", "Use a join or a bounded GENERATE_SERIES.")
