"""The sign-in page: plain HTML that works before any script does, and the routes that start and end a session."""

from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from typing import Protocol
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from app.core.actor import LOCAL_OPERATOR, Actor
from app.flows.answer import Language
from app.ui.sessions import COOKIE, LOCAL, OneTimeTokens, Sessions
from app.ui.theme import STATIC, Theme, asset
from app.ui.words import say


class Keys(Protocol):
    """What signing in needs of the API keys: their actors."""

    def actor_by_secret(self, secret: str) -> Actor | None: ...

    def actor_by_id(self, key_id: str) -> Actor | None: ...


@dataclass(frozen=True, slots=True)
class Door:
    """Decides who comes in."""

    keys: Keys
    sessions: Sessions
    tokens: OneTimeTokens
    language: Language

    def actor(self, cookies: dict[str, str]) -> Actor | None:
        """The actor of a session that still holds; None when there is none or its key was revoked."""
        subject = self.sessions.subject(cookies.get(COOKIE))
        if subject is None:
            return None
        return LOCAL_OPERATOR if subject == LOCAL else self.keys.actor_by_id(subject)

    def preferred_language(self, cookies: dict[str, str]) -> Language:
        chosen = cookies.get("qianmian_language")
        return "zh" if chosen == "zh" else "en" if chosen == "en" else self.language


def preferred_theme(cookies: dict[str, str]) -> Theme:
    return "dark" if cookies.get("qianmian_theme") == "dark" else "light"


def routes(door: Door) -> list[BaseRoute]:
    """Sign-in, sign-out and static files."""
    return [
        Route("/sign-in", _show(door), methods=["GET"]),
        Route("/sign-in", _enter(door), methods=["POST"]),
        Route("/sign-out", _leave, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]


def _show(door: Door) -> Callable[[Request], Response]:
    def show(request: Request) -> Response:
        token = request.query_params.get("token")
        if token is None:
            return _page(door, request)
        if door.tokens.redeem(token):
            return _welcome(door, request, LOCAL)
        # A link opened twice by someone who is in already needs no second sign-in.
        if door.actor(request.cookies) is not None:
            return RedirectResponse("/", 303)
        return _page(door, request, problem="stale_link", status=401)

    return show


def _enter(door: Door) -> Callable[[Request], object]:
    async def enter(request: Request) -> Response:
        if not _is_same_origin(request):
            return _page(door, request, status=403)
        form = await request.form()
        actor = door.keys.actor_by_secret(str(form.get("key", "")).strip())
        if actor is None:
            return _page(door, request, problem="wrong_key", status=401)
        return _welcome(door, request, actor.id)

    return enter


def _leave(request: Request) -> Response:
    response = RedirectResponse("/sign-in", 303)
    if _is_same_origin(request):
        response.delete_cookie(COOKIE)
    return response


def _welcome(door: Door, request: Request, subject: str) -> Response:
    response = RedirectResponse("/", 303)
    response.set_cookie(
        COOKIE,
        door.sessions.start(subject),
        max_age=int(door.sessions.lifetime.total_seconds()),
        httponly=True,
        samesite="lax",
        secure=request.url.scheme == "https",
    )
    return response


def _is_same_origin(request: Request) -> bool:
    origin = request.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == request.headers.get("host")


def _page(door: Door, request: Request, *, problem: str | None = None, status: int = 200) -> Response:
    language = door.preferred_language(request.cookies)
    alert = f'<p class="qm-form-problem" role="alert">{escape(say(problem, language))}</p>' if problem else ""
    html = f"""<!doctype html>
<html lang="{"en" if language == "en" else "zh-CN"}" data-theme="{preferred_theme(request.cookies)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(say("sign_in", language))} · {escape(say("app", language))}</title>
<link rel="icon" href="{asset("mark.svg")}"><link rel="stylesheet" href="{asset("tokens.css")}">
<link rel="stylesheet" href="{asset("app.css")}"></head>
<body class="qm-sign-in"><main><form method="post" action="/sign-in">
<h1 class="qm-brand"><i></i>{escape(say("app", language))}</h1>
<p>{escape(say("sign_in_text", language))}</p>{alert}
<label for="key">{escape(say("api_key", language))}</label>
<input id="key" name="key" type="password" autocomplete="current-password" required autofocus placeholder="qm_…">
<button class="qm-button qm-primary">{escape(say("sign_in", language))}</button>
</form></main></body></html>"""
    return HTMLResponse(html, status)
