"""Bad input, by command line and HTTP: a clear message that says what to do, a stable code, no harm done."""

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest

from app import cli
from app.api.application import create_api
from app.api.deps import Runtime
from app.core.actor import LOCAL_OPERATOR
from app.settings import Settings
from app.wiring import Application, build
from tests.fixtures import contract_warehouse
from tests.fixtures.ingest import shop

KNOWLEDGE = Path(__file__).resolve().parents[2] / "knowledge"


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return contract_warehouse.build(tmp_path_factory.mktemp("bad") / "brand.duckdb", people=60, orders=300)


@pytest.fixture(scope="module")
def application(warehouse: Path) -> Iterator[Application]:
    made = build(Settings(data_dir=warehouse.parent / "data", workers=1), warehouse=warehouse)
    yield made
    made.close()


@dataclass(frozen=True, slots=True)
class Ran:
    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """The command line in this process, with a data folder of its own."""
    monkeypatch.setenv("QIANMIAN_DATA_DIR", str(tmp_path / "data"))

    def command(*words: str | Path) -> Ran:
        monkeypatch.setattr("sys.argv", ["qianmian", *map(str, words)])
        capsys.readouterr()
        try:
            cli.main()
            code = 0
        except SystemExit as stopped:
            code = stopped.code if isinstance(stopped.code, int) else int(stopped.code is not None)
        shown = capsys.readouterr()
        return Ran(code, shown.out, shown.err)

    return command


def post(application: Application, body: dict[str, Any] | bytes, data: Path) -> httpx.Response:
    api = create_api(Settings(data_dir=data), application)
    runtime: Runtime = api.state.runtime
    key = runtime.keys.ensure_first()
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=api), base_url="http://test") as client:
            return await client.post("/v1/ask", content=content, headers=headers)

    return asyncio.run(send())


# questions ------------------------------------------------------------------------------------------------------------
REFUSED = [
    ("上个月幸福指数", "not_understood"),
    ("last month's happiness index", "not_understood"),
    ("上个月投放花费按会员等级", "impossible_split"),
    ("media spend by member tier last month", "impossible_split"),
    ("2026年5月31日到2026年5月1日的销售额", "bad_window"),
    ("2026年2月30日销售额", "bad_window"),
    ("2030年销售额", "window_outside_data"),
    ("sales in 2019", "window_outside_data"),
    ("6月新客的90天复购率", "immature_cohort"),
    ("销" * 4001, "unreadable_question"),
    ("😀😀🎉", "unreadable_question"),
    ("", "unreadable_question"),
    ("'; DROP TABLE orders; --", "out_of_scope"),
]


@pytest.mark.parametrize(("question", "code"), REFUSED, ids=[q[:20] or "empty" for q, _ in REFUSED])
def test_a_question_that_cannot_be_answered_says_why_and_what_to_ask(
    application: Application, question: str, code: str
) -> None:
    answer = application.answer_question.ask(question, LOCAL_OPERATOR)
    assert answer.status == "refused"
    assert answer.refusal is not None
    assert (answer.refusal.code, bool(answer.refusal.reason), bool(answer.refusal.instead)) == (code, True, True)
    assert answer.rows == ()


@pytest.mark.parametrize(
    ("odd", "plain"),
    [
        ("上個月各渠道的銷售額", "上个月各渠道的销售额"),
        ("２０２６年５月ＧＭＶ", "2026年5月GMV"),
        ("上个月\u200b销售额\x00", "上个月销售额"),
        ("\u202e上个月销售额", "上个月销售额"),
    ],
)
def test_another_spelling_is_the_same_question(application: Application, odd: str, plain: str) -> None:
    first, second = (application.answer_question.ask(text, LOCAL_OPERATOR) for text in (odd, plain))
    assert first.status == "answered"
    assert first.rows == second.rows


def test_over_http_a_refusal_is_an_answer_and_a_malformed_request_is_a_problem(
    application: Application, tmp_path: Path
) -> None:
    refused = post(application, {"question": "上个月幸福指数"}, tmp_path / "a")
    assert (refused.status_code, refused.json()["refusal"]["code"]) == (200, "not_understood")
    bodies: tuple[dict[str, Any] | bytes, ...] = (
        b"{",
        {"question": 7},
        {"question": "x" * 20_001},
        {"question": "销售额", "brand": "B1"},
    )
    for number, body in enumerate(bodies):
        broken = post(application, body, tmp_path / str(number))
        assert broken.status_code == 422
        assert broken.json()["code"] == "invalid_input"
        assert broken.json()["hint"]


def test_the_command_line_refuses_with_exit_code_one(run: Any, warehouse: Path) -> None:
    ran = run("ask", "上个月幸福指数", "--warehouse", warehouse)
    assert ran.code == 1
    assert "[not_understood]" in ran.out


def test_json_holds_numbers(run: Any, warehouse: Path) -> None:
    ran = run("ask", "5月各渠道的销售额", "--warehouse", warehouse, "--json")
    answer = json.loads(ran.out)
    assert ran.code == 0
    assert all(isinstance(row[1], int | float) for row in answer["rows"])


def test_an_unknown_brand_lists_the_known_ones(run: Any, warehouse: Path) -> None:
    ran = run("ask", "上个月销售额", "--warehouse", warehouse, "--brand", "NOPE")
    assert ran.code == 2
    assert "[not_found]" in ran.err
    assert "B1" in ran.err
    assert "没有品牌" in ran.err


# warehouses -----------------------------------------------------------------------------------------------------------
def _truncated(source: Path, folder: Path) -> Path:
    target = folder / "cut.duckdb"
    target.write_bytes(source.read_bytes()[: source.stat().st_size // 2])
    return target


def _foreign(folder: Path) -> Path:
    target = folder / "foreign.duckdb"
    with duckdb.connect(str(target)) as connection:
        connection.execute("CREATE TABLE x (a INTEGER)")
    return target


@pytest.mark.parametrize("kind", ["missing", "cut", "text", "empty", "foreign"])
def test_a_warehouse_that_cannot_be_read_says_so_in_the_askers_language(
    run: Any, warehouse: Path, tmp_path: Path, kind: str
) -> None:
    text, empty = tmp_path / "text.duckdb", tmp_path / "empty.duckdb"
    text.write_text("hello")
    empty.touch()
    file = {"missing": tmp_path / "no.duckdb", "text": text, "empty": empty}.get(kind)
    file = file or (_truncated(warehouse, tmp_path) if kind == "cut" else _foreign(tmp_path))
    chinese = run("ask", "上个月销售额", "--warehouse", file)
    english = run("ask", "sales last month", "--warehouse", file)
    for ran in (chinese, english):
        assert ran.code == 2
        assert "[warehouse_unavailable]" in ran.err
        assert "→" in ran.err
        assert "Traceback" not in ran.err
    assert not chinese.err.isascii()
    assert english.err.replace("→", "").isascii()


def test_a_missing_table_disables_only_what_needs_it(run: Any, warehouse: Path, tmp_path: Path) -> None:
    file = tmp_path / "orders_only.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"ATTACH '{warehouse}' AS whole (READ_ONLY)")
        connection.execute("CREATE TABLE orders AS FROM whole.orders")
    sales = run("ask", "2026年销售额", "--warehouse", file)
    assert sales.code == 0
    assert "没有剔除" in sales.out  # staff can't be told apart
    refused = run("ask", "2026年退款金额", "--warehouse", file)
    assert refused.code == 1
    assert "[missing_data]" in refused.out
    assert "refunds" in refused.out


def test_other_types_and_another_schema_give_the_same_numbers(run: Any, warehouse: Path, tmp_path: Path) -> None:
    file = tmp_path / "odd.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"ATTACH '{warehouse}' AS whole (READ_ONLY)")
        connection.execute("CREATE SCHEMA dw")
        tables = connection.execute("SELECT table_name FROM duckdb_tables() WHERE database_name = 'whole'").fetchall()
        for (table,) in tables:
            connection.execute(f"CREATE TABLE dw.{table} AS SELECT COLUMNS(*)::VARCHAR FROM whole.{table}")
    question = "2026年各渠道净销售额"
    expected, got = (run("ask", question, "--warehouse", w, "--json", "--brand", "B1") for w in (warehouse, file))
    assert got.code == 0, got.out
    assert json.loads(got.out)["rows"] == json.loads(expected.out)["rows"]


def test_doctor_finds_duplicate_keys_and_unreadable_values(run: Any, warehouse: Path, tmp_path: Path) -> None:
    assert run("doctor", "--warehouse", warehouse).code == 0
    file = tmp_path / "duplicates.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"ATTACH '{warehouse}' AS whole (READ_ONLY)")
        connection.execute("CREATE TABLE products AS FROM whole.products UNION ALL FROM whole.products")
        connection.execute("CREATE TABLE brands AS FROM whole.brands")
        connection.execute("CREATE TABLE tickets AS SELECT * REPLACE ('soon' AS opened_at) FROM whole.tickets")
        connection.execute("CREATE TABLE members AS FROM whole.members")
        connection.execute("CREATE TABLE orders AS FROM whole.orders")
    ran = run("doctor", "--warehouse", file, "--json")
    failed = {item["check"]: item["detail"] for item in json.loads(ran.out) if not item["passed"]}
    assert ran.code == 1
    assert "30 key(s) occur more than once" in failed["key of products (product_id)"]


# files ----------------------------------------------------------------------------------------------------------------
def test_malformed_knowledge_names_every_file_and_line(
    run: Any, warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for source in KNOWLEDGE.rglob("*.yaml"):
        target = tmp_path / "knowledge" / source.relative_to(KNOWLEDGE)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(source.read_text("utf-8"), "utf-8")
    for name in ("semantic/segments.yaml", "calendar/promo.yaml"):
        with (tmp_path / "knowledge" / name).open("a", encoding="utf-8") as stream:
            stream.write("\nbroken: [\n")
    monkeypatch.setenv("QIANMIAN_KNOWLEDGE_DIR", str(tmp_path / "knowledge"))
    for command in (("doctor",), ("ask", "上个月销售额")):
        ran = run(*command, "--warehouse", warehouse)
        assert ran.code == 2
        assert "[bad_configuration]" in ran.err
        assert "segments.yaml:" in ran.err
        assert "promo.yaml" in ran.err


def test_broken_lines_of_a_batch_are_all_named_and_nothing_is_written(
    run: Any, warehouse: Path, tmp_path: Path
) -> None:
    questions, out = tmp_path / "q.jsonl", tmp_path / "a.jsonl"
    questions.write_text('{"id": 1, "question": "销售额"}\n{"id": 2}\nno json\n', "utf-8")
    ran = run("ask", "--file", questions, "--out", out, "--warehouse", warehouse)
    assert (ran.code, out.exists()) == (2, False)
    assert "[bad_question_file]" in ran.err
    assert "lines 2, 3" in ran.err


def test_a_place_that_cannot_be_written_is_no_traceback(run: Any, warehouse: Path, tmp_path: Path) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": 1, "question": "销售额"}\n', "utf-8")
    ran = run("ask", "--file", questions, "--out", tmp_path / "none" / "a.jsonl", "--warehouse", warehouse)
    assert ran.code == 2
    assert "[not_written]" in ran.err


def _import(run: Any, folder: Path, orders: Path, *more: str) -> Ran:
    items = shop.write(folder, "items.csv", shop.ITEMS)
    return run("import", shop.MAPPING, orders, items, "--out", folder / "out", *more)  # type: ignore[no-any-return]


def test_a_failed_import_leaves_the_old_snapshot_serving(run: Any, tmp_path: Path) -> None:
    assert _import(run, tmp_path, shop.write(tmp_path, "orders.csv", shop.ORDERS)).code == 0
    before = shop.rows(tmp_path, "SELECT count(*), sum(paid_amount) FROM orders")
    wrong = shop.write(tmp_path, "orders.csv", b"\xff\xfe\x00\xd8" + shop.ORDERS.encode("utf-16-le")[:51])
    ran = _import(run, tmp_path, wrong)
    assert ran.code == 2
    assert "error [" in ran.err
    assert "→" in ran.err
    assert shop.rows(tmp_path, "SELECT count(*), sum(paid_amount) FROM orders") == before


def test_a_repeated_key_is_quarantined_with_its_reason(run: Any, tmp_path: Path) -> None:
    repeated = shop.ORDERS + "A1,p9,2026-10-05 10:00:00,7.00,已完成\n"
    ran = _import(run, tmp_path, shop.write(tmp_path, "orders.csv", repeated), "--json")
    report = json.loads(ran.out)
    assert ran.code == 0
    assert "duplicate" in json.dumps(report) or "key" in json.dumps(report)


def test_a_half_written_snapshot_is_never_served(run: Any, tmp_path: Path) -> None:
    assert _import(run, tmp_path, shop.write(tmp_path, "orders.csv", shop.ORDERS)).code == 0
    (tmp_path / "out" / "000009-half.duckdb").write_bytes(b"half")
    ran = run("ask", "2026年10月销售额", "--warehouse", tmp_path / "out", "--json")
    assert ran.code == 0
    assert json.loads(ran.out)["rows"] == [[1350.5]]


@pytest.mark.parametrize("command", ["ask", "demo", "import", "doctor", "serve"])
def test_help_teaches_by_example(run: Any, command: str) -> None:
    ran = run(command, "--help")
    assert ran.code == 0
    assert f"qianmian {command}" in ran.out
