"""The golden queries give the same rows on ClickHouse (chdb) and PostgreSQL as the hand-written SQL on DuckDB."""

import os
import shutil
import subprocess
from datetime import date, datetime
from pathlib import Path

import pytest

from app.semantic.compiler import compile as compile_query
from tests.fixtures.semantic import golden, warehouse

CASES = [case for case in golden.cases() if case.sql]
POSTGRES_BIN = Path("/usr/lib/postgresql/15/bin")


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


def _as_postgres_user(command: list[str]) -> list[str]:
    return ["runuser", "-u", "postgres", "--", *command] if os.geteuid() == 0 else command


@pytest.fixture(scope="module")
def postgres(tmp_path_factory):
    psycopg = pytest.importorskip("psycopg", reason="psycopg is not installed")
    if not (POSTGRES_BIN / "initdb").exists():
        pytest.skip("no PostgreSQL 15 server is installed")
    home = tmp_path_factory.mktemp("pg", numbered=True)
    if os.geteuid() == 0:
        if not shutil.which("runuser"):
            pytest.skip("PostgreSQL refuses to run as root, and there is no runuser")
        for folder in (home, *list(home.parents)[:3]):
            folder.chmod(0o755)
        shutil.chown(home, "postgres")
    data, options = home / "data", f"-k {home} -c listen_addresses='' -c fsync=off"
    initdb = [
        str(POSTGRES_BIN / "initdb"),
        "-D",
        str(data),
        "-A",
        "trust",
        "-U",
        "postgres",
        "-E",
        "UTF8",
        "--locale=C.UTF-8",
    ]
    subprocess.run(_as_postgres_user(initdb), check=True, capture_output=True, cwd=home)
    control = [str(POSTGRES_BIN / "pg_ctl"), "-D", str(data), "-w", "-l", str(home / "log")]
    subprocess.run(_as_postgres_user([*control, "-o", options, "start"]), check=True, capture_output=True, cwd=home)
    try:
        with psycopg.connect(host=str(home), user="postgres", dbname="postgres", autocommit=True) as connection:
            for statement in [*warehouse.create_statements("postgres"), *warehouse.insert_statements()]:
                connection.execute(statement)
            connection.execute("ANALYZE")
            yield connection
    finally:
        subprocess.run(
            _as_postgres_user([*control, "-m", "immediate", "stop"]), check=True, capture_output=True, cwd=home
        )


@pytest.mark.engine("postgres")
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.id)
def test_postgres_agrees(case, postgres):
    compiled = compile_query(case.query, golden.model(), golden.context("postgres"))
    rows = postgres.execute(compiled.sql.replace("%", "%%")).fetchall()
    assert golden.normalised(rows, ordered=case.ordered) == golden.expected(case.id)
