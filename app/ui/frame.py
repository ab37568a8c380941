"""The frame of a work page: rail at the left, one column to work in."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from nicegui import ui

from app.core.actor import Actor
from app.flows.answer import Language
from app.flows.interface import Status
from app.ui.components.parts import box, text
from app.ui.components.rail import Place, rail
from app.ui.theme import Theme
from app.ui.words import say


@dataclass(frozen=True, slots=True)
class Reader:
    """Who looks at a page, and how they like it."""

    actor: Actor
    language: Language
    theme: Theme
    status: Status | None


@contextmanager
def work_page(place: Place, reader: Reader) -> Iterator[None]:
    """The page `place` with its title; what is built inside stands in the column."""
    language = reader.language
    with box("qm-app qm-app-work").props(f'data-language="{language}"'):
        with box("qm-rail", "nav"):
            rail(
                place, reader.status, reader.actor, language, reader.theme,
                on_language=lambda: _switch("qianmian_language", "zh" if language == "en" else "en"),
                on_theme=lambda: _switch("qianmian_theme", "light" if reader.theme == "dark" else "dark"),
            )  # fmt: skip
        with box("qm-main qm-work", "main"), box("qm-column"):
            text(say(place, language), tag="h1")
            text(say(f"{place}_text", language), "qm-quiet", "p")
            yield


def _switch(cookie: str, value: str) -> None:
    ui.run_javascript(f"qmRemember('{cookie}', '{value}'); location.reload()")
