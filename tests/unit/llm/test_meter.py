import logging
from collections.abc import Callable

import pytest

from app.llm.client import ChatReply, ChatRequest, ModelError, ToolCall
from app.llm.meter import Budget, Meter, Prices
from app.llm.scripted import ScriptedModel
from tests.unit.llm.conftest import Time

Make = Callable[..., ChatRequest]


def reply(tokens_in: int | None = 100, tokens_out: int | None = 10) -> ChatReply:
    return ChatReply("x", (ToolCall("1", "t", "{}"),), tokens_in, tokens_out, "m-2026-01")


def test_a_call_is_recorded_with_prompt_model_tokens_cost_and_answer(
    time: Time, request_of: Make, caplog: pytest.LogCaptureFixture
) -> None:
    meter = Meter(ScriptedModel([reply(1_000_000, 500_000)]), Budget(tokens=10**9, cost=0), Prices(2, 8), "req_1", time)
    with caplog.at_level(logging.INFO, "app.llm.meter"):
        meter.complete(request_of())
    (record,) = meter.records
    assert (record.answer_id, record.prompt_id, record.prompt_version) == ("req_1", "p", 3)
    assert (record.model, record.outcome, record.cost) == ("m-2026-01", "ok", 6.0)
    (line,) = [line for line in caplog.records if line.getMessage() == "llm.called"]
    assert line.__dict__["answer_id"] == "req_1"
    assert "问题" not in str(line.__dict__)


def test_a_failed_call_is_recorded_too(time: Time, request_of: Make) -> None:
    meter = Meter(ScriptedModel([ModelError("server")]), Budget(), clock=time)
    with pytest.raises(ModelError):
        meter.complete(request_of())
    assert [record.outcome for record in meter.records] == ["server"]
    assert meter.records[0].tokens_in > 0


@pytest.mark.parametrize(
    "budget",
    [Budget(tokens=150), Budget(cost=0.0000001), Budget(calls=1)],
    ids=["tokens", "cost", "calls"],
)
def test_a_used_up_budget_makes_no_further_call(time: Time, request_of: Make, budget: Budget) -> None:
    model = ScriptedModel([reply(), reply(), reply()])
    meter = Meter(model, budget, Prices(1, 1), clock=time)

    def thrice() -> None:
        for _ in range(3):
            meter.complete(request_of())

    with pytest.raises(ModelError, match="budget"):
        thrice()
    assert len(model.requests) == len(meter.records) < 3


def test_time_is_part_of_the_budget(time: Time, request_of: Make) -> None:
    def slow(_: ChatRequest) -> ChatReply:
        time.now += 15
        return reply()

    meter = Meter(ScriptedModel([slow, slow, slow]), Budget(seconds=20), clock=time)
    meter.complete(request_of())
    assert meter.seconds_left == 5
    meter.complete(request_of())
    with pytest.raises(ModelError, match="timeout"):
        meter.complete(request_of())


def test_tokens_that_the_endpoint_does_not_count_are_guessed_high(time: Time, request_of: Make) -> None:
    meter = Meter(ScriptedModel([reply(None, None)]), Budget(), clock=time)
    meter.complete(request_of("字" * 900))
    assert meter.records[0].is_estimated
    assert meter.records[0].tokens_in >= 600
