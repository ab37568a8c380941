"""Runs the cases and reports: `python -m evals`, or `qianmian eval`.

Exit code: 0 done (with --check: nothing got worse), 1 --check found a drop, 2 the suite or the command is wrong.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from app.core.clock import system_clock
from app.settings import load_settings
from evals import baseline, terminal
from evals.cases import Case, CasesError, load_cases, select
from evals.gold import Gold
from evals.page import page
from evals.report import Report, build_report
from evals.run import Setup, run
from evals.score import CaseResult
from evals.time_grammar import PhraseResult, load_phrases, score_phrases
from evals.warehouses import RECIPES, Warehouse, own, prepare

_WARN = Console(stderr=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run with command-line arguments; the exit code is returned."""
    options = _parser().parse_args(arguments)
    if options.check and (options.only or options.set != "all" or options.warehouse):
        _WARN.print("--check compares whole runs: leave out --only, --set and --warehouse", style="red")
        return 2
    try:
        cases = list(select(load_cases(), which=options.set, only=options.only))
        if not cases:
            raise CasesError("no case has such an id, category, suite, form, kind or tag")
        return _gold_only(cases, options) if options.gold else _run(cases, options)
    except CasesError as error:
        _WARN.print(str(error), style="red", markup=False)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="qianmian eval", description="Ask every case and grade the answers.")
    add = parser.add_argument
    add(
        "--set",
        choices=("dev", "held", "all"),
        default="all",
        help="which half of the cases; held-out ones show totals only",
    )
    add(
        "--only",
        action="append",
        default=[],
        metavar="NAME",
        help="an id, category, suite, form, kind or tag; repeatable",
    )
    add("--planner", choices=("rule", "llm", "auto"), default="rule")
    add("--knowledge", choices=("on", "off"), default="on", help="off: without the jargon, to see what it is worth")
    add(
        "--warehouse",
        type=Path,
        action="append",
        metavar="FILE",
        help="grade on this file instead of the demo's; repeatable",
    )
    add("--record", type=Path, metavar="FILE", help="keep every model call in FILE")
    add("--replay", type=Path, metavar="FILE", help="answer model calls from FILE, call no model")
    add("--out", type=Path, metavar="DIR", help="write report.json and report.html to DIR")
    add("--check", action="store_true", help="fail when a number is worse than evals/baselines")
    add("--accept", action="store_true", help="keep this run as the baseline")
    add("--gold", action="store_true", help="only run the gold SQL and say what does not run or is empty")
    add(
        "--show-held",
        action="store_true",
        help="show failing cases of held-out sets: whoever tunes on them spoils them",
    )
    add("--json", action="store_true", help="print the report as JSON")
    add("--cache", type=Path, metavar="DIR", help="folder of built warehouses and gold results")
    return parser


def _run(cases: list[Case], options: argparse.Namespace) -> int:
    started, settings = time.perf_counter(), load_settings()
    cache = _cache(options)
    warehouses = _warehouses(options, cache)
    results = _ask(cases, warehouses, Setup(
        settings, cache, planner=options.planner, knowledge=options.knowledge == "on", record=options.record,
        replay=options.replay,
    ))  # fmt: skip
    whole = not options.only or "time" in options.only
    phrases = score_phrases(load_phrases(), settings.knowledge_dir) if whole else []
    meta = {
        "made": system_clock().astimezone(UTC).isoformat(timespec="seconds"), "planner": options.planner,
        "knowledge": options.knowledge, "set": options.set, "warehouses": ", ".join(w.id for w in warehouses),
        "seconds": round(time.perf_counter() - started, 1),
    }  # fmt: skip
    return _conclude(results, phrases, meta, options)


def _conclude(
    results: list[CaseResult], phrases: list[PhraseResult], meta: dict[str, Any], options: argparse.Namespace
) -> int:
    report = build_report(results, phrases, meta, show_held=options.show_held)
    if options.json:
        sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=1) + "\n")
    else:
        terminal.show(report, Console())
    if options.out:
        _write(report, options.out)
    path = baseline.path_of(options.planner, knowledge=options.knowledge == "on")
    if options.accept:
        baseline.write(report, path)
    return _check(report, path) if options.check else 0


def _check(report: Report, path: Path) -> int:
    if not path.exists():
        _WARN.print(f"there is no {path} to compare with: keep a run with --accept", style="red", markup=False)
        return 2
    drops = baseline.drops(report, baseline.read(path))
    for drop in drops:
        _WARN.print(f"DROP {drop}", style="red", markup=False)
    return min(len(drops), 1)


def _write(report: Report, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "report.json").write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    (folder / "report.html").write_text(page(report), encoding="utf-8")
    _WARN.print(f"written: {folder / 'report.html'}")


def _cache(options: argparse.Namespace) -> Path:
    folder: Path = options.cache or Path(tempfile.gettempdir()) / "qianmian-evals"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _warehouses(options: argparse.Namespace, cache: Path) -> list[Warehouse]:
    if options.warehouse:
        return [own(path) for path in options.warehouse]
    return [prepare(recipe, cache, lambda text: _WARN.print(f"… {text}")) for recipe in RECIPES]


def _ask(cases: list[Case], warehouses: list[Warehouse], setup: Setup) -> list[CaseResult]:
    columns = (TextColumn("asking"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=_WARN, transient=True) as bar:
        task = bar.add_task("asking", total=len(cases) * len(warehouses))
        return run(cases, warehouses, setup, lambda count: bar.advance(task, count))


def _gold_only(cases: list[Case], options: argparse.Namespace) -> int:
    """Whether the suite itself is sound; asks nothing."""
    problems = 0
    for warehouse in _warehouses(options, _cache(options))[:1]:
        gold = Gold(warehouse.path)
        broken = gold.run_all(sql for case in cases for sql in case.expect.readings)
        for case in cases:
            for sql in case.expect.readings:
                rows = () if sql in broken else gold.rows(sql)
                if not rows:
                    problems += 1
                    _WARN.print(f"{case.id}: {broken.get(sql, 'no rows')}\n    {sql}", markup=False)
        gold.close()
    return min(problems, 1)


if __name__ == "__main__":
    raise SystemExit(main())
