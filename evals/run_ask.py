"""Ask the planner every question of evals/cases/ask and compare the rows with hand-written SQL.

Run: python -m evals.run_ask --warehouse FILE [--only SHAPE] [--json] [--check]

A case is {id, question, shape} and one of
  sql           DuckDB SQL over the contract and the views `paid` and `first_paid`; its rows are the expected answer.
                alternatives: further SQL; the answer may equal any of them (more than one reading is defensible).
  refuse: true  Must be refused or asked back. noted: REGEX — an answer with such a note or failed check also passes.
  ask: true     The definitions say that this term is asked back when nobody bound it.
The column order is free; the answer may have more columns (change, share, compare) but not more or fewer rows.
"""

import argparse
import json
import re
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import yaml

from app import wiring
from app.core.actor import LOCAL_OPERATOR
from app.flows.answer import Answer
from app.settings import Settings

HERE = Path(__file__).resolve().parent
CASES = HERE / "cases" / "ask"
VIEWS = HERE.parent / "tests" / "fixtures" / "jargon_oracle" / "views.sql"
OUTCOMES = ("correct", "correct_refuse", "wrong", "wrong_accept", "asked_back", "refused", "failed")
REST = {"其他", "其它", "其余", "other", "others", "rest", "the rest", "__other__", "__rest__"}
CENT = 0.005 + 1e-9


@dataclass
class Graded:
    """One case after asking."""

    id: str
    shape: str
    question: str
    outcome: str
    restatement: str = ""
    detail: list[str] = field(default_factory=list)
    ms: float = 0.0


def plain(value: Any) -> Any:
    """A cell as None, float or str; buckets of time as their first day."""
    if value is None or value == "":
        return None
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (int, float, Decimal)):
        return float(value)
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == datetime.min.time() else value.isoformat(" ")
    return _bucket(value.isoformat() if isinstance(value, date) else str(value))


def _bucket(text: str) -> str:
    if quarter := re.fullmatch(r"(\d{4})-?Q([1-4])", text):
        return f"{quarter[1]}-{int(quarter[2]) * 3 - 2:02d}-01"
    if week := re.fullmatch(r"(\d{4})-?W(\d{2})", text):
        return date.fromisocalendar(int(week[1]), int(week[2]), 1).isoformat()
    if re.fullmatch(r"\d{4}-\d{2}", text):
        return f"{text}-01"
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}[ T]00:00(:00)?", text):
        return text[:10]
    return text


def same(expected: Any, cell: Any, unit: str | None, label: str | None) -> bool:
    """Is this cell the expected value? Money may be rounded to cents; a stored value may show its display text."""
    want, got = plain(expected), plain(cell)
    if isinstance(want, float) and isinstance(got, float):
        room = max(1e-6 * abs(want), 1e-12)
        return abs(want - got) <= (max(room, CENT) if unit and "CNY" in unit else room)
    if isinstance(want, str) and want in REST:
        return isinstance(got, str) and (got.lower() in REST or (label or "") in REST)
    return want == got or (isinstance(want, str) and want == label)


def matching(wants: Sequence[Any], gots: Sequence[Any], fits: Any) -> bool:
    """Can every want take a got of its own? (Kuhn's bipartite matching)"""
    owner: dict[int, int] = {}

    def place(want: int, seen: set[int]) -> bool:
        for got in range(len(gots)):
            if got in seen or not fits(wants[want], gots[got]):
                continue
            seen.add(got)
            if got not in owner or place(owner[got], seen):
                owner[got] = want
                return True
        return False

    return all(place(want, set()) for want in range(len(wants)))


def row_matches(answer: Answer, want: Sequence[Any], row: Sequence[Any]) -> bool:
    """Does the answer's row hold every expected value, each in a cell of its own?"""
    cells = [
        (cell, column.unit, answer.labels.get(column.name, {}).get(str(cell)))
        for column, cell in zip(answer.columns, row, strict=True)
    ]
    return matching(want, cells, lambda value, cell: same(value, *cell))


def differs(answer: Answer, expected: Sequence[Sequence[Any]]) -> str | None:
    """What is wrong with the answer's rows, or None."""
    if len(answer.rows) != len(expected):
        return f"{len(answer.rows)} rows, expected {len(expected)}"
    if matching(expected, answer.rows, lambda want, row: row_matches(answer, want, row)):
        return None
    missing = [want for want in expected if not any(row_matches(answer, want, row) for row in answer.rows)]
    return f"{len(missing)} of {len(expected)} expected rows are not there"


def brief(rows: Sequence[Sequence[Any]], limit: int = 4) -> str:
    """The first rows, short."""
    shown = [[float(cell) if isinstance(cell, Decimal) else cell for cell in row] for row in rows[:limit]]
    return json.dumps(shown, ensure_ascii=False, default=str) + (f" … {len(rows)} rows" if len(rows) > limit else "")


def grade_table(answer: Answer, case: dict[str, Any], oracle: duckdb.DuckDBPyConnection) -> tuple[str, list[str]]:
    """Compare an answer with the hand-written SQL and its alternatives."""
    if answer.status != "answered":
        outcome = {"needs_clarification": "asked_back", "refused": "refused"}.get(answer.status, "failed")
        return outcome, [_reason(answer)]
    readings = [oracle.execute(sql).fetchall() for sql in (case["sql"], *case.get("alternatives", ()))]
    problems = [differs(answer, rows) for rows in readings]
    if None in problems:
        return "correct", []
    columns = ", ".join(column.name for column in answer.columns)
    return "wrong", [
        str(problems[0]), f"expected {brief(readings[0])}", f"got ({columns}) {brief(answer.rows)}",
        *(f"note {note}" for note in answer.notes[:3]),
    ]  # fmt: skip


def grade_refusal(answer: Answer, case: dict[str, Any]) -> tuple[str, list[str]]:
    """A case that has no answer: refused, asked back, or answered with the note that the case names."""
    if answer.status in {"refused", "needs_clarification"}:
        return "correct_refuse", [_reason(answer)]
    if answer.status == "failed":
        return "failed", [_reason(answer)]
    caveats = [*answer.notes, *(check.detail for check in answer.checks if not check.passed)]
    if case.get("noted") and any(re.search(case["noted"], text, re.IGNORECASE) for text in caveats):
        return "correct_refuse", caveats
    return "wrong_accept", [f"got {brief(answer.rows)}", *caveats[:3]]


def grade_ask_back(answer: Answer) -> tuple[str, list[str]]:
    """A term that the definitions leave open must be asked back."""
    if answer.status == "needs_clarification":
        return "correct", []
    if answer.status == "answered":
        return "wrong_accept", ["should ask which definition is meant", f"got {brief(answer.rows)}"]
    return answer.status, [_reason(answer)]


def _reason(answer: Answer) -> str:
    if answer.refusal:
        return f"{answer.status}: {answer.refusal.code}: {answer.refusal.reason}"
    if answer.clarification:
        options = " | ".join(option.label for option in answer.clarification.options)
        return f"{answer.status}: {answer.clarification.question} [{options}]"
    return answer.status


def grade(app: wiring.Application, case: dict[str, Any], oracle: duckdb.DuckDBPyConnection) -> Graded:
    """Ask one question and judge the answer."""
    started = time.perf_counter()
    try:
        answer = app.answer_question.ask(case["question"], LOCAL_OPERATOR)
    except Exception as error:  # noqa: BLE001 — a crash is a result of the examination
        crash = [f"{type(error).__name__}: {error}"]
        return Graded(case["id"], case["shape"], case["question"], "failed", detail=crash)
    taken = (time.perf_counter() - started) * 1000
    if case.get("refuse"):
        outcome, detail = grade_refusal(answer, case)
    elif case.get("ask"):
        outcome, detail = grade_ask_back(answer)
    else:
        outcome, detail = grade_table(answer, case, oracle)
    return Graded(case["id"], case["shape"], case["question"], outcome, answer.restatement, detail, round(taken, 1))


def load(only: str | None) -> list[dict[str, Any]]:
    """Every case, or one shape's, in the order of the files."""
    files = sorted(CASES.glob("*.yaml"))
    cases = [case for path in files for case in yaml.safe_load(path.read_text(encoding="utf-8"))]
    repeated = [name for name, count in Counter(case["id"] for case in cases).items() if count > 1]
    if repeated:
        sys.exit(f"case ids used twice: {', '.join(repeated)}")
    return [case for case in cases if only in (None, case["shape"], case["id"])]


def open_oracle(warehouse: Path) -> duckdb.DuckDBPyConnection:
    """The same file, read-only, with the two views of the definitions."""
    oracle = duckdb.connect(str(warehouse), read_only=True)
    oracle.execute("SET threads = 1")
    oracle.execute(VIEWS.read_text(encoding="utf-8").replace("CREATE VIEW", "CREATE TEMP VIEW"))
    return oracle


def check(cases: list[dict[str, Any]], oracle: duckdb.DuckDBPyConnection) -> int:
    """Run every hand-written SQL and print what it expects; ask nothing."""
    broken = 0
    for case in cases:
        for sql in [case["sql"], *case.get("alternatives", ())] if "sql" in case else []:
            try:
                rows = oracle.execute(sql).fetchall()
            except duckdb.Error as error:
                print(f"{case['id']} DOES NOT RUN: {error}")
                broken += 1
                continue
            print(f"{case['id']} {case['question']} → {brief(rows, 3)}")
            broken += not rows
    return broken


def report(graded: list[Graded]) -> None:
    """A table by shape, then every failing case with what differed."""
    by_shape: dict[str, Counter[str]] = defaultdict(Counter)
    for one in graded:
        by_shape[one.shape][one.outcome] += 1
        by_shape["TOTAL"][one.outcome] += 1
    print(f"{'shape':<14}{'cases':>6}" + "".join(f"{name:>15}" for name in OUTCOMES))
    for shape, counts in by_shape.items():
        if shape != "TOTAL":
            print(f"{shape:<14}{counts.total():>6}" + "".join(f"{counts[name] or '':>15}" for name in OUTCOMES))
    total = by_shape["TOTAL"]
    print(f"{'TOTAL':<14}{total.total():>6}" + "".join(f"{total[name]:>15}" for name in OUTCOMES))
    for one in graded:
        if not one.outcome.startswith("correct"):
            print(f"\n{one.id}  {one.outcome.upper()}  {one.question}\n    read as  {one.restatement}")
            print("".join(f"    {line}\n" for line in one.detail), end="")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warehouse", type=Path, required=True, help="a DuckDB file that follows the contract")
    parser.add_argument("--only", help="one shape, or one case id")
    parser.add_argument("--json", action="store_true", help="one JSON object per case instead of the table")
    parser.add_argument("--check", action="store_true", help="only run the hand-written SQL")
    options = parser.parse_args()
    cases = load(options.only)
    oracle = open_oracle(options.warehouse)
    if options.check:
        return min(check(cases, oracle), 1)
    with tempfile.TemporaryDirectory(prefix="run_ask_") as folder:
        app = wiring.build(Settings(data_dir=Path(folder), workers=1), warehouse=options.warehouse)
        try:
            graded = [grade(app, case, oracle) for case in cases]
        finally:
            app.close()
    if options.json:
        print("\n".join(json.dumps(asdict(one), ensure_ascii=False) for one in graded))
    else:
        report(graded)
    return int(any(not one.outcome.startswith("correct") for one in graded))


if __name__ == "__main__":
    raise SystemExit(main())
