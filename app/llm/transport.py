"""HTTP for the model adapter: one host only, a bounded body, a wall deadline, nothing compressed, no redirect."""

import time
from collections.abc import Callable, Iterator
from urllib.parse import urlsplit

import httpx

from app.llm.client import ModelError

MAX_REPLY_BYTES = 1_000_000
_PORTS = {"http": 80, "https": 443}

Origin = tuple[str, str, int | None]


def origin_of(url: str) -> Origin:
    """Scheme, host and port of an address."""
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or _PORTS.get(parts.scheme)


class _BoundedStream(httpx.SyncByteStream):
    """The body as it arrives, cut off with an error when it grows too long or takes too long.

    The client's own timeouts restart with every byte, so a body that drips would never end.
    """

    def __init__(self, inner: httpx.SyncByteStream, limit: int, is_late: Callable[[], bool]) -> None:
        self._inner, self._limit, self._is_late = inner, limit, is_late

    def __iter__(self) -> Iterator[bytes]:
        received = 0
        for chunk in self._inner:
            received += len(chunk)
            if received > self._limit:
                raise ModelError("too_large")
            if self._is_late():
                raise ModelError("timeout")
            yield chunk

    def close(self) -> None:
        self._inner.close()


class OneHostTransport(httpx.BaseTransport):
    """Lets requests through to the configured origin and to no other."""

    def __init__(
        self, base_url: str, *, max_seconds: float, max_bytes: int = MAX_REPLY_BYTES,
        inner: httpx.BaseTransport | None = None, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._origin = origin_of(base_url)
        self._seconds, self._bytes = max_seconds, max_bytes
        self._inner = inner or httpx.HTTPTransport(retries=0)
        self._clock = clock

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` on, or refuse it.

        Raises:
            ModelError: another host, a compressed reply, or (while the body is read) too much of it.
        """
        if origin_of(str(request.url)) != self._origin:
            raise ModelError("forbidden_host")
        request.headers["accept-encoding"] = "identity"
        until = self._clock() + self._seconds
        response = self._inner.handle_request(request)
        if response.headers.get("content-encoding", "identity") != "identity":
            response.close()
            raise ModelError("garbage", "the language model's endpoint compressed its reply unasked")
        stream = response.stream
        if isinstance(stream, httpx.SyncByteStream):
            response.stream = _BoundedStream(stream, self._bytes, lambda: self._clock() > until)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


class NoAsync(httpx.AsyncBaseTransport):
    """Stands where a library would build an unguarded asynchronous client of its own."""

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Refuse.

        Raises:
            ModelError: always; calls are synchronous here.
        """
        del request
        raise ModelError("forbidden_host")


def guarded_client(base_url: str, *, max_seconds: float, max_bytes: int = MAX_REPLY_BYTES) -> httpx.Client:
    """A client that can only reach `base_url`'s origin; proxies and credentials of the environment are not used."""
    transport = OneHostTransport(base_url, max_seconds=max_seconds, max_bytes=max_bytes)
    timeout = httpx.Timeout(max_seconds, connect=min(5.0, max_seconds))
    return httpx.Client(transport=transport, timeout=timeout, trust_env=False, follow_redirects=False)


def refused_async_client() -> httpx.AsyncClient:
    """An asynchronous client that sends nothing."""
    return httpx.AsyncClient(transport=NoAsync(), trust_env=False)
