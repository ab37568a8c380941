"""Filters on dimensions, and conditions on people, as SQL conditions."""

import operator
from collections.abc import Callable
from datetime import date, datetime

from sqlglot import exp

from app.core.errors import CorrectableError
from app.semantic import expressions as ex
from app.semantic.model import Dimension
from app.semantic.query import CompareOp, Filter, Scalar

_COMPARISONS: dict[str, type[exp.Binary]] = {
    "eq": exp.EQ, "ne": exp.NEQ, "gt": exp.GT, "ge": exp.GTE, "lt": exp.LT, "le": exp.LTE,
}  # fmt: skip
_HOLDS: dict[str, Callable[[float, float], bool]] = {
    "eq": operator.eq, "gt": operator.gt, "ge": operator.ge, "lt": operator.lt, "le": operator.le,
}  # fmt: skip
_TRUE = frozenset({"true", "1", "yes", "y", "t", "是"})
_FALSE = frozenset({"false", "0", "no", "n", "f", "否"})


def filter_condition(this: exp.Expr, dimension: Dimension, condition: Filter) -> exp.Expr:
    """The condition of a filter on `this`, the dimension's expression.

    `ne` and `not_in` leave out the listed values only, so rows without a value stay in. `contains` ignores case.
    """
    if condition.op in ("is_null", "not_null"):
        is_null = exp.Is(this=this, expression=exp.null())
        return is_null if condition.op == "is_null" else exp.Not(this=is_null)
    if condition.op == "contains":
        wanted = exp.Literal.string(str(condition.values[0]).lower())
        text = this if dimension.type == "string" else ex.cast(this, "VARCHAR")
        return exp.GT(this=exp.StrPosition(this=exp.Lower(this=text), substr=wanted), expression=ex.number(0))
    values = [literal(dimension, value) for value in condition.values]
    if condition.op == "between":
        return exp.Between(this=this, low=values[0], high=values[1])
    if condition.op == "in":
        return _any_of(this, values)
    if condition.op in ("not_in", "ne"):
        without = exp.Not(this=_any_of(this, values)) if len(values) > 1 else exp.NEQ(this=this, expression=values[0])
        return exp.Or(this=exp.Is(this=this.copy(), expression=exp.null()), expression=without)
    return _COMPARISONS[condition.op](this=this, expression=values[0])


def _any_of(this: exp.Expr, values: list[exp.Expr]) -> exp.Expr:
    return exp.EQ(this=this, expression=values[0]) if len(values) == 1 else exp.In(this=this, expressions=values)


def literal(dimension: Dimension, value: Scalar) -> exp.Expr:
    """A filter value as a literal of the dimension's type.

    Raises:
        CorrectableError: the value is not of that type.
    """
    try:
        return _LITERALS[dimension.type](value)
    except (ValueError, OverflowError) as error:
        raise CorrectableError(
            f"{value!r} is not a {dimension.type} value of {dimension.id!r}", dimension=dimension.id
        ) from error


def _string(value: Scalar) -> exp.Expr:
    return exp.Literal.string(str(value).lower() if isinstance(value, bool) else str(value))


def _number(value: Scalar) -> exp.Expr:
    return ex.number(float(value)) if not isinstance(value, int) else exp.Literal.number(int(value))


def _boolean(value: Scalar) -> exp.Expr:
    word = str(value).strip().lower()
    if word not in _TRUE | _FALSE:
        raise ValueError(word)
    return exp.Boolean(this=word in _TRUE)


def _date(value: Scalar) -> exp.Expr:
    return ex.date_literal(date.fromisoformat(str(value)[:10]))


def _timestamp(value: Scalar) -> exp.Expr:
    moment = datetime.fromisoformat(str(value)).replace(tzinfo=None)
    return ex.cast(exp.Literal.string(moment.isoformat(sep=" ")), "TIMESTAMP")


_LITERALS: dict[str, Callable[[Scalar], exp.Expr]] = {
    "string": _string, "integer": _number, "decimal": _number, "double": _number,
    "boolean": _boolean, "date": _date, "timestamp": _timestamp,
}  # fmt: skip


def compare_condition(this: exp.Expr, op: CompareOp, values: tuple[float, ...]) -> exp.Expr:
    """`this op value` over numbers.

    Raises:
        CorrectableError: the number of values does not fit the operator.
    """
    if len(values) != (2 if op == "between" else 1):
        raise CorrectableError(f"{op} takes {2 if op == 'between' else 1} value(s), got {len(values)}")
    if op == "between":
        return exp.Between(this=this, low=ex.number(values[0]), high=ex.number(values[1]))
    return _COMPARISONS[op](this=this, expression=ex.number(values[0]))


def holds_for_zero(op: CompareOp, values: tuple[float, ...]) -> bool:
    """Whether somebody with nothing at all passes the condition ("fewer than 3 orders")."""
    if op == "between":
        return values[0] <= 0 <= values[1]
    return _HOLDS[op](0, values[0])
