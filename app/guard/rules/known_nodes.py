"""A closed set of syntax: a node or clause that is not listed is a refusal, whatever it may do."""

from collections.abc import Iterator, Mapping

from sqlglot import exp

from app.guard.findings import Finding
from app.guard.rules.allowed_functions import is_function
from app.guard.scope import GuardScope
from app.guard.statement import Statement

_RULE = "known_nodes"
_INSTEAD = "Use plain SELECT … FROM … JOIN … WHERE … GROUP BY … HAVING … ORDER BY … LIMIT, CTEs and UNION."

_NODES: frozenset[type[exp.Expr]] = frozenset(
    {
        exp.Select, exp.Union, exp.Intersect, exp.Except, exp.Subquery, exp.With, exp.CTE, exp.From, exp.Join,
        exp.Where, exp.Group, exp.GroupingSets, exp.Rollup, exp.Cube, exp.Having, exp.Qualify, exp.Order,
        exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Table, exp.TableAlias, exp.Alias, exp.Column,
        exp.Star, exp.Identifier, exp.Values, exp.Tuple, exp.Literal, exp.Boolean, exp.Null, exp.Paren, exp.Neg,
        exp.Not, exp.And, exp.Or, exp.EQ, exp.NEQ, exp.NullSafeEQ, exp.NullSafeNEQ, exp.GT, exp.GTE, exp.LT,
        exp.LTE, exp.Is, exp.In, exp.Between, exp.Like, exp.ILike, exp.Exists, exp.Add, exp.Sub, exp.Mul,
        exp.Div, exp.IntDiv, exp.Mod, exp.DPipe, exp.Case, exp.If, exp.Cast, exp.TryCast, exp.DataType,
        exp.DataTypeParam, exp.Interval, exp.Var, exp.Window, exp.WindowSpec, exp.Filter, exp.IgnoreNulls,
        exp.RespectNulls, exp.WithinGroup, exp.Unnest, exp.Explode, exp.Array, exp.GenerateSeries, exp.Escape,
    }
)  # fmt: skip

# Per node, the clauses that may be present; nodes not named here are free, since their parts are nodes of the list.
_CLAUSES: Mapping[type[exp.Expr], frozenset[str]] = {
    exp.Select: frozenset(
        "with_ expressions distinct from_ joins where group having qualify windows order limit offset".split()  # noqa: SIM905
    ),
    exp.Union: frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"}),
    exp.Intersect: frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"}),
    exp.Except: frozenset({"with_", "this", "expression", "distinct", "order", "limit", "offset"}),
    exp.Subquery: frozenset({"this", "alias", "with_"}),
    # A schema is for `readable_tables` to refuse, in its own words.
    exp.Table: frozenset({"this", "alias", "db", "catalog"}),
    exp.Column: frozenset({"this", "table"}),
    exp.Join: frozenset({"this", "on", "side", "kind", "using"}),
    exp.With: frozenset({"expressions"}),
    exp.CTE: frozenset({"this", "alias", "materialized"}),
    exp.Limit: frozenset({"expression"}),
    exp.Star: frozenset({"except_"}),
    exp.Distinct: frozenset({"expressions"}),
    exp.Order: frozenset({"expressions"}),
    exp.Ordered: frozenset({"this", "desc", "nulls_first"}),
    exp.Unnest: frozenset({"expressions", "alias"}),
    exp.Cast: frozenset({"this", "to", "safe"}),
    exp.TryCast: frozenset({"this", "to", "safe"}),
    exp.In: frozenset({"this", "expressions", "query"}),
}
_WORDS: Mapping[type[exp.Expr], Mapping[str, frozenset[str]]] = {
    exp.Join: {
        "side": frozenset({"", "LEFT", "RIGHT", "FULL"}),
        "kind": frozenset({"", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"}),
    },
    exp.WindowSpec: {
        "kind": frozenset({"ROWS", "RANGE"}),
        "start": frozenset({"UNBOUNDED", "CURRENT ROW"}),
        "end": frozenset({"UNBOUNDED", "CURRENT ROW"}),
        "start_side": frozenset({"PRECEDING", "FOLLOWING"}),
        "end_side": frozenset({"PRECEDING", "FOLLOWING"}),
        "exclude": frozenset({"NO OTHERS", "CURRENT ROW", "GROUP", "TIES"}),
    },
    exp.Window: {"over": frozenset({"OVER"})},
}
_TYPES = frozenset(
    {
        exp.DType.BOOLEAN, exp.DType.TINYINT, exp.DType.SMALLINT, exp.DType.INT, exp.DType.BIGINT, exp.DType.INT128,
        exp.DType.FLOAT, exp.DType.DOUBLE, exp.DType.DECIMAL, exp.DType.VARCHAR, exp.DType.TEXT, exp.DType.CHAR,
        exp.DType.DATE, exp.DType.TIMESTAMP, exp.DType.DATETIME, exp.DType.INTERVAL, exp.DType.NULL,
        exp.DType.TIMESTAMPNTZ,
    }
)  # fmt: skip


def known_nodes(statement: Statement, _scope: GuardScope) -> Iterator[Finding]:
    """Reject nodes outside the list, clauses outside the node's list, and unknown keywords in them."""
    for kind, nodes in statement.by_kind.items():
        is_known = kind in _NODES or is_function(kind)
        for node in nodes:
            if is_known:
                yield from _odd_parts(node, kind)
            else:
                yield Finding(_RULE, f"{node.key} is not part of the allowed SQL", _INSTEAD)


def _odd_parts(node: exp.Expr, kind: type[exp.Expr]) -> Iterator[Finding]:
    clauses = _CLAUSES.get(kind)
    for name, value in node.args.items():
        if value is None or value is False or value == []:
            continue
        if clauses is not None and name not in clauses:
            yield Finding(_RULE, f"{name.strip('_')} is not allowed in {node.key}", _INSTEAD)
        if isinstance(value, str) and not _is_known_word(kind, name, value):
            yield Finding(_RULE, f"{value!r} is not allowed in {node.key}", _INSTEAD)
    if kind is exp.Table and not isinstance(node.this, (exp.Identifier, exp.GenerateSeries)):
        yield Finding(_RULE, "FROM takes tables and subqueries, not functions", "Name a table of the warehouse.")
    if kind is exp.DataType and (node.this not in _TYPES or node.args.get("nested")):
        yield Finding(_RULE, "that data type is not allowed", "Cast to a number, text, DATE or TIMESTAMP.")


def _is_known_word(kind: type[exp.Expr], name: str, value: str) -> bool:
    words = _WORDS.get(kind)
    if words is None:
        return kind in (exp.Identifier, exp.Literal, exp.Var) or is_function(kind)
    return value.upper() in words.get(name, frozenset())
