"""Properties of compiled queries on a small warehouse: totals add up, and every split equals naive SQL per metric."""

from datetime import date, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from app.semantic import joins
from app.semantic.compiler import compile as compile_query
from app.semantic.query import Comparison, Filter, PeopleCondition, SemanticQuery, Share
from tests.fixtures.semantic import golden

SETTINGS = settings(derandomize=True, max_examples=60, deadline=None, database=None)
MODEL = golden.model()
ADDITIVE = [name for name, metric in MODEL.metrics.items() if metric.additivity == "additive"]
ROW_DIMENSIONS = {
    "channel": "p.channel", "store_region": "s.region", "tier": "m.tier", "gender": "m.gender", "store": "s.name",
    "is_presale": "p.is_presale",
}  # fmt: skip
NAIVE = {
    "gmv_paid": "coalesce(sum(p.paid_amount), 0)", "order_count": "count(*)", "buyer_count": "count(DISTINCT p.one_id)",
    "avg_order": "avg(p.paid_amount)", "aov": "CAST(sum(p.paid_amount) AS DOUBLE) / count(*)",
    "net_sales": "coalesce(sum(p.net_amount), 0)", "median_order": "median(CAST(p.paid_amount AS DOUBLE))",
}  # fmt: skip

windows = st.tuples(st.dates(date(2025, 1, 1), date(2026, 10, 31)), st.integers(0, 500)).map(
    lambda pair: (pair[0], pair[0] + timedelta(days=pair[1]))
)
dimension_lists = st.lists(st.sampled_from(sorted(ROW_DIMENSIONS)), unique=True, max_size=3)


def run(query: SemanticQuery) -> list[dict]:
    compiled = compile_query(query, MODEL, golden.context())
    cursor = golden.connection().cursor().execute(compiled.sql)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


@SETTINGS
@given(st.sampled_from(ADDITIVE), st.sampled_from(sorted(MODEL.dimensions)), windows)
def test_an_additive_metric_summed_over_a_dimension_is_its_total(metric, dimension, window):
    if not joins.reachable(MODEL, metric, dimension):
        return
    start, end = window
    split = run(SemanticQuery(metrics=(metric,), dimensions=(dimension,), start=start, end=end))
    total = run(SemanticQuery(metrics=(metric,), start=start, end=end))
    assert sum(row[metric] for row in split) == total[0][metric]


@SETTINGS
@given(st.sampled_from(ADDITIVE), st.sampled_from(["day", "week", "month", "quarter", "year"]), windows)
def test_an_additive_metric_summed_over_its_periods_is_its_total(metric, grain, window):
    start, end = window
    trend = run(SemanticQuery(metrics=(metric,), grain=grain, start=start, end=end))
    total = run(SemanticQuery(metrics=(metric,), start=start, end=end))
    assert sum(row[metric] for row in trend) == total[0][metric]


@SETTINGS
@given(
    st.lists(st.sampled_from(sorted(NAIVE)), min_size=1, max_size=4, unique=True), dimension_lists, windows,
    st.sampled_from([None, "tmall", "jd"]), st.sampled_from([None, "month"]),
)  # fmt: skip
def test_any_metrics_by_any_dimensions_equal_naive_sql(metrics, dimensions, window, channel, grain):
    start, end = window
    filters = (Filter(dimension="channel", op="eq", values=(channel,)),) if channel else ()
    query = SemanticQuery(
        metrics=tuple(metrics), dimensions=tuple(dimensions), filters=filters, start=start, end=end, grain=grain
    )
    rows = [tuple(row.values()) for row in run(query)]
    keys = [ROW_DIMENSIONS[name] for name in dimensions]
    keys += ["CAST(date_trunc('month', p.paid_at) AS DATE)"] if grain else []
    where = f"p.paid_at >= '{start}' AND p.paid_at < '{end + timedelta(days=1)}'"
    where += f" AND p.channel = '{channel}'" if channel else ""
    sql = (
        f"SELECT {', '.join([*keys, *(NAIVE[name] for name in metrics)])} FROM paid p "
        f"LEFT JOIN stores s ON s.store_id = p.store_id LEFT JOIN members m ON m.one_id = p.one_id WHERE {where}"
        + (f" GROUP BY {', '.join(str(n + 1) for n in range(len(keys)))}" if keys else "")
    )
    naive = golden.connection().cursor().execute(sql).fetchall()
    if grain and not dimensions:
        # Empty periods are shown by the compiler, and left out by the naive SQL.
        periods = {row[0] for row in naive}
        assert all(value in (0, None) for row in rows if row[0] not in periods for value in row[1:])
        rows = [row for row in rows if row[0] in periods]
    assert golden.normalised(rows, ordered=False) == golden.normalised(naive, ordered=False)


@SETTINGS
@given(st.sampled_from(["gmv_paid", "buyer_count", "aov", "item_quantity"]), windows, windows, dimension_lists)
def test_a_comparison_equals_the_same_query_over_the_other_window(metric, window, other, dimensions):
    start, end = window
    comparison = Comparison(kind="custom", start=other[0], end=other[1])
    dims = tuple(name for name in dimensions if joins.reachable(MODEL, metric, name))
    query = SemanticQuery(metrics=(metric,), dimensions=dims, start=start, end=end, compare=(comparison,))
    plain = run(SemanticQuery(metrics=(metric,), dimensions=dims, start=other[0], end=other[1]))
    values = {tuple(row[name] for name in dims): row[metric] for row in plain}
    for row in run(query):
        assert row[f"{metric}__custom"] == values.get(tuple(row[name] for name in dims), None if metric == "aov" else 0)


@SETTINGS
@given(st.sampled_from(ADDITIVE), st.sampled_from(sorted(MODEL.dimensions)), windows)
def test_shares_of_an_additive_metric_sum_to_one(metric, dimension, window):
    if not joins.reachable(MODEL, metric, dimension):
        return
    rows = run(SemanticQuery(metrics=(metric,), dimensions=(dimension,), start=window[0], end=window[1], share=Share()))
    shares = [row[f"{metric}__share"] for row in rows if row[f"{metric}__share"] is not None]
    assert not shares or abs(sum(shares) - 1) < 1e-9


@SETTINGS
@given(st.sampled_from(sorted(MODEL.metrics)), st.sampled_from(["day", "week", "month"]), windows)
def test_a_period_equals_the_metric_asked_for_that_period_alone(metric, grain, window):
    from app.semantic.windows import Window, bucket_start, grain_step, moved

    first = bucket_start(window[0], grain)
    stop = moved(Window(first, first), grain_step(grain)).stop
    end = stop - timedelta(days=1)
    try:
        trend = run(SemanticQuery(metrics=(metric,), grain=grain, start=first, end=end))
    except golden.ImpossibleSplitError:
        return
    alone = run(SemanticQuery(metrics=(metric,), start=first, end=end))
    assert len(trend) == 1
    assert golden.normalised([(trend[0][metric],)], ordered=False) == golden.normalised(
        [(alone[0][metric],)], ordered=False
    )


CATEGORY = {"护肤": "category = '护肤'", "香氛": "category = '香氛'", None: "true"}
PEOPLE_METRICS = {"item_quantity": "sum(quantity)", "item_amount": "sum(i.paid_amount)"}
COMPARED = {"ge": ">=", "gt": ">", "lt": "<", "le": "<=", "eq": "="}

conditions_on_people = st.lists(
    st.builds(
        lambda metric, category, op, value, negated: (metric, category, op, value, negated),
        st.sampled_from(sorted(PEOPLE_METRICS.keys() & MODEL.metrics.keys())),
        st.sampled_from(list(CATEGORY)),
        st.sampled_from(sorted(COMPARED)),
        st.sampled_from([0, 1, 2, 3, 5, 100]),
        st.booleans(),
    ),
    min_size=1,
    max_size=4,
)


@SETTINGS
@given(conditions_on_people, windows)
def test_conditions_on_people_that_share_a_scan_pick_whom_each_alone_would_pick(conditions, window):
    start, end = window
    rows = f"""paid p JOIN order_items i USING (order_id) LEFT JOIN products USING (product_id)
        WHERE one_id IS NOT NULL AND paid_at >= DATE '{start}' AND paid_at < DATE '{end}' + 1"""
    naive = ["one_id IS NOT NULL", "registered_at < DATE '2026-11-01'"]
    people = []
    for metric, category, op, value, negated in conditions:
        total = (
            f"coalesce((SELECT {PEOPLE_METRICS[metric]} FROM {rows} AND {CATEGORY[category]} AND one_id = m.one_id), 0)"
        )
        naive.append(f"{'NOT ' if negated else ''}({total} {COMPARED[op]} {value})")
        filters = (Filter(dimension="category", op="eq", values=(category,)),) if category else ()
        people.append(PeopleCondition(
            metric=metric, filters=filters, op=op, values=(value,), negated=negated, start=start, end=end,
        ))  # fmt: skip
    query = SemanticQuery(
        metrics=("member_count",), people=tuple(people), start=date(2026, 1, 1), end=date(2026, 10, 31)
    )
    sql = f"SELECT count(*) FROM members m WHERE {' AND '.join(naive)}"
    assert run(query)[0]["member_count"] == golden.connection().cursor().execute(sql).fetchone()[0]
