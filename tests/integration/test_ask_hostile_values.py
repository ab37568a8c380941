"""Names of a warehouse that look like SQL, grammar or metrics: planned, compiled, guarded, run and counted right."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pytest

from app.core.actor import LOCAL_OPERATOR, Actor
from app.flows.answer_question import AnswerQuestion
from app.flows.brands import BrandDirectory
from app.guard.execute import GuardedExecutor
from app.planning.context import PlanContext
from app.planning.plan import PlanResult
from app.planning.rule_planner import RulePlanner
from app.semantic.compiler import compile as compile_query
from app.warehouse.contract import CONTRACT_SQL
from app.warehouse.duckdb_engine import DuckDBEngine
from tests.fixtures.planner import VALUES, planner_over, real_model

LITERAL = [
    "O'Light \"Deep\" 霜", "'; DROP TABLE orders; --", "SELECT", "Order By 礼盒, 限定", "😀限定", "{{x}}", "$1",
    "back\\slash", "Union All", "null island", '"引号"', "3单", "1=1", "/* 注释 */ 礼盒", "x" * 80,
]  # fmt: skip
ALSO_GRAMMAR = [
    "门店",
    "top",
    "销售额",
    "今天",
    "各渠道",
    "和",
    "抖音",
    "占比",
    "100",
    "会员",
    "没有",
    "by",
    "最高",
    "%like_%",
]
NAMES = LITERAL + ALSO_GRAMMAR


class UnscopedPlanner:
    def __init__(self, planner: RulePlanner) -> None:
        self.planner = planner

    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        return self.planner.plan(question, context)


@pytest.fixture(scope="module")
def flow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnswerQuestion]:
    path = tmp_path_factory.mktemp("hostile") / "names.duckdb"
    write_warehouse(path)
    engine = DuckDBEngine(path)
    executor = GuardedExecutor(engine)
    planner = UnscopedPlanner(planner_over({**VALUES, "category": tuple(NAMES)}))
    yield AnswerQuestion(
        planner=planner, compile_query=compile_query, models=real_model, executor=executor, engine=engine,
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC), brands=BrandDirectory(executor),
    )  # fmt: skip
    engine.close()


def write_warehouse(path: Path) -> None:
    """One order a name, of as many pieces as the name's place in the list."""
    with duckdb.connect(str(path)) as connection:
        connection.execute(CONTRACT_SQL)
        connection.execute("INSERT INTO brands (brand_id, name) VALUES ('b1', '拾光')")
        for place, name in enumerate(NAMES, 1):
            connection.execute(
                "INSERT INTO products (product_id, brand_id, name, category) VALUES (?, 'b1', ?, ?)",
                [f"p{place}", f"商品 {place}", name],
            )
            connection.execute(
                "INSERT INTO orders (order_id, brand_id, channel, created_at, paid_at, status, paid_amount) "
                "VALUES (?, 'b1', 'tmall', '2026-09-10', '2026-09-10', 'completed', 10)",
                [f"o{place}"],
            )
            connection.execute(
                "INSERT INTO order_items (order_id, line_no, product_id, quantity) VALUES (?, 1, ?, ?)",
                [f"o{place}", f"p{place}", place],
            )
        connection.execute(
            "INSERT INTO orders (order_id, brand_id, channel, created_at, paid_at, status, paid_amount) "
            "VALUES ('last', 'b1', 'tmall', '2026-10-31', '2026-10-31', 'completed', 10)"
        )


@pytest.mark.parametrize(
    "question", ["9月{name}的销量", "9月“{name}”品类的销量", "units sold of {name} in September 2026"]
)
@pytest.mark.parametrize("name", LITERAL)
def test_a_name_that_looks_like_code_is_only_a_name(flow: AnswerQuestion, name: str, question: str) -> None:
    answer = flow.ask(question.format(name=name), LOCAL_OPERATOR)
    assert answer.status == "answered", answer.refusal
    assert answer.query is not None
    assert [(f.dimension, f.values) for f in answer.query.filters] == [("category", (name,))]
    assert [row[-1] for row in answer.rows] == [NAMES.index(name) + 1]


@pytest.mark.parametrize("name", ALSO_GRAMMAR)
def test_a_name_that_is_also_grammar_never_crashes(flow: AnswerQuestion, name: str) -> None:
    for question in (f"9月{name}的销量", f"9月“{name}”品类的销量", f"units sold of {name} in September 2026"):
        answer = flow.ask(question, LOCAL_OPERATOR)
        assert answer.status in ("answered", "refused", "needs_clarification"), answer.refusal


def test_grouped_by_category_every_name_comes_back_as_stored(flow: AnswerQuestion) -> None:
    answer = flow.ask("9月各品类的销量", LOCAL_OPERATOR)
    assert {row[0]: row[1] for row in answer.rows} == {name: place for place, name in enumerate(NAMES, 1)}
