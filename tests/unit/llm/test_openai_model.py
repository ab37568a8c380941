"""The adapter against a real server on this machine, for what a mock can't do: hang, drip, cut, compress, redirect."""

import gzip
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import httpx
import pytest
import respx

from app.llm.client import ChatReply, ChatRequest, ModelError, ToolCall
from app.llm.openai_model import OpenAIModel
from app.llm.transport import OneHostTransport, guarded_client, origin_of, refused_async_client
from tests.fixtures.chat_endpoint import BASE, CHAT, calls, completion

Make = Callable[..., ChatRequest]
Serve = Callable[[socket.socket], None]
BODY = json.dumps(completion(("t", '{"a": 1}'))).encode()


def response(body: bytes, *headers: str, length: int | None = None, status: str = "200 OK") -> bytes:
    lines = [f"HTTP/1.1 {status}", "content-type: application/json", f"content-length: {length or len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def read_request(connection: socket.socket) -> None:
    """All of it: closing a connection with unread bytes resets it, which would be another fault than the one meant."""
    received = connection.recv(65536)
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(
        int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length")
    )
    while len(body) < length:
        body += connection.recv(65536)


@contextmanager
def server(serve: Serve) -> Iterator[str]:
    """An address where each connection is handled by `serve` after its request has been read."""
    stop = threading.Event()

    def loop(listener: socket.socket) -> None:
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                read_request(connection)
                try:
                    serve(connection)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=loop, args=(listener,), daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/v1"
        stop.set()


def drip(connection: socket.socket) -> None:
    connection.sendall(response(b"", length=10_000))
    for _ in range(100):
        connection.sendall(b" ")
        time.sleep(0.05)


def drip_headers(connection: socket.socket) -> None:
    for byte in b"HTTP/1.1 200 OK\r\nx: " + b"y" * 80:
        connection.sendall(bytes([byte]))
        time.sleep(0.05)


FAULTS: dict[str, tuple[Serve, str]] = {
    "hangs": (lambda _: time.sleep(1.5), "timeout"),
    "drips": (drip, "timeout"),
    "drips its headers": (drip_headers, "timeout"),
    "is cut": (lambda c: c.sendall(response(BODY[:40], length=len(BODY))), "connection"),
    "closes": (lambda c: c.close(), "connection"),
    "speaks no HTTP": (lambda c: c.sendall(b"SSH-2.0-OpenSSH\r\n"), "connection"),
    "compresses": (lambda c: c.sendall(response(gzip.compress(b" " * 10**7), "content-encoding: gzip")), "garbage"),
    "is too long": (lambda c: c.sendall(response(b" " * 3_000_000)), "too_large"),
    "redirects": (lambda c: c.sendall(response(b"", "location: http://127.0.0.1:1/", status="302 Found")), "refused"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_a_bad_server_is_left_in_time(fault: str, request_of: Make) -> None:
    serve, kind = FAULTS[fault]
    with server(serve) as address:
        model = OpenAIModel(address, "m", max_seconds=0.8)
        warm_up(request_of())
        began = time.monotonic()
        with pytest.raises(ModelError) as caught:
            model.complete(request_of(), seconds=0.8)
        assert time.monotonic() - began < 1.4
        assert caught.value.kind == kind
        model.close()


def warm_up(request: ChatRequest) -> None:
    with respx.mock:
        respx.post(CHAT).mock(calls("t", {}))
        OpenAIModel(BASE, "m").complete(request, seconds=30)


def test_a_good_server_is_understood(request_of: Make) -> None:
    with server(lambda connection: connection.sendall(response(BODY))) as address:
        reply = OpenAIModel(address, "m", "sk-1").complete(request_of(), seconds=30)
    assert reply == ChatReply("", (ToolCall("c0", "t", '{"a": 1}'),), 900, 60, "m-2026")


@respx.mock
def test_an_endpoint_that_knows_no_options_is_asked_plainly_from_then_on(request_of: Make) -> None:
    route = respx.post(CHAT)
    route.side_effect = [
        httpx.Response(400, json={"error": {"message": "tool_choice"}}),
        calls("t", {}),
        calls("t", {}),
    ]
    model = OpenAIModel(BASE, "m")
    model.complete(request_of(), seconds=30)
    model.complete(request_of(), seconds=30)
    sent = [json.loads(call.request.content) for call in route.calls]
    assert ["tool_choice" in body for body in sent] == [True, False, False]
    assert ["temperature" in body for body in sent] == [True, False, False]


@respx.mock
def test_a_call_with_broken_arguments_comes_back_as_it_was_written(request_of: Make) -> None:
    respx.post(CHAT).mock(calls("t", '{"a": '))
    assert OpenAIModel(BASE, "m").complete(request_of(), seconds=30).tool_calls[0].arguments == '{"a": '


@respx.mock
def test_errors_carry_no_body_key_or_address(request_of: Make) -> None:
    respx.post(CHAT).mock(httpx.Response(401, json={"error": {"message": "bad key sk-1 at llm.test"}}))
    with pytest.raises(ModelError) as caught:
        OpenAIModel(BASE, "m", "sk-1").complete(request_of(), seconds=30)
    assert caught.value.kind == "unauthorized"
    assert "sk-1" not in str(caught.value)
    assert "llm.test" not in str(caught.value)


@pytest.mark.parametrize("url", ["https://other.test/v1", "http://llm.test/v1", "https://llm.test:444/v1"])
def test_no_other_origin_is_reached(url: str) -> None:
    sent: list[httpx.Request] = []

    def record(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200)

    transport = OneHostTransport(BASE, max_seconds=1, inner=httpx.MockTransport(record))
    with httpx.Client(transport=transport) as client, pytest.raises(ModelError, match="forbidden_host"):
        client.get(url)
    assert sent == []


async def test_there_is_no_asynchronous_way_out() -> None:
    async with refused_async_client() as client:
        with pytest.raises(ModelError, match="forbidden_host"):
            await client.get(BASE)


def test_proxies_of_the_environment_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    with guarded_client(BASE, max_seconds=1) as client:
        assert isinstance(client._transport_for_url(httpx.URL(CHAT)), OneHostTransport)


def test_an_origin_has_its_usual_port() -> None:
    assert origin_of("https://llm.test/v1") == origin_of("https://LLM.test:443/other") == ("https", "llm.test", 443)
