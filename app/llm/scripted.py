"""A chat model that replays a script: for tests, and for evals of everything around a model."""

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from app.llm.client import ChatReply, ChatRequest, ModelError

Line = ChatReply | ModelError | Callable[[ChatRequest], ChatReply]


@dataclass(slots=True)
class ScriptedModel:
    """Says its lines in order and keeps every request. When the script is over it fails like an absent endpoint."""

    script: Iterable[Line]
    name: str = "scripted"
    requests: list[ChatRequest] = field(default_factory=list)
    _lines: list[Line] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __post_init__(self) -> None:
        self._lines = list(self.script)

    def complete(self, request: ChatRequest, *, seconds: float) -> ChatReply:
        """The next line.

        Raises:
            ModelError: the line is one, there is no line left, or there is no time.
        """
        with self._lock:
            self.requests.append(request)
            line = self._lines.pop(0) if self._lines else ModelError("connection")
        if seconds <= 0:
            raise ModelError("timeout")
        if isinstance(line, ModelError):
            raise line
        return line if isinstance(line, ChatReply) else line(request)
