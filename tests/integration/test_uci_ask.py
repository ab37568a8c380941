"""Real input, the whole way: import the UCI file, ask in words, and compare with hand-written SQL on the raw lines."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.core.actor import LOCAL_OPERATOR
from app.flows.answer import Answer
from app.ingest.importer import import_data
from app.settings import Settings
from app.wiring import Application, build
from tests.fixtures.ingest.shop import NOW, query

_GIVEN = os.environ.get("QIANMIAN_TEST_DATA")  # noqa: TID251 - where the data is, is the tests' own setting
_FOLDER = Path(_GIVEN) if _GIVEN else Path(__file__).resolve().parents[2].parent / "shared" / "data"
RAW = _FOLDER / "uci_online_retail" / "online_retail_II_2009-12_2010-12.parquet"

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not RAW.is_file(), reason=f"the UCI file is not at {RAW} (set QIANMIAN_TEST_DATA)"),
]

SALES = (
    'sales AS (SELECT InvoiceDate[:7] AS month, InvoiceDate[:10] AS day, Invoice, "Customer ID" AS customer, '
    "Quantity * Price AS money FROM raw WHERE Invoice NOT LIKE 'C%' AND Quantity > 0 AND Price > 0)"
)
PER_PERSON = (
    "(SELECT month, customer, sum(money) AS money, count(DISTINCT Invoice) AS orders, count(DISTINCT day) AS days "
    "FROM sales WHERE customer IS NOT NULL GROUP BY ALL)"
)
GMV = "SELECT month, sum(money) FROM sales GROUP BY 1"
REFUNDS = "SELECT InvoiceDate[:7], sum(abs(Quantity * Price)) FROM raw WHERE Invoice LIKE 'C%' GROUP BY 1"
BUYERS = f"SELECT month, count(*) FROM {PER_PERSON} GROUP BY 1"
ORDERS = "SELECT month, count(DISTINCT Invoice) FROM sales GROUP BY 1"
SPEND_PER_BUYER = f"SELECT month, sum(money) / count(*) FROM {PER_PERSON} GROUP BY 1"
SPEND_PER_ORDER = "SELECT month, sum(money) / count(DISTINCT Invoice) FROM sales GROUP BY 1"
# The house's sense: bought on at least two days of the month, of those who bought in it.
REPURCHASE = f"SELECT month, avg(CASE WHEN days >= 2 THEN 1.0 ELSE 0 END) FROM {PER_PERSON} GROUP BY 1"

MONTHLY = [
    ("每月GMV", GMV),
    ("monthly GMV", GMV),
    ("每月退款金额", REFUNDS),
    ("refund amount by month", REFUNDS),
    ("每月买家数", BUYERS),
    ("buyers by month", BUYERS),
    ("每月订单数", ORDERS),
    ("每月客单价", SPEND_PER_BUYER),
    ("每月笔单价", SPEND_PER_ORDER),
    ("average order value by month", SPEND_PER_ORDER),
    ("每月按会员部口径的复购率", REPURCHASE),
    ("monthly repurchase rate, membership definition", REPURCHASE),
]


@pytest.fixture(scope="module")
def application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Application]:
    folder = tmp_path_factory.mktemp("uci_ask")
    import_data("uci_online_retail_ii", [RAW], out=folder / "warehouse", now=NOW)
    made = build(Settings(data_dir=folder / "data", workers=1), warehouse=folder / "warehouse")
    yield made
    made.close()


def raw(sql: str) -> dict[str, float]:
    return {str(month): float(value) for month, value in query(f"WITH raw AS (FROM '{RAW}'), {SALES} {sql}")}


def ask(application: Application, question: str) -> Answer:
    answer = application.answer_question.ask(question, LOCAL_OPERATOR)
    assert answer.status == "answered", answer.refusal
    return answer


@pytest.mark.parametrize(("question", "sql"), MONTHLY, ids=[question for question, _ in MONTHLY])
def test_every_month_equals_sql_on_the_raw_lines(application: Application, question: str, sql: str) -> None:
    answer = ask(application, question)
    expected = raw(sql)
    assert len(expected) == 13
    got = {row[0]: row[1] for row in answer.rows}
    assert got == pytest.approx(expected, rel=1e-6)


def test_one_month_in_words_equals_its_row(application: Application) -> None:
    assert ask(application, "2010年11月GMV").rows[0][0] == pytest.approx(raw(GMV)["2010-11"], rel=1e-6)


def test_a_product_named_in_the_question_is_found(application: Application) -> None:
    name = "WHITE HANGING HEART T-LIGHT HOLDER"
    sold = query(
        f"SELECT sum(Quantity) FROM '{RAW}' WHERE Description = '{name}' AND InvoiceDate LIKE '2010-11%' "
        "AND Quantity > 0 AND Price > 0 AND Invoice NOT LIKE 'C%'"
    )
    answer = ask(application, f"{name} 2010年11月销量")
    assert float(answer.rows[0][0]) == pytest.approx(float(str(sold[0][0])))


def test_an_undivided_month_says_that_it_is_not_over(application: Application) -> None:
    assert any("2010-12" in note or "末期" in note for note in ask(application, "2010年每月GMV").notes)


def test_what_this_source_lacks_is_not_a_number_of_zero_buyers(application: Application) -> None:
    answer = application.answer_question.ask("2010年11月的广告点击率", LOCAL_OPERATOR)
    assert answer.status == "refused", answer.headline
