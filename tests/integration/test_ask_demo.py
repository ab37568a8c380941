"""Questions end to end on a small demo brand, against SQL written by hand; and every face gives the same answer."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb
import httpx
import pytest
from typer.testing import CliRunner

from app.api.application import create_api
from app.cli import app as cli
from app.core.actor import LOCAL_OPERATOR
from app.demo.generate import generate
from app.flows.answer import Answer
from app.settings import Settings
from app.wiring import Application, build

VIEWS = """
CREATE TEMP VIEW paid AS
  SELECT o.*, o.paid_amount - coalesce(r.refunded, 0) AS net
  FROM orders o LEFT JOIN (SELECT order_id, sum(refund_amount) AS refunded FROM refunds GROUP BY 1) r USING (order_id)
  WHERE paid_at IS NOT NULL AND status NOT IN ('cancelled', 'risk_blocked')
    AND coalesce(one_id, '') NOT IN (SELECT one_id FROM members WHERE is_staff);
CREATE TEMP VIEW lines AS
  SELECT i.quantity, i.paid_amount AS line_amount, p.name, p.category, o.*
  FROM order_items i JOIN paid o USING (order_id) JOIN products p USING (product_id);
CREATE TEMP VIEW sep AS SELECT * FROM paid WHERE paid_at >= '2026-09-01' AND paid_at < '2026-10-01';
CREATE TEMP VIEW aug AS SELECT * FROM paid WHERE paid_at >= '2026-08-01' AND paid_at < '2026-09-01';
CREATE TEMP VIEW sep_lines AS SELECT * FROM lines WHERE paid_at >= '2026-09-01' AND paid_at < '2026-10-01';
CREATE TEMP VIEW firsts AS SELECT one_id, min(paid_at) AS first_at FROM paid WHERE one_id IS NOT NULL GROUP BY 1;
"""

REPEATERS = """
  SELECT channel, count(*) AS n FROM (
    SELECT channel, one_id FROM {month} WHERE one_id IN (SELECT one_id FROM members)
    GROUP BY 1, 2 HAVING count(DISTINCT CAST(paid_at AS DATE)) >= 2) GROUP BY 1"""

# Question → SQL with the same dimension, metric and share columns; the changes beside a comparison follow from them.
QUESTIONS = {
    "上个月抖音和天猫的会员复购人数各是多少,环比怎么样": f"""
        SELECT channel, coalesce(s.n, 0), coalesce(a.n, 0) FROM (VALUES ('douyin'), ('tmall')) c(channel)
        LEFT JOIN ({REPEATERS.format(month="sep")}) s USING (channel)
        LEFT JOIN ({REPEATERS.format(month="aug")}) a USING (channel)""",
    "上个月的销售额": "SELECT sum(paid_amount) FROM sep",
    "9月净销售额和订单数": "SELECT sum(net), count(*) FROM sep",
    "上个月各渠道的销售额": "SELECT channel, sum(paid_amount) FROM sep GROUP BY 1",
    "9月除了门店以外的订单数": "SELECT count(*) FROM sep WHERE channel <> 'store'",
    "9月按品类看销量": "SELECT category, sum(quantity) FROM sep_lines GROUP BY 1",
    "上个月各门店的净销售额": "SELECT s.name, sum(net) FROM sep JOIN stores s USING (store_id) GROUP BY 1",
    "上个月销售额环比": "SELECT (SELECT sum(paid_amount) FROM sep), (SELECT sum(paid_amount) FROM aug)",
    "上个月各渠道销售额占比": """
        SELECT channel, sum(paid_amount), sum(paid_amount) / sum(sum(paid_amount)) OVER () FROM sep GROUP BY 1""",
    "9月抖音占整体销售额的比例": """
        SELECT sum(paid_amount) FILTER (channel = 'douyin'),
               sum(paid_amount) FILTER (channel = 'douyin') / sum(paid_amount) FROM sep""",
    "今年每月的订单数": """
        SELECT strftime(paid_at, '%Y-%m'), count(*) FROM paid WHERE paid_at >= '2026-01-01' GROUP BY 1""",
    "9月下过2单以上的会员有多少": """
        SELECT count(*) FROM (SELECT one_id FROM sep WHERE one_id IN (SELECT one_id FROM members)
                              GROUP BY 1 HAVING count(*) >= 2)""",
    "9月买过精华但没买面霜的有多少人": """
        SELECT count(DISTINCT one_id) FROM sep_lines WHERE category = '精华'
          AND one_id NOT IN (SELECT one_id FROM sep_lines WHERE category = '面霜' AND one_id IS NOT NULL)""",
    "8月买过9月没买的客户有多少": """
        SELECT count(DISTINCT one_id) FROM aug
        WHERE one_id NOT IN (SELECT one_id FROM sep WHERE one_id IS NOT NULL)""",
    "9月订单数超过20的渠道": "SELECT channel, count(*) FROM sep GROUP BY 1 HAVING count(*) > 20",
    "上个月新客数": "SELECT count(*) FROM firsts WHERE first_at >= '2026-09-01' AND first_at < '2026-10-01'",
    "6月首单客户的90天复购率": """
        SELECT avg(CAST(EXISTS (SELECT 1 FROM paid p WHERE p.one_id = f.one_id AND p.paid_at > f.first_at
                                AND p.paid_at <= f.first_at + INTERVAL 90 DAY) AS INTEGER))
        FROM firsts f WHERE first_at >= '2026-06-01' AND first_at < '2026-07-01'""",
    "今年每季度的退款金额": """
        SELECT strftime(refunded_at, '%Y-Q') || quarter(refunded_at), sum(refund_amount) FROM refunds
        WHERE refunded_at >= '2026-01-01' AND refunded_at < '2026-11-01' GROUP BY 1""",
    "列出上个月买过精华的会员": """
        SELECT count(DISTINCT one_id) FROM sep_lines
        WHERE category = '精华' AND one_id IN (SELECT one_id FROM members)""",
    "sales last month vs prior period": """
        SELECT (SELECT sum(paid_amount) FROM sep), (SELECT sum(paid_amount) FROM aug)""",
    "units sold by category in September 2026": "SELECT category, sum(quantity) FROM sep_lines GROUP BY 1",
    "sales last month excluding Douyin": "SELECT sum(paid_amount) FROM sep WHERE channel <> 'douyin'",
    "orders over 500 yuan in September 2026": "SELECT count(*) FROM sep WHERE paid_amount > 500",
    "average order value by channel last month": "SELECT channel, sum(paid_amount) / count(*) FROM sep GROUP BY 1",
    "how many customers bought at least twice in September 2026": """
        SELECT count(*) FROM (SELECT one_id FROM sep WHERE one_id IS NOT NULL GROUP BY 1 HAVING count(*) >= 2)""",
    "daily orders over the last 7 days": """
        SELECT strftime(paid_at, '%Y-%m-%d'), count(*) FROM paid WHERE paid_at >= '2026-10-25' GROUP BY 1""",
    "share of sales by channel last month": """
        SELECT channel, sum(paid_amount), sum(paid_amount) / sum(sum(paid_amount)) OVER () FROM sep GROUP BY 1""",
}
REFUSED = [
    "上个月天鹅的销售额",
    "为什么上个月销售额下降",
    "phone numbers of gold members",
    "how did the flumox perform last month",
]


@pytest.fixture(scope="session")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return generate(tmp_path_factory.mktemp("demo"), scale=0.05).warehouse


@pytest.fixture(scope="module")
def settings(warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"), warehouse=warehouse, workers=1)


@pytest.fixture(scope="module")
def application(settings: Settings) -> Iterator[Application]:
    built = build(settings)
    yield built
    built.close()


@pytest.fixture(scope="module")
def oracle(warehouse: Path) -> Iterator[Callable[[str], list[tuple[Any, ...]]]]:
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute(VIEWS)
        yield lambda sql: connection.execute(sql).fetchall()


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_answer_is_what_hand_written_sql_says(
    application: Application, oracle: Callable[[str], list[tuple[Any, ...]]], question: str
) -> None:
    answer = application.answer_question.ask(question, LOCAL_OPERATOR)
    assert answer.status == "answered", answer.refusal
    assert answer.language == ("en" if question.isascii() else "zh")
    kept = [place for place, column in enumerate(answer.columns) if column.kind != "delta"]
    found = comparable([[row[place] for place in kept] for row in answer.rows])
    assert found == comparable(oracle(QUESTIONS[question]))
    assert answer.trust == "governed"
    # A small demo has small groups; the answer says so.
    assert {check.name for check in answer.checks if not check.passed} <= {"small_groups"}


def comparable(rows: Any) -> list[tuple[Any, ...]]:
    """Rows in one order, numbers as floats to six places."""
    plain = [tuple(cell if isinstance(cell, str) else round(float(cell), 6) for cell in row) for row in rows]
    return sorted(plain, key=repr)


def test_the_first_three_products_are_ranked_by_units(
    application: Application, oracle: Callable[[str], list[tuple[Any, ...]]]
) -> None:
    answer = application.answer_question.ask("9月销量最高的3个商品", LOCAL_OPERATOR)
    sold = dict(oracle("SELECT name, sum(quantity) FROM sep_lines GROUP BY 1"))
    assert [row[1] for row in answer.rows] == sorted(sold.values(), reverse=True)[:3]
    assert all(sold[row[0]] == row[1] for row in answer.rows)


@pytest.mark.parametrize("question", REFUSED)
def test_what_is_not_understood_gives_no_number(application: Application, question: str) -> None:
    answer = application.answer_question.ask(question, LOCAL_OPERATOR)
    assert answer.status == "refused"
    assert answer.refusal is not None
    assert answer.refusal.reason
    assert not answer.rows
    assert answer.sql is None


def content(answer: dict[str, Any]) -> dict[str, Any]:
    """All of an answer but the ids and times of the run that made it."""
    return {name: value for name, value in answer.items() if name != "trace"}


@pytest.fixture(scope="module")
def answers(application: Application) -> dict[str, Answer]:
    return {q: application.answer_question.ask(q, LOCAL_OPERATOR) for q in (*QUESTIONS, *REFUSED)}


async def test_http_gives_the_answers_of_the_flow(
    settings: Settings, application: Application, answers: dict[str, Answer]
) -> None:
    api = create_api(settings, application)
    key = api.state.runtime.keys.create("test")[1]
    transport = httpx.ASGITransport(api)
    headers = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://test", headers=headers) as client:
        for question, answer in answers.items():
            response = await client.post("/v1/ask", json={"question": question})
            assert response.status_code == 200
            assert content(response.json()) == content(answer.model_dump(mode="json"))
    api.state.runtime.pool.close()


def test_the_command_line_gives_the_answers_of_the_flow(
    settings: Settings, answers: dict[str, Answer], tmp_path: Path
) -> None:
    file, out = tmp_path / "questions.jsonl", tmp_path / "answers.jsonl"
    asked = [json.dumps({"id": str(place), "question": q}) for place, q in enumerate(answers)]
    file.write_text("\n".join(asked), encoding="utf-8")
    ran = CliRunner().invoke(
        cli,
        ["ask", "--file", str(file), "--out", str(out), "--warehouse", str(settings.warehouse)],
        env={"QIANMIAN_DATA_DIR": str(settings.data_dir)},
    )
    assert ran.exit_code == 0, ran.output
    lines = [json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()]
    assert [line["id"] for line in lines] == [str(place) for place in range(len(answers))]
    for line, answer in zip(lines, answers.values(), strict=True):
        assert content(line["answer"]) == content(answer.model_dump(mode="json"))
