import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from app.core.errors import ConfigurationError
from app.llm.cassette import RecordingModel, ReplayingModel, request_key
from app.llm.client import ChatReply, ChatRequest, ModelError, PromptRef, ToolCall
from app.llm.scripted import ScriptedModel

Make = Callable[..., ChatRequest]
FIRST = ChatReply("一", (ToolCall("c", "t", '{"a": 1}'),), 10, 2, "m1")
SECOND = ChatReply("二")


def recorded(tmp_path: Path, request_of: Make) -> Path:
    file = tmp_path / "runs" / "cassette.jsonl"
    model = RecordingModel(ScriptedModel([FIRST, SECOND, ModelError("server")]), file)
    assert model.complete(request_of("a"), seconds=9) == FIRST
    assert model.complete(request_of("a"), seconds=9) == SECOND
    with pytest.raises(ModelError):
        model.complete(request_of("b"), seconds=9)
    return file


def test_a_replay_says_what_was_recorded_in_its_order(tmp_path: Path, request_of: Make) -> None:
    replay = ReplayingModel(recorded(tmp_path, request_of))
    assert [replay.complete(request_of("a"), seconds=1) for _ in range(3)] == [FIRST, SECOND, SECOND]
    with pytest.raises(ModelError, match="server"):
        replay.complete(request_of("b"), seconds=1)


def test_a_changed_request_is_not_answered_by_an_old_recording(tmp_path: Path, request_of: Make) -> None:
    replay = ReplayingModel(recorded(tmp_path, request_of))
    with pytest.raises(ModelError, match="not_recorded"):
        replay.complete(replace(request_of("a"), prompt=PromptRef("p", 4)), seconds=1)
    with pytest.raises(ModelError, match="not_recorded"):
        replay.complete(request_of("c"), seconds=1)


def test_the_key_is_a_hash_of_everything_that_is_sent(request_of: Make) -> None:
    request = request_of("a")
    assert request_key(request) == request_key(request_of("a"))
    assert request_key(request) != request_key(replace(request, tools=()))
    assert request_key(request) != request_key(replace(request, max_output_tokens=1))


@pytest.mark.parametrize("line", ["{", "[]", '{"key": "k"}', '{"key": "k", "model": "m", "reply": {"tool_calls": 1}}'])
def test_a_damaged_cassette_is_refused_with_its_line(tmp_path: Path, line: str) -> None:
    file = tmp_path / "bad.jsonl"
    file.write_text(json.dumps({"key": "k", "model": "m", "error": "server"}) + f"\n{line}\n", encoding="utf-8")
    with pytest.raises(ConfigurationError) as caught:
        ReplayingModel(file)
    assert caught.value.problems == ("bad.jsonl:2: not a recorded call",)
