"""How a case is put to the application: turns in order, as the asker's department, every option looked into."""

import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from eval_builders import METRIC, QUERY, answered, asked_back, case, refused

from app.core.actor import Actor
from app.flows.answer import Answer
from app.knowledge.glossary import load_glossary
from app.planning.context import Previous
from app.settings import Settings
from evals.ask import put
from evals.cases import CasesError
from evals.run import Setup, recorded_model, without_jargon
from evals.spending import Spent, watched

SEVEN = answered([("n", METRIC)], [(7,)])


@dataclass
class FakeFlow:
    """Answers from a list; notes who asked what after which turn."""

    answers: list[Answer]
    heard: list[tuple[str, str | None, str | None]] = field(default_factory=list)

    def ask(self, question: str, actor: Actor, *, language: Any = None, previous: Any = None) -> Answer:
        del language
        before = previous.question if isinstance(previous, Previous) else None
        self.heard.append((question, actor.department, before))
        return self.answers.pop(0)

    def run(self, query: Any, actor: Actor, *, language: Any) -> Answer:
        assert (query, actor.department, language) == (QUERY, "财务部", "zh")
        return SEVEN


def test_each_turn_follows_the_last_one_that_has_a_plan() -> None:
    flow = FakeFlow([SEVEN, refused("not_understood"), SEVEN])
    asked = put(
        case(sql="SELECT 7").model_copy(update={"turns": ("精华9月销售额", "嗯嗯"), "department": "财务部"}),
        flow,
        {"精华": "安瓿"},
    )
    assert flow.heard == [
        ("安瓿9月销售额", "财务部", None),
        ("嗯嗯", "财务部", "安瓿9月销售额"),
        ("9月GMV", "财务部", "安瓿9月销售额"),
    ]
    assert asked.answer == SEVEN
    assert asked.ms > 0


def test_the_options_of_a_question_asked_back_are_run() -> None:
    clarify = case(clarify={"term": "GMV", "readings": ["SELECT 7", "SELECT 8"]}).model_copy(
        update={"department": "财务部"}
    )
    assert put(clarify, FakeFlow([asked_back()]), {}).options == (SEVEN, SEVEN)


def test_a_crash_is_a_result_of_the_examination() -> None:
    asked = put(case(sql="SELECT 7"), FakeFlow([]), {})
    assert asked.answer is None
    assert "IndexError" in asked.crash


def test_model_calls_are_added_up_by_the_answer_they_fed() -> None:
    meter = logging.getLogger("app.llm.meter")
    with watched() as spending:
        for answer, cost in (("req_1", 0.25), ("req_1", 0.5), ("req_2", 1.0)):
            meter.info("llm.called", extra={"answer_id": answer, "cost": cost})
        meter.info("llm.other", extra={"answer_id": "req_1", "cost": 9.0})
    meter.info("llm.called", extra={"answer_id": "req_1", "cost": 9.0})
    assert spending.of("req_1") == Spent(2, 0.75)
    assert spending.of("req_2") == Spent(1, 1.0)
    assert spending.of("req_3") == Spent()


def test_without_jargon_everything_else_that_is_known_stays(tmp_path: Path) -> None:
    known = Settings().knowledge_dir
    left = without_jargon(known, tmp_path)
    assert list(load_glossary(left / "jargon").terms) == ["nothing_known"]
    for folder in ("semantic", "calendar"):
        assert {path.name for path in (left / folder).iterdir()} == {path.name for path in (known / folder).iterdir()}


def test_to_record_needs_a_model(tmp_path: Path) -> None:
    settings = Settings(llm_base_url="", llm_model="", data_dir=tmp_path)
    assert recorded_model(settings, Setup(settings, tmp_path)) is None
    with pytest.raises(CasesError, match="needs a language model"):
        recorded_model(settings, Setup(settings, tmp_path, planner="llm", record=tmp_path / "calls.jsonl"))
    (tmp_path / "calls.jsonl").write_text("", encoding="utf-8")
    assert recorded_model(settings, Setup(settings, tmp_path, replay=tmp_path / "calls.jsonl")) is not None
