"""What comes under an answer: what was remembered, what the reader thinks of it, and what could be asked next."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal

from nicegui import ui

from app.flows.answer import Answer, Language
from app.flows.memory import Verdict
from app.ui.components.parts import box, button, text
from app.ui.words import say

Rating = Literal["", "up", "down", "corrected"]


@dataclass(slots=True)
class CardState:
    """How a card stands on its page, beside its answer."""

    is_selected: bool = False
    suggestions: tuple[str, ...] = ()
    rating: Rating = ""
    is_correcting: bool = False
    is_taken_back: bool = False
    """The sense that this answer remembered was revoked again."""
    problem: str = ""
    """Why the last thing the reader did here failed."""


def remembered_line(answer: Answer, state: CardState, on_forget: Callable[[str], Any]) -> None:
    """已记住:复购率 = 会员部口径 · 撤销"""
    kept, language = answer.remembered, answer.language
    if kept is None:
        return
    with box("qm-remembered").props('role="status"'):
        if state.is_taken_back:
            text(say("taken_back", language, term=kept.label))
            return
        text(say("remembered", language, term=kept.label, who=kept.who))
        button(say("take_back", language), partial(on_forget, kept.term), "qm-link")


def rating_buttons(state: CardState, language: Language, on_rate: Callable[[Verdict], Any]) -> None:
    """Useful / not right; the one that was given stays pressed."""
    if state.rating:
        text(say(f"thanks_{state.rating}", language), "qm-quiet").props('role="status"')
        return
    verdicts: tuple[Verdict, ...] = ("up", "down")
    for verdict in verdicts:
        element = button(say(f"rate_{verdict}", language), partial(on_rate, verdict), "qm-rate")
        if verdict == "down":
            element.props(f'aria-expanded="{str(state.is_correcting).lower()}"')


def correction_form(
    state: CardState, language: Language, on_send: Callable[[str], Any], on_cancel: Callable[[], Any]
) -> None:
    """What is right instead, in words; it may stay empty."""
    if not state.is_correcting:
        return
    with box("qm-correction"):
        text(say("correct_title", language), tag="p")
        with box("qm-field"):
            words = ui.textarea(placeholder=say("correct_hint", language))
            words.props(
                f'borderless dense autogrow rows=2 maxlength=2000 aria-label="{say("correct_title", language)}"'
            )
        with box("qm-row"):
            button(say("correct_send", language), lambda: on_send((words.value or "").strip()))
            button(say("cancel", language), on_cancel, "qm-link")
            text(say("correct_who", language), "qm-quiet")


def problem_line(state: CardState) -> None:
    if state.problem:
        text(state.problem, "qm-problem", "p").props('role="alert"')


def suggestion_row(suggestions: Sequence[str], language: Language, on_ask: Callable[[str], Any]) -> None:
    """Follow-ups that are sure to be read."""
    if not suggestions:
        return
    with box("qm-suggestions").props(f'role="group" aria-label="{say("next", language)}"'):
        for words in suggestions:
            button(words, partial(on_ask, words), "qm-suggestion")
