"""Loading reports every problem of every file at once, with file and line."""

import shutil
from pathlib import Path

import pytest

from app.core.errors import ConfigurationError
from app.semantic import loader

MODEL = Path(__file__).parents[2] / "fixtures" / "semantic" / "model"
HEAD = "source: t\nupdated_on: '2026-11-22'\n"
METRIC = (
    "metrics:\n  - {{id: {id}, label: {{zh: 甲, en: a}}, {body}, unit: CNY, additivity: {additivity}, owner: t, "
    "area: t, definition: {{zh: 甲, en: a}}}}\n"
)


def problems(tmp_path: Path, **files: str) -> tuple[str, ...]:
    shutil.copytree(MODEL, tmp_path / "model")
    for name, text in files.items():
        (tmp_path / "model" / f"{name}.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        loader.load(tmp_path / "model")
    return caught.value.problems


def metric(body: str, additivity: str = "additive", id_: str = "m1") -> str:
    return HEAD + METRIC.format(id=id_, body=body, additivity=additivity)


def test_the_version_follows_the_content(tmp_path):
    shutil.copytree(MODEL, tmp_path / "model")
    before = loader.load(tmp_path / "model").version
    assert before == loader.load(MODEL).version
    with (tmp_path / "model" / "model.yaml").open("a") as file:
        file.write("# changed\n")
    assert loader.load(tmp_path / "model").version != before


def test_an_empty_folder_is_a_problem(tmp_path):
    with pytest.raises(ConfigurationError):
        loader.load(tmp_path)


def test_problems_of_several_files_come_together(tmp_path):
    found = problems(tmp_path, bad="metrics: [\n", worse=metric("dataset: paid_orders, agg: total"))
    assert any(problem.startswith("bad.yaml:2: malformed YAML") for problem in found)
    assert any(problem.startswith("worse.yaml:4: m1: agg") for problem in found)


def test_an_unknown_key_names_its_line(tmp_path):
    text = (
        HEAD
        + "segments:\n  - id: s1\n    label: {zh: 甲, en: a}\n    dataset: paid_orders\n    owner: t\n    wrong: 1\n"
    )
    text += "    definition: {zh: 甲, en: a}\n"
    assert any(problem.startswith("a.yaml:8: s1: wrong") for problem in problems(tmp_path, a=text))


def test_a_repeated_key_is_a_problem(tmp_path):
    assert any("occurs twice" in problem for problem in problems(tmp_path, a=HEAD + "metrics: []\nmetrics: []\n"))


def test_an_id_defined_twice_names_both_places(tmp_path):
    found = problems(tmp_path, z=metric("dataset: paid_orders, agg: count", id_="gmv_paid"))
    assert any(problem.startswith("z.yaml:4: gmv_paid: defined before, at model.yaml:") for problem in found)


def test_a_file_that_is_no_utf8_is_a_problem(tmp_path):
    shutil.copytree(MODEL, tmp_path / "model")
    (tmp_path / "model" / "b.yaml").write_bytes("source: 渠道".encode("gbk"))
    with pytest.raises(ConfigurationError, match="not UTF-8"):
        loader.load(tmp_path / "model")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (metric("dataset: nowhere, agg: count"), "there is no dataset 'nowhere'"),
        (metric("dataset: paid_orders, agg: sum, expr: nothing"), "'paid_orders' has no field 'nothing'"),
        (metric("dataset: paid_orders, agg: sum, expr: nowhere.x"), "has no relationship 'nowhere'"),
        (metric("dataset: paid_orders, agg: sum, expr: store.x"), "'stores' has no field 'x'"),
        (metric("dataset: paid_orders, agg: count, where: matched.never"), "no matched flag 'never'"),
        (metric("dataset: items, agg: count, where: matched.bought_in_window"), "is of dataset 'paid_orders'"),
        (metric("dataset: paid_orders, agg: count, where: 'paid_at >= $today'"), "no placeholder $today"),
        (metric("dataset: paid_orders, agg: count, where: 'item_count > $days'"), "$days is used"),
        (metric("dataset: paid_orders, agg: count, where: 'item_count >'"), "does not parse"),
        (metric("dataset: paid_orders, agg: count, where: 'one_id IN (SELECT 1)'"), "not a query"),
        (metric("dataset: paid_orders, agg: sum, expr: SUM(paid_amount)"), "an aggregate inside"),
        (metric("dataset: paid_orders, agg: sum"), "needs expr"),
        (metric("dataset: paid_orders, agg: count, time: never"), "time: there is no field 'never'"),
        (metric("type: ratio, numerator: gmv_paid, denominator: nil", "non_additive"), "there is no metric 'nil'"),
        (metric("type: derived, formula: m1 + gmv_paid"), "computed from itself"),
        (metric("type: ratio, numerator: gmv_paid, denominator: order_count"), "a ratio is non_additive"),
        (metric("dataset: paid_orders, agg: count_distinct, expr: one_id"), "count_distinct is non_additive"),
        (metric("dataset: members, agg: count, window: until"), "semi_additive"),
    ],
)
def test_cross_checks(tmp_path, text, message):
    assert any(message in problem and problem.startswith("a.yaml:4: m1") for problem in problems(tmp_path, a=text))
