from collections.abc import Callable

import pytest

from app.llm.client import ChatReply, ChatRequest, ModelError
from app.llm.resilience import CircuitBreaker, ResilientModel
from app.llm.scripted import Line, ScriptedModel
from tests.unit.llm.conftest import Time

Make = Callable[..., ChatRequest]
FINE = ChatReply("ok")


def resilient(time: Time, *script: Line, **breaker: float) -> tuple[ResilientModel, ScriptedModel]:
    inner = ScriptedModel(script)
    guard = CircuitBreaker(clock=time, **breaker)  # type: ignore[arg-type]
    return ResilientModel(inner, breaker=guard, clock=time, sleep=time.sleep, jitter=lambda: 0.5), inner


@pytest.mark.parametrize("kind", ["rate_limited", "server", "timeout", "connection"])
def test_what_may_pass_is_tried_again(time: Time, request_of: Make, kind: str) -> None:
    model, inner = resilient(time, ModelError(kind), ModelError(kind), FINE)  # type: ignore[arg-type]
    assert model.complete(request_of(), seconds=20) is FINE
    assert len(inner.requests) == 3
    assert time.slept == sorted(time.slept)
    assert time.slept[1] == 2 * time.slept[0]


@pytest.mark.parametrize("kind", ["unauthorized", "garbage", "too_large", "refused", "forbidden_host", "budget"])
def test_what_will_not_pass_is_not_tried_again(time: Time, request_of: Make, kind: str) -> None:
    model, inner = resilient(time, ModelError(kind), FINE)  # type: ignore[arg-type]
    with pytest.raises(ModelError, match=kind):
        model.complete(request_of(), seconds=20)
    assert len(inner.requests) == 1


def test_the_endpoints_own_wait_is_kept(time: Time, request_of: Make) -> None:
    model, _ = resilient(time, ModelError("rate_limited", retry_after=5), FINE)
    model.complete(request_of(), seconds=20)
    assert 5 <= time.slept[0] < 5.5


def test_a_wait_beyond_the_deadline_is_not_begun(time: Time, request_of: Make) -> None:
    model, inner = resilient(time, ModelError("rate_limited", retry_after=60), FINE)
    with pytest.raises(ModelError, match="rate_limited"):
        model.complete(request_of(), seconds=20)
    assert time.slept == []
    assert len(inner.requests) == 1


def test_retries_end_with_the_last_error(time: Time, request_of: Make) -> None:
    model, inner = resilient(time, *[ModelError("server")] * 9)
    with pytest.raises(ModelError, match="server"):
        model.complete(request_of(), seconds=60)
    assert len(inner.requests) == 3


def test_an_open_circuit_turns_calls_away_until_a_probe_succeeds(time: Time, request_of: Make) -> None:
    model, inner = resilient(time, *[ModelError("unauthorized")] * 2, FINE, failures_to_open=2, seconds_open=30)
    for _ in range(2):
        with pytest.raises(ModelError, match="unauthorized"):
            model.complete(request_of(), seconds=20)
    with pytest.raises(ModelError, match="circuit_open"):
        model.complete(request_of(), seconds=20)
    assert len(inner.requests) == 2
    time.now += 31
    assert model.complete(request_of(), seconds=20) is FINE
    assert not model.breaker.is_open


def test_a_failed_probe_opens_the_circuit_anew(time: Time, request_of: Make) -> None:
    model, inner = resilient(time, *[ModelError("unauthorized")] * 2, FINE, failures_to_open=1, seconds_open=30)
    for wait in (0, 31):
        time.now += wait
        with pytest.raises(ModelError, match="unauthorized"):
            model.complete(request_of(), seconds=20)
    with pytest.raises(ModelError, match="circuit_open"):
        model.complete(request_of(), seconds=20)
    assert len(inner.requests) == 2


def test_one_probe_at_a_time(time: Time) -> None:
    breaker = CircuitBreaker(failures_to_open=1, seconds_open=30, clock=time)
    breaker.failed()
    time.now += 31
    breaker.enter()
    with pytest.raises(ModelError, match="circuit_open"):
        breaker.enter()
    breaker.succeeded()
    breaker.enter()


def test_a_success_forgets_earlier_failures(time: Time) -> None:
    breaker = CircuitBreaker(failures_to_open=2, clock=time)
    for _ in range(3):
        breaker.failed()
        breaker.succeeded()
    assert not breaker.is_open
