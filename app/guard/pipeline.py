"""The gate: parse once, every rule in order, every finding; what was checked is what runs.

The statement that leaves is generated from the checked tree: resolved, quoted, without comments. The incoming text is
gone.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import ErrorLevel, SqlglotError
from sqlglot.optimizer.qualify import qualify

from app.core.errors import MissingDataError, SqlRejectedError
from app.guard.findings import Finding
from app.guard.rules.allowed_functions import allowed_functions
from app.guard.rules.bounded import bounded
from app.guard.rules.join_shape import join_shape
from app.guard.rules.known_nodes import known_nodes
from app.guard.rules.plain_text import plain_names, plain_text
from app.guard.rules.read_only import read_only
from app.guard.rules.readable_tables import readable_tables
from app.guard.rules.shown_columns import shown_columns
from app.guard.scope import GuardScope
from app.guard.statement import Statement

logger = logging.getLogger(__name__)

Rule = Callable[[Statement, GuardScope], Iterable[Finding]]

# Order matters: a group may assume what the groups before it established. Within a group every finding is reported.
_ON_SYNTAX: tuple[Rule, ...] = (read_only, known_nodes, allowed_functions, plain_names, bounded)
_ON_TABLES: tuple[Rule, ...] = (readable_tables,)
# Resolution may have replaced nodes (a table name used as a value becomes a row), so syntax is looked at again.
_ON_RESOLVED: tuple[Rule, ...] = (known_nodes, plain_names, readable_tables, join_shape, shown_columns)
RULES: tuple[tuple[Rule, ...], ...] = (_ON_SYNTAX, _ON_TABLES, _ON_RESOLVED)

_MAX_FINDINGS = 20


@dataclass(frozen=True, slots=True)
class GuardedStatement:
    """A statement that passed: the text to run, and the tables that it reads."""

    sql: str
    tables: frozenset[str]


def check(statement: str | exp.Expr, scope: GuardScope) -> GuardedStatement:
    """The statement to run instead of the one that came in.

    A tree (from the compiler) passes the same rules as a text.

    Raises:
        SqlRejectedError: with every finding of the first group of rules that objected. Any failure inside is one too.
    """
    try:
        return _check(statement, scope)
    except SqlRejectedError:
        raise
    except Exception as error:  # fail closed: what the guard can't follow doesn't run
        logger.info("guard.failed", extra={"error": type(error).__name__})
        finding = Finding("understood", "the guard could not follow this statement", "Write it in a simpler way.")
        raise _rejected([finding]) from error


def _check(statement: str | exp.Expr, scope: GuardScope) -> GuardedStatement:
    written = Statement(_parse(statement, scope) if isinstance(statement, str) else statement.copy())
    _apply(_ON_SYNTAX, written, scope)
    _apply(_ON_TABLES, written, scope)
    resolved = Statement(_resolve(written.tree, scope))
    _apply(_ON_RESOLVED, resolved, scope)
    sql = resolved.tree.sql(
        dialect=scope.dialect, identify=True, comments=False, pretty=True, unsupported_level=ErrorLevel.RAISE
    )
    return GuardedStatement(sql, frozenset(table.name.lower() for table in resolved.tables()))


def _parse(text: str, scope: GuardScope) -> exp.Expr:
    if len(text) > scope.sizes.max_characters:
        raise _rejected([Finding("bounded", "the statement is too long", f"At most {scope.sizes.max_characters}.")])
    dialect = Dialect.get_or_raise(scope.dialect)
    try:
        tokens = dialect.tokenize(text)
        if findings := list(plain_text(text, tokens)):
            raise _rejected(findings)
        statements = dialect.parser(error_level=ErrorLevel.IMMEDIATE).parse(tokens, text)
    except SqlglotError as error:
        finding = Finding("read_only", "the SQL does not parse", f"Write one SELECT in {scope.dialect} syntax.")
        raise _rejected([finding]) from error
    present = [parsed for parsed in statements if parsed is not None and not isinstance(parsed, exp.Semicolon)]
    if len(present) != 1:
        raise _rejected([Finding("read_only", f"expected one statement, got {len(present)}", "Send one SELECT.")])
    return present[0]


def _resolve(tree: exp.Expr, scope: GuardScope) -> exp.Expr:
    """Every column tied to its table, every star written out, every name quoted."""
    try:
        return qualify(
            tree,
            dialect=scope.dialect,
            schema=scope.schema,
            validate_qualify_columns=True,
            quote_identifiers=True,
        )
    except SqlglotError as error:
        raise _rejected(list(_unresolved(Statement(tree), scope))) from error


def _unresolved(statement: Statement, scope: GuardScope) -> Iterator[Finding]:
    """Why columns could not be tied to tables: what this file lacks, else names that nothing has."""
    missing = sorted(set(_absent_columns(statement, scope)))
    for name in missing:
        column = name.partition(".")[2]
        yield Finding(
            "readable_columns",
            f"this warehouse lacks the column {column!r}",
            "Load it with `qianmian import`.",
            name,
        )
    if not missing:
        yield Finding("readable_columns", _unknown(statement, scope), "Use columns of the contract; qualify them.")


def _absent_columns(statement: Statement, scope: GuardScope) -> Iterator[str]:
    """`table.column` for every column of the contract that is read and that this warehouse lacks."""
    for query_scope in statement.scopes:
        read = {alias: s.name.lower() for alias, s in query_scope.sources.items() if isinstance(s, exp.Table)}
        for column in query_scope.columns:
            tables = [read[column.table]] if column.table in read else [] if column.table else list(read.values())
            lacking = [table for table in tables if column.name.lower() in scope.absent.get(table, ())]
            held = any(column.name.lower() in scope.tables.get(table, ()) for table in tables)
            if not held:
                yield from (f"{table}.{column.name.lower()}" for table in lacking)


def _unknown(statement: Statement, scope: GuardScope) -> str:
    """Which names are no column of any table that is read, as far as it can be said."""
    known = {column for table in statement.tables() for column in scope.tables.get(table.name.lower(), {})}
    known |= {alias.alias.lower() for alias in statement.nodes(exp.Alias)}
    known |= {name.name.lower() for alias in statement.nodes(exp.TableAlias) for name in alias.columns}
    unknown = sorted(
        {column.name for column in statement.nodes(exp.Column) if column.name.lower() not in known and column.name}
    )
    return f"unknown column: {', '.join(name[:60] for name in unknown[:5])}" if unknown else "a column is ambiguous"


def _apply(rules: Iterable[Rule], statement: Statement, scope: GuardScope) -> None:
    findings: list[Finding] = []
    for rule in rules:
        for finding in rule(statement, scope):
            if finding not in findings:
                findings.append(finding)
            if len(findings) >= _MAX_FINDINGS:
                raise _rejected(findings)
    if findings:
        raise _rejected(findings)


def _rejected(findings: list[Finding]) -> SqlRejectedError:
    first = findings[0]
    if all(finding.absent for finding in findings):
        absent = tuple(dict.fromkeys(finding.absent for finding in findings))
        return MissingDataError(first.message, findings=findings, hint=first.instead, absent=absent)
    return SqlRejectedError(first.message, findings=findings, hint=first.instead)
