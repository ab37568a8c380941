"""The semantic model against the brand glossary's own SQL, on a seeded warehouse full of traps."""

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml

from app.semantic.compiler import compile
from app.semantic.loader import load
from app.semantic.model import SemanticModel
from app.semantic.query import SegmentRef, SemanticQuery
from app.semantic.request import CompileContext
from tests.fixtures.contract_warehouse import AS_OF, FIRST_DAY, build

pytestmark = pytest.mark.long

ROOT = Path(__file__).parents[2]
ORACLE = ROOT / "tests" / "fixtures" / "jargon_oracle"
DEFINITIONS: dict[str, list[dict[str, str]]] = yaml.safe_load((ORACLE / "definitions.yaml").read_text("utf-8"))
WINDOWS = [
    (date(2026, 4, 1), date(2026, 6, 30), date(2026, 1, 1)),
    (date(2025, 3, 1), date(2026, 6, 30), date(2023, 11, 1)),
    (date(2026, 6, 1), date(2026, 6, 30), date(2026, 5, 1)),
]
CONTEXT = CompileContext(dialect="duckdb", as_of=AS_OF, first_day=FIRST_DAY)


@pytest.fixture(scope="module")
def model() -> SemanticModel:
    return load(ROOT / "knowledge" / "semantic")


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    path = build(tmp_path_factory.mktemp("oracle") / "contract.duckdb")
    with duckdb.connect(str(path)) as connection:
        connection.execute((ORACLE / "views.sql").read_text("utf-8"))
        yield connection


def _expected(warehouse: duckdb.DuckDBPyConnection, sql: str, window: tuple[date, date, date]) -> list[tuple[Any, ...]]:
    start, last, prior = window
    days = {"start": start, "end": last + timedelta(days=1), "prev_start": prior, "asof": AS_OF}
    for name, day in days.items():
        sql = sql.replace(f"${name}", f"DATE '{day.isoformat()}'")
    return warehouse.sql(sql).fetchall()


def _ours(warehouse: duckdb.DuckDBPyConnection, model: SemanticModel, query: SemanticQuery) -> Any:
    rows = warehouse.sql(compile(query, model, CONTEXT).sql).fetchall()
    assert len(rows) == 1
    return rows[0][0]


@pytest.mark.parametrize("window", WINDOWS, ids=["quarter", "sixteen-months", "month"])
@pytest.mark.parametrize("definition", DEFINITIONS["metrics"], ids=lambda definition: definition["metric"])
def test_metric_equals_the_glossary(
    warehouse: duckdb.DuckDBPyConnection,
    model: SemanticModel,
    definition: dict[str, str],
    window: tuple[date, date, date],
) -> None:
    query = SemanticQuery(metrics=(definition["metric"],), start=window[0], end=window[1])
    expected = _expected(warehouse, definition["sql"], window)[0][0]
    ours = _ours(warehouse, model, query)
    if expected is None:
        assert not ours
    else:
        assert float(ours) == pytest.approx(float(expected), rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("definition", DEFINITIONS["segments"], ids=lambda definition: definition["segment"])
def test_segment_holds_the_people_of_the_glossary(
    warehouse: duckdb.DuckDBPyConnection, model: SemanticModel, definition: dict[str, str]
) -> None:
    """Counted over everybody who has an identity: in the fixture that is everybody."""
    name, _, days = definition["segment"].partition("@")
    window = WINDOWS[0]
    query = SemanticQuery(
        metrics=("identified_people",),
        segments=(SegmentRef(segment=name, days=int(days) if days else None),),
        start=window[0],
        end=window[1],
    )
    people = {row[0] for row in _expected(warehouse, definition["sql"], window)} - {None}
    assert people, "the fixture has nobody like that, so nothing is tested"
    assert _ours(warehouse, model, query) == len(people)
    negated = query.model_copy(update={"segments": (query.segments[0].model_copy(update={"negated": True}),)})
    everybody = warehouse.sql("SELECT count(DISTINCT one_id) FROM identities").fetchall()[0][0]
    assert _ours(warehouse, model, negated) == everybody - len(people)


def test_every_metric_and_dimension_runs(warehouse: duckdb.DuckDBPyConnection, model: SemanticModel) -> None:
    """Every metric alone, and once with every dimension that it says it can be split by (one of them each)."""
    from app.semantic.joins import metrics_for_dimension

    start, last, _ = WINDOWS[0]
    for name in model.metrics:
        warehouse.sql(compile(SemanticQuery(metrics=(name,), start=start, end=last), model, CONTEXT).sql).fetchall()
    for dimension, definition in model.dimensions.items():
        metrics = metrics_for_dimension(model, dimension)
        assert metrics, dimension
        if definition.contains_people:
            continue
        by_dataset = {model.metrics[name].dataset: name for name in metrics if model.metrics[name].dataset}
        for name in by_dataset.values():
            query = SemanticQuery(metrics=(name,), dimensions=(dimension,), start=start, end=last)
            warehouse.sql(compile(query, model, CONTEXT).sql).fetchall()
