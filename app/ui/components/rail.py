"""The left rail: the brand, the sections that exist, what the data is, and the reader's own switches."""

from collections.abc import Callable
from typing import Any

from app.core.actor import Actor
from app.flows.answer import Language
from app.flows.interface import Status
from app.ui.components.parts import box, button, text
from app.ui.theme import Theme
from app.ui.words import say


def rail(
    status: Status | None,
    actor: Actor,
    language: Language,
    theme: Theme,
    *,
    on_language: Callable[[], Any],
    on_theme: Callable[[], Any],
) -> None:
    """Fills the rail; `status` None = no data can be read."""
    with box("qm-brand"):
        box("", "i")
        text(say("app", language))
    current = text(say("chat", language), "qm-place qm-on", "a")
    current.props('href="/" aria-current="page"')
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
    brands = say("joiner", language).join(status.brands[:3]) if actor.brand_ids is None else ""
    return [
        say("as_of", language, day=status.data_as_of.isoformat()),
        say("planner_rule" if status.planner == "rule" else "planner_llm", language),
        " · ".join(part for part in (actor.department, brands) if part) or say("all_brands", language),
    ]
