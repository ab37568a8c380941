"""Expressions of a mapping: scalar SQL over source columns, parsed, allow-listed, regenerated; no text runs as it came.

A mapping is edited by people and may come from elsewhere, so an expression can name columns and the functions below,
and nothing else: no subquery, no table function, no window, no parameter. `CAST` is refused because a value that fails
would end the import: declare the type on the source column (failing rows go to quarantine) or write `TRY_CAST`.
"""

import difflib
from collections.abc import Collection, Iterator

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_AGGREGATES: frozenset[type[exp.Expression]] = frozenset(
    {exp.Sum, exp.Count, exp.Min, exp.Max, exp.Avg, exp.AnyValue, exp.ArgMax, exp.ArgMin, exp.LogicalOr, exp.LogicalAnd}
)
_SCALARS: frozenset[type[exp.Expression]] = frozenset(
    {
        exp.Abs, exp.Round, exp.Floor, exp.Ceil, exp.Sign, exp.Greatest, exp.Least, exp.Coalesce, exp.Nullif,
        exp.Upper, exp.Lower, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right, exp.Concat, exp.ConcatWs,
        exp.SplitPart, exp.StartsWith, exp.EndsWith, exp.Contains, exp.RegexpLike, exp.RegexpExtract, exp.RegexpReplace,
        exp.Replace, exp.StrPosition, exp.Pad, exp.DateTrunc, exp.TimestampTrunc, exp.Year, exp.Month, exp.Day,
        exp.Hour, exp.Extract, exp.DateAdd, exp.DateDiff, exp.MD5, exp.SHA2, exp.If, exp.Case, exp.TryCast,
    }
)  # fmt: skip
_ANONYMOUS = frozenset({"try_strptime", "sha256", "regexp_matches", "regexp_full_match", "starts_with", "epoch_ms"})
_PLAIN: tuple[type[exp.Expression], ...] = (
    exp.Column, exp.Identifier, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg, exp.Not, exp.And, exp.Or,
    exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Mod, exp.DPipe, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE,
    exp.Like, exp.ILike, exp.In, exp.Between, exp.Is, exp.Interval, exp.Var, exp.DataType, exp.DataTypeParam, exp.Tuple,
    exp.Distinct,
)  # fmt: skip
_TRY_CAST_TYPES = frozenset(
    {"VARCHAR", "TEXT", "INT", "INTEGER", "BIGINT", "DOUBLE", "DECIMAL", "DATE", "TIMESTAMP", "TIMESTAMPNTZ", "BOOLEAN"}
)
_MAX_LENGTH = 4000


class ExpressionError(ValueError):
    """One expression can't be used; the message says why and what to do."""


def parse_expression(text: str, *, aggregates: bool = False) -> exp.Expression:
    """The checked tree of one expression.

    Raises:
        ExpressionError: it does not parse, or holds something that a mapping may not say.
    """
    if len(text) > _MAX_LENGTH:
        raise ExpressionError(f"the expression has {len(text)} characters; {_MAX_LENGTH} is the most")
    try:
        # A SELECT list is parsed, so that a bare statement (DROP …) can't be anything but a syntax error.
        tree = sqlglot.parse_one(f"SELECT {text}", read="duckdb")
    except (SqlglotError, RecursionError) as error:
        raise ExpressionError(f"{text!r} is not a SQL expression") from error
    set_parts = {name for name, value in tree.args.items() if value} - {"expressions", "kind", "hint"}
    if not isinstance(tree, exp.Select) or len(tree.expressions) != 1 or set_parts:
        raise ExpressionError(f"{text!r} must be exactly one expression")
    expression = tree.expressions[0].copy()
    for node in expression.walk():
        if problem := _node_problem(node, aggregates=aggregates):
            raise ExpressionError(f"{text!r}: {problem}")
    return expression  # type: ignore[no-any-return]  # sqlglot types its args as Any


def _node_problem(node: exp.Expression, *, aggregates: bool) -> str | None:
    kind = type(node)
    if isinstance(node, exp.Query | exp.Subquery | exp.Table):
        return "a subquery is not allowed; use `match` or another source"
    if kind is exp.Star:
        return None if isinstance(node.parent, exp.Count) else "* is not allowed"
    if kind is exp.Cast:
        return "CAST ends the import on the first bad value; declare the type under sources.columns, or write TRY_CAST"
    if isinstance(node, exp.TryCast) and node.to.this.name not in _TRY_CAST_TYPES:
        return f"the type {node.to.sql('duckdb')} is not allowed in TRY_CAST"
    if kind in _AGGREGATES:
        return None if aggregates else f"{node.key} is an aggregate: it needs `group_by`"
    if kind in _SCALARS or isinstance(node, _PLAIN):
        return None
    if kind is exp.Anonymous and str(node.this).lower() in _ANONYMOUS:
        return None
    if isinstance(node, exp.Func):
        name = node.name if isinstance(node, exp.Anonymous) else node.sql_name()
        return f"the function {name.lower()} is not on the list of functions that a mapping may use"
    return f"{node.key} is not allowed here"


def column_problems(tree: exp.Expression, known: Collection[str]) -> Iterator[str]:
    """One problem per column that does not exist, with the nearest name."""
    by_lower = {name.lower() for name in known}
    for column in tree.find_all(exp.Column):
        name = f"{column.table}.{column.name}" if column.table else column.name
        if name.lower() not in by_lower:
            near = suggest(name, known)
            yield f"unknown column {name!r}{near}; the source has {', '.join(sorted(known))}"


def loose_columns(tree: exp.Expression, grouped: Collection[str]) -> Iterator[str]:
    """Columns that stand outside every aggregate and are not grouped by."""
    lowered = {name.lower() for name in grouped}
    for column in tree.find_all(exp.Column):
        if column.name.lower() not in lowered and not column.find_ancestor(*_AGGREGATES):
            yield f"column {column.name!r} must be in group_by or inside an aggregate such as min() or arg_max()"


def suggest(name: str, known: Collection[str]) -> str:
    """` (did you mean 'x'?)` or nothing."""
    lowered = {candidate.lower(): candidate for candidate in known}
    near = difflib.get_close_matches(name.lower(), lowered, n=1, cutoff=0.5)
    return f" (did you mean {lowered[near[0]]!r}?)" if near else ""


def render(tree: exp.Expression, *, table: str = "") -> str:
    """The expression as quoted DuckDB SQL; columns without a qualifier are given `table`."""
    copy = tree.copy()
    if table:
        for column in copy.find_all(exp.Column):
            if not column.table:
                column.set("table", exp.to_identifier(table))
    return copy.sql(dialect="duckdb", identify=True)


def quoted(name: str) -> str:
    """`name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """`text` as a SQL string."""
    return exp.Literal.string(text).sql(dialect="duckdb")
