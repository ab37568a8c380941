"""The web workplace as a whole: its pages, registered once, and what every page loads."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from nicegui import ui
from starlette.responses import RedirectResponse, Response

from app.core.actor import Actor
from app.core.errors import AppError
from app.core.ids import new_id
from app.flows.answer import Language
from app.flows.converse import is_conversation_id
from app.flows.interface import Flows, Status
from app.flows.memory import Turn
from app.flows.pool import FlowPool
from app.flows.remember_choice import ShownChoice
from app.ui.backstage import Backstage
from app.ui.chat import ChatPage
from app.ui.frame import Reader
from app.ui.gallery import build_gallery
from app.ui.mine import MinePage
from app.ui.sign_in import Door, preferred_theme
from app.ui.terms import TermsPage
from app.ui.theme import STATIC, Theme, asset
from app.ui.words import say

FAVICON = STATIC / "mark.svg"


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages stand on."""

    flows: Flows
    pool: FlowPool
    door: Door


def register(site: Site, *, gallery: bool) -> None:
    """Register the pages with the page framework (which holds them globally: once per process)."""

    @ui.page("/", title="千面 Qianmian")
    async def chat(c: str = "") -> Response | None:
        entered = await _enter(site)
        if entered is None:
            return RedirectResponse("/sign-in", 303)
        stage, reader = entered
        page = ChatPage(
            stage=stage,
            actor=reader.actor,
            language=reader.language,
            theme=reader.theme,
            conversation_id=c if is_conversation_id(c) else new_id("web"),
            earlier=await _earlier(site, reader.actor, c),
            status=reader.status,
        )
        page.build()
        return None

    @ui.page("/mine", title="我的口径 · 千面 Qianmian")
    async def mine() -> Response | None:
        entered = await _enter(site)
        if entered is None:
            return RedirectResponse("/sign-in", 303)
        stage, reader = entered
        choices: Sequence[ShownChoice] = ()
        problem = ""
        try:
            choices = await stage.call(lambda actor: site.flows.memory.choices.list(actor, reader.language))
        except AppError as error:
            problem = say("could_not", reader.language, why=error.message)
        MinePage(stage, reader, choices, problem).build()
        return None

    @ui.page("/terms", title="黑话与口径 · 千面 Qianmian")
    async def terms(q: str = "") -> Response | None:
        entered = await _enter(site)
        if entered is None:
            return RedirectResponse("/sign-in", 303)
        stage, reader = entered
        await TermsPage(stage, reader, q[:200]).build()
        return None

    if gallery:

        @ui.page("/_gallery", title=say("gallery", "en"))
        def show_gallery(language: Language = "zh", theme: Theme = "light") -> None:
            _load_assets(language, theme)
            build_gallery(language, theme)


async def _enter(site: Site) -> tuple[Backstage, Reader] | None:
    """Who opened the page; None when nobody is signed in."""
    cookies = _cookies()
    actor = await asyncio.to_thread(site.door.actor, cookies)
    if actor is None:
        return None
    language, theme = site.door.preferred_language(cookies), preferred_theme(cookies)
    _load_assets(language, theme)
    stage = Backstage(site.flows, site.pool, site.door, cookies)
    return stage, Reader(actor, language, theme, await _status(site))


async def _status(site: Site) -> Status | None:
    try:
        return await site.pool.run(site.flows.status)
    except AppError:
        return None


async def _earlier(site: Site, actor: Actor, conversation_id: str) -> Sequence[Turn]:
    """The turns of the actor's own conversation; none where there is none."""
    try:
        return await site.pool.run(lambda: site.flows.memory.conversations.turns(actor, conversation_id))
    except AppError:
        return ()


def _cookies() -> dict[str, str]:
    request = ui.context.client.request
    return dict(request.cookies) if request else {}


def _load_assets(language: Language, theme: Theme) -> None:
    html_language = "en" if language == "en" else "zh-CN"
    ui.add_head_html(
        f'<link rel="stylesheet" href="{asset("tokens.css")}"><link rel="stylesheet" href="{asset("app.css")}">'
        f'<script src="{asset("app.js")}"></script>'
        f'<script>document.documentElement.dataset.theme = "{theme}";'
        f' document.documentElement.lang = "{html_language}";</script>'
    )
