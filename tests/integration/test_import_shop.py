# ruff: noqa: DTZ001 - a TIMESTAMP of the contract is the brand's wall time
"""Imports of a small shop: what is loaded, what is set aside and why, and what stops an import."""

import csv
import io
import json
from datetime import datetime
from decimal import Decimal
from pathlib import Path

import openpyxl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from app.core.errors import ConfigurationError, ImportRejectedError, NotFoundError
from app.ingest.importer import import_data
from app.warehouse.contract import TABLES
from tests.fixtures.ingest.shop import ITEMS, MAPPING, NOW, ORDERS, changed_mapping, load, query, reasons, rows, write

pytestmark = pytest.mark.long


def refusal(folder: Path, *args: object, **options: object) -> ImportRejectedError:
    with pytest.raises(ImportRejectedError) as caught:
        load(folder, *args, **options)  # type: ignore[arg-type]
    assert not (folder / "out" / "CURRENT.json").exists()
    assert not list((folder / "out").glob(".import-*"))
    return caught.value


def test_a_clean_import_holds_every_contract_table_and_the_rows(tmp_path: Path) -> None:
    report = load(tmp_path)
    assert {name for (name,) in rows(tmp_path, "SELECT table_name FROM duckdb_tables()")} == set(TABLES)
    assert rows(tmp_path, "SELECT order_id, one_id, paid_amount, status FROM orders ORDER BY 1") == [
        ("A1", "p1", Decimal("100.00"), "completed"),
        ("A2", "p2", Decimal("1250.50"), "completed"),
        ("A3", None, Decimal("30.00"), "cancelled"),
    ]
    assert rows(tmp_path, "SELECT line_no FROM order_items WHERE order_id = 'A1' ORDER BY 1") == [(1,), (2,)]
    assert not report.quarantined
    saved = json.loads((report.folder / "report.json").read_text(encoding="utf-8"))
    assert saved["snapshot"] == report.snapshot
    assert {t["name"]: t["rows"] for t in saved["tables"]} == {
        "brands": 1,
        "products": 3,
        "orders": 3,
        "order_items": 4,
        "tickets": 0,
    }
    assert "导入报告" in (report.folder / "report.zh.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16"])
def test_the_usual_encodings_are_detected(tmp_path: Path, encoding: str) -> None:
    load(tmp_path, ORDERS.encode(encoding), ITEMS.encode(encoding))
    assert rows(tmp_path, "SELECT DISTINCT product_id FROM order_items ORDER BY 1") == [("精华",), ("面膜",), ("面霜",)]


@pytest.mark.parametrize("delimiter", ["\t", ";", "|"])
def test_the_delimiter_is_read_from_the_header(tmp_path: Path, delimiter: str) -> None:
    load(tmp_path, items=ITEMS.replace(",", delimiter))
    assert rows(tmp_path, "SELECT sum(paid_amount) FROM order_items") == [(Decimal("1380.50"),)]


def test_each_bad_row_is_set_aside_with_its_own_reason(tmp_path: Path) -> None:
    orders = ORDERS + (
        "B1,p1,not a time,5.00,已完成\n,p1,2026-10-01 10:00:00,5.00,已完成\nB2,p1,2026-10-01 10:00:00,-5.00,已完成\n"
        "B3,p1,2036-10-01 10:00:00,5.00,已完成\nB4,p1,2026-10-01 10:00:00,5.00,已退回\n"
        "B5,TEST,2026-10-01 10:00:00,5.00,已完成\n"
        "A1,p1,2026-10-01 10:00:00,100.00,已完成\nA2,p2,2026-10-02 11:30:00,99.00,已完成\nB6,p1\n"
    )
    mapping = changed_mapping(
        tmp_path, ("updated_on: 2026-11-22", "updated_on: 2026-11-22\nmax_quarantined_share: 0.9")
    )
    report = load(tmp_path, orders, ITEMS + "Z9,面霜,1,1.00\nA3,面膜,半,1.00\n", mapping=mapping)
    assert reasons(report) == {
        ("sources.orders", "type:paid_at"): 1,
        ("sources.orders", "rule:test_order"): 1,
        ("sources.orders", "broken_line"): 1,
        ("sources.items", "type:quantity"): 1,
        ("orders", "key_missing:order_id"): 1,
        ("orders", "negative:paid_amount"): 1,
        ("orders", "impossible_time:created_at"): 1,
        ("orders", "unknown_code:status"): 1,
        ("orders", "conflicting_key"): 2,
        ("order_items", "orphan:orders"): 2,
    }
    assert [t.identical_dropped for t in report.tables if t.name == "orders"] == [1]
    assert rows(tmp_path, "SELECT order_id FROM orders ORDER BY 1") == [("A1",), ("A3",)]
    source = next(s for s in report.sources if s.name == "orders")
    assert source.rows_read == source.rows_used + source.rows_quarantined == 12
    listed = query(f"SELECT count(*) FROM '{report.folder / 'quarantine.parquet'}'")
    assert listed == [(sum(item.rows for item in report.quarantined),)]
    assert all(item.zh and item.en for item in report.quarantined)


def test_a_wrong_declared_encoding_names_file_line_and_what_to_set(tmp_path: Path) -> None:
    mapping = changed_mapping(tmp_path, ('files: ["orders*"]', 'files: ["orders*"]\n    encoding: utf-8'))
    orders = ORDERS.splitlines()
    data = (
        "订单号".encode()
        + b","
        + ",".join(orders[0].split(",")[1:]).encode()
        + b"\nA1,"
        + "面".encode("gbk")
        + b",2,3,4\n"
    )
    error = refusal(tmp_path, data, mapping=mapping)
    assert "orders.csv" in str(error)
    assert "line 2" in str(error)
    assert error.details["offset"] == data.index("面".encode("gbk"))
    error = refusal(tmp_path, ORDERS.encode("gb18030"), mapping=mapping)
    assert "gb18030" in error.hint
    assert error.code == "import_rejected"
    assert error.details["reason"] == "wrong_encoding"


def test_utf8_declared_as_gbk_is_refused_instead_of_read_as_nonsense(tmp_path: Path) -> None:
    mapping = changed_mapping(tmp_path, ('files: ["orders*"]', 'files: ["orders*"]\n    encoding: gbk'))
    error = refusal(tmp_path, mapping=mapping)
    assert error.details["reason"] == "wrong_encoding"


def test_an_encoding_that_cannot_be_told_is_asked_for(tmp_path: Path) -> None:
    error = refusal(tmp_path, ORDERS.encode("utf-8").replace(b"p1", "émigré naïf".encode("latin-1")))
    assert error.details["reason"] == "wrong_encoding"
    assert "encoding:" in error.hint


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"\n \n", "empty_file"),
        (ORDERS.replace("买家", "订单号").encode(), "duplicate_header"),
        (ORDERS.replace("买家", "").encode(), "blank_header"),
        (b"PK\x03\x04rest", "not_text"),
        (b"\x00\x01\x02,\n", "not_text"),
        (("订单号,买家,付款时间,实付金额,状态\n" + "A,B,C\n" * 9).encode(), "ragged_lines"),
        (ORDERS.splitlines()[0].encode(), "nothing_loaded"),
        ((ORDERS.splitlines()[0] + "\n" + "Q,p,x,1,已完成\n" * 9).encode(), "mostly_quarantined"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_with_its_reason(tmp_path: Path, content: bytes, reason: str) -> None:
    items = "订单号,商品,数量,金额\n" if reason == "nothing_loaded" else ITEMS
    assert refusal(tmp_path, content, items).details["reason"] == reason


def test_files_that_are_missing_unknown_or_not_given_are_named(tmp_path: Path) -> None:
    orders = write(tmp_path, "orders.csv", ORDERS)
    with pytest.raises(NotFoundError, match="nowhere"):
        import_data(MAPPING, [tmp_path / "nowhere.csv"], out=tmp_path / "out", now=NOW)
    with pytest.raises(ImportRejectedError, match="items"):
        import_data(MAPPING, [orders], out=tmp_path / "out", now=NOW)
    with pytest.raises(ImportRejectedError, match=r"else\.csv"):
        import_data(MAPPING, [orders, write(tmp_path, "else.csv", ITEMS)], out=tmp_path / "out", now=NOW)


def test_columns_that_the_file_lacks_are_told_together_with_suggestions(tmp_path: Path) -> None:
    mapping = changed_mapping(tmp_path, ("from: [实付金额]", "from: [实付金]"), ("from: [买家]", "from: [买家名]"))
    with pytest.raises(ConfigurationError) as caught:
        load(tmp_path, mapping=mapping)
    assert len(caught.value.problems) == 2
    assert "did you mean '实付金额'" in str(caught.value)
    assert "changed.yaml:1" in str(caught.value)
    unknown = changed_mapping(tmp_path, ("paid_amount: amount}", "paid_amount: amuont}"))
    with pytest.raises(ConfigurationError, match="did you mean 'amount'"):
        load(tmp_path, mapping=unknown)


@pytest.mark.parametrize("keep", [0, 3, 100, 0.5, -4])
def test_a_truncated_parquet_is_refused(tmp_path: Path, keep: float) -> None:
    whole = tmp_path / "orders_whole.parquet"
    csv = write(tmp_path, "orders.csv", ORDERS)
    query(f"COPY (FROM read_csv('{csv}', all_varchar = true)) TO '{whole}' (FORMAT parquet)")
    data = whole.read_bytes()
    size = int(len(data) * keep) if keep == 0.5 else int(keep)
    cut = write(tmp_path, "orders.parquet", data[:size])
    assert refusal(tmp_path, cut).details["reason"] in {"empty_file", "unreadable_file"}
    load(tmp_path, whole)
    assert len(rows(tmp_path, "FROM orders")) == 3


def test_excel_sheets_with_dates_formulas_and_blank_rows_are_read(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    sheet = book.create_sheet("订单")
    sheet.append(["订单号", "买家", "付款时间", "实付金额", "状态", None])
    sheet.append([1001, "p1", datetime(2026, 10, 1, 10), 100.5, "已完成"])
    sheet.append([None, None, None, None, None])
    sheet.append([1002.0, "p2", datetime(2026, 10, 2), "=1+1", "已完成"])
    path = tmp_path / "orders.xlsx"
    book.save(path)
    mapping = changed_mapping(tmp_path, ('files: ["orders*"]', 'files: ["orders*"]\n    sheet: 订单'))
    items = "订单号,商品,数量,金额\n1001,面霜,1,100.50\n"
    report = load(tmp_path, path, items, mapping=mapping)
    assert rows(tmp_path, "SELECT order_id, paid_at, paid_amount FROM orders ORDER BY 1") == [
        ("1001", datetime(2026, 10, 1, 10), Decimal("100.50")),
        ("1002", datetime(2026, 10, 2), None),
    ]
    assert any("formula" in warning["en"] for warning in report.warnings)
    missing = changed_mapping(tmp_path, ('files: ["orders*"]', 'files: ["orders*"]\n    sheet: 订单表'))
    with pytest.raises(ImportRejectedError, match="did you mean '订单'"):
        load(tmp_path, path, items, mapping=missing)
    with pytest.raises(ImportRejectedError) as caught:
        load(tmp_path, write(tmp_path, "orders_bad.xlsx", b"PK\x03\x04 not a workbook"), items, mapping=mapping)
    assert caught.value.details["reason"] == "unreadable_file"


@pytest.mark.parametrize("value", ["13812345678", "+86 138-1234-5678", "wang@example.com", "11010119900307123X"])
def test_direct_identifiers_are_refused_without_being_repeated(tmp_path: Path, value: str) -> None:
    error = refusal(tmp_path, ORDERS.replace("p1", value))
    assert error.details["reason"] == "direct_identifier"
    assert "orders.one_id" in str(error)
    assert value not in str(error) + error.hint


@pytest.mark.parametrize(
    "value", ["6901234567892", "1029384756102938475", "9f86d081884c7d659a2feaa0c55ad015", "SPF50+ 15ml"]
)
def test_bar_codes_order_numbers_and_hashes_are_not_taken_for_identifiers(tmp_path: Path, value: str) -> None:
    load(tmp_path, ORDERS.replace("p1", value), ITEMS.replace("面霜", value))
    assert rows(tmp_path, "SELECT one_id FROM orders WHERE order_id = 'A1'") == [(value,)]


def test_stray_phones_in_free_text_are_masked_and_told(tmp_path: Path) -> None:
    lines = [f"N{n},p{n},2026-10-01 10:00:00,1.00,已完成,普通备注" for n in range(400)]
    lines[7] = lines[7].replace("普通备注", "请致电13812345678谢谢")
    report = load(
        tmp_path,
        "订单号,买家,付款时间,实付金额,状态,备注\n" + "\n".join(lines) + "\n",
        ITEMS.replace("A1", "N1").replace("A2", "N2").replace("A3", "N3"),
    )
    assert rows(tmp_path, "SELECT kind FROM tickets WHERE kind LIKE '%1381%'") == []
    assert any("masked" in warning["en"] for warning in report.warnings)


def test_quarantined_rows_are_listed_without_phone_numbers(tmp_path: Path) -> None:
    report = load(tmp_path, ORDERS + "B1,13812345678,not a time,5.00,已完成\n")
    listed = query(f"SELECT record FROM '{report.folder / 'quarantine.parquet'}'")
    assert len(listed) == 1
    assert "13812345678" not in listed[0][0]
    assert "not a time" in listed[0][0]


def test_append_is_idempotent_updates_by_key_and_takes_late_rows(tmp_path: Path) -> None:
    load(tmp_path)
    before = [rows(tmp_path, f"FROM {name} ORDER BY ALL") for name in TABLES]
    load(tmp_path, mode="append")
    assert [rows(tmp_path, f"FROM {name} ORDER BY ALL") for name in TABLES] == before
    late = ORDERS.splitlines()[0] + (
        "\nA0,p9,2026-09-01 10:00:00,7.00,已完成\nA1,p1,2026-10-01 10:00:00,60.00,已完成\n"
    )
    items = "订单号,商品,数量,金额\nA1,面霜,1,60.00\nA0,口红,1,7.00\n"
    report = load(tmp_path, late, items, mode="append")
    orders = next(t for t in report.tables if t.name == "orders")
    assert (orders.kept, orders.added, orders.updated) == (2, 1, 1)
    assert rows(tmp_path, "SELECT order_id, paid_amount FROM order_items ORDER BY ALL") == [
        ("A0", Decimal("7.00")), ("A1", Decimal("60.00")), ("A2", Decimal("1250.50")), ("A3", Decimal("30.00")),
    ]  # fmt: skip
    load(tmp_path, late, items)
    assert rows(tmp_path, "SELECT count(*) FROM orders") == [(2,)]


def test_a_document_in_two_files_counts_as_the_later_file_has_it(tmp_path: Path) -> None:
    first = write(tmp_path, "orders_1.csv", ORDERS)
    second = write(tmp_path, "orders_2.csv", ORDERS.splitlines()[0] + "\nA1,p1,2026-10-01 10:00:00,88.00,已完成\n")
    import_data(MAPPING, [first, second, write(tmp_path, "items.csv", ITEMS)], out=tmp_path / "out", now=NOW)
    assert rows(tmp_path, "SELECT paid_amount FROM orders WHERE order_id = 'A1'") == [(Decimal("88.00"),)]
    assert rows(tmp_path, "SELECT count(*) FROM orders") == [(3,)]


def test_a_name_with_pattern_characters_is_one_file(tmp_path: Path) -> None:
    orders = write(tmp_path, "orders[1] 'x'*.csv", ORDERS)
    write(tmp_path, "orders1.csv", "not,this\n")
    load(tmp_path, orders)
    assert rows(tmp_path, "SELECT count(*) FROM orders") == [(3,)]


def test_an_unclosed_quote_in_the_header_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path, '"' + ORDERS * 2000).details["reason"] == "unreadable_file"


TEXT = st.text(
    st.characters(codec="utf-8", exclude_characters="\r\n\x00", exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=12,
)


@settings(max_examples=12, deadline=None)
@given(names=st.lists(TEXT.map(str.strip).filter(bool), min_size=1, max_size=6, unique=True))
@example(names=["'; DROP TABLE orders; --", '"quoted"', "a,b", "{x}", "$1", "NULL"])
def test_any_text_arrives_as_it_was_written(names: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("text")
    content = io.StringIO()
    writer = csv.writer(content, quoting=csv.QUOTE_ALL)
    writer.writerow(["订单号", "商品", "数量", "金额"])
    writer.writerows(["A1", name, "1", "1.00"] for name in names)
    load(folder, items=content.getvalue())
    assert [name for (name,) in rows(folder, "SELECT product_id FROM order_items ORDER BY line_no")] == names
