import csv
import io
import json

import pytest

from app.flows.answer import Answer, Chart, Column, Trace
from app.semantic.query import Filter, SegmentRef, SemanticQuery
from app.ui.chart_options import MAX_CATEGORIES, MAX_SERIES, chart_spec
from app.ui.samples import SAMPLES, sample
from app.ui.shaping import Chip, Names, cell_of, chips, csv_bytes, heading, stats
from app.ui.theme import palette
from app.ui.words import _WORDS, EXAMPLES, say

LIGHT = palette("light")


def answer(columns: list[Column], rows: list[tuple[object, ...]], **fields: object) -> Answer:
    base = {"status": "answered", "language": "zh", "trace": Trace(request_id="req_1")}
    return Answer.model_validate({**base, "columns": tuple(columns), "rows": tuple(rows), **fields})


def dimension(name: str, label: str = "") -> Column:
    return Column(name=name, label=label or name, kind="dimension")


def metric(name: str, unit: str = "CNY") -> Column:
    return Column(name=name, label=name, kind="metric", unit=unit)


def test_chips_say_what_was_understood() -> None:
    found = chips(sample("repurchase", "zh"), Names())
    assert found == (
        Chip("时间", "2026年9月"),
        Chip("对比", "2025年9月"),
        Chip("渠道", "抖音、天猫"),
        Chip("口径", "复购会员、复购率"),
    )


@pytest.mark.parametrize(
    ("item", "text"),
    [
        (Filter(dimension="c", op="eq", values=("a",)), "甲"),
        (Filter(dimension="c", op="not_in", values=("a", "b")), "除 甲、b"),
        (Filter(dimension="c", op="ge", values=(3,)), "≥ 3"),
        (Filter(dimension="c", op="between", values=(3, 5)), "3–5"),
        (Filter(dimension="c", op="is_null"), "未填"),
        (Filter(dimension="c", op="not_null"), "已填"),
        (Filter(dimension="c", op="contains", values=("面霜",)), "含 面霜"),
        (Filter(dimension="c", op="eq", values=(True,)), "是"),
        (Filter(dimension="c", op="in", values=tuple("qwertyu")), "q、w、e、r、t、y …"),
    ],
)
def test_every_filter_reads_as_words(item: Filter, text: str) -> None:
    query = SemanticQuery(metrics=("m@60",), start="2026-01-01", end="2026-12-31", filters=(item,))
    names = Names(metrics={"m": "复购"}, dimensions={"c": "渠道"}, values={"c": {"a": "甲"}})
    found = chips(answer([], [], query=query), names)
    assert Chip("渠道", text) in found
    assert Chip("口径", "复购") in found
    assert Chip("时间", "2026年") in found


def test_segments_and_limits_are_chips_too() -> None:
    query = SemanticQuery(
        metrics=("m",), start="2026-01-01", end="2026-12-31", segments=(SegmentRef(segment="lapsed", negated=True),),
        order={"by": "m"}, limit=5,
    )  # fmt: skip
    found = chips(answer([], [], query=query), Names())
    assert Chip("人群", "除 lapsed") in found
    assert Chip("只看", "前 5") in found


def test_one_row_shows_its_metrics_large_with_their_changes() -> None:
    (only,) = stats(sample("single", "zh"))
    assert (only.label, only.text, only.full) == ("支付金额", "¥1,862.4万", "¥18,624,310.55")
    assert [(change.text, change.label, change.tone) for change in only.changes] == [("−12.3%", "环比", "down")]


def test_two_rows_show_the_charted_metric_each() -> None:
    assert [(stat.label, stat.text) for stat in stats(sample("repurchase", "en"))] == [
        ("Tmall", "27.4%"),
        ("Douyin", "18.6%"),
    ]


@pytest.mark.parametrize("kind", ["trend", "ranking", "empty", "refused", "clarify"])
def test_many_rows_or_none_show_no_large_number(kind: str) -> None:
    assert stats(sample(kind, "zh")) == ()


def test_an_empty_cell_is_a_dash_and_never_a_zero() -> None:
    shown = answer([dimension("d"), metric("m")], [(None, None)])
    assert [cell_of(shown, shown.rows[0], column).text for column in shown.columns] == ["—", "—"]


def test_the_csv_has_raw_numbers_and_no_formulas() -> None:
    shown = answer(
        [dimension("d", "=品"), metric("m")],
        [("=cmd()", 1234567.891), ("+1", -5), ('a,"b"\n', None), ("tmall", 0.186)],
        labels={"d": {"tmall": "天猫"}},
    )
    data = csv_bytes(shown)
    assert data.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [["'=品", "m"], ["'=cmd()", "1234567.891"], ["'+1", "-5"], ['a,"b"\n', ""], ["天猫", "0.186"]]


@pytest.mark.parametrize("kind", SAMPLES)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_sample_is_valid_and_its_chart_is_plain_data(kind: str, language: str) -> None:
    spec = chart_spec(sample(kind, language), LIGHT)
    if spec is not None:
        json.dumps(spec.options)
        assert spec.options["tooltip"]["renderMode"] == "richText"


def keys_of(value: object) -> set[str]:
    if isinstance(value, dict):
        return set(value) | {key for item in value.values() for key in keys_of(item)}
    if isinstance(value, list | tuple):
        return {key for item in value for key in keys_of(item)}
    return set()


def test_data_never_becomes_an_option_key_or_a_script() -> None:
    bad = ":formatter', alert(1), '"
    shown = answer(
        [dimension("x"), dimension("s"), Column(name="m", label=bad, kind="metric", unit=bad)],
        [(bad, bad, 1), ("b", "s2", 2), ("c", "s2", 3)],
        chart=Chart(kind="grouped_bar", x="x", y=("m",), series="s"),
    )
    spec = chart_spec(shown, LIGHT)
    assert spec is not None
    assert bad not in keys_of(spec.options)
    scripts = scripts_of(spec.options)
    assert scripts
    assert not any("alert" in script for script in scripts)


def scripts_of(value: object) -> list[str]:
    if isinstance(value, dict):
        own = [str(item) for key, item in value.items() if key.startswith(":")]
        return own + [script for item in value.values() for script in scripts_of(item)]
    if isinstance(value, list | tuple):
        return [script for item in value for script in scripts_of(item)]
    return []


def test_missing_data_is_a_gap_and_periods_are_in_order() -> None:
    shown = answer(
        [dimension("period"), dimension("s"), metric("m")],
        [("2026-03", "a", 3), ("2026-01", "a", 1), ("2026-01", "b", 5), ("2026-02", "b", 6)],
        chart=Chart(kind="line", x="period", y=("m",), series="s"),
    )
    spec = chart_spec(shown, LIGHT)
    assert spec is not None
    assert spec.options["xAxis"]["data"] == ["2026-01", "2026-02", "2026-03"]
    assert [series["data"] for series in spec.options["series"]] == [[1, None, 3], [5, 6, None]]


def test_too_much_is_cut_and_said() -> None:
    wide = answer(
        [dimension("x"), metric("m")], [(f"p{i}", 100 - i) for i in range(30)], chart=Chart(kind="bar", x="x", y=("m",))
    )
    spec = chart_spec(wide, LIGHT)
    assert spec is not None
    assert len(spec.options["yAxis"]["data"]) == MAX_CATEGORIES
    assert "30" in spec.caption
    deep = answer(
        [dimension("period"), dimension("s"), metric("m")],
        [(f"2026-0{p}", f"s{i}", i) for p in (1, 2) for i in range(20)],
        chart=Chart(kind="line", x="period", y=("m",), series="s"),
    )
    spec = chart_spec(deep, LIGHT)
    assert spec is not None
    assert {series["name"] for series in spec.options["series"]} == {f"s{i}" for i in range(13, 20)}
    assert len(spec.options["series"]) == MAX_SERIES


def test_bars_start_at_zero() -> None:
    spec = chart_spec(sample("grouped", "zh"), LIGHT)
    assert spec is not None
    assert spec.options["yAxis"]["scale"] is False


def test_no_chart_where_two_rows_say_it() -> None:
    assert chart_spec(sample("repurchase", "zh"), LIGHT) is None
    assert chart_spec(sample("single", "zh"), LIGHT) is None


def test_a_chart_of_columns_that_are_not_there_is_no_chart() -> None:
    rows = [("a", 1), ("b", 2), ("c", 3)]
    for chart in (Chart(kind="bar", x="gone", y=("m",)), Chart(kind="bar", x="d", y=("gone",)), Chart(kind="line")):
        assert chart_spec(answer([dimension("d"), metric("m")], rows, chart=chart), LIGHT) is None


def test_every_word_has_both_languages_with_the_same_parts() -> None:
    for word, (zh, en) in _WORDS.items():
        assert zh, word
        assert en, word
        assert {part for part in ("{n}", "{total}", "{day}", "{name}", "{owner}") if part in zh} == {
            part for part in ("{n}", "{total}", "{day}", "{name}", "{owner}") if part in en
        }, word
    assert len(EXAMPLES["zh"]) == len(EXAMPLES["en"])
    assert say("show_rows", "en", n=3) == "Show 3 more rows"


def test_dark_and_light_have_six_series_colours_each() -> None:
    assert len(set(palette("light").series)) == len(set(palette("dark").series)) == 6
    assert palette("light").surface != palette("dark").surface


def test_a_base_of_comparison_is_grey_and_headings_do_not_repeat_the_metric() -> None:
    base = Column(name="m__prior_period", label="m·环比基期", kind="metric", unit="CNY")
    shown = answer(
        [dimension("d"), metric("m"), base],
        [("a", 1, 2), ("b", 2, 3), ("c", 3, 4)],
        chart=Chart(kind="grouped_bar", x="d", y=("m", "m__prior_period")),
    )
    assert [heading(shown, column) for column in shown.columns] == ["d", "m", "环比基期"]
    spec = chart_spec(shown, LIGHT)
    assert spec is not None
    colours = [series["itemStyle"]["color"] for series in spec.options["series"]]
    assert colours == [LIGHT.series[0], LIGHT.rest]
