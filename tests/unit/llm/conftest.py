from collections.abc import Callable
from dataclasses import dataclass, field

import pytest

from app.llm.client import ChatRequest, Message, PromptRef, ToolSpec


@dataclass
class Time:
    """A clock that only moves when something sleeps."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def request_of() -> Callable[[str], ChatRequest]:
    def make(text: str = "问题") -> ChatRequest:
        tool = ToolSpec("t", "一个工具", {"type": "object", "properties": {}})
        return ChatRequest(PromptRef("p", 3), (Message("system", "规则"), Message("user", text)), (tool,), 100)

    return make
