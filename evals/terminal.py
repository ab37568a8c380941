"""The report on a terminal."""

from typing import Any

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from evals.report import NAMES, PROMISED, Report

_SHOWN = 40
_SHORT = ("right", "answered", "accurate", "silent wrong", "clarify", "refuse")
"""The measures of NAMES, as narrow as a terminal."""


def show(report: Report, console: Console) -> None:
    """Print the whole report; of failing cases the first few, the HTML page has all."""
    _print(console, "by set and suite", _rates({**report["totals"], **report["by_suite"]}))
    _print(console, "by category", _rates(report["by_category"]))
    _print(console, "questions with an answer, by form", _small(report["by_form"]))
    drop = report["paraphrase_drop"]
    console.print(f"paraphrase drop (written less all other forms): {'—' if drop is None else f'{drop * 100:.1f} pp'}")
    _print(console, "time expressions", _small(report["time"]))
    _print(
        console,
        "calibration: stated tables that are right, by what the answer says of itself",
        _small(report["calibration"]),
    )
    _print(console, "confidence: what was said, what was right", _small(report["confidence"], said=True))
    error = report["calibration_error"]
    console.print(f"expected calibration error: {'—' if error is None else f'{error * 100:.1f} pp'}")
    _cost(report, console)
    _failing(report, console)
    _verdict(report, console)


def _print(console: Console, title: str, table: Table) -> None:
    console.print(f"\n{title}", style="bold", markup=False)
    console.print(table)


def _rates(groups: dict[str, Any]) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("", no_wrap=True)
    table.add_column("cases", justify="right")
    for name in _SHORT:
        table.add_column(name, justify="right", no_wrap=True)
    for group, summary in groups.items():
        cells = [_percent(summary[name], "\n" if len(groups) < 9 else "") for name in NAMES]
        table.add_row(group, str(summary["cases"]), *cells)
    return table


def _small(rates: dict[str, Any], *, said: bool = False) -> Table:
    table = Table(box=SIMPLE, padding=(0, 1, 0, 0))
    table.add_column("")
    if said:
        table.add_column("said", justify="right")
    table.add_column("right", justify="right")
    table.add_column("95 %", justify="right")
    for name, found in rates.items():
        mean = (f"{found['said'] * 100:.1f} %",) if said else ()
        table.add_row(name, *mean, f"{found['hits']}/{found['total']}", _percent(found, " "))
    return table


def _percent(found: dict[str, Any], interval: str) -> str:
    """A share as 97.1 %, with the interval after the given separator; without one it is left out."""
    if found["value"] is None:
        return "—"
    text = f"{found['value'] * 100:.1f} %"
    return f"{text}{interval}{found['low'] * 100:.0f}–{found['high'] * 100:.0f}" if interval else text


def _cost(report: Report, console: Console) -> None:
    latency, cost = report["latency_ms"], report["cost"]
    if latency["asked"]:
        console.print(
            f"latency p50 {latency['p50']:.0f} ms, p95 {latency['p95']:.0f} ms over {latency['asked']} questions"
        )
    console.print(f"model calls {cost['calls']}, cost {cost['amount']:.4f}")


def _failing(report: Report, console: Console) -> None:
    for case in report["failing"][:_SHOWN]:
        console.print(
            f"\n{case['id']}  {case['outcome']} · {case['stage']}  {case['question']}", markup=False, style="bold"
        )
        for line in (f"read as {case['read_as']}", f"on {case['warehouse']}", *case["detail"]):
            console.print(f"    {line}", markup=False)
    left = len(report["failing"]) - _SHOWN
    if left > 0:
        console.print(f"\n… and {left} more failing cases: --out DIR writes a page with all")


def _verdict(report: Report, console: Console) -> None:
    total = report["totals"]["all"]
    for name, bound in PROMISED.items():
        found = report["time"]["all"] if name == "time" else total[name]
        if found["value"] is None:
            continue
        kept = found["value"] <= bound if name == "silent_wrong" else found["value"] >= bound
        sign = "≤" if name == "silent_wrong" else "≥"
        text = f"{NAMES.get(name, 'time expressions')} {_percent(found, ' ')}, promised {sign} {bound * 100:.0f} %"
        console.print(f"{'kept  ' if kept else 'MISSED'} {text}", markup=False, style="green" if kept else "red")
