"""Exactly one SELECT (or set operation of SELECTs); nothing in it writes, locks, recurses or configures."""

from collections.abc import Iterator

from sqlglot import exp

from app.guard.findings import Finding
from app.guard.scope import GuardScope

_RULE = "read_only"
_INSTEAD = "Send one SELECT statement that only reads."
_WRITING = (
    exp.DML, exp.DDL, exp.Command, exp.Into, exp.Lock, exp.Pragma, exp.Set, exp.Use, exp.Attach, exp.Detach, exp.Copy,
    exp.Drop, exp.Alter, exp.Transaction, exp.Commit, exp.Rollback, exp.Describe, exp.Summarize, exp.Show,
)  # fmt: skip
_READING = (exp.Select, exp.SetOperation)  # both are exp.DDL / exp.Query relatives, so named before the test above


def read_only(tree: exp.Expr, _scope: GuardScope) -> Iterator[Finding]:
    """Reject whatever is not a plain query, at the top or inside a CTE."""
    if not isinstance(tree, _READING):
        yield Finding(_RULE, f"{tree.key.upper()} is not a SELECT", _INSTEAD)
        return
    for node in tree.walk():
        if isinstance(node, _WRITING) and not isinstance(node, (exp.Query, exp.Values)):
            yield Finding(_RULE, f"{node.key.upper()} is not allowed in a query", _INSTEAD)
        if isinstance(node, exp.With) and node.args.get("recursive"):
            yield Finding(_RULE, "a recursive CTE is not allowed", "Use a join or a bounded GENERATE_SERIES.")
