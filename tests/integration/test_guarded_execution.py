"""The path from a statement to rows, on a real file and real worker processes."""

import ast
import threading
import time
from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from app.core.actor import Actor
from app.core.errors import QueryStoppedError, SqlRejectedError, WarehouseError
from app.guard.execute import GuardedExecutor
from app.guard.policy import DEFAULT_POLICY, Exposure, Policy
from app.warehouse import snapshots
from app.warehouse.contract import CONTRACT_SQL, TABLES
from app.warehouse.duckdb_engine import DuckDBEngine
from app.warehouse.engine import Facade, QueryLimits

ALL = Actor("analyst")
BRAND_A = Actor("a", brand_ids=frozenset({"A"}))
APP = Path(__file__).parents[2] / "app"

# Bodies of rows, per brand: {b} = the brand, {n} = a number that makes keys unique.
_ROWS = """
INSERT INTO brands VALUES ('{b}', 'brand {b}', NULL);
INSERT INTO stores (store_id, brand_id, name, region) VALUES ('S{b}', '{b}', 'store {b}', '{r}');
INSERT INTO guides (guide_id, store_id, name) VALUES ('G{b}', 'S{b}', 'guide {b}');
INSERT INTO products (product_id, brand_id, name, tag_price) VALUES ('P{b}', '{b}', 'product {b}', {m});
INSERT INTO members (one_id, brand_id, tier, is_staff, birthday, registered_at)
    VALUES ('U{b}', '{b}', '{r}', false, DATE '1990-05-06', TIMESTAMP '2025-01-01');
INSERT INTO identities (source, id_type, id_hash, one_id) VALUES ('crm', 'phone', 'H{b}', 'U{b}');
INSERT INTO consents VALUES ('U{b}', 'sms', true, TIMESTAMP '2025-02-01', 'form');
INSERT INTO member_tags VALUES ('U{b}', 'skin', '{r}', 'fact', DATE '2025-02-01');
INSERT INTO points_ledger (entry_id, one_id, delta, occurred_at) VALUES ('E{b}', 'U{b}', {m}, TIMESTAMP '2025-03-01');
INSERT INTO wecom_contacts (one_id, guide_id, added_at, state) VALUES ('U{b}', 'G{b}', TIMESTAMP '2025-03-01', '{r}');
INSERT INTO group_members (chat_id, one_id, joined_at) VALUES ('C{b}', 'U{b}', TIMESTAMP '2025-03-01');
INSERT INTO orders (order_id, brand_id, one_id, channel, status, created_at, paid_at, paid_amount)
    VALUES ('O{b}', '{b}', 'U{b}', '{r}', 'paid', TIMESTAMP '2026-01-05', TIMESTAMP '2026-01-06', {m});
INSERT INTO order_items VALUES ('O{b}', 1, 'P{b}', 2, {m}, {m});
INSERT INTO refunds VALUES ('R{b}', 'O{b}', {m}, TIMESTAMP '2026-01-06', '{r}');
INSERT INTO campaigns (campaign_id, brand_id, name, channel) VALUES ('K{b}', '{b}', 'campaign {b}', '{r}');
INSERT INTO coupons (coupon_id, campaign_id, one_id, face_value) VALUES ('CA{b}', 'K{b}', 'U{b}', {m});
INSERT INTO coupons (coupon_id, campaign_id, one_id, face_value) VALUES ('CB{b}', NULL, 'U{b}', {m});
INSERT INTO stock_daily VALUES (DATE '2026-01-05', 'P{b}', 'S{b}', {m});
INSERT INTO touchpoints (touch_id, one_id, campaign_id, channel) VALUES ('T{b}', 'U{b}', 'K{b}', '{r}');
INSERT INTO sends (send_id, campaign_id, one_id, channel) VALUES ('N{b}', 'K{b}', 'U{b}', '{r}');
INSERT INTO events (event_id, one_id, product_id, event_type) VALUES ('V{b}', 'U{b}', 'P{b}', '{r}');
INSERT INTO events (event_id, one_id, product_id, event_type) VALUES ('W{b}', 'U{b}', NULL, '{r}');
INSERT INTO media_spend (spent_on, media, campaign_id, cost) VALUES (DATE '2026-01-05', 'm', 'K{b}', {m});
INSERT INTO traffic_daily (visited_on, channel, store_id, product_id, visitors)
    VALUES (DATE '2026-01-05', 'app', 'S{b}', 'P{b}', {m}), (DATE '2026-01-05', 'app', 'S{b}', '', {m});
INSERT INTO guide_tasks (task_id, guide_id, one_id) VALUES ('D{b}', 'G{b}', 'U{b}');
INSERT INTO tickets (ticket_id, one_id, kind, score) VALUES ('I{b}', 'U{b}', '{r}', {m});
INSERT INTO code_scans (scan_id, code, product_id, one_id) VALUES ('Q{b}', 'c', 'P{b}', 'U{b}');
"""


def _warehouse(path: Path, *brands: tuple[str, str, int], more: str = "") -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(CONTRACT_SQL)
        for brand, region, amount in brands:
            connection.execute(_ROWS.replace("{b}", brand).replace("{r}", region).replace("{m}", str(amount)))
        if more:
            connection.execute(more)
    return path


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory):
    return _warehouse(tmp_path_factory.mktemp("w") / "two.duckdb", ("A", "east", 10), ("B", "west", 99))


@pytest.fixture(scope="module")
def engine(warehouse):
    engine = DuckDBEngine(warehouse, workers=2)
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def executor(engine):
    return GuardedExecutor(engine, caching=False)


def _visible(table: str) -> str:
    shown = [c for c, e in DEFAULT_POLICY.tables[table].columns.items() if e is Exposure.OPEN]
    counted = [c for c, e in DEFAULT_POLICY.tables[table].columns.items() if e is not Exposure.OPEN]
    parts = shown + [f"COUNT({column}) OVER () AS n_{column}" for column in counted]
    return f"SELECT {', '.join(parts)} FROM {table}"


def test_rows_are_plain_values(executor):
    sql = "SELECT channel, paid_amount, CAST(paid_at AS DATE), 1.5e0, paid_at IS NULL FROM orders"
    result = executor.run(sql, BRAND_A)
    assert result.rows == (("east", Decimal("10.00"), date(2026, 1, 6), 1.5, False),)
    assert not result.truncated
    assert result.columns[:2] == ("channel", "paid_amount")


def test_the_snapshot_says_what_day_the_data_reaches(engine):
    assert engine.snapshot().data_as_of == date(2026, 1, 6)
    assert engine.snapshot().first_day == date(2026, 1, 5)
    assert engine.missing() == {}


@pytest.mark.parametrize("table", TABLES)
def test_every_table_shows_every_brand_without_a_filter_and_only_its_own_with_one(executor, table):
    every = executor.run(_visible(table), ALL).rows
    own = executor.run(_visible(table), BRAND_A).rows
    assert 0 < len(own) < len(every)
    assert len(every) == 2 * len(own)
    assert not any("west" in row or Decimal(99) in row for row in own)


@pytest.mark.parametrize("table", TABLES)
def test_no_brand_at_all_sees_nothing(executor, table):
    assert executor.run(_visible(table), Actor("none", brand_ids=frozenset())).rows == ()


@pytest.fixture(scope="module")
def differing(tmp_path_factory):
    """Three warehouses that differ only in the other brand's rows."""
    folder = tmp_path_factory.mktemp("twins")
    files = [
        _warehouse(folder / "none.duckdb", ("A", "east", 10)),
        _warehouse(folder / "one.duckdb", ("A", "east", 10), ("B", "west", 99)),
        _warehouse(folder / "two.duckdb", ("B", "north", 7), ("A", "east", 10), ("C", "south", 3)),
    ]
    engines = [DuckDBEngine(file, workers=1) for file in files]
    yield [GuardedExecutor(engine) for engine in engines]
    for engine in engines:
        engine.close()


_PROBES = (
    "SELECT COUNT(*) FROM orders o LEFT JOIN members m ON m.one_id = o.one_id WHERE m.one_id IS NULL",
    "SELECT SUM(paid_amount) / COUNT(DISTINCT one_id) FROM orders",
    "SELECT COUNT(*) FROM members WHERE one_id NOT IN (SELECT one_id FROM orders WHERE one_id IS NOT NULL)",
    "SELECT region FROM stores UNION SELECT channel FROM orders ORDER BY 1",
    "SELECT MAX(face_value), (SELECT MAX(score) FROM tickets) FROM coupons",
    "SELECT p.name, RANK() OVER (ORDER BY i.paid_amount) FROM order_items i JOIN products p USING (product_id)",
)


@pytest.mark.parametrize("sql", [*(_visible(table) for table in TABLES), *_PROBES])
def test_the_other_brands_rows_change_nothing_that_a_brand_sees(differing, sql):
    answers = [sorted(map(repr, executor.run(sql, BRAND_A).rows)) for executor in differing]
    assert answers[0] == answers[1] == answers[2]


def test_a_brand_id_is_a_value_never_sql(executor):
    for brand in ("x') OR 1=1 --", "'", "{raw}", '"', "\\"):
        assert executor.run("SELECT COUNT(*) FROM orders", Actor("x", brand_ids=frozenset({brand}))).rows == ((0,),)


def test_a_row_of_no_brand_is_visible_only_without_a_filter(tmp_path):
    more = "INSERT INTO touchpoints (touch_id, one_id, campaign_id) VALUES ('lost', NULL, NULL)"
    engine = DuckDBEngine(_warehouse(tmp_path / "w.duckdb", ("A", "east", 1), more=more), workers=1)
    try:
        executor = GuardedExecutor(engine)
        assert executor.run("SELECT COUNT(*) FROM touchpoints", ALL).rows == ((2,),)
        assert executor.run("SELECT COUNT(*) FROM touchpoints", BRAND_A).rows == ((1,),)
    finally:
        engine.close()


def test_a_buyer_who_never_joined_belongs_to_the_brands_they_bought_from(tmp_path):
    more = """
        INSERT INTO orders (order_id, brand_id, one_id, created_at) VALUES ('X', 'A', 'guest', TIMESTAMP '2026-01-05');
        INSERT INTO tickets (ticket_id, one_id) VALUES ('Y', 'guest'), ('Z', 'stranger');
        INSERT INTO points_ledger (entry_id, one_id) VALUES ('Y', 'guest');
    """
    engine = DuckDBEngine(_warehouse(tmp_path / "w.duckdb", ("A", "e", 1), ("B", "w", 2), more=more), workers=1)
    try:
        executor = GuardedExecutor(engine)
        brand_b = Actor("b", brand_ids=frozenset({"B"}))
        counts = [executor.run("SELECT COUNT(*) FROM tickets", actor).rows[0][0] for actor in (ALL, BRAND_A, brand_b)]
        assert counts == [4, 2, 1]
        assert executor.run("SELECT COUNT(*) FROM points_ledger", BRAND_A).rows == ((1,),)
    finally:
        engine.close()


def test_a_query_over_its_time_is_killed_and_the_next_one_works(engine, executor):
    heavy = "SELECT COUNT(*) FROM range(20000) a, range(20000) b, range(20000) c WHERE a.range * b.range > c.range"
    started = time.monotonic()
    with pytest.raises(QueryStoppedError):
        executor.run(heavy, ALL, limits=QueryLimits(seconds=0.5))
    assert time.monotonic() - started < 1.5
    assert executor.run("SELECT COUNT(*) FROM orders", ALL).rows == ((2,),)


def test_a_killed_worker_is_replaced(warehouse):
    engine = DuckDBEngine(warehouse, workers=1)
    try:
        executor = GuardedExecutor(engine, caching=False)
        executor.run("SELECT 1", ALL)
        (worker,) = engine._serving.pool._idle
        worker._process.kill()
        worker._process.wait()
        assert executor.run("SELECT COUNT(*) FROM orders", ALL).rows == ((2,),)
    finally:
        engine.close()


def test_sixteen_callers_are_served_without_error(executor):
    failures: list[BaseException] = []

    def ask(number: int) -> None:
        try:
            for _ in range(5):
                actor = BRAND_A if number % 2 else ALL
                assert executor.run("SELECT COUNT(*) FROM orders", actor).rows == ((1 if number % 2 else 2,),)
        except BaseException as error:  # noqa: BLE001
            failures.append(error)

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)
    assert failures == []


def test_rows_and_bytes_are_capped_and_said_to_be(executor):
    sql = "SELECT range FROM range(1000)"
    few = executor.run(sql, ALL, limits=QueryLimits(max_rows=10))
    assert (len(few.rows), few.truncated) == (10, True)
    exact = executor.run(sql, ALL, limits=QueryLimits(max_rows=1000))
    assert (len(exact.rows), exact.truncated) == (1000, False)
    small = executor.run(sql, ALL, limits=QueryLimits(max_bytes=800))
    assert small.truncated
    assert 0 < len(small.rows) < 100


def test_engine_words_never_leave(executor):
    with pytest.raises(SqlRejectedError) as caught:
        executor.run("SELECT CAST(tier AS INTEGER) FROM members", ALL)
    assert "east" not in f"{caught.value} {caught.value.hint}"
    assert "Conversion" not in f"{caught.value} {caught.value.hint}"


def test_the_view_of_one_request_is_gone_in_the_next(engine):
    facade = Facade({"orders": 'SELECT order_id FROM "{raw}"."orders"'}, "k")
    assert len(engine.run("SELECT * FROM orders", facade=facade, limits=QueryLimits()).rows) == 2
    with pytest.raises(SqlRejectedError):
        engine.run("SELECT * FROM orders", facade=Facade({}, "k"), limits=QueryLimits())
    for outside in ("SELECT * FROM main.orders", "SELECT * FROM read_csv('/etc/hosts')", "SELECT * FROM '/etc/hosts'"):
        with pytest.raises((SqlRejectedError, WarehouseError)):
            engine.run(outside, facade=Facade({}, "k"), limits=QueryLimits())


def test_no_facade_of_one_scope_is_left_when_another_asks(warehouse):
    one = DuckDBEngine(warehouse, workers=1)
    listed = "SELECT database_name FROM duckdb_databases() WHERE database_name LIKE 'facade%'"
    orders = {"orders": 'SELECT order_id FROM "{raw}"."orders"'}

    def catalogues(views: dict[str, str], key: str) -> set[str]:
        return {name for (name,) in one.run(listed, facade=Facade(views, key), limits=QueryLimits()).rows}

    try:
        first = catalogues(orders, "k")
        assert len(first) == 1
        assert catalogues(orders, "k") == first
        assert len(catalogues({}, "k")) == 2
        others = catalogues(orders, "another scope")
        assert len(others) == 1
        assert not others & first
    finally:
        one.close()


def test_a_facade_that_can_not_be_built_is_left_by_nothing(engine):
    facade = Facade({"orders": 'SELECT order_id FROM "{raw}"."orders"', "stores": "SELECT nothing"}, "k")
    for _ in range(2):
        with pytest.raises(SqlRejectedError):
            engine.run("SELECT 1", facade=facade, limits=QueryLimits())
    whole = Facade({"orders": 'SELECT order_id FROM "{raw}"."orders"'}, "k")
    assert len(engine.run("SELECT * FROM orders", facade=whole, limits=QueryLimits()).rows) == 2


@pytest.mark.parametrize(
    "sql",
    [
        "WITH w AS (INSERT INTO orders VALUES ('x') RETURNING order_id) SELECT * FROM w",
        "WITH w AS (DELETE FROM orders RETURNING order_id) SELECT * FROM w",
        "CREATE VIEW kept AS SELECT 1",
    ],
)
def test_a_statement_changes_nothing_for_the_next_one(engine, sql):
    facade = Facade({"orders": 'SELECT order_id FROM "{raw}"."orders"'}, "k")
    with pytest.raises(SqlRejectedError):
        engine.run(sql, facade=facade, limits=QueryLimits())
    assert len(engine.run("SELECT * FROM orders", facade=facade, limits=QueryLimits()).rows) == 2


@pytest.mark.parametrize("sql", ["DROP VIEW orders", "SET threads = 9", "ATTACH ':memory:' AS x", "SELECT 1; SELECT 2"])
def test_the_worker_itself_runs_single_selects_only(engine, sql):
    with pytest.raises(SqlRejectedError):
        engine.run(sql, facade=Facade({}, "k"), limits=QueryLimits())


def test_results_are_cached_per_principal_and_snapshot(engine):
    executor = GuardedExecutor(engine)
    sql = "SELECT COUNT(*) FROM orders"
    assert not executor.run(sql, ALL).cached
    assert executor.run(sql, ALL).cached
    assert not executor.run(sql, BRAND_A).cached
    assert executor.run(sql, BRAND_A).rows == ((1,),)


def test_small_groups_are_left_out_when_the_policy_says_so(engine):
    executor = GuardedExecutor(engine, Policy(version="k", tables=DEFAULT_POLICY.tables, min_people=2))
    sql = "SELECT channel, COUNT(DISTINCT one_id) AS people FROM orders GROUP BY channel"
    assert len(executor.run(sql, ALL).rows) == 2
    result = executor.run(sql, ALL, people_column="people")
    assert result.rows == ()
    assert [finding.rule for finding in result.findings] == ["result_small_groups"]


def test_a_new_snapshot_is_served_without_failing_what_runs(tmp_path):
    folder = tmp_path / "published"
    snapshots.publish(folder, _warehouse(tmp_path / "1.duckdb", ("A", "east", 1)), {})
    engine = DuckDBEngine(folder)
    try:
        executor = GuardedExecutor(engine)
        count = "SELECT COUNT(*) FROM orders"
        first = executor.run(count, ALL)
        assert not engine.reopen_if_changed()
        running = threading.Thread(target=executor.run, args=("SELECT COUNT(*) FROM range(9000) a, range(9000) b", ALL))
        running.start()
        snapshots.publish(folder, _warehouse(tmp_path / "2.duckdb", ("A", "east", 1), ("B", "west", 2)), {})
        assert engine.reopen_if_changed()
        second = executor.run(count, ALL)
        running.join()
        assert (first.rows, second.rows) == (((1,),), ((2,),))
        assert first.snapshot != second.snapshot
    finally:
        engine.close()


def test_an_unreadable_new_snapshot_is_not_served(tmp_path):
    folder = tmp_path / "published"
    snapshots.publish(folder, _warehouse(tmp_path / "1.duckdb", ("A", "east", 1)), {})
    engine = DuckDBEngine(folder)
    try:
        bad = tmp_path / "2.duckdb"
        bad.write_text("not a database" * 1000)
        snapshots.publish(folder, bad, {})
        assert not engine.reopen_if_changed()
        assert GuardedExecutor(engine).run("SELECT COUNT(*) FROM orders", ALL).rows == ((1,),)
    finally:
        engine.close()


def _open_and_ask(path: Path) -> None:
    engine = DuckDBEngine(path, workers=1)
    try:
        GuardedExecutor(engine).run("SELECT COUNT(*) FROM orders", ALL)
    finally:
        engine.close()


def _opening(path: Path) -> WarehouseError:
    with pytest.raises(WarehouseError) as caught:
        _open_and_ask(path)
    assert caught.value.hint
    return caught.value


def test_each_kind_of_bad_file_has_its_own_words(tmp_path):
    assert "does not exist" in _opening(tmp_path / "nothing.duckdb").message
    text = tmp_path / "text.duckdb"
    text.write_text("a,b,c\n" * 2000)
    assert "not a DuckDB file" in _opening(text).message
    empty = tmp_path / "empty.duckdb"
    empty.touch()
    assert "not a DuckDB file" in _opening(empty).message
    whole = _warehouse(tmp_path / "whole.duckdb", ("A", "east", 1)).read_bytes()
    cut = tmp_path / "cut.duckdb"
    cut.write_bytes(whole[: len(whole) // 3])
    assert "damaged or truncated" in _opening(cut).message
    foreign = tmp_path / "foreign.duckdb"
    with duckdb.connect(str(foreign)) as connection:
        connection.execute("CREATE TABLE something AS SELECT 1 AS a")
    assert "none of the contract's tables" in _opening(foreign).message
    bare = tmp_path / "bare.duckdb"
    with duckdb.connect(str(bare)) as connection:
        connection.execute(CONTRACT_SQL)
    assert "no dated row" in _opening(bare).message


def test_a_file_that_another_process_writes_is_said_to_be_locked(tmp_path):
    path = _warehouse(tmp_path / "w.duckdb", ("A", "east", 1))
    with duckdb.connect(str(path)):
        assert "being written" in _opening(path).message


def test_a_closed_engine_leaves_no_process_and_no_temporary_folder(warehouse):
    engine = DuckDBEngine(warehouse, workers=2)
    executor = GuardedExecutor(engine, caching=False)
    executor.run("SELECT 1", ALL)
    pool = engine._serving.pool
    (worker,) = pool._idle
    engine.close()
    engine.close()
    assert worker._process.returncode is not None
    assert not pool._temporary.exists()
    with pytest.raises(WarehouseError, match="closed"):
        executor.run("SELECT 1", ALL)


def _modules() -> list[tuple[str, ast.Module]]:
    return [
        (path.relative_to(APP.parent).as_posix(), ast.parse(path.read_text(encoding="utf-8")))
        for path in sorted(APP.rglob("*.py"))
    ]


def _imported(tree: ast.Module) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def test_only_wiring_names_the_engine_adapter():
    adapters = {"app.warehouse.duckdb_engine", "app.warehouse.worker_pool", "app.warehouse.query_worker"}
    allowed = ("app/wiring/", "app/warehouse/duckdb_engine.py")
    offenders = {name for name, tree in _modules() if not name.startswith(allowed) and _imported(tree) & adapters}
    assert offenders == set()


def test_only_the_guard_runs_statements_on_the_engine():
    """`run(…, facade=…)` is the engine's signature, and nobody else's: a façade can't be had elsewhere."""
    callers = set()
    for name, tree in _modules():
        for node in ast.walk(tree):
            is_run = isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "run"
            receiver = ast.unparse(node.func.value) if is_run else ""
            if is_run and (receiver.endswith("engine") or any(word.arg == "facade" for word in node.keywords)):
                callers.add(name)
    assert callers == {"app/guard/execute.py"}


def test_only_the_guard_builds_facades():
    makers = {name for name, tree in _modules() if "app.warehouse.engine.Facade" in _imported(tree)}
    assert makers == {"app/guard/facade.py", "app/warehouse/duckdb_engine.py"}
