"""Any OpenAI-compatible endpoint, through langchain-openai. The only module that knows either library."""
# ruff: noqa: PLC0415 - langchain and openai take seconds to import; only a question that asks a model pays for them

import json
import queue
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from app.llm.client import ChatReply, ChatRequest, FailureKind, Message, ModelError, ToolCall, ToolSpec
from app.llm.transport import MAX_REPLY_BYTES, guarded_client, refused_async_client

if TYPE_CHECKING:
    from langchain_core.messages import AIMessage, BaseMessage

_NO_KEY = "none"
_LONGEST_WAIT = 120.0


class OpenAIModel:
    """One endpoint and one model. Lazy: the libraries load with the first call.

    A reply is waited for in a thread of its own, because no timeout of the libraries bounds a whole call: names that do
    not resolve and headers that drip are outside them. A call that is given up on keeps its thread until it ends.
    """

    def __init__(
        self, base_url: str, model: str, api_key: str = "", *, max_seconds: float = 20.0,
        max_bytes: int = MAX_REPLY_BYTES,
    ) -> None:  # fmt: skip
        self.name = model
        self._base_url, self._key = base_url, api_key or _NO_KEY
        self._http = guarded_client(base_url, max_seconds=min(max_seconds, _LONGEST_WAIT), max_bytes=max_bytes)
        self._options: dict[str, Any] = {"temperature": 0}
        self._forces_tool = True

    def complete(self, request: ChatRequest, *, seconds: float) -> ChatReply:
        """The endpoint's reply.

        Raises:
            ModelError: whatever went wrong, as one of its kinds.
        """
        outcome: queue.SimpleQueue[ChatReply | ModelError] = queue.SimpleQueue()
        work = threading.Thread(target=lambda: outcome.put(self._outcome(request)), name="model-call", daemon=True)
        work.start()
        try:
            found = outcome.get(timeout=max(0.0, seconds))
        except queue.Empty:
            raise ModelError("timeout") from None
        if isinstance(found, ModelError):
            raise found
        return found

    def close(self) -> None:
        """Release the connections."""
        self._http.close()

    def _outcome(self, request: ChatRequest) -> ChatReply | ModelError:
        try:
            return self._call(request)
        except Exception as error:  # noqa: BLE001 - the edge to a foreign program: any reply at all may come back
            return _as_model_error(error)

    def _call(self, request: ChatRequest) -> ChatReply:
        try:
            return self._invoke(request)
        except Exception as error:
            if _status(error) not in (400, 422) or not (self._options or self._forces_tool):
                raise
        # Some endpoints and models know neither `tool_choice` nor a temperature: ask plainly from now on.
        self._options, self._forces_tool = {}, False
        return self._invoke(request)

    def _invoke(self, request: ChatRequest) -> ChatReply:
        from langchain_core.messages import AIMessage
        from langchain_openai import ChatOpenAI
        from langsmith.run_helpers import tracing_context
        from pydantic import SecretStr

        chat = ChatOpenAI(
            model=self.name, base_url=self._base_url, api_key=SecretStr(self._key), max_retries=0,
            http_client=self._http, http_async_client=refused_async_client(), use_responses_api=False,
            max_completion_tokens=request.max_output_tokens, **self._options,
        )  # fmt: skip
        tools = [_tool(spec) for spec in request.tools]
        # An exporter of traces, switched on by a variable of the environment, would send the question elsewhere.
        with tracing_context(enabled=False):
            bound = chat.bind_tools(tools, tool_choice="required" if self._forces_tool else None) if tools else chat
            found = bound.invoke([_sent(message) for message in request.messages])
        if not isinstance(found, AIMessage):
            raise ModelError("garbage")
        return _reply(found)


def _tool(spec: ToolSpec) -> dict[str, Any]:
    body = {"name": spec.name, "description": spec.description, "parameters": spec.parameters}
    return {"type": "function", "function": body}


def _sent(message: Message) -> "BaseMessage":
    from langchain_core.messages import AIMessage, HumanMessage, SystemMessage, ToolMessage

    match message.role:
        case "system":
            return SystemMessage(message.content)
        case "user":
            return HumanMessage(message.content)
        case "tool":
            return ToolMessage(message.content, tool_call_id=message.tool_call_id)
        case "assistant":
            return AIMessage(message.content, additional_kwargs=_raw_calls(message.tool_calls))


def _raw_calls(calls: Sequence[ToolCall]) -> dict[str, Any]:
    """Calls exactly as the model wrote them, broken JSON included."""
    if not calls:
        return {}
    return {"tool_calls": [
        {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in calls
    ]}  # fmt: skip


def _reply(found: "AIMessage") -> ChatReply:
    usage = found.usage_metadata
    calls = [ToolCall(str(c["id"] or ""), c["name"], json.dumps(c["args"], ensure_ascii=False))
             for c in found.tool_calls]  # fmt: skip
    calls += [ToolCall(str(c["id"] or ""), c["name"] or "", c["args"] or "") for c in found.invalid_tool_calls]
    return ChatReply(
        text=found.text if isinstance(found.text, str) else "",
        tool_calls=tuple(calls),
        tokens_in=usage["input_tokens"] if usage else None,
        tokens_out=usage["output_tokens"] if usage else None,
        model=str(found.response_metadata.get("model_name", "")),
    )


def _status(error: BaseException) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _as_model_error(error: BaseException) -> ModelError:
    """One of our kinds. The body and the address in the library's message stay out of it."""
    own = _cause(error)
    if own is not None:
        return own
    status = _status(error)
    if status is not None:
        return ModelError(_kind_of_status(status), f"the endpoint answered {status}", retry_after=_retry_after(error))
    import openai

    if isinstance(error, openai.APITimeoutError):
        return ModelError("timeout")
    if isinstance(error, openai.APIConnectionError):
        return ModelError("connection")
    return ModelError("garbage", f"the endpoint's reply could not be read ({type(error).__name__})")


def _cause(error: BaseException) -> ModelError | None:
    """Our own error where the libraries wrapped it."""
    seen: BaseException | None = error
    for _ in range(10):
        if isinstance(seen, ModelError):
            return seen
        seen = (seen.__cause__ or seen.__context__) if seen is not None else None
    return None


def _kind_of_status(status: int) -> FailureKind:
    if status in (401, 403):
        return "unauthorized"
    if status == 429:
        return "rate_limited"
    if status == 408 or status >= 500:
        return "server"
    return "refused"


def _retry_after(error: BaseException) -> float | None:
    """Seconds of the Retry-After header; dates and nonsense count as not said."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        seconds = float(headers.get("retry-after", ""))
    except (TypeError, ValueError):
        return None
    return seconds if 0 <= seconds < 3600 else None
