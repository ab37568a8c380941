"""Every rule finds its fault and leaves the look-alike alone; the shipped glossary has no error."""

from datetime import date
from pathlib import Path

import pytest

from app.flows.search_knowledge import model_names
from app.knowledge.glossary import load_glossary, read_glossary
from app.knowledge.lint import RULES, Finding, ModelNames, lint
from app.planning.calendar import load_calendar
from app.planning.time_phrases import find_times
from app.semantic.loader import load

ROOT = Path(__file__).parents[3]
TODAY = date(2026, 11, 22)
NAMES = ModelNames(
    metrics=frozenset({"gmv_paid", "cohort_rate", "orders"}),
    segments=frozenset({"dormant", "vip"}),
    dimensions=frozenset({"channel"}),
    with_days=frozenset({"cohort_rate", "dormant"}),
    values={"channel": frozenset({"tmall", "jd"})},
    words={"销售额": frozenset({("metric", "gmv_paid")}), "天猫": frozenset({("value", "channel=tmall")})},
)
HEAD = "source: test\nupdated_on: 2026-11-01\nowner: x\nterms:\n"


def term(name: str, label: str, rewrite: str = "{metric: gmv_paid}", *, more: str = "", names: str = "[默认]") -> str:
    return (
        f"  - id: {name}\n    label: {{zh: {label}, en: {name} term}}\n    kind: metric\n    text: {{zh: 一, en: a}}\n"
        f"{more}    senses:\n      - {{id: a, who: {{zh: 甲, en: a}}, meaning: {{zh: 一, en: a}}, "
        f"names: {names}, rewrite: {rewrite}}}\n"
    )


def found(text: str) -> list[Finding]:
    glossary = read_glossary([("t.yaml", (HEAD + text).encode())])
    return lint(glossary, NAMES, today=TODAY, reads_time=lambda phrase: phrase == "近30天")


SOUND = [
    term("a", "复购"),
    term("a", "复购", "{metric: cohort_rate@60}"),
    term("a", "复购", "{segment: dormant, segment_days: 60, negated: true}"),
    term("a", "复购", "{filters: [{dimension: channel, values: [tmall]}]}"),
    term("a", "复购", "{window: 近30天}"),
    term("a", "销售额"),
    term("a", "天猫", "{filters: [{dimension: channel, values: [tmall]}]}"),
    term("a", "包", more="    spoken: false\n"),
    term("a", "复购", more="    brands: [B1]\n") + term("b", "复购", more="    brands: [B2]\n"),
    term("a", "复购", more="    effective_until: 2027-01-01\n"),
]


@pytest.mark.parametrize("text", SOUND)
def test_a_sound_glossary_has_no_finding(text: str) -> None:
    assert found(text) == []


FAULTS = [
    ("unknown_name", "error", term("a", "复购", "{metric: gmv}")),
    ("unknown_name", "error", term("a", "复购", "{metric: gmv_paid@30}")),
    ("unknown_name", "error", term("a", "复购", "{segment: sleepers}")),
    ("unknown_name", "error", term("a", "复购", "{segment: vip, segment_days: 9}")),
    ("unknown_name", "error", term("a", "复购", "{dimension: chanel}")),
    ("unknown_name", "error", term("a", "复购", "{filters: [{dimension: channel, values: [taobao]}]}")),
    ("unknown_name", "error", term("a", "复购", "{filters: [{dimension: chanel, values: [tmall]}]}")),
    ("unknown_name", "error", term("a", "复购", "{window: 前阵子}")),
    ("word_of_two_terms", "error", term("a", "复购") + term("b", " 复购 ")),
    ("hides_the_model", "warning", term("a", "天猫")),
    ("hides_the_model", "warning", term("a", "销售额", "{metric: orders}")),
    ("word_too_short", "error", term("a", "包")),
    ("expired", "warning", term("a", "复购", more="    effective_until: 2026-11-21\n")),
    ("updated_ahead", "warning", term("a", "复购", more="    updated_on: 2026-11-23\n")),
    ("idle_binding", "warning", term("a", "复购") + "bindings:\n  - {senses: {a: a}}\n"),
]


@pytest.mark.parametrize(("rule", "severity", "text"), FAULTS)
def test_a_fault_is_found(rule: str, severity: str, text: str) -> None:
    assert {(one.rule, one.severity) for one in found(text)} == {(rule, severity)}


def test_two_senses_of_one_name_cannot_be_told_apart() -> None:
    second = (
        "      - {id: b, who: {zh: 乙, en: b}, meaning: {zh: 二, en: b}, names: [默认], rewrite: {metric: orders}}\n"
    )
    text = term("a", "复购", more="    ask_back: {zh: 哪, en: which}\n") + second
    assert [one.rule for one in found(text)] == ["name_of_two_senses"]


def test_every_rule_has_a_fault_here() -> None:
    named = {rule for rule, _, _ in FAULTS} | {"name_of_two_senses"}
    assert len(named) >= len(RULES)


def test_the_shipped_glossary_has_no_error() -> None:
    calendar = load_calendar(ROOT / "knowledge" / "calendar")
    findings = lint(
        load_glossary(ROOT / "knowledge" / "jargon"),
        model_names(load(ROOT / "knowledge" / "semantic")),
        today=TODAY,
        reads_time=lambda phrase: bool(find_times(phrase, date(2026, 10, 31), calendar)),
    )
    assert [one for one in findings if one.severity == "error"] == []
