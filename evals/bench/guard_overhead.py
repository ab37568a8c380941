"""What the guarded path adds to a bare read-only connection: medians and p95 in ms, as a table.

Run: python -m evals.bench.guard_overhead WAREHOUSE
"""

import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import duckdb

from app.core.actor import Actor
from app.guard.execute import GuardedExecutor
from app.guard.facade import view_select
from app.guard.pipeline import check
from app.warehouse.duckdb_engine import DuckDBEngine
from app.warehouse.engine import Facade, QueryLimits

QUERIES = (
    "SELECT COUNT(*) FROM orders",
    "SELECT channel, SUM(paid_amount) AS paid FROM orders WHERE status = 'paid' GROUP BY channel ORDER BY paid DESC",
    "SELECT DATE_TRUNC('month', paid_at) AS m, COUNT(DISTINCT one_id) AS buyers FROM orders GROUP BY 1 ORDER BY 1",
    "SELECT m.tier, SUM(o.paid_amount) FROM orders o JOIN members m ON o.one_id = m.one_id GROUP BY m.tier",
    "SELECT p.category, SUM(i.quantity) FROM order_items i JOIN products p USING (product_id) GROUP BY p.category",
    "SELECT COUNT(*) FROM (SELECT one_id FROM orders WHERE one_id IS NOT NULL GROUP BY one_id HAVING COUNT(*) >= 2) t",
)
ROUNDS = 17


def _times(action: Callable[[], object], rounds: int) -> list[float]:
    taken = []
    for _ in range(rounds):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    return taken


def _report(name: str, taken: list[float]) -> None:
    print(f"{name:<44}{statistics.median(taken):>10.2f}{sorted(taken)[int(len(taken) * 0.95)]:>10.2f}")


def _fetch(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    return connection.cursor().execute(sql).fetchall()


def main(path: Path) -> None:
    print(f"{'':<44}{'median ms':>10}{'p95 ms':>10}")
    _report("engine start to first answer", [ms for _ in range(5) for ms in _times(lambda: _start(path), 1)])
    engine = DuckDBEngine(path)
    executor = GuardedExecutor(engine, caching=False)
    actor = Actor("bench")
    scope = executor.scope(actor)
    brand = executor.run("SELECT MIN(brand_id) FROM brands", actor).rows[0][0]
    one = Actor("bench", brand_ids=frozenset({brand}))
    _report("gate, uncached", [ms for sql in QUERIES for ms in _times(partial(check, sql, scope), ROUNDS)])
    _report(
        "25 view definitions as text", _times(lambda: [view_select(scope, t).sql("duckdb") for t in scope.tables], 9)
    )
    nothing, limits = Facade({}, "bench"), QueryLimits()
    _report("worker round trip, SELECT 1", _times(lambda: engine.run("SELECT 1", facade=nothing, limits=limits), 100))
    views = {t: view_select(scope, t).sql("duckdb", identify=True) for t in scope.tables}
    for count in (1, 3, 25):
        some = Facade(dict(list(views.items())[:count]), "bench")
        _report(
            f"  with a fresh façade of {count} views",
            _times(partial(engine.run, "SELECT 1", facade=some, limits=limits), 40),
        )
    with duckdb.connect(str(path), read_only=True) as bare:
        direct = [ms for sql in QUERIES for ms in _times(partial(_fetch, bare, sql), ROUNDS)]
    guarded = [ms for sql in QUERIES for ms in _times(partial(executor.run, sql, actor), ROUNDS)]
    filtered = [ms for sql in QUERIES for ms in _times(partial(executor.run, sql, one), ROUNDS)]
    _report(f"{len(QUERIES) * ROUNDS} queries, bare connection", direct)
    _report(f"{len(QUERIES) * ROUNDS} queries, guarded", guarded)
    _report(f"{len(QUERIES) * ROUNDS} queries, guarded, one brand", filtered)
    engine.close()


def _start(path: Path) -> None:
    engine = DuckDBEngine(path)
    GuardedExecutor(engine).run("SELECT 1", Actor("bench"))
    engine.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
