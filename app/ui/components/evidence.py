"""The panel 依据: definitions, SQL, checks and process of the selected answer."""

from collections.abc import Callable
from typing import Any, Literal

from app.flows.answer import Answer, Language
from app.ui.components.parts import box, button, text
from app.ui.components.sql_block import sql_block
from app.ui.words import say, say_or

Tab = Literal["definitions", "sql", "checks", "trace"]
TABS: tuple[Tab, ...] = ("definitions", "sql", "checks", "trace")


def evidence_panel(
    answer: Answer | None,
    tab: Tab,
    language: Language,
    *,
    on_tab: Callable[[Tab], Any],
    on_close: Callable[[], Any],
) -> None:
    """The panel's content; `answer` None = nothing is selected yet."""
    with box("qm-tabs").props('role="tablist"'):
        for name in TABS:
            label = say(f"tab_{name}", language)
            chosen = name == tab
            item = text(label, "qm-tab qm-on" if chosen else "qm-tab", "button")
            item.props(f'type="button" role="tab" aria-selected="{str(chosen).lower()}"')
            item.on("click", lambda _, chosen_tab=name: on_tab(chosen_tab))
        box("qm-grow")
        button(say("close", language), on_close, "qm-close")
    if answer is None:
        text(say("panel_empty", language), "qm-quiet", "p")
        return
    _CONTENT[tab](answer)


def _definitions(answer: Answer) -> None:
    if not answer.definitions:
        text(say("no_definitions", answer.language), "qm-quiet", "p")
    for definition in answer.definitions:
        with box("qm-definition", "section"):
            with box("qm-definition-name", "h3"):
                text(definition.name)
                text(f"{definition.id}@v{definition.version}", "qm-mono", "code")
            text(definition.text, tag="p")
            text(say("owner", answer.language, owner=definition.owner), "qm-quiet", "p")


def _sql(answer: Answer) -> None:
    if not answer.sql:
        text(say("no_sql", answer.language), "qm-quiet", "p")
        return
    if answer.dialect:
        text(answer.dialect, "qm-quiet", "p")
    sql_block(answer.sql)


def _checks(answer: Answer) -> None:
    if not answer.checks:
        text(say("no_checks", answer.language), "qm-quiet", "p")
    for check in answer.checks:
        with box("qm-pair"):
            text(check.detail or check.name)
            word = say("passed" if check.passed else "not_passed", answer.language)
            text(word, "qm-ok" if check.passed else "qm-look")


def _trace(answer: Answer) -> None:
    language = answer.language
    if answer.restatement:
        text(say("understood_as", language), "qm-quiet", "p")
        text(answer.restatement, "qm-restatement", "p")
    evidence, trace = answer.evidence, answer.trace
    if evidence:
        _pair(say("coverage", language), f"{evidence.coverage:.0%}")
        _pair(say("path", language), say(f"path_{evidence.path}", language))
        for heard in evidence.fuzzy:
            _pair(say("fuzzy", language), heard)
        if evidence.confidence is not None:
            _pair(say("confidence", language), f"{evidence.confidence:.0%}")
        for reason in evidence.reasons:
            text(reason, "qm-quiet", "p")
    for stage in trace.stages:
        _pair(say_or(f"stage_{stage.name}", language, stage.name), f"{stage.ms:.1f} ms")
    if trace.stages:
        _pair(say("total_ms", language), f"{sum(stage.ms for stage in trace.stages):.1f} ms")
    if trace.data_as_of:
        _pair(say("data_day", language), trace.data_as_of.isoformat())
    if trace.snapshot:
        _pair(say("snapshot", language), trace.snapshot)
    _pair(say("request_id", language), trace.request_id)


def _pair(name: str, value: str) -> None:
    with box("qm-pair"):
        text(name)
        text(value, "qm-value")


_CONTENT: dict[Tab, Callable[[Answer], None]] = {
    "definitions": _definitions,
    "sql": _sql,
    "checks": _checks,
    "trace": _trace,
}
