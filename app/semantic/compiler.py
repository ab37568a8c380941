"""`compile`: a `SemanticQuery` and the model → one SELECT, and what its columns mean.

The shape, from the inside out: one pre-aggregated branch per dataset and window (`branches`), stacked with UNION ALL
and merged by MAX … GROUP BY (`stacking`), then metrics as arithmetic over leaves, then comparisons, shares, HAVING,
order and limit (here). A layer that a query does not need is not written.
"""

from dataclasses import dataclass
from typing import Literal

from sqlglot import exp

from app.core.errors import CorrectableError
from app.semantic import dialects
from app.semantic import expressions as ex
from app.semantic.branches import OTHER, PERIOD, TOP_KEYS, Frame, top_key_equal
from app.semantic.conditions import compare_condition
from app.semantic.expansion import MetricUse, leaves, resolve_metric, unknown, value
from app.semantic.model import FieldType, SemanticModel, Unit, ValueType
from app.semantic.ordering import order_terms
from app.semantic.query import Comparison, Order, SemanticQuery
from app.semantic.request import CompileContext, Request
from app.semantic.sharing import share_repeated
from app.semantic.stacking import Stack, stack
from app.semantic.windows import Variant, bucket_start, variants

DEFAULT_LIMIT = 1000
MAX_ROWS = 10_000

ColumnKind = Literal["dimension", "metric", "delta", "share"]
ColumnRole = Literal["dimension", "period", "value", "base", "change", "rate", "share"]


@dataclass(frozen=True, slots=True)
class CompiledColumn:
    """One column of the result. `unit` of a change is the metric's own; of a rate or a share it is "rate"."""

    name: str
    kind: ColumnKind
    role: ColumnRole
    value_type: ValueType | FieldType
    metric: str | None = None
    """The metric as the query named it."""
    unit: Unit | None = None
    comparison: Comparison | None = None


@dataclass(frozen=True, slots=True)
class CompiledQuery:
    """One SELECT, and what it means."""

    tree: exp.Expr
    sql: str
    columns: tuple[CompiledColumn, ...]
    tables: tuple[str, ...]
    """The contract tables it reads, sorted."""
    leaves: tuple[str, ...]
    """The simple metrics it computes, in order of first use."""
    unapplied: tuple[str, ...] = ()
    """Datasets whose rows should have been left out and could not, because the warehouse lacks them."""


def compile(query: SemanticQuery, model: SemanticModel, context: CompileContext) -> CompiledQuery:
    """The SQL of a query in the context's dialect.

    Raises:
        UnknownNameError: a metric, dimension or segment that the model does not have; suggests near ones.
        ImpossibleSplitError: a breakdown or filter that no many→one path allows; names metrics that allow it.
        AmbiguousRoleError: two equally short paths lead to a dimension.
        CorrectableError: a value or a combination that can't be computed.
    """
    dialects.check_dialect(context.dialect)
    builder = _Builder(Request(model, query, context))
    tree = builder.statement()
    share_repeated(tree)
    return CompiledQuery(
        tree=tree,
        sql=dialects.render(tree, context.dialect),
        columns=tuple(builder.columns()),
        tables=tuple(sorted(builder.request.tables)),
        leaves=builder.leaf_names(),
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """A metric with the column name it gets; hidden ones serve HAVING or ORDER BY only."""

    name: str
    column: str
    use: MetricUse


def column_name(metric: str) -> str:
    """The column of a metric as a query names it: `rate@60` → `rate_60`."""
    return metric.replace("@", "_")


class _Builder:
    def __init__(self, request: Request) -> None:
        self.request, self.query = request, request.query
        self.model, self.grain = request.model, request.grain
        self.asked = [self._asked(name) for name in self.query.metrics]
        self.hidden = self._hidden()
        self.variants = variants(self.query)
        self.other = self._other_dimension()
        self.needs_top = self._needs_top()
        self.ctes: list[tuple[str, exp.Expr]] = []
        for name in self.query.dimensions:
            if name not in self.model.dimensions:
                raise unknown("dimension", name, self.model)

    # -- what is asked -------------------------------------------------------------------------------------------------

    def _asked(self, name: str) -> _Asked:
        return _Asked(name, column_name(name), resolve_metric(self.model, name))

    def _hidden(self) -> list[_Asked]:
        names = [item.metric for item in self.query.having]
        if self.query.order is not None and not self._is_key(self.query.order.by):
            names.append(self.query.order.by.partition("__")[0])
        known = {item.column for item in self.asked}
        hidden: dict[str, _Asked] = {}
        for name in names:
            if column_name(name) not in known:
                hidden.setdefault(column_name(name), self._asked(name))
        return list(hidden.values())

    def _is_key(self, name: str) -> bool:
        if name in self.query.dimensions:
            return True
        if name == "period":
            if self.grain is None:
                raise CorrectableError("the result has no period to order by", hint="ask for a grain", by=name)
            return True
        return False

    def _other_dimension(self) -> str | None:
        if not self.query.rest_as_other or not self.query.dimensions:
            return None
        free = [name for name in self.query.dimensions if name not in self.query.limit_within]
        if len(free) != 1:
            raise CorrectableError(
                "the rest can be shown as one row for one breakdown only",
                hint="name the other breakdowns in limit_within, or leave out rest_as_other",
                dimensions=list(self.query.dimensions),
            )
        return free[0]

    def _needs_top(self) -> bool:
        limited = self.query.limit < DEFAULT_LIMIT or bool(self.query.limit_within)
        if PERIOD in self.query.limit_within:
            return self.other is not None  # every bucket has leading rows of its own
        return self.other is not None or (self.grain is not None and bool(self.query.dimensions) and limited)

    def leaf_names(self) -> tuple[str, ...]:
        """The leaves of every asked and hidden metric."""
        names = (leaf.name for item in (*self.asked, *self.hidden) for leaf in leaves(self.model, item.use))
        return tuple(dict.fromkeys(names))

    # -- the layers ----------------------------------------------------------------------------------------------------

    def statement(self) -> exp.Select:
        """The whole SELECT with its CTEs."""
        if self.needs_top:
            self.ctes.append((TOP_KEYS, self._top_keys()))
        measured, totals = self._measured()
        plain = self._is_plain()
        body = self._finished(measured.select, measured.keys) if plain else self._outer(measured, totals)
        periods = [(name, self._periods(variant)) for name, variant in self.request.periods.items()]
        ctes = [*periods, *self.ctes]
        if ctes:
            body.set("with_", exp.With(expressions=[_cte(name, tree) for name, tree in ctes]))
        return body

    def _is_plain(self) -> bool:
        query = self.query
        layered = query.compare or query.share or query.having or self.hidden or query.limit_within
        return not layered and not self.needs_top

    def _measured(self) -> tuple[Stack, Stack | None]:
        """The values of every metric in every evaluation; shares of fewer dimensions come apart."""
        query = self.query
        everything = [*self.asked, *self.hidden]
        frames = [(self._frame(variant), everything) for variant in self.variants]
        totals: Stack | None = None
        if query.share is not None:
            frame = self._total_frame()
            if set(frame.dimensions) == set(query.dimensions):
                frames.append((frame, everything))
            else:
                totals = self._stacked([(frame, everything)], "stacked_totals", spine=False)
        spine = self.grain is not None and not query.dimensions
        return self._stacked(frames, "stacked", spine=spine), totals

    def _frame(self, variant: Variant) -> Frame:
        suffix = f"__{variant.name}" if variant.name else ""
        return Frame(variant, self.query.dimensions, self.query.filters, suffix, self.other)

    def _total_frame(self) -> Frame:
        share = self.query.share
        assert share is not None, "asked only with a share"  # noqa: S101
        kept = tuple(name for name in self.query.dimensions if name in share.within)
        other = self.other if self.other in kept else None
        if other and not set(self.query.limit_within) <= set(kept):
            raise CorrectableError("share.within has to name the dimensions of limit_within", within=list(share.within))
        filters = tuple(item for item in self.query.filters if item.dimension not in share.of_all)
        return Frame(self.variants[0], kept, filters, "__total", other)

    def _stacked(self, frames: list[tuple[Frame, list[_Asked]]], name: str, *, spine: bool) -> Stack:
        uses = [(f, [leaf for item in items for leaf in leaves(self.model, item.use)]) for f, items in frames]
        result = stack(self.request, uses, name, spine=spine)
        self.ctes += result.ctes
        outputs = [ex.aliased(tree.copy(), key) for key, tree in result.keys.items()]
        for frame, items in frames:
            for item in items:
                tree = value(self.model, item.use, lambda use, suffix=frame.suffix: result.leaf(use, suffix))  # type: ignore[misc]
                outputs.append(ex.aliased(tree, item.column + frame.suffix))
        result.select.set("expressions", outputs)
        return result

    # -- comparisons, shares, HAVING -----------------------------------------------------------------------------------

    def _outer(self, measured: Stack, totals: Stack | None) -> exp.Select:
        self.ctes.append(("measured", measured.select))
        keys: dict[str, exp.Expr] = {name: ex.column(name, "measured") for name in measured.keys}
        outputs: list[exp.Expr] = [ex.aliased(tree, name) for name, tree in keys.items()]
        if totals is not None:
            self.ctes.append(("totals", totals.select))
        for item in self.asked:
            outputs += self._metric_outputs(item, totals)
        select = exp.Select(expressions=outputs).from_(exp.to_table("measured"), copy=False)
        if totals is not None and totals.keys:
            self._join(select, "totals", list(totals.keys), side="LEFT")
        if self.needs_top and self.other is None:
            self._join(select, TOP_KEYS, list(self.query.dimensions), side=None)
        where = ex.and_([*self._having(), *self._asked_periods()])
        if where is not None:
            select.set("where", exp.Where(this=where))
        if self.query.limit_within and (self.grain is None or PERIOD in self.query.limit_within) and self.other is None:
            return self._ranked(select, keys)
        return self._finished(select, keys)

    def _join(self, select: exp.Select, name: str, keys: list[str], *, side: str | None) -> None:
        pairs = [ex.null_safe_equal(ex.column(key, "measured"), ex.column(key, name)) for key in keys]
        select.append("joins", exp.Join(this=exp.to_table(name), side=side, on=ex.and_(list(pairs))))

    def _metric_outputs(self, item: _Asked, totals: Stack | None) -> list[exp.Expr]:
        def current() -> exp.Expr:
            return ex.column(item.column, "measured")

        outputs: list[exp.Expr] = [ex.aliased(current(), item.column)]
        for variant in self.variants[1:]:
            name = f"{item.column}__{variant.name}"
            base = ex.column(name, "measured")
            change = exp.Sub(this=current(), expression=base.copy())
            outputs += [ex.aliased(base, name), ex.aliased(change, f"{name}_change")]
            if item.use.metric.unit != "rate":
                relative = ex.ratio(change.copy(), base.copy())
                outputs.append(ex.aliased(relative, f"{name}_rate"))
        if self.query.share is not None:
            total = self._total(f"{item.column}__total", totals)
            outputs.append(ex.aliased(ex.ratio(current(), total), f"{item.column}__share"))
        return outputs

    def _total(self, name: str, totals: Stack | None) -> exp.Expr:
        if totals is None:
            return ex.column(name, "measured")
        if totals.keys:
            return ex.column(name, "totals")
        # The total of the whole is one row: a scalar subquery, not a join.
        return exp.Select(expressions=[ex.column(name)]).from_("totals", copy=False).subquery(copy=False)

    def _having(self) -> list[exp.Expr]:
        return [
            compare_condition(ex.column(column_name(item.metric), "measured"), item.op, item.values)
            for item in self.query.having
        ]

    def _asked_periods(self) -> list[exp.Expr]:
        """Buckets of a longer compared window that have no asked bucket are left out."""
        if self.grain is None or all(item.kind in ("prior_period", "prior_year") for item in self.query.compare):
            return []
        first = ex.date_literal(bucket_start(self.query.start, self.grain))
        stop = ex.date_literal(self.variants[0].window.stop)
        period = ex.column("period", "measured")
        return [exp.GTE(this=period, expression=first), exp.LT(this=period.copy(), expression=stop)]

    # -- order and limit -----------------------------------------------------------------------------------------------

    def _order(self, keys: dict[str, exp.Expr], *, outer: bool) -> exp.Order | None:
        order = self.query.order
        if order is not None and outer and order.by.partition("__")[0] in {item.name for item in self.hidden}:
            by: exp.Expr | None = ex.column(column_name(order.by), "measured")
        else:
            by = None
        terms = order_terms(self.request, keys, column_name(self.query.metrics[0]), by, other=self.other)
        return exp.Order(expressions=terms) if terms else None

    def _finished(self, select: exp.Select, keys: dict[str, exp.Expr]) -> exp.Select:
        self._check_order()
        order = self._order(keys, outer=not self._is_plain())
        if order is not None:
            select.set("order", order)
        limit = MAX_ROWS if self.needs_top else self.query.limit
        if keys:
            select.set("limit", exp.Limit(expression=exp.Literal.number(limit)))
        return select

    def _check_order(self) -> None:
        order = self.query.order
        if order is None or self._is_key(order.by) or "__" not in order.by:
            return
        if column_name(order.by) not in {column.name for column in self.columns()}:
            raise CorrectableError(
                f"the result has no column {order.by!r} to order by",
                hint="ask for the comparison or the share too",
                by=order.by,
            )

    def _ranked(self, select: exp.Select, keys: dict[str, exp.Expr]) -> exp.Select:
        """The first rows inside each group."""
        self._check_order()
        order = self._order(keys, outer=True)
        names = [output.alias for output in select.expressions]
        # The window orders by the outputs, which only exist one level up.
        self.ctes.append(("results", select))
        if order is not None:
            self._expose(select, order)
        within = [ex.column(name) for name in self.query.limit_within]
        rank = exp.Window(this=exp.RowNumber(), partition_by=within, order=order)
        ranked = exp.Select(expressions=[*map(ex.column, names), ex.aliased(rank, "row_rank")])
        self.ctes.append(("ranked", ranked.from_("results", copy=False)))
        final = exp.Select(expressions=[ex.column(name) for name in names]).from_("ranked", copy=False)
        final.where(exp.LTE(this=ex.column("row_rank"), expression=ex.number(self.query.limit)), copy=False)
        terms = [exp.Ordered(this=ex.column(name), nulls_first=False) for name in self.query.limit_within]
        final.set("order", exp.Order(expressions=[*terms, exp.Ordered(this=ex.column("row_rank"), nulls_first=False)]))
        return final.limit(MAX_ROWS, copy=False)

    @staticmethod
    def _expose(select: exp.Select, order: exp.Order) -> None:
        """Let a hidden order column through to the ranking, and drop the table it came from."""
        shown = {output.alias for output in select.expressions}
        for column in list(order.find_all(exp.Column)):
            if column.name not in shown:
                select.append("expressions", ex.aliased(column.copy(), column.name))
                shown.add(column.name)
            column.set("table", None)

    def _top_keys(self) -> exp.Select:
        """The keys of the rows within the limit, over the whole window."""
        query = self.query
        order = query.order
        if order is None or self._is_key(order.by):
            order = Order(by=query.metrics[0])
        derived = "__" in order.by
        narrowed = query.model_copy(
            update={
                "metrics": (order.by.partition("__")[0],),
                "grain": None,
                "order": order,
                "rest_as_other": False,
                "compare": query.compare if derived else (),
                "share": query.share if derived else None,
            }
        )
        request = Request(self.model, narrowed, self.request.context, tables=self.request.tables)
        ranking = _Builder(request).statement().subquery("ranking", copy=False)
        outputs = [ex.column(name, "ranking") for name in query.dimensions]
        return exp.Select(expressions=[*outputs, ex.aliased(ex.number(1), "is_top")]).from_(ranking, copy=False)

    def _periods(self, variant: Variant) -> exp.Select:
        """`period`, and `period_end`: where the bucket, or the window inside it, ends."""
        assert self.grain is not None, "asked only with a grain"  # noqa: S101
        starts = dialects.periods(variant.window, self.grain, self.request.context.dialect)
        end = dialects.bucket_end(ex.column("period"), self.grain)
        stop = ex.date_literal(variant.window.stop)
        outputs = [ex.column("period"), ex.aliased(exp.Least(this=end, expressions=[stop]), "period_end")]
        return exp.Select(expressions=outputs).from_(starts.subquery("starts", copy=False), copy=False)

    # -- columns -------------------------------------------------------------------------------------------------------

    def columns(self) -> list[CompiledColumn]:
        """The result's columns in their order."""
        result = [
            CompiledColumn(name, "dimension", "dimension", self._dimension_type(name)) for name in self.query.dimensions
        ]
        if self.grain is not None:
            type_: FieldType = "timestamp" if self.grain == "hour" else "date"
            result.append(CompiledColumn("period", "dimension", "period", type_))
        for item in self.asked:
            result += self._metric_columns(item)
        return result

    def _dimension_type(self, name: str) -> FieldType:
        return "string" if name == self.other else self.model.dimensions[name].type

    def _metric_columns(self, item: _Asked) -> list[CompiledColumn]:
        metric = item.use.metric
        type_: ValueType = "double" if metric.type == "ratio" else metric.value_type
        columns = [CompiledColumn(item.column, "metric", "value", type_, item.name, metric.unit)]
        for variant in self.variants[1:]:
            name, comparison = f"{item.column}__{variant.name}", variant.comparison
            columns.append(CompiledColumn(name, "metric", "base", type_, item.name, metric.unit, comparison))
            change = CompiledColumn(f"{name}_change", "delta", "change", type_, item.name, metric.unit, comparison)
            columns.append(change)
            if metric.unit != "rate":
                columns.append(CompiledColumn(f"{name}_rate", "delta", "rate", "double", item.name, "rate", comparison))
        if self.query.share is not None:
            columns.append(CompiledColumn(f"{item.column}__share", "share", "share", "double", item.name, "rate"))
        return columns


def _cte(name: str, tree: exp.Expr) -> exp.CTE:
    return exp.CTE(this=tree, alias=exp.TableAlias(this=exp.to_identifier(name)))


__all__ = [
    "MAX_ROWS",
    "OTHER",
    "CompileContext",
    "CompiledColumn",
    "CompiledQuery",
    "SemanticModel",
    "SemanticQuery",
    "column_name",
    "compile",
    "top_key_equal",
]
