"""Compares a run with what is kept in evals/baselines: any promised number that got worse is a drop."""

import json
from pathlib import Path
from typing import Any

from evals.report import NAMES, Report

FOLDER = Path(__file__).resolve().parent / "baselines"
_LESS_IS_BETTER = frozenset({"silent_wrong"})
_SLACK = 1e-9


def baseline_of(report: Report) -> dict[str, Any]:
    """What is kept of a report: hits and totals of each set and suite, and of the time expressions."""
    groups = {**report["totals"], **report["by_suite"]}
    kept = {
        group: {name: [summary[name]["hits"], summary[name]["total"]] for name in NAMES}
        for group, summary in groups.items()
    }
    time = report["time"]["all"]
    kept["time"] = {"right": [time["hits"], time["total"]]}
    return kept


def path_of(planner: str, *, knowledge: bool) -> Path:
    """One baseline per planner, and one for the run without knowledge."""
    return FOLDER / f"{planner}{'' if knowledge else '-no-knowledge'}.json"


def drops(report: Report, baseline: dict[str, Any]) -> list[str]:
    """What is worse than the baseline, in words. A group or measure that is gone is a drop too."""
    now = baseline_of(report)
    found = []
    for group, measures in baseline.items():
        for name, (hits, total) in measures.items():
            new = now.get(group, {}).get(name)
            if total and (new is None or not new[1]):
                found.append(f"{group}: {name} is no longer measured")
            elif total and new is not None and _is_worse(name, new[0] / new[1], hits / total):
                found.append(f"{group}: {name} {new[0]}/{new[1]}, was {hits}/{total}")
    return found


def _is_worse(name: str, new: float, old: float) -> bool:
    return new > old + _SLACK if name in _LESS_IS_BETTER else new < old - _SLACK


def read(path: Path) -> dict[str, Any]:
    """The baseline of a file; empty where there is none."""
    if not path.exists():
        return {}
    kept: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return kept


def write(report: Report, path: Path) -> None:
    """Accept this run as what later runs must reach."""
    path.parent.mkdir(exist_ok=True)
    groups = (f" {json.dumps(group)}: {json.dumps(kept)}" for group, kept in baseline_of(report).items())
    path.write_text("{\n" + ",\n".join(groups) + "\n}\n", encoding="utf-8")
