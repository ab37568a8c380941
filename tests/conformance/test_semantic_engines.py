"""The golden queries give the same rows on ClickHouse (chdb) and PostgreSQL as the hand-written SQL on DuckDB."""

from datetime import date, datetime

import pytest

from app.semantic.compiler import compile as compile_query
from tests.fixtures.postgres import server
from tests.fixtures.semantic import golden, warehouse

CASES = [case for case in golden.cases() if case.sql]


@pytest.fixture(scope="module")
def clickhouse(tmp_path_factory):
    session = pytest.importorskip("chdb.session", reason="chdb is not installed")
    open_session = session.Session(str(tmp_path_factory.mktemp("chdb")))
    open_session.query("CREATE DATABASE IF NOT EXISTS w")
    open_session.query("USE w")
    for statement in [*warehouse.create_statements("clickhouse"), *warehouse.insert_statements()]:
        open_session.query(statement)
    yield open_session
    open_session.close()


def _clickhouse_rows(session, sql: str, types: list[str]) -> list[tuple]:
    import json

    text = str(session.query(f"{sql}\nSETTINGS join_use_nulls = 1", "JSONCompactEachRow"))
    return [
        tuple(_clickhouse_value(value, type_) for value, type_ in zip(json.loads(line), types, strict=True))
        for line in text.splitlines()
    ]


def _clickhouse_value(value, type_: str):
    if value is None or isinstance(value, bool):
        return value
    if type_ in ("integer", "decimal", "double"):
        return float(value)
    if type_ == "timestamp":
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if type_ == "date" else value


@pytest.mark.engine("clickhouse")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_clickhouse_agrees(case, clickhouse):
    compiled = compile_query(case.query, golden.model(), golden.context("clickhouse"))
    rows = _clickhouse_rows(clickhouse, compiled.sql, [column.value_type for column in compiled.columns])
    assert golden.normalised(rows, ordered=case.ordered) == golden.expected(case.id)


@pytest.fixture(scope="module")
def postgres():
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    with (
        server() as home,
        psycopg.connect(host=str(home), user="postgres", dbname="postgres", autocommit=True) as connection,
    ):
        for statement in [*warehouse.create_statements("postgres"), *warehouse.insert_statements()]:
            connection.execute(statement)
        connection.execute("ANALYZE")
        yield connection


@pytest.mark.engine("postgres")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_postgres_agrees(case, postgres):
    compiled = compile_query(case.query, golden.model(), golden.context("postgres"))
    rows = postgres.execute(compiled.sql.replace("%", "%%")).fetchall()
    assert golden.normalised(rows, ordered=case.ordered) == golden.expected(case.id)
