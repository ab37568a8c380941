"""The numbers of the report, each against counting by hand; the baseline against drops."""

import json
from pathlib import Path
from types import MappingProxyType

import pytest
from eval_builders import METRIC, answered, refused
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from app.flows.answer import TrustEvidence
from evals import baseline, terminal
from evals.cases import Case
from evals.grade import Outcome, Verdict
from evals.page import page
from evals.report import build_report
from evals.score import (
    CaseResult,
    by_form,
    calibration,
    calibration_error,
    confidence_buckets,
    paraphrase_drop,
    percentile,
    summarise,
    wilson,
)

EXPECT = MappingProxyType(
    {
        "sql": {"sql": "SELECT 1"},
        "refuse": {"refuse": True},
        "clarify": {"clarify": {"term": "t", "readings": ["SELECT 1"]}},
    }
)


def result(kind: str, *outcomes: Outcome, form: str = "written", held: bool = False, name: str = "") -> CaseResult:
    one = Case.model_validate({
        "id": name or f"{kind}.{'-'.join(outcomes)}.{form}{held}", "question": f"<b>{name}</b>?", "form": form,
        "expect": EXPECT[kind], "category": kind, "suite": "house", "set": "held" if held else "dev",
    })  # fmt: skip
    verdicts = {f"w{i}": Verdict(outcome, "time", ("why",)) for i, outcome in enumerate(outcomes)}
    return CaseResult(one, verdicts, ms={"w0": 10.0})


def test_a_case_is_as_good_as_on_its_worst_warehouse() -> None:
    assert result("sql", "right", "right", "right").is_right
    assert result("sql", "right", "wrong", "refused").outcome == "wrong"
    assert result("sql", "right", "refused").outcome == "refused"
    assert result("sql", "right", "wrong").worst == "w1"


def test_the_promised_rates_are_what_counting_gives() -> None:
    results = [
        result("sql", "right"), result("sql", "right"), result("sql", "wrong"), result("sql", "refused"),
        result("sql", "asked_back"), result("refuse", "right"), result("refuse", "wrong"), result("clarify", "right"),
        result("clarify", "asked_back"), result("clarify", "wrong"),
    ]  # fmt: skip
    rates = {name: (rate.hits, rate.total) for name, rate in summarise(results).rates.items()}
    assert rates == {
        "right": (4, 10), "answer_rate": (3, 5), "accuracy": (2, 5), "silent_wrong": (3, 10), "correct_clarify": (1, 3),
        "correct_refuse": (1, 2),
    }  # fmt: skip


@given(st.integers(1, 500).flatmap(lambda total: st.tuples(st.integers(0, total), st.just(total))))
def test_the_interval_holds_the_share_and_stays_a_share(pair: tuple[int, int]) -> None:
    low, high = wilson(*pair)
    assert 0 <= low <= pair[0] / pair[1] + 1e-12 <= high + 2e-12
    assert high <= 1


def test_the_interval_is_wilsons() -> None:
    # Newcombe 1998, table I: 81/263 → .2553–.3662, 0/20 → 0–.1611, 1/29 → .0061–.1718
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)


def test_the_paraphrase_drop_compares_written_with_all_other_forms() -> None:
    results = [
        result("sql", "right"), result("sql", "right"), result("sql", "right", form="spoken"),
        result("sql", "wrong", form="typo"),
        result("refuse", "wrong", form="typo"),
    ]  # fmt: skip
    assert paraphrase_drop(by_form(results)) == pytest.approx(0.5)


def test_calibration_counts_stated_tables_by_what_they_say_of_themselves() -> None:
    def told(outcome: Outcome, coverage: float, fuzzy: tuple[str, ...]) -> CaseResult:
        evidence = TrustEvidence(coverage=coverage, path="rule", fuzzy=fuzzy, checks_passed=3, checks_total=3)
        answer = answered([("n", METRIC)], [(1,)], trust="governed", evidence=evidence)
        return CaseResult(result("sql", outcome).case, {"w0": Verdict(outcome)}, answers={"w0": answer})

    silent = CaseResult(result("sql", "refused").case, {"w0": Verdict("refused")}, answers={"w0": refused("x")})
    found = calibration([told("right", 1.0, ()), told("wrong", 0.95, ("a → b",)), silent], "w0")
    assert {name: (rate.hits, rate.total) for name, rate in found.items()} == {
        "trust governed": (1, 2), "coverage 1": (1, 1), "coverage 0.9–1": (0, 1), "words exact": (1, 1),
        "words approximate": (0, 1), "path rule": (1, 2), "checks all passed": (1, 2), "doubts none": (1, 2),
    }  # fmt: skip


def test_the_calibration_error_is_the_mean_distance_of_said_and_found() -> None:
    def told(outcome: Outcome, confidence: float | None) -> CaseResult:
        evidence = TrustEvidence(coverage=1.0, path="rule", confidence=confidence)
        answer = answered([("n", METRIC)], [(1,)], trust="governed", evidence=evidence)
        return CaseResult(result("sql", outcome).case, {"w0": Verdict(outcome)}, answers={"w0": answer})

    stated = [told("right", 1.0), told("right", 0.98), told("wrong", 0.97), told("right", 0.7), told("wrong", 0.75)]
    buckets = confidence_buckets([*stated, told("right", None), told("refused", 0.1)], "w0")
    assert [(b.name, b.found.hits, b.found.total) for b in buckets] == [
        ("confidence 0.7–0.8", 1, 2), ("confidence 0.97–1", 2, 3),
    ]  # fmt: skip
    assert buckets[1].said == pytest.approx((1.0 + 0.98 + 0.97) / 3)
    # by hand: (|1.45 − 1| + |2.95 − 2|) / 5
    assert calibration_error(buckets) == pytest.approx(0.28)
    assert calibration_error([]) is None


def test_percentiles_are_values_that_were_measured() -> None:
    assert percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5) == 3.0
    assert percentile([1.0, 2.0], 0.95) == 2.0
    assert percentile([], 0.5) is None


RESULTS = [
    result("sql", "right", name="good"), result("sql", "wrong", name="open"),
    result("sql", "wrong", held=True, name="secret"),
]  # fmt: skip


def test_held_out_cases_are_in_the_totals_but_not_shown() -> None:
    report = build_report(RESULTS, [], {}, show_held=False)
    assert report["totals"]["held"]["cases"] == 1
    assert [case["id"] for case in report["failing"]] == ["open"]
    console = Console(record=True, width=200, file=open("/dev/null", "w"))  # noqa: SIM115
    terminal.show(report, console)
    console.file.close()
    for text in (console.export_text(), page(report), json.dumps(report)):
        assert "open" in text
        assert "secret" not in text
    assert {case["id"] for case in build_report(RESULTS, [], {}, show_held=True)["failing"]} == {"open", "secret"}


def test_the_page_stands_alone_and_escapes_what_it_shows() -> None:
    text = page(build_report(RESULTS, [], {"planner": "<rule>"}, show_held=False))
    assert "&lt;b&gt;open" in text
    assert "<b>open" not in text
    assert "&lt;rule&gt;" in text
    assert not any(mark in text for mark in ("http:", "https:", "src=", "<script", "@import"))


def test_any_promised_number_that_falls_is_a_drop_and_one_that_rises_is_not(tmp_path: Path) -> None:
    report = build_report(RESULTS, [], {}, show_held=False)
    path = tmp_path / "rule.json"
    baseline.write(report, path)
    kept = baseline.read(path)
    assert baseline.drops(report, kept) == []
    better = build_report(
        [result("sql", "right", name="good"), result("sql", "right", name="open"), RESULTS[2]], [], {}, show_held=False
    )
    assert baseline.drops(better, kept) == []
    fallen = baseline.drops(report, baseline.baseline_of(better))
    assert any(text.startswith("dev: right 1/2, was 2/2") for text in fallen)
    assert any(text.startswith("dev: silent_wrong 1/2, was 0/2") for text in fallen)
    without_held = build_report(RESULTS[:2], [], {}, show_held=False)
    assert any("held: right is no longer measured" in text for text in baseline.drops(without_held, kept))
