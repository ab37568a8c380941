"""What surrounds every request: an id, a size limit, security headers and one log line without its content."""

import logging
import time
from typing import Any

from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.core.ids import new_id

logger = logging.getLogger("app.access")

_QUIET_PATHS = ("/_nicegui", "/static/")
# 'unsafe-eval' and inline code: the page framework compiles its templates in the browser. Nothing leaves the origin.
_CONTENT_POLICY = (
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval'; style-src 'self' 'unsafe-inline';"
    " img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; frame-ancestors 'none'; base-uri 'self';"
    " form-action 'self'; object-src 'none'"
)
_HEADERS = {
    b"content-security-policy": _CONTENT_POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"same-origin",
    b"x-frame-options": b"DENY",
}


def request_id_of(scope: Any) -> str:
    """The id of this request; an answer may replace it with its own, so that both read the same."""
    return str(scope.setdefault("state", {}).setdefault("request_id", new_id("req")))


class RequestContext:
    """ASGI middleware; plain, because it must see websockets and streamed bodies as they are."""

    def __init__(self, app: ASGIApp, *, max_body_bytes: int) -> None:
        self._app = app
        self._max_body_bytes = max_body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id_of(scope)
        started = time.perf_counter()
        status = 500

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                _add_headers(message, request_id_of(scope))
            await send(message)

        try:
            await self._app(scope, self._limited(scope, receive), send_with_headers)
        finally:
            _log(scope, status, (time.perf_counter() - started) * 1000)

    def _limited(self, scope: Scope, receive: Receive) -> Receive:
        # The page framework's own traffic (long polling) has its own limits.
        if scope["path"].startswith(_QUIET_PATHS):
            return receive
        seen = 0

        async def counted_receive() -> Message:
            nonlocal seen
            if _declared_length(scope) <= self._max_body_bytes:
                message = await receive()
                seen += len(message.get("body", b""))
                if seen <= self._max_body_bytes:
                    return message
            # An HTTPException, because the framework turns any other failure while reading into a 400.
            raise HTTPException(413, f"the body is larger than {self._max_body_bytes} bytes")

        return counted_receive


def _declared_length(scope: Scope) -> int:
    value = dict(scope["headers"]).get(b"content-length", b"0")
    return int(value) if value.isdigit() else 0


def _add_headers(message: Message, request_id: str) -> None:
    headers = message.setdefault("headers", [])
    present = {name.lower() for name, _ in headers}
    extra = {b"x-request-id": request_id.encode(), **_HEADERS}
    headers.extend((name, value) for name, value in extra.items() if name not in present)


def _log(scope: Scope, status: int, elapsed_ms: float) -> None:
    path = scope["path"]
    if path.startswith(_QUIET_PATHS):
        return
    # The query string stays out: it may carry a sign-in token.
    logger.info(
        "request.served",
        extra={
            "request_id": request_id_of(scope),
            "method": scope["method"],
            "path": path,
            "status": status,
            "ms": round(elapsed_ms, 1),
        },
    )
