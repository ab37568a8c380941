import os
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest
from starlette.applications import Starlette

from app.core.actor import LOCAL_OPERATOR, Actor
from app.core.errors import ConfigurationError
from app.ui.sessions import COOKIE, LOCAL, OneTimeTokens, Sessions, load_secret
from app.ui.sign_in import Door, routes

SECRET = "qm_right"


@dataclass
class FakeKeys:
    revoked: bool = False

    def actor_by_secret(self, secret: str) -> Actor | None:
        return Actor(id="key_1") if secret == SECRET and not self.revoked else None

    def actor_by_id(self, key_id: str) -> Actor | None:
        return Actor(id="key_1") if key_id == "key_1" and not self.revoked else None


@dataclass
class FakeClock:
    now: datetime = datetime(2026, 11, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def door(clock: FakeClock) -> Door:
    sessions = Sessions(b"x" * 32, lifetime=timedelta(hours=12), clock=clock)
    return Door(keys=FakeKeys(), sessions=sessions, tokens=OneTimeTokens(clock=clock), language="zh")


@pytest.fixture
async def client(door: Door) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(Starlette(routes=routes(door)))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as session:
        yield session


async def test_a_key_opens_a_session_with_a_careful_cookie(client: httpx.AsyncClient, door: Door) -> None:
    response = await client.post("/sign-in", data={"key": f" {SECRET}\n"})
    assert (response.status_code, response.headers["location"]) == (303, "/")
    cookie = response.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert SECRET not in cookie
    assert door.actor(dict(response.cookies)) == Actor(id="key_1")


@pytest.mark.parametrize("key", ["", "qm_wrong", "<script>"])
async def test_a_wrong_key_opens_nothing_and_is_not_echoed(client: httpx.AsyncClient, key: str) -> None:
    response = await client.post("/sign-in", data={"key": key})
    assert response.status_code == 401
    assert "set-cookie" not in response.headers
    assert "密钥不对" in response.text
    assert "<script>" not in response.text


async def test_a_form_from_another_origin_is_refused(client: httpx.AsyncClient) -> None:
    response = await client.post("/sign-in", data={"key": SECRET}, headers={"Origin": "http://evil.test"})
    assert response.status_code == 403
    assert "set-cookie" not in response.headers


async def test_a_one_time_token_works_once(client: httpx.AsyncClient, door: Door) -> None:
    token = door.tokens.issue()
    first = await client.get(f"/sign-in?token={token}")
    assert (first.status_code, first.headers["location"]) == (303, "/")
    assert door.actor(dict(first.cookies)) == LOCAL_OPERATOR
    again = await client.get(f"/sign-in?token={token}")
    assert again.status_code == 303  # the same browser is in already
    client.cookies.clear()
    stranger = await client.get(f"/sign-in?token={token}")
    assert stranger.status_code == 401
    assert "set-cookie" not in stranger.headers


def test_a_token_expires(clock: FakeClock) -> None:
    tokens = OneTimeTokens(clock=clock)
    token = tokens.issue()
    clock.now += timedelta(hours=1)
    assert not tokens.redeem(token)


def test_a_session_ends_when_it_expires_or_its_key_is_revoked(door: Door, clock: FakeClock) -> None:
    cookies = {COOKIE: door.sessions.start("key_1")}
    assert door.actor(cookies) is not None
    door.keys.revoked = True
    assert door.actor(cookies) is None
    door.keys.revoked = False
    clock.now += timedelta(hours=12)
    assert door.actor(cookies) is None


def test_a_cookie_that_we_did_not_sign_is_nothing(door: Door) -> None:
    good = door.sessions.start("key_1")
    other = Sessions(b"y" * 32, lifetime=timedelta(hours=1)).start(LOCAL)
    payload, _, signature = good.partition(".")
    for cookie in (None, "", ".", "x", "x.y", other, f"{payload}x.{signature}", f"{payload}.{signature[:-1]}", "é.ü"):
        assert door.sessions.subject(cookie) is None


async def test_signing_out_clears_the_cookie_only_from_our_own_page(client: httpx.AsyncClient) -> None:
    assert COOKIE in (await client.post("/sign-out")).headers["set-cookie"]
    response = await client.post("/sign-out", headers={"Origin": "http://evil.test"})
    assert "set-cookie" not in response.headers


async def test_the_page_speaks_the_visitors_language(client: httpx.AsyncClient) -> None:
    assert "登录" in (await client.get("/sign-in")).text
    client.cookies.set("qianmian_language", "en")
    page = (await client.get("/sign-in")).text
    assert "Sign in" in page
    assert "http://" not in page.replace("http://test", "")


async def test_static_files_are_served_and_nothing_beside_them(client: httpx.AsyncClient) -> None:
    assert (await client.get("/static/tokens.css")).status_code == 200
    for path in ("/static/../sign_in.py", "/static/%2e%2e/sign_in.py", "/static/"):
        assert (await client.get(path)).status_code == 404


def test_the_secret_is_made_once_for_its_owner_only(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "session.key"
    first = load_secret(path)
    assert len(first) == 32
    assert load_secret(path) == first
    assert oct(path.stat().st_mode & 0o777) == "0o600"
    assert os.listdir(path.parent) == ["session.key"]


def test_a_damaged_secret_is_an_error_not_a_weak_signature(tmp_path: Path) -> None:
    (tmp_path / "session.key").write_bytes(b"")
    with pytest.raises(ConfigurationError, match="damaged"):
        load_secret(tmp_path / "session.key")
