"""The left rail: the brand, the sections that exist, what the data is, and the reader's own switches."""

from collections.abc import Callable
from typing import Any, Literal

from app.core.actor import Actor
from app.flows.answer import Language
from app.flows.interface import Status
from app.ui.components.parts import box, button, text
from app.ui.theme import Theme
from app.ui.words import say

Place = Literal["chat", "terms", "mine"]
_PLACES: dict[Place, str] = {"chat": "/", "terms": "/terms", "mine": "/mine"}
_GROUPS: tuple[tuple[str, tuple[Place, ...]], ...] = (("", ("chat",)), ("group_ground", ("terms", "mine")))


def rail(
    place: Place,
    status: Status | None,
    actor: Actor,
    language: Language,
    theme: Theme,
    *,
    on_language: Callable[[], Any],
    on_theme: Callable[[], Any],
) -> None:
    """Fills the rail of the page `place`; `status` None = no data can be read."""
    with box("qm-brand"):
        box("", "i")
        text(say("app", language))
    if actor.department:
        text(actor.department, "qm-department")
    for group, places in _GROUPS:
        if group:
            text(say(group, language), "qm-group")
        for name in places:
            link = text(say(name, language), "qm-place qm-on" if name == place else "qm-place", "a")
            link.props(f'href="{_PLACES[name]}"' + (' aria-current="page"' if name == place else ""))
    with box("qm-rail-foot"):
        with box("qm-switches"):
            button(say("language", language), on_language, "qm-switch", title=say("language_hint", language))
            button(say("theme_light" if theme == "dark" else "theme_dark", language), on_theme, "qm-switch")
            with box("qm-sign-out", "form").props('method="post" action="/sign-out"'):
                text(say("sign_out", language), "qm-button qm-switch", "button")
        with box("qm-facts"):
            for fact in _facts(status, actor, language):
                text(fact, tag="div")


def _facts(status: Status | None, actor: Actor, language: Language) -> list[str]:
    if status is None or status.data_as_of is None:
        return [say("no_data", language)]
    seen = status.brands if actor.brand_ids is None else tuple(sorted(actor.brand_ids))
    brands = say("joiner", language).join(seen[:3])
    return [
        say("as_of", language, day=status.data_as_of.isoformat()),
        say("planner_rule" if status.planner == "rule" else "planner_llm", language),
        brands or say("all_brands", language),
    ]
