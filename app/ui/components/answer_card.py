"""An answer, top-down: what was understood, the number, the chart, the table, notes, trust, actions."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from nicegui import ui

from app.flows.answer import Answer, ClarifyOption
from app.flows.memory import Verdict
from app.ui.chart_options import chart_spec
from app.ui.components.after_answer import (
    CardState,
    correction_form,
    problem_line,
    rating_buttons,
    remembered_line,
    suggestion_row,
)
from app.ui.components.badge import trust_badge
from app.ui.components.chart import chart
from app.ui.components.chips import chip_row
from app.ui.components.data_table import DataTable
from app.ui.components.notice import clarification, failure, refusal
from app.ui.components.parts import box, button, text
from app.ui.components.stats import stat_row
from app.ui.shaping import Names, chips, csv_bytes, stats
from app.ui.theme import Theme, palette
from app.ui.words import say


@dataclass(frozen=True, slots=True)
class CardActions:
    """What a card may do to its page."""

    ask: Callable[[str], Any]
    choose: Callable[[ClarifyOption], Any]
    select: Callable[[], Any]
    show_evidence: Callable[[], Any]
    forget: Callable[[str], Any]
    rate: Callable[[Verdict], Any]
    correct: Callable[[str], Any]
    cancel_correction: Callable[[], Any]


def answer_card(answer: Answer, names: Names, theme: Theme, actions: CardActions, state: CardState) -> None:
    """The card for an answer of any status."""
    selected = "qm-selected" if state.is_selected else ""
    card = box(f"qm-card {selected}", "article").props('tabindex="0"')
    card.on("click", lambda _: actions.select())
    card.on("keydown.enter.self", lambda _: actions.select())
    with card:
        if answer.status == "answered":
            _answered(answer, names, theme)
        else:
            with box("qm-section"):
                _without_number(answer, actions)
        remembered_line(answer, state, actions.forget)
        if answer.status in ("answered", "refused"):
            _footer(answer, actions, state)
            correction_form(state, answer.language, actions.correct, actions.cancel_correction)
        problem_line(state)
    if answer.status == "answered":
        suggestion_row(state.suggestions, answer.language, actions.ask)


def _without_number(answer: Answer, actions: CardActions) -> None:
    if answer.status == "needs_clarification":
        clarification(answer, actions.choose)
    elif answer.status == "refused":
        refusal(answer, actions.ask)
    else:
        reason = answer.refusal.reason if answer.refusal else say("crashed", answer.language)
        advice = answer.refusal.instead if answer.refusal else (say("crashed_do", answer.language),)
        failure(reason, advice, answer.trace.request_id, answer.language)


def _answered(answer: Answer, names: Names, theme: Theme) -> None:
    large = stats(answer)
    if not answer.columns:  # a definition: words, and no number
        with box("qm-section"):
            chip_row(chips(answer, names))
            text(answer.headline, "qm-headline qm-words", "p")
        _notes(answer)
        return
    with box("qm-section"):
        chip_row(chips(answer, names))
        text(answer.headline, "qm-headline" if large else "qm-headline qm-lead", "p")
        if large:
            stat_row(large)
        spec = chart_spec(answer, palette(theme))
        if spec:
            chart(spec)
        if not answer.rows:
            text(say("no_rows", answer.language), "qm-quiet", "p")
        elif len(answer.rows) > 1 or len(answer.columns) > 1:
            DataTable(answer)
    _notes(answer)


def _notes(answer: Answer) -> None:
    if answer.notes:
        with box("qm-notes", "ul"):
            for note in answer.notes:
                text(note, tag="li")


def _footer(answer: Answer, actions: CardActions, state: CardState) -> None:
    with box("qm-bar"):
        if answer.status == "answered":
            trust_badge(answer)
            text(_checks_and_time(answer), "qm-quiet")
        box("qm-grow")
        rating_buttons(state, answer.language, actions.rate)
        button(say("evidence", answer.language), actions.show_evidence, "qm-evidence-button")
        if answer.rows:
            button(say("export", answer.language), lambda: _download(answer))


def _checks_and_time(answer: Answer) -> str:
    passed, total = sum(check.passed for check in answer.checks), len(answer.checks)
    if not total:
        checks = say("no_checks", answer.language)
    elif passed == total:
        checks = say("checks_passed", answer.language, n=passed)
    else:
        checks = say("checks_some", answer.language, n=passed, total=total)
    return f"{checks} · {round(sum(stage.ms for stage in answer.trace.stages))} ms"


def _download(answer: Answer) -> None:
    ui.download.content(csv_bytes(answer), f"qianmian-{answer.trace.request_id}.csv", "text/csv")
