"""Result + facts → the part of an `Answer` that shows it: table, headline, chart, definitions, checks, notes. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from app.core.actor import Actor
from app.flows.answer import Check
from app.flows.charts import choose_chart
from app.flows.checks import Facts, Outcome, run_checks
from app.flows.definitions import collect_definitions
from app.flows.headline import plain_headline, write_headline
from app.flows.notes import audience_notes, fuzzy_words, metric_notes, reading_notes, scope_notes, window_notes
from app.flows.senses import sense_definitions, sense_notes, used_senses
from app.flows.traceable import untraceable
from app.flows.trust import assess
from app.planning.plan import Reading


def present(
    facts: Facts,
    *,
    reading: Reading | None,
    actor: Actor,
    brands: Mapping[str, str],
    extra_checks: tuple[Check, ...] = (),
) -> dict[str, Any]:
    """The fields of an answered `Answer` that come from its result."""
    query, table, model, language = facts.query, facts.table, facts.model, facts.language
    senses = reading.senses if reading else ()
    outcomes = run_checks(facts)
    headline = prove_headline(facts)
    checks = (*(outcome.check for outcome in outcomes), headline.check, *extra_checks)
    fuzzy = fuzzy_words(reading, model, language) if reading else ()
    trust, evidence = assess(reading, table=table, checks=checks, fuzzy=fuzzy, language=language)
    return {
        "columns": table.columns,
        "rows": table.rows,
        "labels": table.labels,
        "row_count": len(table.rows),
        "truncated": table.truncated,
        "headline": headline.text,
        "chart": choose_chart(query, table, model),
        "definitions": (*sense_definitions(senses, language), *collect_definitions(query, model, language)),
        "senses": used_senses(senses, language),
        "trust": trust,
        "evidence": evidence,
        "checks": checks,
        "notes": _notes(facts, outcomes, reading=reading, actor=actor, brands=brands),
    }


@dataclass(frozen=True, slots=True)
class ProvenHeadline:
    text: str
    check: Check


def prove_headline(facts: Facts) -> ProvenHeadline:
    """The headline, or a plainer one where a figure in it can't be traced to a cell."""
    query, table, model, language = facts.query, facts.table, facts.model, facts.language
    headline = write_headline(query, table, model, language)
    invented = untraceable(headline, table, language)
    if not invented:
        detail = facts.say("结论里的每个数字都能在结果里找到", "every number in the headline is in the result")
        return ProvenHeadline(headline.text, Check(name="narration_traceable", passed=True, detail=detail))
    detail = facts.say(f"结论改用更简单的说法:{'、'.join(invented)} 在结果里找不到",
                       f"the headline was replaced: {', '.join(invented)} is not in the result")  # fmt: skip
    plain = plain_headline(query, table, model, language)
    return ProvenHeadline(plain.text, Check(name="narration_traceable", passed=False, detail=detail))


def _notes(
    facts: Facts, outcomes: tuple[Outcome, ...], *, reading: Reading | None, actor: Actor, brands: Mapping[str, str]
) -> tuple[str, ...]:
    """Most important first: what the checks found, what was assumed, what is not counted, which brands."""
    query, model, language = facts.query, facts.model, facts.language
    notes = [outcome.note for outcome in outcomes if outcome.note]
    if reading is not None:
        notes += sense_notes(reading.senses, language)
        notes += reading_notes(reading, model, language)
    notes += audience_notes(query, language)
    notes += window_notes(query, facts.snapshot, language)
    notes += metric_notes(query, model, language)
    notes += scope_notes(query, model, actor, brands, language)
    return tuple(dict.fromkeys(notes))
