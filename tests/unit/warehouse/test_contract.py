import duckdb
import pytest

from app.warehouse.contract import CONTRACT_SQL, TABLES, VAULT_SQL, VAULT_TABLES, parse_tables


@pytest.mark.parametrize(("ddl", "parsed"), [(CONTRACT_SQL, TABLES), (VAULT_SQL, VAULT_TABLES)])
def test_the_parsed_contract_is_what_the_engine_creates_from_it(ddl, parsed):
    with duckdb.connect() as connection:
        connection.execute(ddl)
        created = {name for (name,) in connection.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
        assert created == set(parsed)
        for name, table in parsed.items():
            described = connection.execute(f"DESCRIBE {name}").fetchall()
            assert [(row[0], row[1]) for row in described] == list(table.columns.items())
            (key,) = connection.execute(
                "SELECT constraint_column_names FROM duckdb_constraints()"
                " WHERE table_name = ? AND constraint_type = 'PRIMARY KEY'",
                [name],
            ).fetchone()
            assert tuple(key) == table.primary_key


def test_the_contract_and_the_vault_share_no_table():
    assert len(TABLES) == 25
    assert not set(TABLES) & set(VAULT_TABLES)


def test_comments_and_decimal_commas_do_not_split_columns():
    ddl = "CREATE TABLE t (a DECIMAL(18,2) /* x, y */, b VARCHAR -- c INTEGER,\n, PRIMARY KEY (a, b));"
    table = parse_tables(ddl)["t"]
    assert dict(table.columns) == {"a": "DECIMAL(18,2)", "b": "VARCHAR"}
    assert table.primary_key == ("a", "b")
