from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.flows.restate import chips, plain_number, restate, window_text
from app.semantic.model import SemanticModel
from app.semantic.query import (
    Comparison,
    Filter,
    Having,
    Order,
    PeopleCondition,
    SegmentRef,
    SemanticQuery,
    Share,
)

SEPTEMBER: dict[str, Any] = {"start": date(2026, 9, 1), "end": date(2026, 9, 30)}
AUGUST = Comparison(kind="prior_period", start=date(2026, 8, 1), end=date(2026, 8, 31))


def test_a_full_question_reads_as_a_marketer_would_say_it(model: SemanticModel) -> None:
    query = SemanticQuery(
        metrics=("buyers",), dimensions=("channel",), compare=(AUGUST,),
        filters=(Filter(dimension="channel", op="in", values=("douyin", "tmall")),), **SEPTEMBER,
    )  # fmt: skip
    assert restate(query, model, "zh") == "2026-09 · 抖音、天猫 · 购买人数 · 按渠道 · 环比(2026-08)"
    assert restate(query, model, "en") == ("2026-09 · Douyin, Tmall · buyers · by channel · vs prior period (2026-08)")


def test_a_value_that_two_dimensions_share_names_the_less_plain_one(model: SemanticModel) -> None:
    query = SemanticQuery(
        metrics=("gmv",), filters=(Filter(dimension="register_channel", op="eq", values=("tmall",)),), **SEPTEMBER
    )
    assert "注册渠道=天猫" in restate(query, model, "zh")


@pytest.mark.parametrize(
    ("start", "end", "text"),
    [
        (date(2026, 2, 1), date(2026, 2, 28), "2026-02"),
        (date(2024, 2, 1), date(2024, 2, 28), "2024-02-01 至 2024-02-28"),
        (date(2026, 7, 1), date(2026, 9, 30), "2026-Q3"),
        (date(2026, 1, 1), date(2026, 12, 31), "2026"),
        (date(2026, 10, 25), date(2026, 10, 31), "2026-10-25 至 2026-10-31"),
        (date(2026, 10, 31), date(2026, 10, 31), "2026-10-31"),
        (date(2026, 2, 1), date(2026, 4, 30), "2026-02-01 至 2026-04-30"),
    ],
)
def test_windows_have_their_shortest_exact_name(start: date, end: date, text: str) -> None:
    assert window_text(start, end, "zh") == text


def test_another_number_of_days_is_said(model: SemanticModel) -> None:
    assert "60天复购率" in restate(SemanticQuery(metrics=("rate@60",), **SEPTEMBER), model, "zh")
    assert "90天复购率" in restate(SemanticQuery(metrics=("rate",), **SEPTEMBER), model, "zh")


DAYS = st.integers(0, 900).map(lambda n: date(2024, 1, 1) + timedelta(days=n))
WINDOWS = st.tuples(DAYS, DAYS).map(sorted)
VALUES = st.text(alphabet="ab抖、;,=1 ", min_size=1, max_size=4)
COMPARE_OPS = st.sampled_from(["gt", "ge", "lt", "le", "eq"])
METRICS = st.sampled_from(["gmv", "orders", "buyers", "cohort@60", "aov", "members"])
DIMENSIONS = st.sampled_from(["channel", "register_channel", "store"])
NUMBERS = st.tuples(st.integers(0, 10**7))


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    op = draw(st.sampled_from(["eq", "ne", "in", "not_in", "gt", "le", "between", "is_null", "not_null", "contains"]))
    if op in ("gt", "le", "between"):
        size = 2 if op == "between" else 1
        numbers = draw(st.lists(st.integers(0, 99), min_size=size, max_size=size))
        return Filter(dimension="age", op=op, values=tuple(numbers))
    size = {"is_null": 0, "not_null": 0, "in": 2, "not_in": 2}.get(op, 1)
    values = draw(st.lists(st.sampled_from(["tmall", "douyin"]) | VALUES, min_size=size, max_size=size, unique=True))
    return Filter(dimension=draw(DIMENSIONS), op=op, values=tuple(values))  # type: ignore[arg-type]


@st.composite
def comparisons(draw: st.DrawFn) -> Comparison:
    start, end = draw(WINDOWS)
    label = draw(st.sampled_from(["", "2025 双11", "618"]))
    return Comparison(
        kind=draw(st.sampled_from(["prior_period", "prior_year", "promo", "custom"])), start=start, end=end, label=label
    )


PEOPLE = st.builds(
    PeopleCondition, metric=METRICS, op=COMPARE_OPS, values=NUMBERS, filters=st.lists(filters(), max_size=1).map(tuple),
    start=st.none() | DAYS, end=st.none() | DAYS, negated=st.booleans(),
)  # fmt: skip
SEGMENTS = st.builds(
    SegmentRef, segment=st.sampled_from(["sleeping", "new"]), negated=st.booleans(), days=st.none() | st.integers(1, 99)
)
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "kind": st.sampled_from(["aggregate", "audience"]),
    "metrics": st.lists(METRICS, min_size=1, max_size=3, unique=True).map(tuple),
    "filters": st.lists(filters(), max_size=2).map(tuple),
    "people": st.lists(PEOPLE, max_size=2).map(tuple),
    "segments": st.lists(SEGMENTS, max_size=2).map(tuple),
    "grain": st.none() | st.sampled_from(["hour", "day", "week", "month", "quarter", "year"]),
    "compare": st.lists(comparisons(), max_size=2).map(tuple),
    "share": st.none() | st.builds(
        Share, within=st.sampled_from([(), ("channel",)]), of_all=st.sampled_from([(), ("store",)])),
    "having": st.lists(st.builds(Having, metric=METRICS, op=COMPARE_OPS, values=NUMBERS), max_size=2).map(tuple),
    "order": st.none() | st.builds(
        Order, by=st.sampled_from(["gmv", "period", "channel", "gmv__share", "gmv__prior_year_rate",
                                   "gmv__promo_change", "gmv__prior_period"]), descending=st.booleans()),
    "limit": st.integers(1, 2000),
    "limit_within": st.sampled_from([(), ("channel",)]),
    "rest_as_other": st.booleans(),
}  # fmt: skip


@st.composite
def queries(draw: st.DrawFn) -> SemanticQuery:
    start, end = draw(WINDOWS)
    values = {name: draw(strategy) for name, strategy in FIELDS.items()}
    more = draw(st.sampled_from([(), ("store",), ("register_channel", "store")]))
    return SemanticQuery(start=start, end=end, dimensions=("channel", *more), **values)


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(query=queries(), data=st.data(), language=st.sampled_from(["zh", "en"]))
def test_changing_any_field_changes_the_restatement(
    model: SemanticModel, query: SemanticQuery, data: st.DataObject, language: str
) -> None:
    name = data.draw(st.sampled_from(sorted(FIELDS)))
    changed = query.model_copy(update={name: data.draw(FIELDS[name])})
    same = restate(query, model, language) == restate(changed, model, language)  # type: ignore[arg-type]
    assert same == (query == changed)
    assert (chips(query, model, language) == chips(changed, model, language)) == same  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=queries(), second=queries())
def test_two_queries_that_read_the_same_are_the_same(
    model: SemanticModel, first: SemanticQuery, second: SemanticQuery
) -> None:
    assert (restate(first, model, "zh") == restate(second, model, "zh")) == (first == second)


@pytest.mark.parametrize(
    ("value", "text"), [(3, "3"), (3.0, "3"), (0.05, "0.05"), (100000, "100,000"), (1234.5, "1,234.5")]
)
def test_conditions_show_every_digit(value: float, text: str) -> None:
    assert plain_number(value) == text
