from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.flows.headline import Headline, plain_headline, write_headline
from app.flows.table import Meaning, ResultTable, build_table
from app.flows.traceable import figures, untraceable
from app.semantic.model import SemanticModel
from app.semantic.query import Comparison, Order, SemanticQuery, Share

SEPTEMBER: dict[str, Any] = {"start": date(2026, 9, 1), "end": date(2026, 9, 30)}
AUGUST = Comparison(kind="prior_period", start=date(2026, 8, 1), end=date(2026, 8, 31))
CHANNEL = Meaning("channel", "dimension", "channel")
PERIOD = Meaning("period", "period", "period")


def changes(metric: str) -> list[Meaning]:
    kinds = (
        ("", "value"),
        ("__prior_period", "base"),
        ("__prior_period_change", "delta"),
        ("__prior_period_rate", "rate"),
    )
    return [Meaning(metric + s, role, metric, None if role == "value" else 0) for s, role in kinds]  # type: ignore[arg-type]


def say(
    model: SemanticModel, query: SemanticQuery, meanings: list[Meaning], rows: list[Any], language: Any = "zh"
) -> str:
    table = build_table(meanings, rows, query, model, language)
    headline = write_headline(query, table, model, language)
    assert untraceable(headline, table, language) == ()
    return headline.text


def test_one_number_with_its_direction(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("buyers",), compare=(AUGUST,), **SEPTEMBER)
    row = (1123, 1000, 123, 0.123)
    zh = "2026-09 购买人数 1,123 人,环比上升 12.3%(2026-08 1,000 人)。"
    assert say(model, query, changes("buyers"), [row]) == zh
    en = "2026-09: buyers 1,123, up 12.3% vs prior period (2026-08 1,000)."
    assert say(model, query, changes("buyers"), [row], "en") == en


def test_a_rate_moves_in_points(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("rate",), compare=(AUGUST,), **SEPTEMBER)
    text = say(model, query, changes("rate")[:3], [(0.186, 0.217, -0.031)])
    assert "18.6%" in text
    assert "下降 3.1 pp" in text


def test_no_base_is_said_and_no_change_is_made_up(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), compare=(AUGUST,), **SEPTEMBER)
    assert "环比无可比数据" in say(model, query, changes("gmv"), [(10.0, None, None, None)])


def test_equal_values_are_flat(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), compare=(AUGUST,), **SEPTEMBER)
    assert "环比持平" in say(model, query, changes("gmv"), [(10.0, 10.0, 0.0, 0.0)])


def test_few_groups_are_all_named(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), dimensions=("channel",), **SEPTEMBER)
    text = say(model, query, [CHANNEL, Meaning("gmv", "value", "gmv")], [("tmall", 5), ("douyin", 7), (None, 1)])
    assert all(word in text for word in ("天猫 ¥5", "抖音 ¥7", "未知 ¥1"))


def test_many_groups_name_the_highest_whatever_the_order(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), dimensions=("store",), **SEPTEMBER)
    rows = [(f"店{i}", i) for i in range(9)]
    text = say(model, query, [Meaning("store", "dimension", "store"), Meaning("gmv", "value", "gmv")], rows)
    assert "共 9 组" in text
    assert "最高的是 店8" in text


def test_a_cut_list_has_a_first_not_a_highest(model: SemanticModel) -> None:
    query = SemanticQuery(
        metrics=("gmv",), dimensions=("store",), order=Order(by="gmv", descending=False), limit=5, **SEPTEMBER
    )
    rows = [(f"店{i}", i) for i in range(5)]
    text = say(model, query, [Meaning("store", "dimension", "store"), Meaning("gmv", "value", "gmv")], rows)
    assert "排在第一的是 店0" in text
    assert "最高" not in text


def test_other_never_leads(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), dimensions=("store",), limit=3, rest_as_other=True, **SEPTEMBER)
    rows = [("甲", 5), ("乙", 4), ("丙", 3), ("__other__", 99)]
    text = say(model, query, [Meaning("store", "dimension", "store"), Meaning("gmv", "value", "gmv")], rows)
    assert "最高的是 甲" in text


def test_a_trend_tells_ends_and_peak(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), grain="month", start=date(2026, 7, 1), end=date(2026, 9, 30))
    rows = [(date(2026, 7, 1), 10), (date(2026, 8, 1), 30), (date(2026, 9, 1), 20)]
    text = say(model, query, [PERIOD, Meaning("gmv", "value", "gmv")], rows)
    assert text == "支付GMV从 2026-07 的 ¥10.00 到 2026-09 的 ¥20.00,上升。峰值 ¥30.00(2026-08)。"


def test_an_audience_is_a_count_and_never_contacts(model: SemanticModel) -> None:
    query = SemanticQuery(kind="audience", metrics=("buyers",), **SEPTEMBER)
    text = say(model, query, [Meaning("buyers", "value", "buyers")], [(321,)])
    assert "321 人" in text
    assert "不展示姓名和联系方式" in text


def test_no_rows_is_no_number(model: SemanticModel) -> None:
    query = SemanticQuery(metrics=("gmv",), dimensions=("store",), **SEPTEMBER)
    assert "没有符合条件" in say(
        model, query, [Meaning("store", "dimension", "store"), Meaning("gmv", "value", "gmv")], []
    )


@pytest.mark.parametrize("text", ["支付GMV 1,235 元", "占 12.4%", "¥1.23万", "7 组"])
def test_an_invented_figure_is_caught(model: SemanticModel, text: str) -> None:
    query = SemanticQuery(metrics=("gmv",), **SEPTEMBER)
    table = build_table([Meaning("gmv", "value", "gmv")], [(1234,)], query, model, "zh")
    assert untraceable(Headline(text, ((0, 0),)), table, "zh") == tuple(figures(text))


MONEY = st.none() | st.decimals(min_value=-(10**10), max_value=10**10, places=2, allow_nan=False)
NAMES = st.sampled_from(["tmall", "douyin", "618 礼盒", "店 1,000", "99.9%精华", "", "__other__", "3", None]) | st.text(
    max_size=5
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data(), language=st.sampled_from(["zh", "en"]))
def test_every_figure_in_any_headline_is_a_cell(model: SemanticModel, data: st.DataObject, language: Any) -> None:
    dimensions = data.draw(st.sampled_from([(), ("channel",), ("channel", "store")]))
    grain = data.draw(st.sampled_from([None, "month", "week"]))
    metrics = data.draw(st.sampled_from([("gmv",), ("gmv", "rate"), ("rate",), ("buyers", "aov")]))
    compare = data.draw(st.sampled_from([(), (AUGUST,)]))
    query = SemanticQuery(
        metrics=metrics, dimensions=dimensions, grain=grain, compare=compare,
        share=data.draw(st.sampled_from([None, Share()])),
        limit=data.draw(st.sampled_from([2, 1000])), **SEPTEMBER,
    )  # fmt: skip
    table = data.draw(tables(query, model, language))
    headline = write_headline(query, table, model, language)
    assert untraceable(headline, table, language) == ()
    plain = plain_headline(query, table, model, language)
    assert untraceable(plain, table, language) == ()
    assert not any(word in headline.text for word in ("因为", "导致", "because", "caused"))


@st.composite
def tables(draw: st.DrawFn, query: SemanticQuery, model: SemanticModel, language: Any) -> ResultTable:
    meanings = [PERIOD] if query.grain else []
    meanings += [Meaning(name, "dimension", name) for name in query.dimensions]
    keys = len(meanings)
    for metric in query.metrics:
        meanings += changes(metric) if query.compare else changes(metric)[:1]
        meanings += [Meaning(f"{metric}__share", "share", metric)] if query.share else []
    cells = [st.dates(date(2025, 1, 1), date(2026, 9, 30)) if query.grain and not i else NAMES for i in range(keys)]
    cells += [MONEY] * (len(meanings) - keys)
    rows = draw(st.lists(st.tuples(*cells), max_size=12) if keys else st.tuples(*cells).map(lambda row: [row]))
    return build_table(meanings, rows, query, model, language)
