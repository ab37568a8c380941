"""Functions, deny by default: only what turns readable cells into numbers, text and days."""

from collections.abc import Iterator

from sqlglot import exp

from app.guard.findings import Finding
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "allowed_functions"

# Structure that sqlglot also types as functions; `known_nodes` rules over them.
_STRUCTURE: frozenset[type[exp.Expr]] = frozenset(
    {exp.And, exp.Or, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.In, exp.Exists, exp.Array, exp.Unnest, exp.Explode,
     exp.GenerateSeries, exp.DPipe, exp.Like, exp.ILike, exp.Mod}
)  # fmt: skip

_FUNCTIONS: frozenset[type[exp.Expr]] = frozenset(
    {
        # aggregates
        exp.Count, exp.CountIf, exp.Sum, exp.Avg, exp.Min, exp.Max, exp.Median, exp.Mode, exp.Quantile,
        exp.PercentileCont, exp.PercentileDisc, exp.ApproxQuantile, exp.ApproxDistinct, exp.Stddev, exp.StddevPop,
        exp.StddevSamp, exp.Variance, exp.VariancePop, exp.Corr, exp.CovarPop, exp.CovarSamp, exp.AnyValue, exp.ArgMax,
        exp.ArgMin, exp.LogicalOr, exp.LogicalAnd, exp.Grouping,
        # windows
        exp.RowNumber, exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist, exp.Ntile, exp.Lag, exp.Lead,
        exp.FirstValue, exp.LastValue, exp.NthValue, exp.First, exp.Last,
        # conditions
        exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least,
        # numbers
        exp.Abs, exp.Round, exp.Ceil, exp.Floor, exp.Trunc, exp.Sign, exp.Sqrt, exp.Ln, exp.Log, exp.Exp, exp.Pow,
        # text
        exp.Lower, exp.Upper, exp.Trim, exp.Length, exp.Substring, exp.Left, exp.Right, exp.Concat, exp.ConcatWs,
        exp.StrPosition, exp.StartsWith, exp.EndsWith, exp.Contains, exp.Replace, exp.SplitPart, exp.RegexpLike,
        # time
        exp.TimestampTrunc, exp.DateTrunc, exp.DateDiff, exp.TimestampDiff, exp.DateAdd, exp.DateSub, exp.DateBin,
        exp.Extract, exp.Year, exp.Quarter, exp.Month, exp.Week, exp.Day, exp.Hour, exp.Minute, exp.Second,
        exp.DayOfWeek, exp.DayOfWeekIso, exp.DayOfMonth, exp.DayOfYear, exp.WeekOfYear, exp.YearOfWeekIso,
        exp.LastDay, exp.DateFromParts, exp.TimeToStr, exp.StrToTime, exp.StrToDate, exp.Monthname, exp.Dayname,
        exp.ToDays, exp.TsOrDsToDate, exp.Date, exp.Timestamp, exp.TimeStrToTime,
    }
)  # fmt: skip
_NAMES = frozenset(
    {"datepart", "date_part", "datesub", "date_sub", "weekday", "isoyear", "to_months", "to_years", "epoch"}
)
_TODAY = (exp.CurrentDate, exp.CurrentTimestamp, exp.CurrentTime, exp.CurrentDatetime, exp.Localtimestamp)
_INSTEAD = "Use ordinary aggregates, window, number, text and date functions."


def is_function(node: exp.Expr | type[exp.Expr]) -> bool:
    """Whether the node is a call that this rule (and not `known_nodes`) judges."""
    kind = node if isinstance(node, type) else type(node)
    return issubclass(kind, exp.Func) and kind not in _STRUCTURE


def allowed_functions(statement: Statement, _scope: GuardScope) -> Iterator[Finding]:
    """Reject every call that is not listed: files, settings, dynamic SQL, hashes, clocks and dice are not."""
    for node in statement.nodes(exp.Func):
        if type(node) in _FUNCTIONS or not is_function(node):
            continue
        if isinstance(node, exp.Anonymous):
            if isinstance(node.this, str) and node.name.lower() in _NAMES:
                continue
            yield Finding(_RULE, f"the function {node.name.lower()[:60]!r} is not allowed", _INSTEAD)
        elif isinstance(node, _TODAY) or node.sql_name() in ("NOW", "TODAY"):
            yield Finding(_RULE, "the wall clock is not the data's day", "Write the day as DATE 'YYYY-MM-DD'.")
        else:
            yield Finding(_RULE, f"the function {node.sql_name().lower()!r} is not allowed", _INSTEAD)
