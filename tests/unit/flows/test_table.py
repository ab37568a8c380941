from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest

from app.flows.charts import choose_chart
from app.flows.table import Meaning, ResultTable, build_table, json_value, period_text
from app.semantic.model import SemanticModel
from app.semantic.query import Comparison, SemanticQuery

WINDOW: dict[str, Any] = {"start": date(2026, 9, 1), "end": date(2026, 9, 30)}
GMV = Meaning("gmv", "value", "gmv")
CHANNEL = Meaning("channel", "dimension", "channel")


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Decimal(3), 3), (Decimal("3.50"), 3.5), (float("nan"), None), (float("inf"), None),
        (None, None), (True, True),
        (date(2026, 9, 1), "2026-09-01"), (datetime.fromisoformat("2026-09-01T10:05"), "2026-09-01 10:05"),
        (10**20, 10**20), ([1], [1]),
    ],
)  # fmt: skip
def test_cells_become_json(value: object, expected: object) -> None:
    assert json_value(value) == expected
    assert type(json_value(value)) is type(expected)


@pytest.mark.parametrize(
    ("grain", "text"),
    [("day", "2026-09-28"), ("week", "2026-09-28"), ("month", "2026-09"), ("quarter", "2026-Q3"), ("year", "2026")],
)
def test_buckets_are_written_as_promised(grain: Any, text: str) -> None:
    assert period_text(date(2026, 9, 28), grain) == text
    assert period_text(datetime.fromisoformat("2026-09-28T00:00"), grain) == text


def test_an_hour_keeps_its_day() -> None:
    assert period_text(datetime.fromisoformat("2026-09-28T07:00"), "hour") == "2026-09-28 07:00"


def test_numbers_are_not_rounded_and_labels_are_in_the_asked_language(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), dimensions=("channel",), **WINDOW)
    rows = [("tmall", Decimal("10.0050")), (None, Decimal(3)), ("__other__", None)]
    table = build_table([CHANNEL, GMV], rows, query, model, "en")
    assert table.labels == {"channel": {"tmall": "Tmall", "": "Unknown", "__other__": "Other"}}
    assert table.rows == (("tmall", 10.005), (None, 3.0), ("__other__", None))


def chart(model: SemanticModel, query: SemanticQuery, meanings: list[Meaning], rows: list[Any]) -> Any:
    return choose_chart(query, build_table(meanings, rows, query, model, "zh"), model)


def test_a_number_or_two_rows_need_no_chart(model: SemanticModel) -> None:
    assert chart(model, SemanticQuery(metrics=("gmv",), **WINDOW), [GMV], [(1,)]).kind == "none"
    query = SemanticQuery(metrics=("gmv",), dimensions=("channel",), **WINDOW)
    assert chart(model, query, [CHANNEL, GMV], [("a", 1), ("b", 2)]).kind == "none"


@pytest.mark.parametrize(("groups", "kind"), [(3, "bar"), (7, "bar"), (8, "none")])
def test_at_most_seven_bars_beside_other(model: SemanticModel, groups: int, kind: str) -> None:
    query = SemanticQuery(metrics=("gmv",), dimensions=("channel",), **WINDOW)
    rows = [(f"c{i}", i) for i in range(groups)] + [("__other__", 1)]
    assert chart(model, query, [CHANNEL, GMV], rows).kind == kind


def test_comparisons_are_grouped_bars(model: SemanticModel) -> None:
    prior = Comparison(kind="prior_year", start=date(2025, 9, 1), end=date(2025, 9, 30))
    query = SemanticQuery(metrics=("gmv",), dimensions=("channel",), compare=(prior,), **WINDOW)
    base = Meaning("gmv__prior_year", "base", "gmv", 0)
    found = chart(model, query, [CHANNEL, GMV, base], [(f"c{i}", i, i) for i in range(3)])
    assert (found.kind, found.y) == ("grouped_bar", ("gmv", "gmv__prior_year"))


def test_only_what_may_be_added_is_stacked(model: SemanticModel) -> None:
    rows = [(f"c{i}", s, 1) for i in range(3) for s in "ab"]
    store = Meaning("store", "dimension", "store")
    for metric, kind in (("gmv", "stacked_bar"), ("buyers", "grouped_bar")):
        query = SemanticQuery(metrics=(metric,), dimensions=("channel", "store"), **WINDOW)
        assert chart(model, query, [CHANNEL, store, Meaning(metric, "value", metric)], rows).kind == kind


def test_a_limit_with_a_grain_counts_groups_not_rows(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), dimensions=("channel",), grain="month", limit=3, **WINDOW)
    meanings = [Meaning("period", "period", "period"), CHANNEL, GMV]
    rows = [(date(2026, m, 1), c, 1) for m in range(1, 7) for c in ("a", "b")]
    table: ResultTable = build_table(meanings, rows, query, model, "zh")
    assert table.group_count == 2
    assert not table.is_cut(query)
