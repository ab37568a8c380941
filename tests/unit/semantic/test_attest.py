"""`attest` finds what breaks the compiler's assumptions on live data."""

import duckdb

from app.semantic.attest import attest
from app.warehouse.contract import TABLES
from tests.fixtures.semantic import golden, warehouse


def database() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    for statement in [*warehouse.create_statements("duckdb"), *warehouse.insert_statements()]:
        connection.execute(statement)
    return connection


def results(connection, columns=None):
    tables = columns or {name: table.columns for name, table in TABLES.items()}
    found = attest(lambda sql: connection.execute(sql).fetchall(), golden.model(), tables)
    return {result.check: result for result in found}


def test_sound_data_passes():
    assert all(result.passed for result in results(database()).values())


def test_a_repeated_key_fails():
    connection = database()
    connection.execute(
        "CREATE OR REPLACE TABLE stores AS SELECT * FROM stores UNION ALL SELECT * FROM stores WHERE store_id = 's1'"
    )
    result = results(connection)["key of stores (store_id)"]
    assert not result.passed
    assert result.n_bad == 1


def test_rows_without_parent_are_counted():
    connection = database()
    connection.execute("DELETE FROM products WHERE product_id = 'p1'")
    result = results(connection)["items.product finds its products"]
    assert result.passed
    assert result.n_bad > 0


def test_missing_tables_and_columns_are_named():
    columns = {name: dict(table.columns) for name, table in TABLES.items()}
    del columns["media_spend"], columns["coupons"]["face_value"]
    found = results(database(), columns)
    assert not found["columns of media"].passed
    assert "face_value" in found["columns of coupons"].detail
    assert "key of media (spent_on, media, campaign_id)" not in found
