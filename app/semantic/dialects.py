"""What the engines write differently: time buckets, lists of periods, medians, and the final rendering.

Trees are built in DuckDB's reading; `render` rewrites the few constructs that sqlglot would carry over wrongly.
Checked on DuckDB, PostgreSQL 15 and ClickHouse by `tests/conformance/test_engines.py`.
"""

from collections.abc import Callable
from datetime import date, timedelta

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect

from app.core.errors import ConfigurationError
from app.semantic import expressions as ex
from app.semantic.query import Grain
from app.semantic.windows import Step, Window, bucket_start, grain_step

DIALECTS = frozenset({"duckdb", "postgres", "clickhouse"})


def check_dialect(dialect: str) -> None:
    """Refuse a dialect that has no macros."""
    if dialect not in DIALECTS:
        raise ConfigurationError(
            f"the compiler writes no {dialect!r} SQL", hint=f"one of {', '.join(sorted(DIALECTS))}"
        )


def bucket(this: exp.Expr, grain: Grain, *, is_date: bool = False) -> exp.Expr:
    """Start of the bucket a moment is in: a TIMESTAMP for hours, else a DATE. Weeks start on Monday."""
    if grain == "day":
        return this if is_date else ex.cast_date(this)
    truncated = exp.TimestampTrunc(this=this, unit=exp.var(grain.upper()))
    return truncated if grain == "hour" else ex.cast(truncated, "DATE")


def shifted(this: exp.Expr, step: Step, grain: Grain) -> exp.Expr:
    """A bucket moved by a step, of the bucket's own type."""
    result = this
    if step.months:
        result = _plus(result, step.months, "MONTH")
    if step.days:
        result = _plus(result, step.days, "DAY")
    if result is this or grain == "hour":
        return result
    return ex.cast(result, "DATE")


def _plus(this: exp.Expr, amount: int, unit: str) -> exp.Expr:
    if amount < 0:
        return exp.Sub(this=this, expression=ex.interval(-amount, unit))
    return exp.Add(this=this, expression=ex.interval(amount, unit))


def bucket_end(this: exp.Expr, grain: Grain) -> exp.Expr:
    """The start of the bucket after."""
    if grain == "hour":
        return exp.Add(this=this, expression=ex.interval(1, "HOUR"))
    return shifted(this, grain_step(grain), grain)


def periods(window: Window, grain: Grain, dialect: str) -> exp.Select:
    """`SELECT period`: the start of every bucket that the window touches."""
    first, last = bucket_start(window.start, grain), bucket_start(window.stop - timedelta(days=1), grain)
    type_ = "TIMESTAMP" if grain == "hour" else "DATE"
    if dialect == "clickhouse":
        listed = exp.Array(expressions=[_moment(text, type_) for text in _starts(first, last, grain)])
        series: exp.Expr = exp.Anonymous(this="arrayJoin", expressions=[listed])
        return exp.Select(expressions=[ex.aliased(series, "period")])
    end = f"{last.isoformat()} 23:00:00" if grain == "hour" else last.isoformat()
    step = ex.interval(*_STEPS[grain])
    # TIMESTAMP ends: with dates PostgreSQL would pick the series in its session's time zone.
    series = exp.GenerateSeries(start=_moment(first.isoformat(), "TIMESTAMP"), end=_moment(end, "TIMESTAMP"), step=step)
    if dialect == "duckdb":
        series = exp.Unnest(expressions=[series])
    inner = exp.Select(expressions=[ex.aliased(series, "moment")]).subquery("moments", copy=False)
    return exp.Select(expressions=[ex.aliased(ex.cast(ex.column("moment"), type_), "period")]).from_(inner, copy=False)


_STEPS: dict[str, tuple[int, str]] = {
    "hour": (1, "HOUR"), "day": (1, "DAY"), "week": (7, "DAY"), "month": (1, "MONTH"), "quarter": (3, "MONTH"),
    "year": (12, "MONTH"),
}  # fmt: skip


def _starts(first: date, last: date, grain: Grain) -> list[str]:
    starts: list[str] = []
    day = first
    while day <= last:
        starts += [f"{day} {hour:02}:00:00" for hour in range(24)] if grain == "hour" else [day.isoformat()]
        step = grain_step(grain)
        month = day.year * 12 + day.month - 1 + step.months
        day = date(month // 12, month % 12 + 1, day.day) + timedelta(days=step.days)
    return starts


def _moment(text: str, type_: str) -> exp.Expr:
    return ex.cast(exp.Literal.string(text), type_)


def render(tree: exp.Expr, dialect: str, *, pretty: bool = True) -> str:
    """The statement's text in a dialect."""
    if dialect != "duckdb":
        tree = tree.copy()
        for kind, rewrite in _REWRITES[dialect].items():
            for node in list(tree.find_all(kind)):
                node.replace(rewrite(node))
    return _GENERATORS[dialect].generate(tree, copy=False) if not pretty else tree.sql(dialect, pretty=True, copy=False)


_GENERATORS = {name: Dialect.get_or_raise(name).generator() for name in sorted(DIALECTS)}


def _exact_median(node: exp.Expr) -> exp.Expr:
    # ClickHouse's own `median` samples above 8192 rows.
    return exp.ParameterizedAgg(
        this=exp.to_identifier("quantileExactInclusive"), expressions=[exp.Literal.number("0.5")], params=[node.this]
    )


def _month_difference(node: exp.Expr) -> exp.Expr:
    unit = node.text("unit").upper()
    if unit not in ("MONTH", "QUARTER", "YEAR"):
        return node

    def part(of: exp.Expr, name: str) -> exp.Expr:
        return exp.Extract(this=exp.var(name), expression=of.copy())

    def difference(name: str) -> exp.Expr:
        return exp.Paren(this=exp.Sub(this=part(node.this, name), expression=part(node.expression, name)))

    years = difference("YEAR")
    if unit == "YEAR":
        return ex.cast(years, "BIGINT")
    per_year = 12 if unit == "MONTH" else 4
    total = exp.Add(this=exp.Mul(this=years, expression=ex.number(per_year)), expression=difference(unit))
    return ex.cast(total, "BIGINT")


_REWRITES: dict[str, dict[type[exp.Expr], Callable[[exp.Expr], exp.Expr]]] = {
    "postgres": {exp.DateDiff: _month_difference},
    "clickhouse": {exp.Median: _exact_median},
}
