"""The program goes away and comes back: what was remembered is there, over HTTP and on the command line."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from app.api.application import create_api
from app.api.keys import KeyStore
from app.cli import app as command_line
from app.core.errors import AppError
from app.settings import Settings
from app.store.deferred import DeferredStore
from tests.fixtures import contract_warehouse
from tests.fixtures.fake_flows import FakeFlows

pytestmark = pytest.mark.long

Serving = AbstractAsyncContextManager[tuple[httpx.AsyncClient, FakeFlows]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path)


@pytest.fixture
def serving(settings: Settings) -> Callable[[], Serving]:
    @asynccontextmanager
    async def start() -> AsyncIterator[tuple[httpx.AsyncClient, FakeFlows]]:
        store = DeferredStore(settings.store_url)
        flows = FakeFlows(store=store)
        api = create_api(settings, flows)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(api), base_url="http://test") as client:
            yield client, flows
        api.state.runtime.pool.close()
        store.close()

    return start


async def test_a_conversation_and_a_choice_go_on_after_a_restart(
    settings: Settings, serving: Callable[[], Serving]
) -> None:
    _, secret = KeyStore(settings.data_dir / "keys.sqlite").create("ann")
    key = {"Authorization": f"Bearer {secret}"}
    async with serving() as (client, _):
        asked = {"question": "trend", "conversation_id": "c"}
        first = (await client.post("/v1/ask", json=asked, headers=key)).json()
        await client.put("/v1/choices", json={"term": "gmv", "sense": "paid"}, headers=key)
    async with serving() as (client, flows):
        await client.post("/v1/ask", json={"question": "那天猫呢", "conversation_id": "c"}, headers=key)
        previous = flows.answer_question.asked[0][3]
        assert previous is not None
        assert previous.query.model_dump(mode="json") == first["query"]
        assert [row["channel"] for row in previous.rows] == [row[1] for row in first["rows"]]
        choices = (await client.get("/v1/choices", headers=key)).json()["choices"]
        assert [(one["term"], one["sense"]) for one in choices] == [("gmv", "paid")]
        given = {"request_id": first["trace"]["request_id"], "verdict": "up"}
        assert (await client.post("/v1/feedback", json=given, headers=key)).status_code == 201


async def test_sixteen_askers_at_once_are_all_kept(settings: Settings, serving: Callable[[], Serving]) -> None:
    _, secret = KeyStore(settings.data_dir / "keys.sqlite").create("ann")
    key = {"Authorization": f"Bearer {secret}"}
    async with serving() as (client, _):
        bodies = [{"question": "复购率", "conversation_id": f"c{number % 4}"} for number in range(16)]
        done = await asyncio.gather(*(client.post("/v1/ask", json=body, headers=key, timeout=30) for body in bodies))
        assert {response.status_code for response in done} == {200}
        assert all("没能保存" not in " ".join(response.json()["notes"]) for response in done)
        listed = (await client.get("/v1/conversations", headers=key)).json()["conversations"]
        assert sorted((one["id"], one["turns"]) for one in listed) == [(f"c{number}", 4) for number in range(4)]


# the command line ----------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return contract_warehouse.build(tmp_path_factory.mktemp("memory") / "warehouse.duckdb", people=60, orders=400)


@pytest.fixture
def qianmian(tmp_path: Path, warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., str]:
    """Runs a command and returns what it prints; an expected failure is raised."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("QIANMIAN_DATA_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("QIANMIAN_WAREHOUSE", str(warehouse))

    def run(*arguments: str, exit_code: int = 0) -> str:
        ran: Result = CliRunner().invoke(command_line, arguments)
        if isinstance(ran.exception, AppError):
            raise ran.exception
        assert ran.exit_code == exit_code, ran.output
        return ran.output

    return run


def test_commands_that_only_read_make_no_database(qianmian: Callable[..., str], tmp_path: Path) -> None:
    for arguments in (
        ("memory", "list"),
        ("audit", "list"),
        ("audit", "verify"),
        ("keys", "list"),
        ("snapshots", "list"),
    ):
        assert qianmian(*arguments)
    assert not (tmp_path / "var" / "qianmian.db").exists()


def test_keys_are_made_shown_and_revoked(qianmian: Callable[..., str], tmp_path: Path) -> None:
    made = qianmian("keys", "create", "小李", "--brand", "B1", "--department", "会员部", "--scope", "ask")
    secret = made.rsplit(": ", 1)[1].strip()
    key = KeyStore(tmp_path / "var" / "keys.sqlite").verify(secret)
    assert key is not None
    assert (key.brand_ids, key.department, key.scopes) == (frozenset({"B1"}), "会员部", frozenset({"ask"}))
    listed = qianmian("keys", "list", "--json")
    assert secret not in listed
    assert json.loads(listed)[0]["name"] == "小李"
    qianmian("keys", "revoke", key.id)
    assert KeyStore(tmp_path / "var" / "keys.sqlite").verify(secret) is None
    with pytest.raises(AppError, match="no active key"):
        qianmian("keys", "revoke", key.id)
    with pytest.raises(AppError, match="Scope"):
        qianmian("keys", "create", "x", "--scope", "root")
    actions = [entry["action"] for entry in json.loads(qianmian("audit", "list", "--json"))]
    assert actions == ["key.created", "key.revoked"]
    assert "intact" in qianmian("audit", "verify")


def test_a_noted_head_proves_that_the_past_stayed(qianmian: Callable[..., str]) -> None:
    qianmian("keys", "create", "a")
    head = json.loads(qianmian("audit", "verify", "--json"))[0]["head"]
    qianmian("keys", "create", "b")
    assert "intact" in qianmian("audit", "verify", "--head", head)
    qianmian("audit", "verify", "--head", "f" * 64, exit_code=1)


def test_an_earlier_import_serves_again(qianmian: Callable[..., str], tmp_path: Path) -> None:
    from app.warehouse import snapshots

    folder = tmp_path / "var" / "warehouse"
    for number in range(2):
        built = tmp_path / f"{number}.duckdb"
        built.write_bytes(b"x")
        snapshots.publish(folder, built, {"orders": number})
    first, second = json.loads(qianmian("snapshots", "list", "--json"))
    assert (first["is_serving"], second["is_serving"]) == (False, True)
    qianmian("snapshots", "rollback", first["id"])
    assert snapshots.current(folder).id == first["id"]
    assert qianmian("snapshots", "list").startswith(f"* {first['id']}")
    with pytest.raises(AppError, match="not kept"):
        qianmian("snapshots", "rollback", "nope")
    assert [entry["action"] for entry in json.loads(qianmian("audit", "list", "--json"))] == ["snapshot.rolled_back"]


def test_from_a_thumb_down_to_a_verified_answer(qianmian: Callable[..., str], tmp_path: Path) -> None:
    question = "2026年各渠道的支付金额"
    asked = json.loads(qianmian("ask", question, "--conversation", "monday", "--as", "小李", "--json"))
    assert asked["trust"] == "governed"
    (tmp_path / "plan.json").write_text(json.dumps(asked), encoding="utf-8")
    shown = qianmian("conversations", "show", "monday", "--as", "小李")
    assert asked["trace"]["request_id"] in shown
    with pytest.raises(AppError, match="no conversation"):
        qianmian("conversations", "show", "monday", "--as", "老王")
    qianmian("feedback", asked["trace"]["request_id"], "down", "--text", "就是这个", "--as", "小李")
    proposal = json.loads(qianmian("proposals", "list", "--json"))[0]
    seen = ("--seen", proposal["content_hash"][:12], "--query", "plan.json")
    with pytest.raises(AppError, match="own proposal"):
        qianmian("proposals", "accept", proposal["id"], "--as", "小李", *seen)
    with pytest.raises(AppError, match="not the proposal"):
        qianmian("proposals", "accept", proposal["id"], "--as", "老王", "--seen", "0" * 12)
    with pytest.raises(AppError, match="too short"):
        qianmian("proposals", "accept", proposal["id"], "--as", "老王", "--seen", "0")
    qianmian("proposals", "accept", proposal["id"], "--as", "老王", *seen)
    again = json.loads(qianmian("ask", question, "--json"))
    assert again["trust"] == "verified"
    assert "老王" in again["notes"][-1]
    pair = json.loads(qianmian("verified", "list", "--json"))[0]["pair"]
    qianmian("verified", "withdraw", pair["id"], "--as", "老王")
    assert json.loads(qianmian("ask", question, "--json"))["trust"] == "governed"
    assert "no verified" in qianmian("verified", "list")


def test_a_choice_is_listed_and_forgotten(qianmian: Callable[..., str], tmp_path: Path) -> None:
    from app.core.actor import Actor
    from app.core.clock import system_clock

    store = DeferredStore(f"sqlite:///{tmp_path / 'var' / 'qianmian.db'}")
    with store.writing() as kept:
        kept.choices.remember(Actor("小李"), "gmv", "paid", system_clock())
    store.close()
    assert "gmv" in qianmian("memory", "list", "--as", "小李")
    assert "gmv" not in qianmian("memory", "list", "--as", "老王")
    assert "gmv" not in qianmian("memory", "list", "--as", "小李", "--department", "财务部")
    qianmian("memory", "forget", "gmv", "--as", "小李")
    with pytest.raises(AppError, match="nothing is remembered"):
        qianmian("memory", "forget", "gmv", "--as", "小李")


def test_a_question_without_memory_does_not_import_the_database(tmp_path: Path, warehouse: Path) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from app.core.actor import LOCAL_OPERATOR\n"
        "from app.settings import Settings\n"
        "from app.wiring import build\n"
        f"settings = Settings(_env_file=None, data_dir=Path({str(tmp_path)!r}))\n"
        f"application = build(settings, warehouse=Path({str(warehouse)!r}))\n"
        "answer = application.answer_question.ask('2026年的支付金额', LOCAL_OPERATOR)\n"
        "application.close()\n"
        "assert answer.status == 'answered', answer\n"
        "heavy = {'sqlalchemy', 'alembic', 'chromadb', 'langchain_core', 'openai'} & set(sys.modules)\n"
        "assert not heavy, heavy\n"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr[-2000:]
