"""The turn before, as question files, the terminal and HTTP hand it on."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from app.api.schemas import AskIn
from app.core.actor import LOCAL_OPERATOR, Actor
from app.flows.answer import Answer, Clarification, ClarifyOption, Column, Language, Refusal, Trace
from app.flows.batch import QuestionFileError, answer_lines, read_questions
from app.flows.previous import previous_from, previous_of
from app.planning.context import PlanContext, Previous
from app.planning.plan import Reading
from app.semantic.query import SemanticQuery
from app.terminal import Chat
from tests.fixtures.planner import demo_planner, only_reading, said

FIRST = "上个月各渠道的销售额"
CHANNELS = ("tmall", "douyin", "jd")


@dataclass
class PlannedAnswers:
    """Answers with the real planner's plan and three fixed rows where the plan is split by channel."""

    asked: list[str] = field(default_factory=list)

    def ask(
        self,
        question: str,
        actor: Actor,
        *,
        language: Language | None = None,
        previous: Previous | SemanticQuery | None = None,
    ) -> Answer:
        self.asked.append(question)
        before = Previous("", previous) if isinstance(previous, SemanticQuery) else previous
        planned = demo_planner().plan(question, PlanContext(previous=before))
        if planned.unplanned is not None:
            refusal = Refusal(code=planned.unplanned.code, reason=planned.unplanned.reason)
            return Answer(status="refused", language="zh", refusal=refusal, trace=Trace(request_id="req_1"))
        if len(planned.readings) > 1:
            options = tuple(
                ClarifyOption(label=str(r.query.start), query=r.query, preview="") for r in planned.readings
            )
            asked = Clarification(question="?", options=options)
            return Answer(
                status="needs_clarification", language="zh", clarification=asked, trace=Trace(request_id="req_1")
            )
        return self.run(planned.readings[0].query, actor, language="zh")

    def run(self, query: SemanticQuery, actor: Actor, *, language: Language, reading: Reading | None = None) -> Answer:
        split = query.dimensions == ("channel",)
        return Answer(
            status="answered",
            language=language,
            query=query,
            sql="SELECT 1",
            columns=(Column(name="channel", label="渠道", kind="dimension"),) if split else (),
            rows=tuple((name,) for name in CHANNELS) if split else (),
            trace=Trace(request_id="req_1"),
        )


def plan(question: str) -> SemanticQuery:
    return only_reading(demo_planner().plan(question))


def answered(tmp_path: Path, *lines: dict[str, Any]) -> list[dict[str, Any]]:
    file = tmp_path / "questions.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), encoding="utf-8")
    found = answer_lines(PlannedAnswers(), read_questions(file), LOCAL_OPERATOR, None)
    return [json.loads(line)["answer"] for line in found]


def as_json(query: SemanticQuery) -> dict[str, Any]:
    return query.model_dump(mode="json")


FIRST_ANSWER = PlannedAnswers().ask(FIRST, LOCAL_OPERATOR).model_dump(mode="json")
PREVIOUS = {
    "a plan": as_json(plan(FIRST)),
    "an answer": FIRST_ANSWER,
    "a question and its plan": {"question": FIRST, "query": as_json(plan(FIRST))},
    "a question and its answer": {"question": FIRST, "answer": FIRST_ANSWER},
    "a question": FIRST,
    "questions in a row": ["8月各渠道的销售额", "换成上个月"],
}


@pytest.mark.parametrize("previous", list(PREVIOUS.values()), ids=list(PREVIOUS))
def test_a_line_may_send_its_turn_before_in_any_of_these_ways(previous: object, tmp_path: Path) -> None:
    (answer,) = answered(tmp_path, {"id": "a", "question": "按天看", "previous": previous})
    assert SemanticQuery.model_validate(answer["query"]) == plan("上个月各渠道每天的销售额")


def test_a_line_may_follow_an_earlier_line_by_its_id(tmp_path: Path) -> None:
    answers = answered(
        tmp_path,
        {"id": "first", "question": FIRST},
        {"id": 2, "question": "第二个按天看", "previous": "first"},
        {"id": "third", "question": "环比呢", "previous": 2},
    )
    assert said(SemanticQuery.model_validate(answers[2]["query"]))["filters"] == ["channel eq douyin"]
    assert said(SemanticQuery.model_validate(answers[2]["query"]))["grain"] == "day"
    assert len(answers[2]["query"]["compare"]) == 1


def test_a_chain_of_lines_longer_than_the_workers_ends(tmp_path: Path) -> None:
    chain = [{"id": i, "question": "按天看" if i % 2 else "按周看", "previous": i - 1} for i in range(1, 9)]
    answers = answered(tmp_path, {"id": 0, "question": FIRST}, *chain)
    assert [a["query"]["grain"] for a in answers] == [None, *["day", "week"] * 4]


@pytest.mark.parametrize("previous", [{"metrics": []}, {"query": {"nothing": 1}}, [1], {"answer": {}}, 7])
def test_a_turn_before_that_is_none_names_its_line(previous: object, tmp_path: Path) -> None:
    with pytest.raises(QuestionFileError, match="line 1"):
        answered(tmp_path, {"question": "按天看", "previous": previous})


def test_rows_come_along_with_an_answer_and_with_a_request() -> None:
    rows = tuple({"channel": name} for name in CHANNELS)
    assert previous_from(FIRST_ANSWER).rows == rows
    body = {"question": "第二个", "previous": {"question": FIRST, "query": as_json(plan(FIRST)), "rows": list(rows)}}
    assert AskIn.model_validate(body).turn_before() == Previous(FIRST, plan(FIRST), rows)
    bare = AskIn.model_validate({"question": "第二个", "previous": as_json(plan(FIRST))})
    assert bare.turn_before() == plan(FIRST)


def test_what_was_asked_back_or_failed_is_no_turn_to_edit() -> None:
    asked_back = Answer(status="needs_clarification", language="zh", query=plan(FIRST), trace=Trace(request_id="r"))
    assert previous_of(FIRST, asked_back) is None


def test_a_talk_edits_the_last_plan_and_starts_over_on_reset() -> None:
    chat = Chat(PlannedAnswers(), LOCAL_OPERATOR)
    for line in (FIRST, "第二个按天看"):
        assert chat.respond(line) is not None
    assert chat.previous is not None
    assert said(chat.previous.query)["filters"] == ["channel eq douyin"]
    assert chat.respond("/sql") == "SELECT 1"
    chat.respond("/reset")
    assert "needs_previous" in (chat.respond("按天看") or "")
    assert chat.respond("/quit") is None


@pytest.mark.parametrize(
    ("choice", "start"), [("2", "2025-09-01"), ("第一个", "2025-01-01"), ("2025-09", "2025-09-01")]
)
def test_an_option_is_chosen_by_its_number_or_by_its_words(choice: str, start: str) -> None:
    chat = Chat(PlannedAnswers(), LOCAL_OPERATOR)
    for line in (FIRST, "改成去年", choice):
        chat.respond(line)
    assert chat.previous is not None
    assert str(chat.previous.query.start) == start


def test_a_new_question_may_be_asked_instead_of_choosing() -> None:
    chat = Chat(PlannedAnswers(), LOCAL_OPERATOR)
    for line in (FIRST, "改成去年", "8月抖音的订单数"):
        chat.respond(line)
    assert chat.previous is not None
    assert chat.previous.query == plan("8月抖音的订单数")
