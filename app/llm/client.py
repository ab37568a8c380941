"""The port to a chat model: plain data in, plain data out. Adapters translate; nobody else knows a vendor.

A model only ever proposes: what comes back is text and tool calls, both untrusted, for the caller to validate.
"""

from dataclasses import dataclass
from typing import Any, Literal, Protocol

from app.core.errors import AppError

Role = Literal["system", "user", "assistant", "tool"]
FailureKind = Literal[
    "unauthorized",
    "rate_limited",
    "server",
    "timeout",
    "connection",
    "garbage",
    "too_large",
    "refused",
    "forbidden_host",
    "budget",
    "circuit_open",
    "not_recorded",
]

_WORTH_RETRYING: frozenset[FailureKind] = frozenset({"rate_limited", "server", "timeout", "connection"})


class ModelError(AppError):
    """A model call that gave nothing usable. Carries no body, key or address."""

    code = "model_unavailable"
    status = 503

    def __init__(self, kind: FailureKind, message: str = "", *, retry_after: float | None = None) -> None:
        super().__init__(message or f"the language model gave no usable reply ({kind})")
        self.kind: FailureKind = kind
        self.retry_after = retry_after
        """Seconds the endpoint asked to wait, where it did."""

    @property
    def is_transient(self) -> bool:
        """Whether the same call may succeed a moment later."""
        return self.kind in _WORTH_RETRYING


@dataclass(frozen=True, slots=True)
class ToolSpec:
    """A tool the model may call. `parameters` is a JSON schema; brand, actor and permissions are never in it."""

    name: str
    description: str
    parameters: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A tool call as it came: `arguments` is whatever text the model wrote, valid JSON or not."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Message:
    """One turn. `tool_call_id` answers a call of the turn before; `tool_calls` only on assistant turns."""

    role: Role
    content: str
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str = ""


@dataclass(frozen=True, slots=True)
class PromptRef:
    """Which prompt file and version made a request."""

    id: str
    version: int


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """One call: the whole conversation, since models keep nothing."""

    prompt: PromptRef
    messages: tuple[Message, ...]
    tools: tuple[ToolSpec, ...] = ()
    max_output_tokens: int = 1500

    @property
    def characters(self) -> int:
        """Length of everything that would be sent, for estimates of tokens."""
        spoken = sum(len(m.content) + sum(len(c.arguments) for c in m.tool_calls) for m in self.messages)
        return spoken + sum(len(tool.description) + len(str(tool.parameters)) for tool in self.tools)


@dataclass(frozen=True, slots=True)
class ChatReply:
    """What came back. Token counts are None where the endpoint does not say."""

    text: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    tokens_in: int | None = None
    tokens_out: int | None = None
    model: str = ""
    """The model as the endpoint names it; empty = as asked."""


class ChatModel(Protocol):
    """Something that completes a conversation. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """The model as configured."""
        ...

    def complete(self, request: ChatRequest, *, seconds: float) -> ChatReply:
        """The model's reply, within `seconds` of wall time.

        Raises:
            ModelError: nothing usable came back in time.
        """
        ...
