"""The shipped UCI mapping against hand-written SQL on the raw file: two roads, one set of monthly numbers."""

import os
from pathlib import Path

import pytest

from app.ingest.importer import import_data
from app.ingest.report import ImportReport
from tests.fixtures.ingest.shop import NOW, query, rows

_GIVEN = os.environ.get("QIANMIAN_TEST_DATA")  # noqa: TID251 - where the data is, is the tests' own setting
_FOLDER = Path(_GIVEN) if _GIVEN else Path(__file__).resolve().parents[2].parent / "shared" / "data"
RAW = _FOLDER / "uci_online_retail" / "online_retail_II_2009-12_2010-12.parquet"
RAW_2 = _FOLDER / "uci_online_retail" / "online_retail_2010-12_2011-12.parquet"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not RAW.is_file(), reason=f"the UCI file is not at {RAW} (set QIANMIAN_TEST_DATA)"),
]

SALES = "FROM raw WHERE Invoice NOT LIKE 'C%' AND Quantity > 0 AND Price > 0"


@pytest.fixture(scope="module")
def imported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ImportReport]:
    folder = tmp_path_factory.mktemp("uci")
    return folder, import_data("uci_online_retail_ii", [RAW], out=folder / "out", now=NOW)


def raw(sql: str) -> list[tuple[object, ...]]:
    return query(f"WITH raw AS (SELECT *, InvoiceDate[:7] AS month FROM '{RAW}') {sql}")


def test_monthly_gmv_orders_and_buyers_equal_the_raw_lines(imported: tuple[Path, ImportReport]) -> None:
    expected = raw(
        "SELECT month, sum(Quantity * Price), count(DISTINCT Invoice), "
        f'count(DISTINCT "Customer ID") {SALES} GROUP BY 1 ORDER BY 1'
    )
    got = rows(
        imported[0],
        "SELECT strftime(paid_at, '%Y-%m'), CAST(sum(paid_amount) AS DOUBLE), count(*), count(DISTINCT one_id) "
        "FROM orders WHERE status = 'completed' GROUP BY 1 ORDER BY 1",
    )
    assert len(got) == len(expected) == 13
    for ours, theirs in zip(got, expected, strict=True):
        assert ours[0] == theirs[0]
        assert ours[1] == pytest.approx(theirs[1], abs=0.02)
        assert ours[2:] == theirs[2:]


def test_every_cancellation_line_is_a_refund_of_its_month(imported: tuple[Path, ImportReport]) -> None:
    expected = raw(
        "SELECT month, count(*), sum(abs(Quantity * Price)) FROM raw WHERE Invoice LIKE 'C%' GROUP BY 1 ORDER BY 1"
    )
    got = rows(
        imported[0],
        "SELECT strftime(refunded_at, '%Y-%m'), count(*), CAST(sum(refund_amount) AS DOUBLE) FROM refunds "
        "GROUP BY 1 ORDER BY 1",
    )
    assert [row[:2] for row in got] == [row[:2] for row in expected]
    assert [row[2] for row in got] == pytest.approx([row[2] for row in expected], abs=0.02)
    assert sum(row[1] for row in got) == 10_206


def test_repurchase_equals_the_raw_lines(imported: tuple[Path, ImportReport]) -> None:
    per_customer = (
        f'SELECT "Customer ID", count(DISTINCT Invoice) AS n {SALES} AND "Customer ID" IS NOT NULL GROUP BY 1'
    )
    expected = raw(f"SELECT count(*), count(*) FILTER (n >= 2) FROM ({per_customer})")
    ours = "SELECT one_id, count(*) AS n FROM orders WHERE one_id IS NOT NULL GROUP BY 1"
    assert rows(imported[0], f"SELECT count(*), count(*) FILTER (n >= 2) FROM ({ours})") == expected


def test_anonymous_lines_are_anonymous_orders(imported: tuple[Path, ImportReport]) -> None:
    expected = raw(f'SELECT count(DISTINCT Invoice), count(*) {SALES} AND "Customer ID" IS NULL')
    joined = "orders o JOIN order_items i USING (order_id) WHERE one_id IS NULL"
    assert rows(imported[0], f"SELECT count(DISTINCT order_id), count(*) FROM {joined}") == expected


def test_a_matched_refund_is_of_an_earlier_order_of_the_same_customer_and_never_more_than_bought(
    imported: tuple[Path, ImportReport],
) -> None:
    folder, _ = imported
    matched = "refunds r JOIN orders o USING (order_id)"
    assert rows(folder, f"SELECT count(*) FROM {matched} WHERE o.one_id IS NULL OR o.paid_at > r.refunded_at") == [(0,)]
    over = "SELECT order_id, sum(refund_amount) AS back FROM refunds WHERE order_id IS NOT NULL GROUP BY 1"
    assert rows(
        folder, f"SELECT count(*) FROM ({over}) JOIN orders USING (order_id) WHERE back > paid_amount + 0.01"
    ) == [(0,)]
    found = rows(folder, f"SELECT count(*) FROM {matched}")[0][0]
    assert found > 6_000
    customers = raw('SELECT Invoice, "Customer ID" FROM raw WHERE Invoice LIKE \'C%\' AND "Customer ID" IS NOT NULL')
    owner = {invoice: str(int(customer)) for invoice, customer in customers}  # type: ignore[call-overload]
    pairs = rows(folder, f"SELECT refund_id, o.one_id FROM {matched}")
    assert all(owner[refund.rsplit("-", 1)[0]] == one_id for refund, one_id in pairs)


def test_the_report_accounts_for_every_line_and_every_pound(imported: tuple[Path, ImportReport]) -> None:
    source = imported[1].sources[0]
    assert source.rows_read == 525_461 == source.rows_used + source.rows_quarantined
    total = raw("SELECT sum(Quantity * Price) FROM raw")[0][0]
    assert float(source.amount_used) + float(source.amount_quarantined) == pytest.approx(total, abs=0.01)  # type: ignore[arg-type]
    tables = {table.name: table.rows for table in imported[1].tables}
    assert tables["order_items"] + tables["refunds"] == source.rows_used


def test_both_years_together_count_each_invoice_once(tmp_path: Path) -> None:
    if not RAW_2.is_file():
        pytest.skip(f"the second UCI file is not at {RAW_2}")
    import_data("uci_online_retail_ii", [RAW, RAW_2], out=tmp_path / "out", now=NOW)
    both = (
        f"SELECT Invoice AS invoice, 1 AS file, Quantity * Price AS money FROM '{RAW}' "
        "WHERE Invoice NOT LIKE 'C%' AND Quantity > 0 AND Price > 0 UNION ALL "
        f" SELECT CAST(InvoiceNo AS VARCHAR), 2, Quantity * UnitPrice FROM '{RAW_2}' "
        "WHERE Quantity > 0 AND UnitPrice > 0"
    )
    expected = query(
        f"WITH every_line AS ({both}) SELECT count(DISTINCT invoice), sum(money) FROM every_line "
        "WHERE file = 2 OR invoice NOT IN (SELECT invoice FROM every_line WHERE file = 2)"
    )[0]
    got = rows(tmp_path, "SELECT count(*), CAST(sum(paid_amount) AS DOUBLE) FROM orders")[0]
    assert got[0] == expected[0]
    assert got[1] == pytest.approx(expected[1], abs=0.05)
