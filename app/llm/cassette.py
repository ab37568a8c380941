"""Recordings of model calls, so that an eval with a model can be run again without one.

A cassette is a file of JSON lines, one call each, keyed by a hash of everything the model was sent. A changed prompt,
schema or question has another key, so a stale recording is never taken for an answer.
"""

import hashlib
import json
import threading
from collections import defaultdict
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from app.core.errors import ConfigurationError
from app.llm.client import ChatModel, ChatReply, ChatRequest, FailureKind, ModelError, ToolCall


def request_key(request: ChatRequest) -> str:
    """The hash of what the model is sent."""
    body = asdict(request)
    return hashlib.sha256(json.dumps(body, ensure_ascii=False, sort_keys=True).encode()).hexdigest()


@dataclass(slots=True)
class RecordingModel:
    """Another model whose every outcome is appended to `path`. Failures are kept too: they are part of a run."""

    inner: ChatModel
    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def name(self) -> str:
        """The inner model's."""
        return self.inner.name

    def complete(self, request: ChatRequest, *, seconds: float) -> ChatReply:
        """The inner model's reply.

        Raises:
            ModelError: the inner model's.
        """
        try:
            reply = self.inner.complete(request, seconds=seconds)
        except ModelError as error:
            self._append({"key": request_key(request), "model": self.name, "error": error.kind})
            raise
        self._append({"key": request_key(request), "model": self.name, "reply": asdict(reply)})
        return reply

    def _append(self, line: dict[str, Any]) -> None:
        with self._lock:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


class ReplayingModel:
    """A model that answers from a cassette and never from anywhere else.

    The same request asked again gets its next recording, and the last one from then on.
    """

    def __init__(self, path: Path) -> None:
        self.name = "replay"
        self._outcomes: dict[str, list[ChatReply | FailureKind]] = defaultdict(list)
        self._asked: dict[str, int] = defaultdict(int)
        self._lock = threading.Lock()
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
            self._load(line, f"{path.name}:{number}")

    def complete(self, request: ChatRequest, *, seconds: float) -> ChatReply:
        """The recorded reply.

        Raises:
            ModelError: the recorded failure, or `not_recorded`.
        """
        del seconds  # a recording takes no time
        key = request_key(request)
        with self._lock:
            outcomes = self._outcomes.get(key)
            if not outcomes:
                raise ModelError("not_recorded")
            outcome = outcomes[min(self._asked[key], len(outcomes) - 1)]
            self._asked[key] += 1
        if isinstance(outcome, ChatReply):
            return outcome
        raise ModelError(outcome)

    def _load(self, line: str, where: str) -> None:
        if not line.strip():
            return
        try:
            entry = json.loads(line)
            self.name = str(entry["model"])
            outcome = _reply(entry["reply"]) if "reply" in entry else entry["error"]
            self._outcomes[entry["key"]].append(outcome)
        except (ValueError, KeyError, TypeError) as error:
            raise ConfigurationError(
                "the cassette can't be read", problems=[f"{where}: not a recorded call"]
            ) from error


def _reply(body: dict[str, Any]) -> ChatReply:
    calls = tuple(ToolCall(**call) for call in body.pop("tool_calls"))
    return ChatReply(tool_calls=calls, **body)
