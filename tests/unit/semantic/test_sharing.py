"""Repeated derived tables are computed once, and only where that can't change the rows."""

import duckdb
import pytest
import sqlglot
from sqlglot import exp

from app.semantic.sharing import share_repeated

_TOTALS = "(SELECT k, SUM(v) AS s FROM t GROUP BY k)"


def _shared(sql: str) -> exp.Select:
    tree = sqlglot.parse_one(sql, read="duckdb")
    assert isinstance(tree, exp.Select)
    share_repeated(tree)
    return tree


def _rows(sql: str) -> list[tuple]:
    with duckdb.connect() as connection:
        connection.execute("CREATE TABLE t AS SELECT i % 7 AS k, i AS v FROM range(50) r(i)")
        return sorted(connection.execute(sql).fetchall())


@pytest.mark.parametrize(
    "sql",
    [
        f"SELECT a.k, a.s, b.s FROM {_TOTALS} AS a JOIN {_TOTALS} AS b ON a.k = b.k",
        f"WITH c AS (SELECT k FROM {_TOTALS} AS a WHERE s > 9) SELECT c.k, b.s FROM c JOIN {_TOTALS} AS b ON b.k = c.k",
        (
            f"SELECT x.k, y.n FROM (SELECT k FROM {_TOTALS} AS i GROUP BY k) AS x"
            f" JOIN (SELECT COUNT(*) AS n FROM (SELECT k FROM {_TOTALS} AS i GROUP BY k) AS z JOIN {_TOTALS} AS w"
            " ON w.k = z.k) AS y ON true"
        ),
    ],
)
def test_what_is_repeated_is_written_once_and_gives_the_same_rows(sql):
    tree = _shared(sql)
    assert sum(1 for group in tree.find_all(exp.Sum)) == 1
    assert _rows(tree.sql("duckdb")) == _rows(sql)


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT a.k FROM (SELECT k FROM t) AS a JOIN (SELECT k FROM t) AS b ON a.k = b.k",
        f"SELECT a.k FROM {_TOTALS} AS a JOIN (SELECT k, SUM(v) AS s FROM t WHERE v > 3 GROUP BY k) AS b ON a.k = b.k",
        (
            "WITH c AS (SELECT k FROM t) SELECT a.k FROM (SELECT k FROM c GROUP BY k) AS a"
            " JOIN (SELECT k FROM c GROUP BY k) AS b ON a.k = b.k"
        ),
    ],
)
def test_plain_rows_different_queries_and_readers_of_other_ctes_stay(sql):
    assert _shared(sql).sql("duckdb") == sqlglot.parse_one(sql, read="duckdb").sql("duckdb")


def test_names_that_are_taken_stay_apart():
    tree = _shared(f"SELECT a.k FROM {_TOTALS} AS a JOIN {_TOTALS} AS b ON a.k = b.k JOIN shared_a ON shared_a.k = a.k")
    assert [cte.alias for cte in tree.find_all(exp.CTE)] == ["shared_a_2"]
