"""Every computable sense of the glossary against the glossary's own SQL, on a seeded warehouse full of traps.

`senses.yaml` holds hand-written SQL per (term, sense); the rewrite is turned into a plan and compiled, so that a
rewrite onto a wrong metric, segment or filter shows as a wrong number.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from app.knowledge.entries import Rewrite
from app.knowledge.glossary import Glossary, load_glossary
from app.semantic.compiler import compile
from app.semantic.joins import metrics_for_dimension
from app.semantic.loader import load
from app.semantic.model import SemanticModel
from app.semantic.query import Filter, SegmentRef, SemanticQuery
from app.semantic.request import CompileContext
from tests.fixtures.contract_warehouse import AS_OF, FIRST_DAY, build

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / "tests" / "fixtures" / "jargon_oracle"
CASES: list[dict[str, str]] = yaml.safe_load((ORACLE / "senses.yaml").read_text("utf-8"))
WINDOWS = {
    "quarter": (date(2026, 4, 1), date(2026, 6, 30), date(2026, 1, 1)),
    "sixteen-months": (date(2025, 3, 1), date(2026, 6, 30), date(2023, 11, 1)),
    "month": (date(2026, 6, 1), date(2026, 6, 30), date(2026, 5, 1)),
}
CONTEXT = CompileContext(dialect="duckdb", as_of=AS_OF, first_day=FIRST_DAY)
Window = tuple[date, date, date]


@pytest.fixture(scope="module")
def model() -> SemanticModel:
    return load(ROOT / "knowledge" / "semantic")


@pytest.fixture(scope="module")
def glossary() -> Glossary:
    return load_glossary(ROOT / "knowledge" / "jargon")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = build(tmp_path_factory.mktemp("senses") / "contract.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute((ORACLE / "views.sql").read_text("utf-8"))
        yield connection


def _expected(warehouse: duckdb.DuckDBPyConnection, sql: str, window: Window) -> list[tuple[Any, ...]]:
    start, last, prior = window
    days = {"start": start, "end": last + timedelta(days=1), "prev_start": prior, "asof": AS_OF}
    for name, day in days.items():
        sql = sql.replace(f"${name}", f"DATE '{day.isoformat()}'")
    return warehouse.sql(sql).fetchall()


def _plan(rewrite: Rewrite, counted: str, window: Window) -> SemanticQuery:
    """The sense alone: its metric, or `counted` under its condition or by its dimension."""
    segment = SegmentRef(segment=rewrite.segment, days=rewrite.segment_days) if rewrite.segment else None
    return SemanticQuery(
        metrics=(rewrite.metric or counted,),
        dimensions=(rewrite.dimension,) if rewrite.dimension else (),
        filters=tuple(Filter(dimension=f.dimension, op=f.op, values=f.values) for f in rewrite.filters),
        segments=(segment,) if segment else (),
        start=window[0],
        end=window[1],
        limit=10_000,
    )


def _numbers(rows: list[tuple[Any, ...]]) -> list[Any]:
    """Rows of (key, value) or (value,) as a sorted list of comparable pairs; empty sums are no rows."""
    return sorted((tuple(map(str, row[:-1])), float(row[-1])) for row in rows if row[-1] is not None and row[-1] != 0)


@pytest.mark.parametrize("window", WINDOWS.values(), ids=list(WINDOWS))
@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case['term']}-{case['sense']}")
def test_a_sense_gives_what_the_glossary_defines(
    warehouse: duckdb.DuckDBPyConnection,
    model: SemanticModel,
    glossary: Glossary,
    case: dict[str, str],
    window: Window,
) -> None:
    sense = glossary.term(case["term"]).sense(case["sense"])
    assert sense is not None
    assert sense.rewrite is not None
    plan = _plan(sense.rewrite, case.get("counted", "identified_people"), window)
    ours = warehouse.sql(compile(plan, model, CONTEXT).sql).fetchall()
    sql = case["sql"]
    if case.get("people"):
        sql = f"SELECT count(DISTINCT one_id) FROM ({sql})"
    expected = _expected(warehouse, sql, window)
    ours_numbers, theirs = _numbers(ours), _numbers(expected)
    assert [key for key, _ in ours_numbers] == [key for key, _ in theirs]
    assert [value for _, value in ours_numbers] == pytest.approx([value for _, value in theirs], rel=1e-9, abs=1e-9)


def test_the_comparison_is_not_empty(warehouse: duckdb.DuckDBPyConnection) -> None:
    """Each definition finds something in the longest window; nothing equals nothing proves nothing."""
    window = WINDOWS["sixteen-months"]
    empty = [case["term"] for case in CASES if not _numbers_or_people(warehouse, case["sql"], window)]
    assert empty == []


def _numbers_or_people(warehouse: duckdb.DuckDBPyConnection, sql: str, window: Window) -> list[tuple[Any, ...]]:
    return [row for row in _expected(warehouse, sql, window) if row[-1] not in (None, 0)]


def test_every_computable_sense_compiles(
    warehouse: duckdb.DuckDBPyConnection, model: SemanticModel, glossary: Glossary
) -> None:
    """Also those without SQL in the glossary: their rewrites run."""
    window = WINDOWS["quarter"]
    for term in glossary.in_force():
        for sense in term.senses:
            rewrite = sense.rewrite
            if rewrite is None or rewrite.window or rewrite.comparison:
                continue
            counted = "identified_people" if rewrite.segment else _counted(model, rewrite)
            warehouse.sql(compile(_plan(rewrite, counted, window), model, CONTEXT).sql).fetchall()


def _counted(model: SemanticModel, rewrite: Rewrite) -> str:
    """A metric that the sense's dimensions can split."""
    if rewrite.metric:
        return rewrite.metric
    names = [rewrite.dimension] if rewrite.dimension else [f.dimension for f in rewrite.filters]
    return min(set.intersection(*(set(metrics_for_dimension(model, name)) for name in names)))
