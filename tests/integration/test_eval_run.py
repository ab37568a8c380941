"""The eval runner on small warehouses: right and wrong gold, refusals, a conversation, renamed goods, mutations."""

import json
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from app.demo.generate import generate
from app.settings import Settings
from app.warehouse.contract import CONTRACT_SQL
from evals.__main__ import main
from evals.cases import Case, CasesError
from evals.gold import Gold, GoldError
from evals.run import Setup, run
from evals.warehouses import RECIPES, Recipe, Warehouse, mutate, own, renames_of

pytestmark = pytest.mark.long

SCALE = 0.02
SEPTEMBER = "paid_at >= '2026-09-01' AND paid_at < '2026-10-01'"
SERUM = f"""
    SELECT sum(quantity) FROM order_items JOIN paid USING (order_id) JOIN products USING (product_id)
    WHERE category = '精华' AND {SEPTEMBER}"""
BY_CHANNEL = f"SELECT channel, sum(paid_amount) FROM paid WHERE {SEPTEMBER} GROUP BY 1"
GMV = f"SELECT sum(paid_amount) FROM paid WHERE {SEPTEMBER}"


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("demo"), scale=SCALE).warehouse


@pytest.fixture(scope="module", params=[recipe for recipe in RECIPES if recipe.sql], ids=lambda recipe: recipe.name)
def mutated(
    request: pytest.FixtureRequest, demo: Path, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Recipe, Path]:
    path = tmp_path_factory.mktemp("mutated") / "mutated.duckdb"
    path.write_bytes(demo.read_bytes())
    mutate(request.param, path)
    return request.param, path


def case(name: str, question: str, **expect: object) -> Case:
    return Case.model_validate(
        {
            "id": f"a.{name}",
            "question": question,
            "form": "written",
            "expect": expect,
            "category": "a",
            "suite": "house",
        }
    )


def test_answers_are_graded_against_gold_on_the_real_application(demo: Path, tmp_path: Path) -> None:
    follow_up = case("follow", "上个月抖音的GMV", sql=f"{GMV} AND channel = 'douyin'").model_copy(
        update={"turns": ("上个月的订单数",), "department": "会员部"}
    )
    cases = [
        case("right", "上个月GMV", sql=GMV),
        case("either", "上个月GMV", sql="SELECT 1", alternatives=[GMV]),
        case("wrong", "上个月GMV", sql=f"SELECT 1 + ({GMV})"),
        case("channels", "上个月各渠道GMV", sql=BY_CHANNEL),
        case("serum", "上个月精华卖了多少件", sql=SERUM),
        case("refused", "上个月的幸福指数", refuse=True),
        case("stated", "上个月GMV", refuse=True),
        follow_up,
    ]  # fmt: skip
    renamed = tmp_path / "renamed.duckdb"
    renamed.write_bytes(demo.read_bytes())
    recipe = next(recipe for recipe in RECIPES if recipe.renames)
    mutate(recipe, renamed)
    both = [own(demo), Warehouse("renamed", renamed, "renamed", renames_of(recipe))]
    results = run(cases, both, Setup(Settings(data_dir=tmp_path), tmp_path))
    assert {result.case.id[2:]: result.outcome for result in results} == {
        "right": "right", "either": "right", "wrong": "wrong", "channels": "right", "serum": "right",
        "refused": "right", "stated": "wrong", "follow": "right",
    }  # fmt: skip
    assert all(set(result.verdicts) == {"own", "renamed"} for result in results)
    told = results[4].answers["renamed"]
    assert told is not None
    assert "安瓿露" in told.restatement


def test_gold_that_does_not_run_ends_the_run_by_name(demo: Path, tmp_path: Path) -> None:
    cases = [case("good", "上个月GMV", sql=GMV), case("bad", "上个月GMV", sql="SELECT nothing FROM paid")]
    with pytest.raises(CasesError, match=r"a\.bad on own: .*nothing"):
        run(cases, [own(demo)], Setup(Settings(data_dir=tmp_path), tmp_path))


def test_a_warehouse_that_ends_on_another_day_is_not_examined(demo: Path, tmp_path: Path) -> None:
    shorter = tmp_path / "shorter.duckdb"
    shorter.write_bytes(demo.read_bytes())
    with duckdb.connect(str(shorter)) as connection:
        connection.execute("DELETE FROM orders WHERE greatest(created_at, paid_at) >= TIMESTAMP '2026-10-01'")
    with pytest.raises(CasesError, match="ends on 2026-09-30"):
        run([case("good", "上个月GMV", sql=GMV)], [own(shorter)], Setup(Settings(data_dir=tmp_path), tmp_path))


def test_gold_results_are_kept_and_come_back_equal(demo: Path, tmp_path: Path) -> None:
    cache = tmp_path / "gold.json"
    sql = f"SELECT channel, count(*), sum(net_amount), max(paid_at) FROM paid WHERE {SEPTEMBER} GROUP BY 1"
    first = Gold(demo, cache)
    rows = first.rows(sql)
    first.close()
    empty = tmp_path / "empty.duckdb"
    with duckdb.connect(str(empty)) as connection:
        connection.execute(CONTRACT_SQL)
    second = Gold(empty, cache)
    assert second.rows(sql) == rows
    with pytest.raises(GoldError):
        second.rows("SELECT 1 FROM nowhere")
    second.close()


def test_the_command_writes_a_report_and_says_what_is_wrong(demo: Path, tmp_path: Path) -> None:
    arguments = [
        "--warehouse",
        str(demo),
        "--only",
        "single.01",
        "--cache",
        str(tmp_path),
        "--out",
        str(tmp_path / "out"),
    ]
    assert main(arguments) == 0
    report = json.loads((tmp_path / "out" / "report.json").read_text(encoding="utf-8"))
    assert report["totals"]["all"]["cases"] == 1
    assert (tmp_path / "out" / "report.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert main(["--only", "no such case"]) == 2
    assert main(["--check", "--only", "rank"]) == 2


@pytest.fixture
def pair(mutated: tuple[Recipe, Path], demo: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """The demo as `was`, its mutation as `now`."""
    connection = duckdb.connect()
    for name, path in (("was", demo), ("now", mutated[1])):
        connection.execute(f"ATTACH '{path}' AS {name} (READ_ONLY)")
    yield connection
    connection.close()


def one(connection: duckdb.DuckDBPyConnection, sql: str) -> object:
    found = connection.execute(sql).fetchone()
    assert found is not None
    return found[0]


def test_a_mutated_warehouse_is_still_a_sound_one(pair: duckdb.DuckDBPyConnection) -> None:
    assert one(pair, "SELECT max(paid_at)::DATE FROM now.orders") == one(
        pair, "SELECT max(paid_at)::DATE FROM was.orders"
    )
    for broken in (
        ("SELECT count(*) FROM now.orders o WHERE paid_amount <> "
        "(SELECT sum(paid_amount) FROM now.order_items i WHERE i.order_id = o.order_id)"),
        ("SELECT count(*) FROM now.refunds JOIN now.orders USING (order_id) "
        "WHERE refund_amount > paid_amount OR refunded_at < paid_at"),
        "SELECT count(*) FROM now.orders WHERE paid_at < created_at OR shipped_at < paid_at",
        "SELECT count(*) FROM now.order_items WHERE order_id NOT IN (SELECT order_id FROM now.orders)",
        "SELECT count(*) FROM now.coupons WHERE used_at IS NOT NULL AND order_id IS NULL",
        "SELECT count(*) - count(DISTINCT order_id) FROM now.orders",
    ):  # fmt: skip
        assert one(pair, broken) == 0, broken


def test_no_number_by_channel_stays_what_it_was(pair: duckdb.DuckDBPyConnection) -> None:
    same = """
        SELECT count(*) FROM
          (SELECT channel, sum(paid_amount) AS amount FROM was.orders WHERE channel <> 'store' GROUP BY 1)
          JOIN (SELECT channel, sum(paid_amount) AS amount FROM now.orders GROUP BY 1) USING (channel, amount)
    """
    assert one(pair, same) == 0


def test_renamed_goods_are_gone_under_their_old_names(
    mutated: tuple[Recipe, Path], pair: duckdb.DuckDBPyConnection
) -> None:
    recipe, _ = mutated
    for was, becomes in renames_of(recipe).items():
        held = "SELECT count(*) FROM {}.products WHERE contains(concat_ws('|', name, category, series), '{}')"
        assert one(pair, held.format("now", was)) == 0
        assert one(pair, held.format("now", becomes)) == one(pair, held.format("was", was))
