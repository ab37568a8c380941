"""`SemanticQuery`: a question in the warehouse's business vocabulary. The narrow waist of the product.

Planners produce it, the compiler reads it, evals compare it, approvals freeze it. It holds names and values, never SQL.
"""

from datetime import date
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Scalar = str | int | float | bool
FilterOp = Literal["eq", "ne", "in", "not_in", "gt", "ge", "lt", "le", "between", "is_null", "not_null", "contains"]
CompareOp = Literal["gt", "ge", "lt", "le", "eq", "between"]
Grain = Literal["hour", "day", "week", "month", "quarter", "year"]

_ARITY: dict[str, tuple[int, int]] = {
    "between": (2, 2), "in": (1, 10_000), "not_in": (1, 10_000), "is_null": (0, 0), "not_null": (0, 0),
}  # fmt: skip


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Filter(_Frozen):
    """A condition on one dimension. `values` has one entry, two for `between` (inclusive), many for `in`."""

    dimension: str
    op: FilterOp
    values: tuple[Scalar, ...] = ()

    @model_validator(mode="after")
    def _arity_fits(self) -> Self:
        low, high = _ARITY.get(self.op, (1, 1))
        if not low <= len(self.values) <= high:
            raise ValueError(f"filter {self.dimension!r} {self.op} takes {low}..{high} values, got {len(self.values)}")
        return self


class PeopleCondition(_Frozen):
    """People whose own total of `metric` within the window (and filters) passes `op value`.

    "下过 3 单以上" = (paid_order_count, ge, 3); "买过 A" = (item_quantity filtered to A, ge, 1);
    "没买过 A" = the same with `negated`. The metric must be a simple metric of a dataset with a person key.
    """

    metric: str
    op: CompareOp = "ge"
    values: tuple[float, ...] = (1,)
    filters: tuple[Filter, ...] = ()
    start: date | None = None
    """First day, inclusive; None = since the beginning of the data."""
    end: date | None = None
    """Last day, inclusive; None = until the end of the data."""
    negated: bool = False


class SegmentRef(_Frozen):
    """A named group of people from the semantic model; `days` replaces its default number of days."""

    segment: str
    negated: bool = False
    days: int | None = Field(default=None, ge=1, le=3650)


class Comparison(_Frozen):
    """The same metrics over another window. `kind` names the columns and the words; the dates decide.

    With a `grain`, every bucket is set against the bucket one period (or one year) earlier instead.
    """

    kind: Literal["prior_period", "prior_year", "promo", "custom"]
    start: date
    end: date
    label: str = ""
    """How the asker named it ("2025 双11"); shown, never computed with."""

    @model_validator(mode="after")
    def _window_is_ordered(self) -> Self:
        if self.start > self.end:
            raise ValueError(f"comparison start {self.start} is after its end {self.end}")
        return self


class Share(_Frozen):
    """Each row's part of a total (占比). `within` = dimensions kept in the denominator; empty = of the whole.

    The denominator keeps the filters but drops the dimensions not in `within`, and the filters on
    `of_all` (so "抖音占比" with a filter on channel divides by all channels).
    """

    within: tuple[str, ...] = ()
    of_all: tuple[str, ...] = ()


class Having(_Frozen):
    """Keep only result rows whose metric passes: "GMV 超过 10 万的门店"."""

    metric: str
    op: CompareOp
    values: tuple[float, ...]


class Order(_Frozen):
    """Order of rows.

    `by` = a metric, a dimension, "period", or a metric with one of the suffixes of its derived columns
    (`gmv_paid__prior_year_rate`, `gmv_paid__share` …).
    """

    by: str
    descending: bool = True


class SemanticQuery(_Frozen):
    """A question in business vocabulary; holds names, never SQL.

    Dates are inclusive calendar days in the brand's time zone. Unknown names are caught by the compiler, with
    suggestions, not here. A metric may carry a number of days where the model defines it so:
    `cohort_repurchase_rate@90`.
    """

    kind: Literal["aggregate", "audience"] = "aggregate"
    """`audience`: the asker wants the people; the answer counts them and offers the audience, never contacts."""
    metrics: tuple[str, ...] = Field(min_length=1, max_length=8)
    dimensions: tuple[str, ...] = Field(default=(), max_length=4)
    filters: tuple[Filter, ...] = ()
    people: tuple[PeopleCondition, ...] = ()
    segments: tuple[SegmentRef, ...] = ()
    start: date
    end: date
    grain: Grain | None = None
    compare: tuple[Comparison, ...] = Field(default=(), max_length=3)
    share: Share | None = None
    having: tuple[Having, ...] = ()
    order: Order | None = None
    limit: int = Field(default=1000, ge=1, le=10_000)
    limit_within: tuple[str, ...] = ()
    """Dimensions inside which `limit` counts: ("channel",) with limit 3 = the top three of every channel;
    ("period",) those of every bucket of a query with a grain."""
    rest_as_other: bool = False
    """Rows beyond `limit` are computed anew as one row 其他 (not added up: distinct counts and rates stay right)."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        if self.start > self.end:
            raise ValueError(f"start {self.start} is after end {self.end}")
        for name, values in (("metrics", self.metrics), ("dimensions", self.dimensions)):
            if len(set(values)) != len(values):
                raise ValueError(f"{name} repeat a name: {', '.join(values)}")
        if self.share and not set(self.share.within) <= set(self.dimensions):
            raise ValueError("share.within names a dimension that is not a breakdown")
        if not set(self.limit_within) <= {*self.dimensions, *(("period",) if self.grain else ())}:
            raise ValueError("limit_within names a dimension that is not a breakdown")
        return self


def split_metric_name(name: str) -> tuple[str, int | None]:
    """`cohort_repurchase_rate@90` → (`cohort_repurchase_rate`, 90); a plain name → (name, None)."""
    base, _, days = name.partition("@")
    return base, int(days) if days.isdigit() else None
