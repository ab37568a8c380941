"""What the compiler refuses, suggests and writes."""

from datetime import date

import pytest

from app.core.errors import (
    AmbiguousRoleError,
    ConfigurationError,
    CorrectableError,
    ImpossibleSplitError,
    UnknownNameError,
)
from app.semantic import joins
from app.semantic.compiler import compile as compile_query
from app.semantic.query import SemanticQuery
from tests.fixtures.semantic import golden


def compiled(dialect: str = "duckdb", **query):
    query = {"start": date(2026, 1, 1), "end": date(2026, 10, 31), **query}
    return compile_query(SemanticQuery.model_validate(query), golden.model(), golden.context(dialect))


def test_an_unknown_metric_suggests_near_names():
    with pytest.raises(UnknownNameError) as caught:
        compiled(metrics=["gmv_payd"])
    assert "gmv_paid" in caught.value.details["suggestions"]
    assert len(caught.value.details["suggestions"]) <= 5


def test_an_unknown_metric_is_found_by_its_chinese_name():
    with pytest.raises(UnknownNameError) as caught:
        compiled(metrics=["支付金额"])
    assert caught.value.details["suggestions"][0] == "gmv_paid"


@pytest.mark.parametrize("query", [
    {"metrics": ["gmv_paid"], "segments": [{"segment": "gold"}]},
    {"metrics": ["gmv_paid"], "dimensions": ["chanel"]},
    {"metrics": ["gmv_paid"], "filters": [{"dimension": "chanel", "op": "is_null"}]},
    {"metrics": ["gmv_paid"], "having": [{"metric": "nil", "op": "gt", "values": [1]}]},
    {"metrics": ["gmv_paid"], "order": {"by": "nil"}},
    {"metrics": ["gmv_paid@30"]},
    {"metrics": ["cohort_rate@x"]},
])  # fmt: skip
def test_unknown_names_are_refused(query):
    with pytest.raises(UnknownNameError):
        compiled(**query)


def test_an_impossible_split_names_metrics_that_can():
    with pytest.raises(ImpossibleSplitError) as caught:
        compiled(metrics=["spend"], dimensions=["channel"])
    assert "gmv_paid" in caught.value.details["metrics"]
    assert len(caught.value.details["metrics"]) <= joins.MAX_NAMED


def test_two_roles_at_the_same_distance_ask_for_one():
    model = golden.model()
    orders = model.datasets["paid_orders"]
    twice = {**orders.relationships, "pickup_store": orders.relationships["store"]}
    changed = orders.model_copy(update={"relationships": twice})
    both = model.model_copy(update={"datasets": {**model.datasets, "paid_orders": changed}})
    query = SemanticQuery(metrics=("gmv_paid",), dimensions=("store",), start=date(2026, 1, 1), end=date(2026, 1, 2))
    with pytest.raises(AmbiguousRoleError) as caught:
        compile_query(query, both, golden.context())
    assert caught.value.details["roles"] == ["store", "pickup_store"]


@pytest.mark.parametrize("query", [
    {"metrics": ["gmv_paid"], "filters": [{"dimension": "order_value", "op": "gt", "values": ["lots"]}]},
    {"metrics": ["gmv_paid"], "filters": [{"dimension": "paid_day", "op": "gt", "values": ["soon"]}]},
    {"metrics": ["gmv_paid"], "filters": [{"dimension": "is_presale", "op": "eq", "values": ["maybe"]}]},
    {"metrics": ["gmv_paid"], "order": {"by": "period"}},
    {"metrics": ["gmv_paid"], "dimensions": ["channel"], "order": {"by": "gmv_paid__share"}},
    {"metrics": ["gmv_paid"], "people": [{"metric": "aov"}]},
    {"metrics": ["gmv_paid"], "dimensions": ["channel", "tier"], "rest_as_other": True, "limit": 3},
    {"metrics": ["gmv_paid"], "having": [{"metric": "gmv_paid", "op": "between", "values": [1]}]},
])  # fmt: skip
def test_what_cannot_be_computed_is_refused(query):
    with pytest.raises(CorrectableError):
        compiled(**query)


def test_an_unknown_dialect_is_refused():
    with pytest.raises(ConfigurationError):
        compiled("mysql", metrics=["gmv_paid"])


def test_only_needed_tables_are_read():
    assert compiled(metrics=["order_count"]).tables == ("members", "orders")
    assert "refunds" in compiled(metrics=["net_sales"]).tables


def test_one_branch_is_written_without_union():
    sql = compiled(metrics=["aov", "buyer_count"], dimensions=["channel"]).sql
    assert "UNION" not in sql
    assert sql.count("FROM orders") == 1


def test_leaves_of_one_dataset_share_one_scan():
    sql = compiled(metrics=["gmv_paid", "order_count", "presale_orders", "aov"], dimensions=["channel"]).sql
    assert sql.count("FROM orders") == 1


def test_compiling_leaves_the_model_as_it_was():
    first = compiled(metrics=["cohort_rate", "net_sales"], grain="month").sql
    assert compiled(metrics=["cohort_rate", "net_sales"], grain="month").sql == first


def test_asked_days_name_the_column():
    columns = compiled(metrics=["cohort_rate@30", "cohort_rate"]).columns
    assert [column.name for column in columns] == ["cohort_rate_30", "cohort_rate"]


def test_what_a_metric_can_be_split_by():
    model = golden.model()
    assert joins.reachable(model, "item_quantity", "tier")
    assert not joins.reachable(model, "spend", "tier")
    assert "refund_amount" in joins.metrics_for_dimension(model, "channel")
    assert not joins.reachable(model, "gmv_paid", "category")
    for name in model.dimensions:
        assert all(joins.reachable(model, m, name) for m in joins.metrics_for_dimension(model, name))
