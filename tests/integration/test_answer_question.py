"""The whole flow over a small real warehouse: real model, compiler, guard and DuckDB; only the planner is scripted."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

import duckdb
import pytest

from app.core.actor import LOCAL_OPERATOR, Actor
from app.core.errors import AppError, QueryStoppedError, WarehouseError
from app.flows.answer import Answer
from app.flows.answer_question import AnswerQuestion
from app.flows.brands import BrandDirectory
from app.guard.execute import GuardedExecutor
from app.planning.context import PlanContext
from app.planning.plan import ChosenSense, Link, PlanResult, Reading, Sign, Unplanned
from app.semantic.compiler import compile as compile_query
from app.semantic.loader import load
from app.semantic.query import Comparison, Filter, Having, Order, SemanticQuery, Share
from app.warehouse.contract import CONTRACT_SQL
from app.warehouse.duckdb_engine import DuckDBEngine
from tests.fixtures.memory import glossary

KNOWLEDGE = Path(__file__).parents[2] / "knowledge" / "semantic"
SEPTEMBER = {"start": date(2026, 9, 1), "end": date(2026, 9, 30)}
PRIOR = Comparison(kind="prior_period", start=date(2026, 8, 1), end=date(2026, 8, 31))

ROWS = """
INSERT INTO brands VALUES ('b1', '雾岚', NULL), ('b2', '雾岚男士', 'b1');
INSERT INTO members (one_id, brand_id, registered_at, tier, is_staff)
  SELECT 'm' || i, 'b1', TIMESTAMP '2026-01-01' + INTERVAL (i) DAY, 'normal', FALSE FROM range(60) t(i);
INSERT INTO orders (order_id, brand_id, one_id, channel, created_at, paid_at, status, list_amount, placed_amount,
                    paid_amount, discount_amount, coupon_amount, platform_subsidy, freight, item_count, is_presale)
  SELECT 'o' || i, CASE WHEN i % 10 = 0 THEN 'b2' ELSE 'b1' END, CASE WHEN i % 7 = 0 THEN NULL ELSE 'm' || (i % 60) END,
         ['tmall', 'douyin', 'jd', NULL][1 + i % 4],
         TIMESTAMP '2026-01-01 10:00:00' + INTERVAL (i // 2) DAY,
         TIMESTAMP '2026-01-01 10:05:00' + INTERVAL (i // 2) DAY,
         CASE WHEN i % 13 = 0 THEN 'cancelled' ELSE 'completed' END, 200, 150, 100 + i % 50, 50, 0, 0, 0, 2, FALSE
  FROM range(608) t(i);
"""


class ScriptedPlanner:
    """Answers every question with the same plan."""

    def __init__(
        self, *queries: SemanticQuery, unplanned: Unplanned | None = None, links: tuple[Link, ...] = ()
    ) -> None:
        self.result = PlanResult("zh", tuple(Reading(q, 1.0, links) for q in queries), unplanned)

    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        return self.result


@dataclass
class BrokenExecutor:
    error: Exception

    def run(self, statement: object, actor: Actor) -> object:
        raise self.error


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("warehouse") / "small.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute(CONTRACT_SQL)
        connection.execute(ROWS)
    return path


@pytest.fixture(scope="module")
def flow(file: Path) -> Iterator[AnswerQuestion]:
    engine = DuckDBEngine(file)
    executor = GuardedExecutor(engine)
    yield AnswerQuestion(
        planner=ScriptedPlanner(unplanned=Unplanned("no_metric", "没有听出要看哪个指标", ("上个月的销售额",))),
        compile_query=compile_query, models=lambda: load(KNOWLEDGE), executor=executor, engine=engine,
        clock=lambda: datetime(2026, 11, 1, tzinfo=UTC), brands=BrandDirectory(executor),
    )  # fmt: skip
    engine.close()


def oracle(file: Path, sql: str) -> list[tuple[object, ...]]:
    with duckdb.connect(str(file), read_only=True) as connection:
        return connection.execute(sql).fetchall()


PAID = "status NOT IN ('cancelled', 'risk_blocked') AND paid_at >= '2026-09-01' AND paid_at < '2026-10-01'"


def test_one_number_with_its_comparison(flow: AnswerQuestion, file: Path) -> None:
    query = SemanticQuery(metrics=("gmv_paid",), compare=(PRIOR,), **SEPTEMBER)
    answer = flow.run(query, LOCAL_OPERATOR, language="zh")
    assert answer.status == "answered"
    [(expected,)] = oracle(file, f"SELECT SUM(paid_amount)::DOUBLE FROM orders WHERE {PAID}")
    assert answer.rows[0][0] == expected
    assert "环比" in answer.headline
    assert all(check.passed for check in answer.checks), answer.checks
    assert answer.trust == "governed"
    assert {s.name for s in answer.trace.stages} >= {"compile", "guard", "execute", "assemble"}
    assert any("2 个品牌" in note for note in answer.notes)


def test_groups_add_up_and_unknown_is_labelled(flow: AnswerQuestion) -> None:
    query = SemanticQuery(metrics=("gmv_paid",), dimensions=("channel",), share=Share(), **SEPTEMBER)
    answer = flow.run(query, LOCAL_OPERATOR, language="zh")
    checks = {check.name: check for check in answer.checks}
    assert checks["parts_sum_to_total"].passed
    assert checks["shares_sum_to_whole"].passed
    assert answer.labels["channel"][""] == "未知"
    assert answer.labels["channel"]["douyin"] == "抖音"
    assert answer.chart.kind == "bar"
    assert "最高的是" in answer.headline


def test_months_are_written_as_months(flow: AnswerQuestion) -> None:
    query = SemanticQuery(metrics=("gmv_paid",), grain="month", start=date(2026, 7, 1), end=date(2026, 9, 30))
    answer = flow.run(query, LOCAL_OPERATOR, language="en")
    assert [row[0] for row in answer.rows] == ["2026-07", "2026-08", "2026-09"]
    assert answer.chart.kind == "line"
    assert "Peak" in answer.headline


def test_a_window_outside_the_data_is_refused_with_the_range(flow: AnswerQuestion) -> None:
    query = SemanticQuery(metrics=("gmv_paid",), start=date(2019, 1, 1), end=date(2019, 1, 31))
    answer = flow.run(query, LOCAL_OPERATOR, language="zh")
    assert answer.status == "refused"
    assert answer.refusal is not None
    assert answer.refusal.code == "window_outside_data"
    assert "2026-01-01" in answer.refusal.reason
    assert answer.restatement
    assert answer.sql


def test_a_window_partly_outside_is_answered_and_says_what_is_missing(flow: AnswerQuestion) -> None:
    query = SemanticQuery(metrics=("gmv_paid",), start=date(2026, 10, 1), end=date(2026, 12, 31))
    answer = flow.run(query, LOCAL_OPERATOR, language="zh")
    check = next(c for c in answer.checks if c.name == "window_inside_data")
    assert answer.status == "answered"
    assert not check.passed
    assert check.detail in answer.notes


def test_a_rate_over_nothing_is_refused_not_zero(flow: AnswerQuestion) -> None:
    query = SemanticQuery(
        metrics=("aov",), filters=(Filter(dimension="channel", op="eq", values=("xiaohongshu",)),), **SEPTEMBER
    )
    answer = flow.run(query, LOCAL_OPERATOR, language="zh")
    assert answer.refusal is not None
    assert answer.refusal.code == "zero_denominator"


def test_an_immature_cohort_is_refused_with_the_latest_mature_month(flow: AnswerQuestion) -> None:
    metric = next(m.id for m in flow.model.metrics.values() if m.matures_after_days and m.type == "ratio")
    query = SemanticQuery(metrics=(f"{metric}@90",), start=date(2026, 10, 1), end=date(2026, 10, 31))
    answer = flow.run(query, LOCAL_OPERATOR, language="zh")
    assert answer.refusal is not None
    assert answer.refusal.code == "immature_cohort"
    assert "2026-07" in answer.refusal.instead[0]


@pytest.mark.parametrize(
    ("query", "code"),
    [
        (SemanticQuery(metrics=("gmv_payd",), **SEPTEMBER), "unknown_name"),
        (SemanticQuery(metrics=("gmv_paid",), dimensions=("nothing",), **SEPTEMBER), "unknown_name"),
        (SemanticQuery(metrics=("media_cost",), dimensions=("member_tier",), **SEPTEMBER), "impossible_split"),
        (SemanticQuery(metrics=("gmv_paid",), order=Order(by="period"), **SEPTEMBER), "invalid_input"),
    ],
)
@pytest.mark.parametrize("language", ["zh", "en"])
def test_what_cannot_be_computed_is_refused(
    flow: AnswerQuestion, query: SemanticQuery, code: str, language: str
) -> None:
    answer = flow.run(query, LOCAL_OPERATOR, language=language)  # type: ignore[arg-type]
    assert answer.status == "refused"
    assert answer.refusal is not None
    assert answer.refusal.code == code
    assert answer.refusal.instead


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (WarehouseError("the file is damaged"), "warehouse_unavailable"),
        (QueryStoppedError("20 s passed"), "query_stopped"),
        (RuntimeError("secret insides"), "internal_error"),
    ],
)
def test_what_breaks_is_failed_with_a_request_id(flow: AnswerQuestion, error: AppError, code: str) -> None:
    broken = replace(flow, executor=BrokenExecutor(error))  # type: ignore[arg-type]
    answer = broken.run(SemanticQuery(metrics=("gmv_paid",), **SEPTEMBER), LOCAL_OPERATOR, language="en")
    assert answer.status == "failed"
    assert answer.refusal is not None
    assert answer.refusal.code == code
    assert "secret" not in answer.refusal.reason
    assert any(answer.trace.request_id in text for text in answer.refusal.instead)


def test_a_comparison_before_the_first_day_has_no_change(flow: AnswerQuestion) -> None:
    before = Comparison(kind="prior_year", start=date(2025, 9, 1), end=date(2025, 9, 30))
    answer = flow.run(
        SemanticQuery(metrics=("gmv_paid",), compare=(before,), **SEPTEMBER), LOCAL_OPERATOR, language="zh"
    )
    assert answer.rows[0][1:] == (None, None, None)
    assert "同比无可比数据" in answer.headline
    assert not next(c for c in answer.checks if c.name == "compare_base_present").passed


def test_an_unplanned_question_is_refused_in_its_own_words(flow: AnswerQuestion) -> None:
    answer = flow.ask("??", LOCAL_OPERATOR)
    assert answer.status == "refused"
    assert answer.refusal is not None
    assert answer.refusal.code == "no_metric"
    assert [s.name for s in answer.trace.stages] == ["plan"]


def test_readings_that_differ_are_asked_back_with_their_numbers(flow: AnswerQuestion) -> None:
    paid, buyers = (
        SemanticQuery(metrics=("gmv_paid",), filters=(Filter(dimension="channel", op="eq", values=(v,)),), **SEPTEMBER)
        for v in ("tmall", "douyin")
    )
    answer = replace(flow, planner=ScriptedPlanner(paid, buyers)).ask("销售额", LOCAL_OPERATOR)
    assert answer.status == "needs_clarification"
    assert answer.clarification is not None
    first, second = answer.clarification.options
    assert "天猫" in first.label
    assert "抖音" in second.label
    assert "¥" in first.preview
    assert "%" in second.preview


def test_readings_that_agree_are_answered_once(flow: AnswerQuestion) -> None:
    one = SemanticQuery(metrics=("gmv_paid",), **SEPTEMBER)
    same = SemanticQuery(metrics=("gmv_paid",), limit=500, **SEPTEMBER)
    answer = replace(flow, planner=ScriptedPlanner(one, same)).ask("销售额", LOCAL_OPERATOR)
    assert answer.status == "answered"
    assert any("结果相同" in note for note in answer.notes)


def test_a_fuzzy_word_is_disclosed(flow: AnswerQuestion) -> None:
    link = Link("销售鹅", 0, 3, "metric", "gmv_paid", fuzzy=True)
    planner = ScriptedPlanner(SemanticQuery(metrics=("gmv_paid",), **SEPTEMBER), links=(link,))
    answer = replace(flow, planner=planner).ask("销售鹅", LOCAL_OPERATOR)
    label = flow.model.metrics["gmv_paid"].label.zh
    assert f"把“销售鹅”理解为“{label}”。" in answer.notes
    assert answer.evidence is not None
    assert answer.evidence.fuzzy == (f"销售鹅 → {label}",)


def test_an_empty_result_says_so(flow: AnswerQuestion) -> None:
    query = SemanticQuery(
        metrics=("gmv_paid",),
        dimensions=("channel",),
        having=(Having(metric="gmv_paid", op="gt", values=(1e12,)),),
        **SEPTEMBER,
    )
    answer = flow.run(query, LOCAL_OPERATOR, language="zh")
    assert answer.status == "answered"
    assert answer.row_count == 0
    assert "没有符合条件" in answer.headline


def test_one_brand_is_named_when_the_actor_sees_one(flow: AnswerQuestion, file: Path) -> None:
    actor = Actor(id="a", brand_ids=frozenset({"b2"}))
    answer = flow.run(SemanticQuery(metrics=("gmv_paid",), **SEPTEMBER), actor, language="zh")
    [(expected,)] = oracle(file, f"SELECT SUM(paid_amount)::DOUBLE FROM orders WHERE brand_id = 'b2' AND {PAID}")
    assert answer.rows[0][0] == expected
    assert "仅含品牌:雾岚男士。" in answer.notes


def test_people_per_channel_are_not_to_be_added_up(flow: AnswerQuestion) -> None:
    answer = flow.run(
        SemanticQuery(metrics=("buyers",), dimensions=("channel",), **SEPTEMBER), LOCAL_OPERATOR, language="zh"
    )
    assert any("不能相加" in note for note in answer.notes)


def test_a_doubtful_reading_is_offered_without_its_number_and_a_sure_one_is_stated(flow: AnswerQuestion) -> None:
    query, link = SemanticQuery(metrics=("gmv_paid",), **SEPTEMBER), Link("销售额", 0, 3, "metric", "gmv_paid")
    doubtful = Reading(query, 1.0, (link,), signs=(Sign("by_loose_part", ("各渠道",)),))

    def asked(*readings: Reading) -> Answer:
        planner = ScriptedPlanner()
        planner.result = PlanResult("zh", readings)
        return replace(flow, planner=planner).ask("各渠道销售额", LOCAL_OPERATOR)

    refused, stated = asked(doubtful), asked(replace(doubtful, signs=()))
    assert (refused.status, refused.refusal and refused.refusal.code) == ("refused", "too_doubtful")
    assert refused.refusal is not None
    assert refused.refusal.instead == (stated.restatement,)
    assert refused.rows == ()
    assert refused.headline == ""
    assert refused.evidence is not None
    assert any("各渠道" in reason for reason in refused.evidence.reasons)
    assert (stated.status, stated.trust) == ("answered", "governed")
    # Two readings with the same result are as sure as the surer one.
    both = asked(doubtful, replace(doubtful, signs=()))
    assert both.status == "answered"
    assert both.evidence is not None
    assert both.evidence.readings == 2


def _senses(*found: tuple[str, SemanticQuery]) -> PlanResult:
    """One reading for each sense of an open word."""
    term = glossary().term("gmv")
    readings = []
    for sense_id, query in found:
        sense = term.sense(sense_id)
        assert sense is not None
        readings.append(Reading(query, 1.0, senses=(ChosenSense("gmv", sense_id, "open", term, sense),)))
    return PlanResult("zh", tuple(readings))


def test_a_fair_reading_without_a_result_is_told_beside_the_others(flow: AnswerQuestion) -> None:
    later = SemanticQuery(metrics=("gmv_paid",), start=date(2027, 1, 1), end=date(2027, 1, 31))
    paid, orders = (SemanticQuery(metrics=(name,), **SEPTEMBER) for name in ("gmv_paid", "buyers"))
    for readings, status in (((paid, later), "answered"), ((paid, orders, later), "needs_clarification")):
        answer = replace(flow, planner=ScriptedPlanner(*readings)).ask("?", LOCAL_OPERATOR)
        assert answer.status == status
        assert sum("还有一种理解" in note and "算不出" in note for note in answer.notes) == 1


LATER = SemanticQuery(metrics=("gmv_placed",), start=date(2027, 1, 1), end=date(2027, 1, 31))


def test_where_the_first_sense_has_no_result_what_is_left_is_asked_back_not_taken(flow: AnswerQuestion) -> None:
    planner = ScriptedPlanner()
    planner.result = _senses(("placed", LATER), ("paid", SemanticQuery(metrics=("gmv_paid",), **SEPTEMBER)))
    answer = replace(flow, planner=planner).ask("GMV", LOCAL_OPERATOR)
    assert answer.clarification is not None
    assert [option.sense for option in answer.clarification.options] == ["paid"]
    assert "「市场」" in answer.notes[0]


def test_the_first_sense_is_answered_where_only_it_has_a_result_and_the_other_is_told(flow: AnswerQuestion) -> None:
    planner = ScriptedPlanner()
    planner.result = _senses(("paid", SemanticQuery(metrics=("gmv_paid",), **SEPTEMBER)), ("placed", LATER))
    answer = replace(flow, planner=planner).ask("GMV", LOCAL_OPERATOR)
    assert answer.status == "answered"
    assert any("「市场」" in note for note in answer.notes)
