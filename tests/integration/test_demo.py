"""The demo brand, judged by plain SQL over what was written: not by the generator's own numbers."""

import json
import os
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from app.core.errors import CorrectableError
from app.demo.generate import DemoError, DemoReport, generate
from app.demo.planted import LAST_DAY, PLANTED, PlantedCause
from app.warehouse.contract import TABLES, VAULT_TABLES

pytestmark = pytest.mark.long

CAUSES = {cause.id: cause for cause in PLANTED}
PAID = """
    SELECT o.*, o.paid_amount - coalesce(r.refund, 0) AS net_amount
    FROM orders o LEFT JOIN (SELECT order_id, sum(refund_amount) AS refund FROM refunds GROUP BY 1) r USING (order_id)
    WHERE paid_at IS NOT NULL AND status NOT IN ('cancelled', 'risk_blocked')
      AND coalesce(one_id, '') NOT IN (SELECT one_id FROM members WHERE is_staff)"""


class Warehouse:
    def __init__(self, report: DemoReport) -> None:
        self.report = report
        self.connection = duckdb.connect(str(report.warehouse), read_only=True)
        self.connection.execute(f"CREATE TEMP VIEW paid AS {PAID}")

    def rows(self, sql: str, **values: Any) -> list[tuple[Any, ...]]:
        return self.connection.execute(sql, values or None).fetchall()

    def value(self, sql: str, **values: Any) -> Any:
        return self.rows(sql, **values)[0][0]


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Warehouse]:
    warehouse = Warehouse(generate(tmp_path_factory.mktemp("demo")))
    yield warehouse
    warehouse.connection.close()


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> DemoReport:
    return generate(tmp_path_factory.mktemp("small"), scale=0.05, seed=7)


# contract and keys ------------------------------------------------------------------------------------------


def test_every_contract_table_is_there_filled_and_keyed(demo: Warehouse) -> None:
    for name, table in TABLES.items():
        described = demo.rows(f"DESCRIBE {name}")
        assert [(row[0], row[1]) for row in described] == list(table.columns.items())
        key = ", ".join(table.primary_key)
        assert demo.value(f"SELECT count(*) FROM {name}") > 0, name
        assert demo.value(f"SELECT count(*) - count(DISTINCT ({key})) FROM {name}") == 0, name


FOREIGN_KEYS = [
    ("brands", "parent_brand_id", "brands", "brand_id"),
    ("stores", "brand_id", "brands", "brand_id"),
    ("guides", "store_id", "stores", "store_id"),
    ("products", "brand_id", "brands", "brand_id"),
    ("members", "brand_id", "brands", "brand_id"),
    ("members", "register_store_id", "stores", "store_id"),
    ("members", "guide_id", "guides", "guide_id"),
    ("members", "referrer_one_id", "members", "one_id"),
    ("consents", "one_id", "members", "one_id"),
    ("member_tags", "one_id", "members", "one_id"),
    ("points_ledger", "one_id", "members", "one_id"),
    ("wecom_contacts", "one_id", "members", "one_id"),
    ("wecom_contacts", "guide_id", "guides", "guide_id"),
    ("group_members", "one_id", "members", "one_id"),
    ("orders", "brand_id", "brands", "brand_id"),
    ("orders", "store_id", "stores", "store_id"),
    ("orders", "guide_id", "guides", "guide_id"),
    ("order_items", "order_id", "orders", "order_id"),
    ("order_items", "product_id", "products", "product_id"),
    ("refunds", "order_id", "orders", "order_id"),
    ("coupons", "order_id", "orders", "order_id"),
    ("coupons", "campaign_id", "campaigns", "campaign_id"),
    ("stock_daily", "product_id", "products", "product_id"),
    ("stock_daily", "nullif(store_id, '')", "stores", "store_id"),
    ("campaigns", "brand_id", "brands", "brand_id"),
    ("touchpoints", "campaign_id", "campaigns", "campaign_id"),
    ("sends", "campaign_id", "campaigns", "campaign_id"),
    ("sends", "one_id", "members", "one_id"),
    ("events", "product_id", "products", "product_id"),
    ("media_spend", "campaign_id", "campaigns", "campaign_id"),
    ("traffic_daily", "nullif(store_id, '')", "stores", "store_id"),
    ("traffic_daily", "nullif(product_id, '')", "products", "product_id"),
    ("guide_tasks", "guide_id", "guides", "guide_id"),
    ("guide_tasks", "store_id", "stores", "store_id"),
    ("guide_tasks", "one_id", "members", "one_id"),
    ("guide_tasks", "campaign_id", "campaigns", "campaign_id"),
    ("code_scans", "product_id", "products", "product_id"),
]


@pytest.mark.parametrize(("table", "column", "parent", "key"), FOREIGN_KEYS)
def test_every_reference_points_at_a_row(demo: Warehouse, table: str, column: str, parent: str, key: str) -> None:
    orphans = (
        f"SELECT count(*) FROM {table} WHERE {column} IS NOT NULL AND {column} NOT IN (SELECT {key} FROM {parent})"
    )
    assert demo.value(orphans) == 0


def test_an_order_in_a_shop_is_of_the_shops_brand_and_its_guide_works_there(demo: Warehouse) -> None:
    assert (
        demo.value("SELECT count(*) FROM orders JOIN stores s USING (store_id) WHERE orders.brand_id <> s.brand_id")
        == 0
    )
    assert (
        demo.value("SELECT count(*) FROM orders o JOIN guides g USING (guide_id) WHERE o.store_id <> g.store_id") == 0
    )
    assert demo.value("SELECT count(*) FROM orders WHERE (channel = 'store') <> (store_id IS NOT NULL)") == 0
    assert demo.value("SELECT count(*) FROM orders JOIN stores USING (store_id) WHERE created_at < opened_on") == 0


def test_items_are_of_products_that_were_launched_and_of_the_orders_brand(demo: Warehouse) -> None:
    joined = "order_items JOIN orders o USING (order_id) JOIN products p USING (product_id)"
    assert demo.value(f"SELECT count(*) FROM {joined} WHERE o.brand_id <> p.brand_id") == 0
    assert demo.value(f"SELECT count(*) FROM {joined} WHERE o.created_at < p.launched_on") == 0


# money ----------------------------------------------------------------------------------------------------------------


def test_order_amounts_are_identities_to_the_cent(demo: Warehouse) -> None:
    assert demo.value("SELECT count(*) FROM orders WHERE placed_amount <> list_amount - discount_amount") == 0
    payable = "placed_amount - coupon_amount - platform_subsidy + freight"
    assert demo.value(f"SELECT count(*) FROM orders WHERE paid_at IS NOT NULL AND paid_amount <> {payable}") == 0
    assert demo.value("SELECT count(*) FROM orders WHERE paid_at IS NULL AND paid_amount <> 0") == 0
    assert demo.value("SELECT count(*) FROM orders WHERE paid_at IS NOT NULL AND paid_amount <= 0") == 0
    assert (
        demo.value(
            "SELECT count(*) FROM orders WHERE least(discount_amount, coupon_amount, platform_subsidy, freight) < 0"
        )
        == 0
    )


def test_items_add_up_to_their_order_to_the_cent(demo: Warehouse) -> None:
    wrong = demo.value(
        "SELECT count(*) FROM orders FULL"
        " JOIN (SELECT order_id, sum(paid_amount) AS paid, sum(list_amount) AS listed, sum(quantity) AS pieces"
        " FROM order_items GROUP BY 1) USING (order_id)"
        " WHERE paid IS DISTINCT FROM paid_amount OR listed IS DISTINCT"
        " FROM list_amount OR pieces IS DISTINCT FROM item_count"
    )
    assert wrong == 0
    assert demo.value("SELECT min(paid_amount) FROM order_items") >= 0


def test_refunds_come_after_payment_and_never_exceed_it(demo: Warehouse) -> None:
    over = (
        "SELECT count(*)"
        " FROM (SELECT order_id, sum(refund_amount) AS back, min(refunded_at) AS first_back, count(*) AS parts"
        " FROM refunds GROUP BY 1) JOIN orders USING (order_id)"
    )
    assert demo.value(f"{over} WHERE back > paid_amount OR first_back < paid_at OR paid_at IS NULL") == 0
    assert demo.value(f"{over} WHERE parts = 2") > 0
    assert demo.value(f"{over} WHERE back < paid_amount") > 0


def test_points_of_a_member_are_the_sum_of_the_ledger(demo: Warehouse) -> None:
    wrong = demo.value(
        "SELECT count(*) FROM members LEFT JOIN (SELECT one_id, sum(delta) AS balance"
        " FROM points_ledger GROUP BY 1) USING (one_id)"
        " WHERE points <> greatest(0, coalesce(balance, 0))"
    )
    assert wrong == 0


def test_used_coupons_point_at_a_paid_order_of_the_same_person_and_worth(demo: Warehouse) -> None:
    used = "coupons c JOIN orders o USING (order_id)"
    assert demo.value("SELECT count(*) FROM coupons WHERE (used_at IS NULL) <> (order_id IS NULL)") == 0
    assert (
        demo.value(
            f"SELECT count(*) FROM {used}"
            " WHERE o.one_id <> c.one_id OR o.coupon_amount <> c.face_value OR o.paid_at IS NULL"
        )
        == 0
    )
    assert (
        demo.value(
            "SELECT count(*) FROM coupons WHERE claimed_at < issued_at OR used_at < claimed_at OR expires_at < used_at"
        )
        == 0
    )
    assert demo.value(f"SELECT count(*) FROM {used} WHERE o.placed_amount < c.threshold") == 0


# time -----------------------------------------------------------------------------------------------


def test_nothing_is_dated_after_the_last_day_except_expiries(demo: Warehouse) -> None:
    limit = LAST_DAY + timedelta(days=1)
    for name, table in TABLES.items():
        for column, kind in table.columns.items():
            if kind in {"TIMESTAMP", "DATE"} and column not in {"expires_at", "ends_at"}:
                latest = demo.value(f"SELECT max({column})::DATE FROM {name}")
                assert latest is None or latest < limit, f"{name}.{column}"
    assert demo.value("SELECT max(paid_at)::DATE FROM orders") == LAST_DAY


def test_every_day_has_orders_and_every_month_of_two_years_has_its_year_before(demo: Warehouse) -> None:
    months = demo.rows(
        "SELECT date_trunc('month', paid_at)::DATE AS m, count(*), sum(paid_amount) FROM paid GROUP BY 1 ORDER BY 1"
    )
    assert len(months) == 26
    known = {month: count for month, count, _ in months}
    assert all(known[date(m.year - 1, m.month, 1)] > 500 for m in known if m >= date(2025, 9, 1))
    assert demo.value("SELECT count(DISTINCT created_at::DATE) FROM orders") == 791


def test_steps_of_an_order_are_in_order(demo: Warehouse) -> None:
    assert demo.value("SELECT count(*) FROM orders WHERE paid_at < created_at OR shipped_at < paid_at") == 0
    presale = "SELECT count(*) FROM orders WHERE is_presale"
    assert demo.value(f"{presale} AND balance_paid_at IS DISTINCT FROM paid_at") == 0
    assert demo.value(f"{presale} AND (deposit_amount IS NULL OR deposit_amount <= 0)") == 0
    assert demo.value(f"{presale} AND paid_at IS NULL") > 0
    assert demo.value("SELECT count(*) FROM orders WHERE NOT is_presale AND deposit_amount IS NOT NULL") == 0


# believable -----------------------------------------------------------------------------------------------------------


def test_buyers_repeat_like_buyers_do(demo: Warehouse) -> None:
    share, most = demo.rows(
        "SELECT avg((n >= 2)::INTEGER), max(n) FROM (SELECT count(*) AS n FROM paid"
        " WHERE one_id IS NOT NULL GROUP BY one_id)"
    )[0]
    assert 0.2 <= share <= 0.45
    assert most >= 15


def test_shares_of_special_orders_are_believable(demo: Warehouse) -> None:
    anonymous, guests, unpaid, refunded = demo.rows(
        "SELECT avg((one_id IS NULL)::INTEGER), avg((one_id IS NOT NULL AND one_id NOT IN (SELECT"
        " one_id FROM members))::INTEGER),"
        " avg((paid_at IS NULL)::INTEGER), avg((order_id IN (SELECT order_id FROM refunds))::INTEGER) FROM orders"
    )[0]
    assert 0.07 <= anonymous <= 0.14
    assert 0.15 <= guests <= 0.40
    assert 0.02 <= unpaid <= 0.07
    assert 0.04 <= refunded <= 0.12
    statuses = {row[0] for row in demo.rows("SELECT DISTINCT status FROM orders")}
    assert statuses == {"created", "paid", "shipped", "completed", "cancelled", "risk_blocked"}
    assert demo.value("SELECT count(*) FROM orders WHERE one_id IN (SELECT one_id FROM members WHERE is_staff)") > 0


def test_promos_peak_and_spring_festival_dips(demo: Warehouse) -> None:
    daily = dict(demo.rows("SELECT created_at::DATE, count(*) FROM orders WHERE channel = 'tmall' GROUP BY 1"))

    def mean(start: date, end: date) -> float:
        days = [start + timedelta(days=n) for n in range((end - start).days + 1)]
        return sum(daily.get(day, 0) for day in days) / len(days)

    ordinary = mean(date(2025, 11, 17), date(2025, 11, 30))
    assert mean(date(2025, 11, 9), date(2025, 11, 11)) > 2.5 * ordinary
    assert mean(date(2026, 2, 14), date(2026, 2, 23)) < 0.75 * ordinary
    assert mean(date(2026, 6, 15), date(2026, 6, 18)) > 2 * ordinary


def test_names_that_look_like_sql_are_there(demo: Warehouse) -> None:
    names = " ".join(row[0] for row in demo.rows("SELECT name FROM products UNION ALL SELECT name FROM stores"))
    assert all(piece in names for piece in ("O'Light", "Select", "Order By", '"Deep"', "Union", "100%"))


def test_shared_phones_are_contested_edges_not_merges(demo: Warehouse) -> None:
    shared = demo.rows(
        "SELECT count(DISTINCT one_id), min(confidence) FROM identities"
        " WHERE id_type = 'phone' GROUP BY id_hash HAVING count(DISTINCT one_id) > 1"
    )
    assert len(shared) > 50
    assert all(confidence < 0.5 for _, confidence in shared)
    assert max(people for people, _ in shared) > 5


def test_traffic_rows_are_disjoint_and_conversion_is_sensible(demo: Warehouse) -> None:
    rates = demo.rows(
        "SELECT channel, n / v FROM (SELECT channel, count(*) AS n FROM orders GROUP BY 1) JOIN"
        " (SELECT channel, sum(visitors) AS v FROM traffic_daily GROUP BY 1) USING (channel)"
    )
    assert len(rates) == 7
    assert all(0.005 < rate < 0.4 for _, rate in rates)
    assert demo.value("SELECT count(*) FROM traffic_daily WHERE cart_users > visitors OR visitors <= 0") == 0


def test_vault_holds_fictional_contacts_of_members_only(demo: Warehouse) -> None:
    with duckdb.connect(str(demo.report.vault), read_only=True) as vault:
        tables = [row[0] for row in vault.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        assert tables == sorted(VAULT_TABLES)
        phones = vault.execute(
            "SELECT count(*), count(*) FILTER (value LIKE '100%' AND length(value) = 11) FROM contacts"
            " WHERE kind = 'phone'"
        ).fetchone()
        assert phones is not None
        assert phones[0] == phones[1] > 0
        people = {row[0] for row in vault.execute("SELECT one_id FROM people").fetchall()}
    assert people == {row[0] for row in demo.rows("SELECT one_id FROM members")}


# planted --------------------------------------------------------------------------------------------------------------


def per_day(demo: Warehouse, where: str, start: date, end: date) -> float:
    count = demo.value(
        f"SELECT count(*) FROM orders WHERE {where} AND created_at::DATE BETWEEN $start AND $end", start=start, end=end
    )
    return float(count) / ((end - start).days + 1)


def around(demo: Warehouse, cause: PlantedCause, where: str, days: int) -> tuple[float, float]:
    """Orders per day inside the window, and in `days` on either side of it."""
    inside = per_day(demo, where, cause.start, cause.end)
    before = per_day(demo, where, cause.start - timedelta(days=days), cause.start - timedelta(days=1))
    after = per_day(demo, where, cause.end + timedelta(days=1), cause.end + timedelta(days=days))
    return inside, (before + after) / 2


def test_the_outage_stops_one_channel_and_no_other(demo: Warehouse) -> None:
    inside, outside = around(demo, CAUSES["mini_outage"], "channel = 'wechat_mini'", 14)
    assert inside < 0.3 * outside
    assert outside > 4
    inside, outside = around(demo, CAUSES["mini_outage"], "channel <> 'wechat_mini'", 14)
    assert 0.7 * outside < inside < 1.3 * outside


def test_the_broken_coupon_is_claimed_but_not_used(demo: Warehouse) -> None:
    cause = CAUSES["tmall_coupon_broken"]
    template = cause.dims["template_id"]
    used = "SELECT count(*) FROM coupons WHERE template_id = $template AND used_at::DATE BETWEEN $start AND $end"
    assert demo.value(used, template=template, start=cause.start, end=cause.end) == 0
    assert demo.value(used, template=template, start=date(2026, 6, 12), end=date(2026, 6, 21)) > 10
    claimed = used.replace("used_at", "claimed_at")
    assert demo.value(claimed, template=template, start=cause.start, end=cause.end) > 10


def test_the_stock_out_leaves_no_stock_and_no_sales(demo: Warehouse) -> None:
    cause = CAUSES["sunscreen_stock_out"]
    sold = (
        "SELECT coalesce(sum(quantity), 0) FROM order_items JOIN orders USING (order_id)"
        " JOIN products USING (product_id) WHERE spu_id = 'G013' AND created_at::DATE BETWEEN $start AND $end"
    )
    assert demo.value(sold, start=cause.start, end=cause.end) == 0
    assert demo.value(sold, start=date(2026, 6, 26), end=date(2026, 7, 7)) > 30
    stock = (
        "SELECT max(quantity) FROM stock_daily JOIN products USING (product_id)"
        " WHERE spu_id = 'G013' AND stock_on BETWEEN $start AND $end"
    )
    assert demo.value(stock, start=cause.start, end=cause.end) == 0
    assert demo.value("SELECT sum(quantity) FROM stock_daily WHERE stock_on = $day", day=LAST_DAY) > 0


def test_the_mix_shift_flips_the_total(demo: Warehouse) -> None:
    rates = demo.rows(
        "SELECT v.channel, o8 / v8, o9 / v9, o8, v8, o9, v9 FROM"
        " (SELECT channel, sum(visitors) FILTER (month(visited_on) = 8) AS v8, sum(visitors)"
        " FILTER (month(visited_on) = 9) AS v9"
        "  FROM traffic_daily WHERE visited_on BETWEEN '2026-08-01' AND '2026-09-30' GROUP BY 1) v JOIN"
        " (SELECT channel, count(*) FILTER (month(created_at) = 8) AS o8, count(*) FILTER (month(created_at) = 9) AS o9"
        "  FROM orders"
        " WHERE created_at >= '2026-08-01' AND created_at < '2026-10-01' AND paid_at IS NOT NULL"
        " GROUP BY 1) o USING (channel)"
    )
    assert all(september > august for _, august, september, *_ in rates), rates
    o8, v8, o9, v9 = (sum(float(row[n]) for row in rates) for n in range(3, 7))
    assert o9 / v9 < 0.97 * o8 / v8


def test_the_moved_promo_lifts_march_and_lowers_april_year_over_year(demo: Warehouse) -> None:
    def growth(month: int) -> float:
        sql = (
            "SELECT sum(paid_amount) FILTER (year(paid_at) = 2026) / sum(paid_amount) FILTER"
            " (year(paid_at) = 2025) FROM paid WHERE month(paid_at) = $month"
        )
        return float(demo.value(sql, month=month))

    neighbours = (growth(5) + growth(6)) / 2
    assert growth(3) > neighbours > growth(4)
    starts = demo.rows(
        "SELECT starts_at::DATE FROM campaigns WHERE promo = '春日会员周' AND brand_id = 'glow' ORDER BY 1"
    )
    assert starts == [(date(2025, 4, 14),), (date(2026, 3, 23),)]


def test_a_closed_shop_sells_nothing_and_left_guides_serve_nobody(demo: Warehouse) -> None:
    closed, left = CAUSES["suzhou_closed"], CAUSES["chengdu_guides_left"]
    assert per_day(demo, "store_id = 'S008'", closed.start, closed.end) == 0
    assert per_day(demo, "store_id = 'S008'", date(2026, 5, 1), date(2026, 8, 9)) > 0.4
    inside, outside = around(demo, left, "store_id = 'S019'", 56)
    assert inside < 0.65 * outside
    guides = "guide_id IN ('G019-1', 'G019-2')"
    assert per_day(demo, guides, left.start, LAST_DAY) == 0
    assert per_day(demo, guides, date(2026, 1, 1), date(2026, 5, 5)) > 0


def test_lost_tracking_hides_visitors_but_not_orders(demo: Warehouse) -> None:
    cause = CAUSES["note_tracking_lost"]
    visitors = (
        "SELECT sum(visitors) / count(DISTINCT visited_on) FROM traffic_daily"
        " WHERE channel = 'xiaohongshu' AND visited_on BETWEEN $start AND $end"
    )
    inside = demo.value(visitors, start=cause.start, end=cause.end)
    outside = demo.value(visitors, start=date(2026, 4, 10), end=date(2026, 4, 30))
    assert inside < 0.3 * outside
    assert per_day(demo, "channel = 'xiaohongshu'", cause.start, cause.end) > 2


@pytest.mark.parametrize("cause", [cause for cause in PLANTED if cause.kind == "quiet"], ids=lambda cause: cause.id)
def test_quiet_weeks_are_quiet(demo: Warehouse, cause: PlantedCause) -> None:
    week = timedelta(days=7)
    now = per_day(demo, "true", cause.start, cause.end)
    before = per_day(demo, "true", cause.start - week, cause.end - week)
    assert 0.8 < now / before < 1.25


# building -------------------------------------------------------------------------------------------------------------


def fingerprint(path: Path) -> dict[str, Any]:
    with duckdb.connect(str(path), read_only=True) as connection:
        names = [row[0] for row in connection.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        sql = "SELECT md5(string_agg(t::VARCHAR, chr(10) ORDER BY rowid)) FROM {} t"
        return {name: connection.execute(sql.format(name)).fetchone() for name in names}


def test_the_same_seed_gives_the_same_bytes_on_any_number_of_threads(small: DemoReport, tmp_path: Path) -> None:
    again = generate(tmp_path / "again", scale=0.05, seed=7, threads=1, memory_limit="600MB")
    assert fingerprint(again.warehouse) == fingerprint(small.warehouse)
    assert fingerprint(again.vault) == fingerprint(small.vault)
    assert again.planted.read_bytes() == small.planted.read_bytes()


def test_another_seed_gives_other_orders(small: DemoReport, tmp_path: Path) -> None:
    other = generate(tmp_path, scale=0.05, seed=2**32 - 1)
    assert fingerprint(other.warehouse)["orders"] != fingerprint(small.warehouse)["orders"]
    assert other.rows["orders"] == pytest.approx(small.rows["orders"], rel=0.15)


def test_report_counts_the_rows_and_progress_ends_at_one(tmp_path: Path) -> None:
    heard: list[tuple[str, float]] = []
    started = time.perf_counter()
    report = generate(tmp_path, scale=0.01, progress=lambda stage, share: heard.append((stage, share)))
    assert time.perf_counter() - started < 20
    with duckdb.connect(str(report.warehouse), read_only=True) as connection:
        assert connection.execute("SELECT count(*) FROM orders").fetchone() == (report.orders,)
    shares = [share for _, share in heard]
    assert shares == sorted(shares)
    assert heard[-1] == ("done", 1.0)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["planted.json", "vault.duckdb", "warehouse.duckdb"]
    assert json.loads(report.planted.read_text(encoding="utf-8"))["scale"] == 0.01


def test_an_existing_demo_is_kept_unless_told_to_overwrite(tmp_path: Path) -> None:
    first = generate(tmp_path, scale=0.001)
    before = first.warehouse.read_bytes()
    with pytest.raises(CorrectableError, match="already holds"):
        generate(tmp_path, scale=0.001, seed=1)
    assert first.warehouse.read_bytes() == before
    (tmp_path / "warehouse.duckdb.wal").write_bytes(b"left by an older file")
    generate(tmp_path, scale=0.001, seed=1, overwrite=True)
    assert first.warehouse.read_bytes() != before
    assert not (tmp_path / "warehouse.duckdb.wal").exists()


@pytest.mark.parametrize(("scale", "seed"), [(0, 1), (-1, 1), (1000, 1), (float("nan"), 1), (0.01, -1), (0.01, 2**32)])
def test_sizes_and_seeds_out_of_range_are_refused_with_the_range(tmp_path: Path, scale: float, seed: int) -> None:
    with pytest.raises(CorrectableError) as caught:
        generate(tmp_path / "new", scale=scale, seed=seed)
    assert "choose" in caught.value.hint
    assert not (tmp_path / "new").exists()


def test_a_folder_that_cannot_be_written_is_a_clear_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(DemoError) as caught:
        generate(tmp_path / "file", scale=0.001)
    assert caught.value.code == "demo_not_written"
    assert caught.value.hint


@pytest.mark.parametrize(
    "error",
    [OSError(28, "No space left on device"), duckdb.IOException("No space left on device"), KeyboardInterrupt()],
)
def test_a_build_that_dies_leaves_nothing_half_written(tmp_path: Path, error: BaseException) -> None:
    def die(stage: str, _share: float) -> None:
        if stage == "traffic and stock":
            raise error

    kept = generate(tmp_path / "kept", scale=0.001)
    before = kept.warehouse.read_bytes()
    for out, overwrite in ((tmp_path / "kept", True), (tmp_path / "new", False)):
        with pytest.raises((DemoError, KeyboardInterrupt)) as caught:
            generate(out, scale=0.001, seed=3, overwrite=overwrite, progress=die)
        if isinstance(caught.value, DemoError):
            assert "disk space" in caught.value.hint
    assert kept.warehouse.read_bytes() == before
    assert sorted(os.listdir(tmp_path / "kept")) == ["planted.json", "vault.duckdb", "warehouse.duckdb"]
    assert not (tmp_path / "new").exists()
