"""One hash for all spellings of one plan, another for every other plan."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.semantic.identity import plan_hash
from app.semantic.query import SemanticQuery

BASE: dict[str, Any] = {
    "metrics": ("gmv_paid", "order_count"),
    "dimensions": ("channel", "store_city"),
    "filters": (
        {"dimension": "channel", "op": "in", "values": ("tmall", "douyin")},
        {"dimension": "price", "op": "gt", "values": (100,)},
    ),
    "people": (
        {"metric": "order_count", "op": "ge", "values": (3,)},
        {"metric": "item_quantity", "filters": ({"dimension": "product", "op": "eq", "values": ("A",)},)},
    ),
    "segments": ({"segment": "new"}, {"segment": "sleeping", "negated": True, "days": 90}),
    "start": "2026-10-01",
    "end": "2026-10-31",
    "compare": ({"kind": "prior_period", "start": "2026-09-01", "end": "2026-09-30", "label": "上月"},),
    "having": ({"metric": "gmv_paid", "op": "gt", "values": (100000,)},),
}


def query(**changes: Any) -> SemanticQuery:
    return SemanticQuery.model_validate({**BASE, **changes})


@given(st.data())
def test_order_and_repetition_of_what_has_no_order_do_not_matter(data: st.DataObject) -> None:
    shuffled = {
        name: tuple(data.draw(st.permutations(BASE[name])))
        for name in ("metrics", "dimensions", "filters", "people", "segments")
    }
    assert plan_hash(query(**shuffled)) == plan_hash(query())
    assert plan_hash(query(filters=(*shuffled["filters"], BASE["filters"][0]))) == plan_hash(query())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("in", ("b", "a")), ("in", ("a", "b", "a"))),
        (("in", ("a",)), ("eq", ("a",))),
        (("not_in", ("a",)), ("ne", ("a",))),
        (("gt", (1.0,)), ("gt", (1,))),
    ],
)
def test_spellings_of_one_condition_are_one(
    one: tuple[str, tuple[Any, ...]], other: tuple[str, tuple[Any, ...]]
) -> None:
    hashes = {
        plan_hash(query(filters=({"dimension": "d", "op": op, "values": values},))) for op, values in (one, other)
    }
    assert len(hashes) == 1


def test_what_is_written_out_is_what_is_meant_by_default() -> None:
    assert plan_hash(query(limit=1000, kind="aggregate", share=None)) == plan_hash(query())
    renamed = {**BASE["compare"][0], "label": "last month"}
    assert plan_hash(query(compare=(renamed,))) == plan_hash(query())


CHANGES: list[dict[str, Any]] = [
    {"metrics": ("gmv_paid",)},
    {"metrics": ("gmv_paid", "order_count@90")},
    {"dimensions": ("channel",)},
    {"filters": BASE["filters"][:1]},
    {"filters": ({**BASE["filters"][0], "op": "not_in"}, BASE["filters"][1])},
    {"filters": ({**BASE["filters"][0], "values": ("tmall", "jd")}, BASE["filters"][1])},
    {"filters": ({"dimension": "flag", "op": "eq", "values": (True,)},)},
    {"filters": ({"dimension": "flag", "op": "eq", "values": (1,)},)},
    {"filters": ({"dimension": "flag", "op": "eq", "values": ("1",)},)},
    {"filters": ({"dimension": "price", "op": "between", "values": (1, 5)},)},
    {"filters": ({"dimension": "price", "op": "between", "values": (5, 1)},)},
    {"people": BASE["people"][:1]},
    {"people": ({**BASE["people"][0], "negated": True}, BASE["people"][1])},
    {"people": ({**BASE["people"][0], "start": "2026-01-01"}, BASE["people"][1])},
    {"segments": ()},
    {"segments": ({"segment": "new"}, {"segment": "sleeping", "negated": True, "days": 60})},
    {"start": date(2026, 10, 2)},
    {"end": date(2026, 10, 30)},
    {"grain": "day"},
    {"compare": ()},
    {"compare": ({**BASE["compare"][0], "kind": "prior_year"},)},
    {"compare": ({**BASE["compare"][0], "start": "2026-09-02"},)},
    {"share": {"within": ("channel",)}},
    {"share": {"of_all": ("channel",)}},
    {"having": ()},
    {"having": ({"metric": "gmv_paid", "op": "ge", "values": (100000,)},)},
    {"order": {"by": "gmv_paid"}},
    {"order": {"by": "gmv_paid", "descending": False}},
    {"limit": 5},
    {"limit": 5, "limit_within": ("channel",)},
    {"limit": 5, "rest_as_other": True},
    {"kind": "audience"},
]


def test_every_change_of_meaning_is_another_plan() -> None:
    hashes = [plan_hash(query()), *(plan_hash(query(**change)) for change in CHANGES)]
    assert len(set(hashes)) == len(hashes)


def test_the_order_of_metrics_and_dimensions_counts_where_rows_are_cut_off() -> None:
    turned = {"metrics": BASE["metrics"][::-1]}
    assert plan_hash(query(limit=5, **turned)) != plan_hash(query(limit=5))


def test_the_hash_of_a_stored_plan_stays_what_it_was() -> None:
    """Verified pairs are found by it: a change here makes every stored pair unfindable and needs a migration."""
    plain = SemanticQuery(metrics=("gmv_paid",), start=date(2026, 10, 1), end=date(2026, 10, 31))
    assert plan_hash(plain) == "db3346dd53f1d1f26cdb42d600096807488df9eebe602827e510792b5256ef16"
