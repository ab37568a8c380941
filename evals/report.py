"""What a run found, as one plain structure: the JSON file is it, terminal and HTML page show it.

Of held-out sets only totals by category are in it, unless asked for: nobody tunes on them by accident.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from evals.score import (
    CaseResult,
    Rate,
    by_form,
    calibration,
    calibration_error,
    confidence_buckets,
    grouped,
    paraphrase_drop,
    percentile,
    summarise,
)
from evals.time_grammar import PhraseResult

Report = dict[str, Any]
NAMES = {
    "right": "right", "answer_rate": "answer rate", "accuracy": "accuracy when answered",
    "silent_wrong": "silent wrong", "correct_clarify": "correct clarify", "correct_refuse": "correct refuse",
}  # fmt: skip
"""Measure → its name for readers."""
PROMISED: Mapping[str, float] = {
    "answer_rate": 0.85, "accuracy": 0.95, "silent_wrong": 0.01, "correct_clarify": 0.90, "correct_refuse": 0.95,
    "time": 0.98,
}  # fmt: skip
"""What the rule planner is held to; silent_wrong at most, the others at least."""


def build_report(
    results: Sequence[CaseResult], phrases: Sequence[PhraseResult], meta: Mapping[str, Any], *, show_held: bool
) -> Report:
    """Everything a reader needs to judge the run."""
    first = _first_warehouse(results)
    buckets = confidence_buckets(results, first)
    forms = by_form(results)
    ms = [taken for result in results for taken in result.ms.values()]
    return {
        "meta": dict(meta),
        "totals": {"all": _summary(results), **_summaries(grouped(results, lambda r: r.case.set))},
        "by_suite": _summaries(grouped(results, lambda r: f"{r.case.suite} {r.case.set}")),
        "by_category": _summaries(grouped(results, lambda r: r.case.category)),
        "by_form": {form: rate_of(found) for form, found in forms.items()},
        "paraphrase_drop": paraphrase_drop(forms),
        "time": _time(phrases),
        "calibration": {name: rate_of(found) for name, found in calibration(results, first).items()},
        "confidence": {bucket.name: {"said": bucket.said, **rate_of(bucket.found)} for bucket in buckets},
        "calibration_error": calibration_error(buckets),
        "latency_ms": {"p50": percentile(ms, 0.5), "p95": percentile(ms, 0.95), "asked": len(ms)},
        "cost": {"calls": sum(r.model_calls for r in results), "amount": sum(r.cost for r in results)},
        "outcomes": _outcomes(results),
        "failing": [failing(r) for r in results if not r.is_right and (show_held or r.case.set != "held")],
        "time_failing": [
            {"phrase": r.phrase.question, "as_of": str(r.phrase.as_of), "file": r.phrase.file, "found": str(r.found),
             "expected": str(r.phrase.expected)}
            for r in phrases if not r.is_right and (show_held or not r.phrase.is_held)
        ],
    }  # fmt: skip


def _first_warehouse(results: Sequence[CaseResult]) -> str:
    return next((name for result in results for name in result.verdicts), "")


def _summaries(groups: Mapping[str, Sequence[CaseResult]]) -> dict[str, Any]:
    return {name: _summary(group) for name, group in groups.items()}


def _summary(results: Sequence[CaseResult]) -> dict[str, Any]:
    summary = summarise(results)
    return {"cases": summary.cases, **{name: rate_of(found) for name, found in summary.rates.items()}}


def rate_of(found: Rate) -> dict[str, Any]:
    """A rate as data: value and interval are null where there was nothing to count."""
    low, high = found.interval or (None, None)
    return {"hits": found.hits, "total": found.total, "value": found.value, "low": low, "high": high}


def _time(phrases: Sequence[PhraseResult]) -> dict[str, Any]:
    files: dict[str, list[PhraseResult]] = {}
    for result in phrases:
        files.setdefault(result.phrase.file, []).append(result)
    groups = {"all": list(phrases), **files}
    return {name: rate_of(Rate(sum(r.is_right for r in group), len(group))) for name, group in groups.items()}


def _outcomes(results: Sequence[CaseResult]) -> dict[str, dict[str, int]]:
    """Expected kind → outcome → cases."""
    counts: dict[str, dict[str, int]] = {}
    for result in results:
        row = counts.setdefault(result.case.expect.kind, {})
        row[result.outcome] = row.get(result.outcome, 0) + 1
    return counts


def failing(result: CaseResult) -> dict[str, Any]:
    """One case that is not right, with what whoever mends it wants to see."""
    case, answer = result.case, result.answers.get(result.worst)
    return {
        "id": case.id, "question": case.question, "turns": list(case.turns), "department": case.department,
        "category": case.category, "suite": case.suite, "set": case.set, "form": case.form,
        "expected": case.expect.kind, "outcome": result.outcome, "stage": result.stage,
        "warehouse": result.worst,
        "right_on": [name for name, verdict in result.verdicts.items() if verdict.outcome == "right"],
        "read_as": answer.restatement if answer else "", "detail": list(result.verdict.detail), "why": case.why,
        "gold": list(case.expect.readings), "sql": (answer.sql or "") if answer else "",
    }  # fmt: skip
