"""Expressions of the semantic model as sqlglot trees: parsing with placeholders, and small builders.

The trees are written in DuckDB's dialect; `dialects.render` turns whole statements into another engine's SQL.
"""

import re
from collections.abc import Callable, Iterator
from datetime import date
from functools import lru_cache

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

PLACEHOLDERS = frozenset({"start", "end", "as_of", "days", "period_start", "period_end"})
"""`$period_end` is the day after the row's own time bucket, beside `$period_start`."""

_PLACEHOLDER = re.compile(r"\$([A-Za-z_]\w*)")
_METRIC_WITH_DAYS = re.compile(r"\b([A-Za-z_]\w*)@(\d+)")
_PLAIN_PATH = re.compile(r"[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*){0,2}")
_CONSTANTS = frozenset({"TRUE", "FALSE", "NULL", "CURRENT_DATE", "CURRENT_TIME", "CURRENT_TIMESTAMP"})
_MARK = "__given_"


@lru_cache(maxsize=8192)
def parse(text: str) -> exp.Expr:
    """The tree of a model expression; shared, so copy it before changing it.

    Raises:
        ValueError: the text is not one scalar SQL expression.
    """
    if _PLAIN_PATH.fullmatch(text) and text.upper() not in _CONSTANTS:
        # Most expressions are a bare field: no parser is needed, and loading a model is twice as fast.
        return _path_column(text)
    try:
        tree = sqlglot.parse_one(_PLACEHOLDER.sub(rf"{_MARK}\1", text), read="duckdb")
    except SqlglotError as error:
        raise ValueError(str(error).splitlines()[0]) from error
    if isinstance(tree, exp.Query | exp.DDL | exp.DML | exp.Command) or tree.find(exp.Query):
        raise ValueError("a scalar expression is expected, not a query")
    return tree


def _path_column(text: str) -> exp.Column:
    parts = [exp.to_identifier(part) for part in reversed(text.split("."))]
    return exp.Column(**dict(zip(("this", "table", "db"), parts, strict=False)))


@lru_cache(maxsize=1024)
def parse_formula(text: str) -> exp.Expr:
    """The tree of a derived metric's formula; its columns are metric names (`id@60` is written `id__at__60` inside)."""
    return parse(_METRIC_WITH_DAYS.sub(r"\1__at__\2", text))


def formula_inputs(text: str) -> tuple[str, ...]:
    """The metric names of a formula, in their order."""
    names = (column.name.replace("__at__", "@") for column in parse_formula(text).find_all(exp.Column))
    return tuple(dict.fromkeys(names))


def placeholder_of(column: exp.Column) -> str | None:
    """The placeholder that a parsed column stands for, if it is one."""
    name = column.name
    return name.removeprefix(_MARK) if name.startswith(_MARK) else None


def path_of(column: exp.Column) -> tuple[str, ...]:
    """`a.b.field` → ("a", "b", "field")."""
    return tuple(part.name for part in column.parts)


def references(text: str) -> Iterator[tuple[str, ...]]:
    """The paths an expression reads, placeholders left out."""
    for column in parse(text).find_all(exp.Column):
        if placeholder_of(column) is None:
            yield path_of(column)


def placeholders(text: str) -> set[str]:
    """The placeholders an expression uses."""
    return {name[1] for name in _PLACEHOLDER.finditer(text)}


def replace_columns(tree: exp.Expr, value: Callable[[exp.Column], exp.Expr]) -> exp.Expr:
    """A copy of `tree` whose columns became `value(column)`, in parentheses where precedence asks for them."""
    if isinstance(tree, exp.Column):
        return value(tree)
    copy = tree.copy()
    for column in list(copy.find_all(exp.Column)):
        new = value(column)
        old: exp.Expr = column
        parent = column.parent
        if isinstance(parent, exp.Paren) and isinstance(parent.parent, exp.Interval):
            old, parent = parent, parent.parent
        if isinstance(parent, exp.Interval) and isinstance(new, exp.Literal):
            new = exp.Literal.string(new.this)
        old.replace(_wrapped(new, parent))
    return copy


def _wrapped(new: exp.Expr, parent: exp.Expr | None) -> exp.Expr:
    needs = isinstance(new, exp.Binary | exp.Not | exp.In | exp.Between | exp.Neg) and not isinstance(new, exp.Dot)
    inside = isinstance(parent, exp.Binary | exp.Not | exp.In | exp.Between | exp.Neg | exp.Is)
    return exp.paren(new, copy=False) if needs and inside else new


def column(name: str, table: str | None = None) -> exp.Column:
    """A column reference."""
    return exp.Column(this=exp.to_identifier(name), table=exp.to_identifier(table) if table else None)


def date_literal(day: date) -> exp.Expr:
    """A DATE literal."""
    return exp.Cast(this=exp.Literal.string(day.isoformat()), to=exp.DataType.build("DATE"))


def number(value: float) -> exp.Expr:
    """A numeric literal, exact for integers."""
    whole = int(value)
    return exp.Literal.number(whole) if whole == value else exp.Literal.number(repr(value))


def cast(this: exp.Expr, type_: str) -> exp.Cast:
    """`CAST(this AS type)`."""
    return exp.Cast(this=this, to=exp.DataType.build(type_, dialect="duckdb"))


def cast_date(this: exp.Expr) -> exp.Expr:
    """`CAST(this AS DATE)`, unless it is one already."""
    return this if isinstance(this, exp.Cast) and this.is_type("date") else cast(this, "DATE")


def and_(conditions: list[exp.Expr]) -> exp.Expr | None:
    """All conditions joined with AND; None when there are none."""
    flat: list[exp.Expr] = []
    for condition in conditions:
        flat.extend(condition.flatten() if isinstance(condition, exp.And) else [condition])
    wrapped = [exp.paren(c, copy=False) if isinstance(c, exp.Or) else c for c in flat]
    result: exp.Expr | None = None
    for condition in wrapped:
        result = condition if result is None else exp.And(this=result, expression=condition)
    return result


def not_(condition: exp.Expr) -> exp.Expr:
    """The negation, in parentheses where needed."""
    return exp.Not(this=exp.paren(condition, copy=False) if isinstance(condition, exp.Connector) else condition)


def interval(amount: int, unit: str) -> exp.Interval:
    """`INTERVAL 'n' UNIT`."""
    return exp.Interval(this=exp.Literal.string(str(amount)), unit=exp.var(unit))


def zero_if_null(this: exp.Expr) -> exp.Expr:
    """`COALESCE(this, 0)`."""
    return exp.Coalesce(this=this, expressions=[exp.Literal.number(0)])


def ratio(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """`CAST(numerator AS DOUBLE) / NULLIF(denominator, 0)`."""
    divisor = exp.Nullif(this=denominator, expression=exp.Literal.number(0))
    return exp.Div(this=cast(numerator, "DOUBLE"), expression=divisor)


def null_safe_equal(left: exp.Expr, right: exp.Expr) -> exp.Expr:
    """Equality that holds between two NULLs."""
    return exp.NullSafeEQ(this=left, expression=right)


def aliased(this: exp.Expr, name: str) -> exp.Alias:
    """`this AS name`."""
    return exp.Alias(this=this, alias=exp.to_identifier(name))
