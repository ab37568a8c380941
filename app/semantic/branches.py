"""One pre-aggregated SELECT per (dataset, time role, evaluation): leaves that read the same rows share one scan."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlglot import exp

from app.core.errors import ImpossibleSplitError
from app.semantic import dialects
from app.semantic import expressions as ex
from app.semantic.aggregates import aggregate
from app.semantic.conditions import filter_condition
from app.semantic.expansion import SQL_TYPES, MetricUse
from app.semantic.joins import path_to
from app.semantic.model import Dataset, Metric
from app.semantic.people import people_conditions
from app.semantic.query import Filter
from app.semantic.request import Request
from app.semantic.sources import Given, Givens, Source
from app.semantic.windows import Variant, Window, grain_step, moved, prior_window

PERIOD = "period"
OTHER = "__other__"
"""The value of a dimension that stands for all values beyond the limit."""

TOP_KEYS = "top_keys"


@dataclass(frozen=True, slots=True)
class Frame:
    """One evaluation of the metrics: a window, the dimensions kept, and the filters kept."""

    variant: Variant
    dimensions: tuple[str, ...]
    filters: tuple[Filter, ...]
    suffix: str = ""
    other: str | None = None
    """The dimension whose values beyond the limit become one."""


@dataclass(slots=True)
class Branch:
    """Leaves that read the same rows the same way."""

    name: str
    frame: Frame
    metric: Metric
    """Any of the leaves' metrics: they agree on dataset, time, window and first stage."""
    leaves: list[MetricUse] = field(default_factory=list)


def group_leaves(frames: Iterable[tuple[Frame, Iterable[MetricUse]]]) -> list[Branch]:
    """The branches of all leaves of all evaluations, in order of first use."""
    branches: dict[object, Branch] = {}
    names: set[str] = set()
    for frame, uses in frames:
        for use in uses:
            metric = use.metric
            key = (metric.dataset, metric.time, metric.window, frame.suffix, _stage_key(use))
            branch = branches.get(key)
            if branch is None:
                branch = Branch(_free_name(f"from_{metric.dataset}{frame.suffix}", names), frame, metric)
                branches[key] = branch
            if use not in branch.leaves:
                branch.leaves.append(use)
    return list(branches.values())


def _stage_key(use: MetricUse) -> object:
    inner = use.metric.inner
    if inner is None:
        return None
    texts = (*inner.columns.values(), use.metric.where or "")
    days = use.days if any("$days" in text for text in texts) else None
    return (inner.per, tuple(inner.columns.items()), use.metric.where, days)


def _free_name(wanted: str, names: set[str]) -> str:
    name, n = wanted, 1
    while name in names:
        n += 1
        name = f"{wanted}_{n}"
    names.add(name)
    return name


@dataclass(slots=True)
class BuiltBranch:
    """A branch as the parts of a SELECT, so that it can stand alone or be stacked with others."""

    select: exp.Select
    """FROM, WHERE and GROUP BY; its expressions are still empty."""
    keys: dict[str, exp.Expr]
    """Output name → expression of the dimensions, then `period`."""
    values: dict[str, exp.Expr]
    """Leaf column → aggregate, typed; not yet 0 for no rows."""

    def finished(self) -> exp.Select:
        """The whole SELECT."""
        outputs = [ex.aliased(tree, name) for name, tree in (*self.keys.items(), *self.values.items())]
        self.select.set("expressions", outputs)
        return self.select


def build_branch(request: Request, branch: Branch) -> BuiltBranch:
    """The SELECT of one branch."""
    return _BranchBuilder(request, branch).build()


class _BranchBuilder:
    def __init__(self, request: Request, branch: Branch) -> None:
        self.request, self.branch, self.frame = request, branch, branch.frame
        self.dataset: Dataset = request.model.datasets[branch.metric.dataset or ""]
        self.window: Window = branch.frame.variant.window
        self.kind = branch.metric.window
        self.role = branch.metric.time or (self.dataset.time[0] if self.dataset.time else None)
        self.literal = self._literal_givens()
        if request.grain is not None and self.role is None:
            raise ImpossibleSplitError(
                f"{branch.metric.label.zh} ({branch.metric.id}) has no time, so it can't be shown by {request.grain}",
                hint="ask for it without a grain",
                metric=branch.metric.id,
            )
        self.source = Source(
            request.model, self.dataset,
            givens=self._row_givens(), literal=self.literal, tables=request.tables, prune=self._outer_bounds,
            reserved=branch.frame.dimensions,
        )  # fmt: skip
        self.conditions: list[exp.Expr] = []

    # -- placeholders --------------------------------------------------------------------------------------------------

    def _literal_givens(self) -> dict[str, Given]:
        start, stop, as_of = self.window.start, self.window.stop, self.request.context.as_of
        return {
            "start": lambda _: ex.date_literal(start),
            "end": lambda _: ex.date_literal(stop),
            "period_start": lambda _: ex.date_literal(start),
            "period_end": lambda _: ex.date_literal(stop),
            "as_of": lambda _: ex.date_literal(as_of),
            "days": self._no_days,
        }

    def _no_days(self, _: Source) -> exp.Expr:
        metric = self.branch.metric
        raise ImpossibleSplitError(f"{metric.id!r} needs a number of days here, and has none", metric=metric.id)

    def _row_givens(self) -> Givens:
        """With a grain the bucket is the window: for `$period_…`, and in shifted windows for `$start`, `$end`."""
        if self.request.grain is None:
            return self.literal
        grain = self.request.grain
        bounds: dict[str, Given] = {
            "period_start": self._bucket,
            "period_end": lambda source: dialects.bucket_end(self._bucket(source), grain),
        }
        if self.kind != "within":
            bounds |= {"start": bounds["period_start"], "end": bounds["period_end"]}
        return {**self.literal, **bounds}

    def _bucket(self, source: Source) -> exp.Expr:
        """The bucket a row counts in, before a comparison moves it."""
        grain = self.request.grain
        assert grain is not None and self.role is not None, "asked only with a grain and a time"  # noqa: S101, PT018
        if self.kind == "until":
            if source is not self.source:
                raise ImpossibleSplitError(
                    f"{self.branch.metric.id!r} can't be shown by {grain}: it matches rows against a moving end",
                    hint="ask for it without a grain",
                    metric=self.branch.metric.id,
                )
            return ex.column("period", self._periods_name())
        own = dialects.bucket(source.resolve(self.role), grain, is_date=self._role_is_date())
        return dialects.shifted(own, grain_step(grain), grain) if self.kind == "prior" else own

    def _role_is_date(self) -> bool:
        definition = self.dataset.fields.get(self.role or "")
        return definition is not None and definition.type == "date"

    def _periods_name(self) -> str:
        name = f"periods{'_' if self.frame.variant.name else ''}{self.frame.variant.name}"
        self.request.periods[name] = self.frame.variant
        return name

    # -- the window ----------------------------------------------------------------------------------------------------

    def _rows_window(self) -> tuple[date | None, date]:
        """First day and the day after the last day of the rows to read."""
        if self.kind == "until":
            return None, self.window.stop
        if self.kind == "prior":
            grain = self.request.grain
            prior = moved(self.window, -grain_step(grain)) if grain else prior_window(self.window)
            return prior.start, prior.stop
        if self.kind == "snapshot" and self.request.grain is None:
            last = self._last_day()
            return last, last + timedelta(days=1)
        return self.window.start, self.window.stop

    def _last_day(self) -> date:
        return min(self.window.stop - timedelta(days=1), self.request.context.as_of)

    def _outer_bounds(self, source: Source) -> list[exp.Expr]:
        if self.role is None:
            return []
        start, stop = self._rows_window()
        time = source.resolve(self.role)
        bounds: list[exp.Expr] = [exp.LT(this=time, expression=ex.date_literal(stop))]
        if start is not None:
            bounds.insert(0, exp.GTE(this=time.copy(), expression=ex.date_literal(start)))
        return bounds

    def _window_conditions(self) -> list[exp.Expr]:
        grain = self.request.grain
        if self.role is None:
            return []
        conditions = self._outer_bounds(self.source)
        if grain and self.kind == "until":
            name = self._periods_name()
            on = exp.LT(this=self.source.resolve(self.role), expression=ex.column("period_end", name))
            self.source.join_keys(exp.to_table(name), name, on)
        if grain and self.kind == "snapshot":
            day = ex.cast_date(self.source.resolve(self.role))
            last = exp.Sub(this=dialects.bucket_end(self._bucket(self.source), grain), expression=ex.interval(1, "DAY"))
            least = exp.Least(this=ex.cast(last, "DATE"), expressions=[ex.date_literal(self._last_day())])
            conditions.append(exp.EQ(this=day, expression=least))
        for leap_day in self.frame.variant.skipped:
            day = ex.cast_date(self.source.resolve(self.role))
            conditions.append(exp.NEQ(this=day, expression=ex.date_literal(leap_day)))
        return conditions

    # -- dimensions and conditions -------------------------------------------------------------------------------------

    def _dimension(self, dimension_id: str) -> exp.Expr:
        path = path_to(self.request.model, self.branch.leaves[0], dimension_id)
        return self.source.resolve(path.expression, self.source.walk(path.relationships))

    def _keys(self) -> dict[str, exp.Expr]:
        keys = {name: self._key(name) for name in self.frame.dimensions}
        grain, shift = self.request.grain, self.frame.variant.shift
        if grain is not None:
            own = self._bucket(self.source)
            keys["period"] = own if shift is None else dialects.shifted(own, shift, grain)
        return keys

    def _key(self, name: str) -> exp.Expr:
        this = self._dimension(name)
        if self.frame.other != name:
            return this
        dimension = self.request.model.dimensions[name]
        text = this if dimension.type == "string" else ex.cast(this, "VARCHAR")
        # A NULL key can be among the top ones: it is compared as a word no value has.
        others = [other for other in self.frame.dimensions if other != name]
        conditions = [top_key_equal(name, text)]
        conditions += [top_key_equal(other, self._dimension(other)) for other in others]
        on = ex.and_(conditions)
        assert on is not None, "at least one condition"  # noqa: S101
        self.source.join_keys(exp.to_table(TOP_KEYS), TOP_KEYS, on, side="LEFT")
        unlisted = exp.Is(this=ex.column("is_top", TOP_KEYS), expression=exp.null())
        return exp.Case(ifs=[exp.If(this=unlisted, true=exp.Literal.string(OTHER))], default=text.copy())

    def _filters(self) -> list[exp.Expr]:
        return [
            filter_condition(self._dimension(item.dimension), self.request.model.dimensions[item.dimension], item)
            for item in self.frame.filters
        ]

    # -- building ------------------------------------------------------------------------------------------------------

    def build(self) -> BuiltBranch:
        for leaf in self.branch.leaves:
            for name in (*self.frame.dimensions, *(item.dimension for item in self.frame.filters)):
                path_to(self.request.model, leaf, name)
        keys = self._keys()
        self.conditions = [*self._window_conditions(), *self._filters()]
        self.conditions += people_conditions(self.request, self.branch.metric, self.source, self.window, self.literal)
        return self._two_stage(keys) if self.branch.metric.inner else self._one_stage(keys)

    def _givens(self, use: MetricUse) -> Givens:
        if use.days is None:
            return self.source.givens
        days = use.days
        return {**self.source.givens, "days": lambda _: exp.Literal.number(days)}

    def _one_stage(self, keys: dict[str, exp.Expr]) -> BuiltBranch:
        common = self._common_where()
        if common is not None:
            self.conditions.append(self.source.resolve(common[0], givens=self._givens(common[1])))
        values = {}
        for use in self.branch.leaves:
            metric, givens = use.metric, self._givens(use)
            this = self.source.resolve(metric.expr, givens=givens) if metric.expr else None
            where = self.source.resolve(metric.where, givens=givens) if metric.where and common is None else None
            values[use.column + self.frame.suffix] = self._typed(metric, aggregate(metric, this, where))
        select = self.source.select([], self.conditions)
        return BuiltBranch(_grouped(select, keys), keys, values)

    def _common_where(self) -> tuple[str, MetricUse] | None:
        first, *others = self.branch.leaves
        where = first.metric.where
        if where is None or any(use.metric.where != where for use in others):
            return None
        if "$days" in where and any(use.days != first.days for use in others):
            return None
        return where, first

    def _two_stage(self, keys: dict[str, exp.Expr]) -> BuiltBranch:
        """First one row per (asked dimensions, `per`), then the metric over those rows."""
        first = self.branch.leaves[0]
        inner = first.metric.inner
        assert inner is not None, "asked only with a first stage"  # noqa: S101
        givens = self._givens(first)
        if first.metric.where:
            self.conditions.append(self.source.resolve(first.metric.where, givens=givens))
        per = {name.split(".")[-1]: self.source.resolve(name, givens=givens) for name in inner.per}
        columns = {name: self.source.resolve(text, givens=givens) for name, text in inner.columns.items()}
        staged = {**{_staged(name): tree for name, tree in keys.items()}, **per}
        select = self.source.select([], self.conditions)
        outputs = [ex.aliased(tree, name) for name, tree in (*staged.items(), *columns.items())]
        select.set("expressions", outputs)
        stage = _grouped(select, staged)
        outer_keys: dict[str, exp.Expr] = {name: ex.column(_staged(name), "stage") for name in keys}
        outer, common = exp.Select().from_(stage.subquery("stage", copy=False), copy=False), self._common_inner_where()
        if common is not None:
            outer.where(self._over_stage(common, first), copy=False)
        values = {use.column + self.frame.suffix: self._stage_value(use, common) for use in self.branch.leaves}
        return BuiltBranch(_grouped(outer, outer_keys), outer_keys, values)

    def _common_inner_where(self) -> str | None:
        texts = {use.metric.inner_where for use in self.branch.leaves}
        common = next(iter(texts))
        if len(texts) > 1 or common is None or ("$days" in common and len(self.branch.leaves) > 1):
            return None
        return common

    def _stage_value(self, use: MetricUse, common: str | None) -> exp.Expr:
        metric = use.metric
        this = self._over_stage(metric.expr, use) if metric.expr else None
        where = self._over_stage(metric.inner_where, use) if metric.inner_where and common is None else None
        return self._typed(metric, aggregate(metric, this, where))

    def _over_stage(self, text: str, use: MetricUse) -> exp.Expr:
        givens = {**self._givens(use)}
        if self.request.grain is not None:
            givens["period_start"] = lambda _: ex.column(_staged("period"), "stage")

        def value(column: exp.Column) -> exp.Expr:
            placeholder = ex.placeholder_of(column)
            if placeholder is not None:
                return givens[placeholder](self.source)
            return ex.column(column.name, "stage")

        return ex.replace_columns(ex.parse(text), value)

    def _typed(self, metric: Metric, this: exp.Expr) -> exp.Expr:
        counts = metric.agg in ("count", "count_distinct") and metric.value_type == "integer"
        # COUNT is UInt64 in ClickHouse, where a difference would wrap around.
        if counts and self.request.context.dialect != "clickhouse":
            return this
        return ex.cast(this, SQL_TYPES[metric.value_type])


def _staged(name: str) -> str:
    """Asked dimensions are named apart from the first stage's own columns."""
    return f"by_{name}"


def _grouped(select: exp.Select, keys: dict[str, exp.Expr]) -> exp.Select:
    if keys:
        select.set("group", exp.Group(expressions=[tree.copy() for tree in keys.values()]))
    return select


def top_key_equal(name: str, this: exp.Expr) -> exp.Expr:
    """`this` equals the column of `top_keys`, NULL with NULL."""
    return ex.null_safe_equal(this.copy(), ex.column(name, TOP_KEYS))
