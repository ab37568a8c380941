"""Outcomes without a number: a question back, a refusal, a failure."""

from collections.abc import Callable
from functools import partial
from typing import Any

from nicegui import ui

from app.flows.answer import Answer, ClarifyOption, Language
from app.ui.components.parts import box, button, text
from app.ui.words import say

_LONGEST_NUMBER = 18


def clarification(answer: Answer, on_choose: Callable[[ClarifyOption], Any]) -> None:
    """One question, and a card for each reading with its number."""
    if answer.clarification is None:
        return
    text(answer.clarification.question, "qm-title", "h2")
    with box("qm-options"):
        for place, option in enumerate(answer.clarification.options, 1):
            card = box("qm-option", "button").props('type="button"')
            card.on("click.stop", lambda _, chosen=option: on_choose(chosen))
            with card:
                _option(option, place)
    for note in answer.notes:
        text(note, "qm-quiet", "p")
    remembers = any(option.term for option in answer.clarification.options)
    text(say("clarify_hint_kept" if remembers else "clarify_hint", answer.language), "qm-quiet", "p")


def _option(option: ClarifyOption, place: int) -> None:
    """Whose sense and what it means, or what differs; its number; how far it is from the first."""
    with box("qm-option-name"):
        text(str(place), "qm-place-number")
        text(option.who or option.label)
    if option.meaning:
        text(option.meaning, tag="small")
    number, _, difference = option.preview.partition(" · ")
    if _is_number(number):
        text(number, tag="strong")
        if difference:
            text(difference, tag="small")
    elif option.preview:
        text(option.preview, "qm-option-words")


def _is_number(preview: str) -> bool:
    """One number with its unit, not the sentence that stands for a table of several rows."""
    return len(preview) <= _LONGEST_NUMBER and any(character.isdigit() for character in preview)


def refusal(answer: Answer, on_ask: Callable[[str], Any]) -> None:
    """What was not understood, and questions that would work."""
    if answer.refusal is None:
        return
    text(say("refused_title", answer.language), "qm-title", "h2")
    text(answer.refusal.reason, "qm-reason", "p")
    if answer.refusal.instead:
        text(say("refused_instead", answer.language), "qm-quiet", "p")
        with box("qm-alternatives"):
            for question in answer.refusal.instead:
                button(question, partial(on_ask, question), "qm-alternative")


def failure(reason: str, advice: tuple[str, ...], request_id: str, language: Language) -> None:
    """What happened, what to do, and the request id to copy."""
    text(say("failed_title", language), "qm-title", "h2")
    text(reason, "qm-reason", "p")
    for advised in advice:
        text(advised, "qm-quiet", "p")
    with box("qm-request"):
        text(say("request_id", language), "qm-quiet")
        text(request_id, "qm-mono", "code")
        button(say("copy", language), lambda: _copy(request_id))


def _copy(request_id: str) -> None:
    ui.run_javascript(f"qmCopy('{''.join(c for c in request_id if c.isalnum() or c == '_')}')")
