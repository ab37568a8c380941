"""What is wrong or doubtful in a glossary that loads: words with two owners, names the model lacks, lapsed entries.

`RULES` is the list. What breaks single entries (no ask_back, a binding to nothing, two bindings of one scope and
day) is refused by the loader already.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.knowledge.entries import Rewrite, Sense, Term, fold, holds
from app.knowledge.glossary import Glossary

Severity = Literal["error", "warning"]
NameKind = Literal["metric", "segment", "dimension", "value"]
ReadsTime = Callable[[str], bool]
_SHORTEST_WORD = 2


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing to look at. Errors can lead to a wrong reading; warnings are for a person to judge."""

    rule: str
    severity: Severity
    entry: str
    place: str
    """File and line."""
    message: str


@dataclass(frozen=True, slots=True)
class ModelNames:
    """The names of the semantic model, as far as a rewrite may use them or a word collide with them."""

    metrics: frozenset[str]
    segments: frozenset[str]
    dimensions: frozenset[str]
    with_days: frozenset[str]
    """Metrics and segments that may be asked with another number of days."""
    values: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Dimension → its declared values, for those that declare all of them."""
    words: Mapping[str, frozenset[tuple[NameKind, str]]] = field(default_factory=dict)
    """Folded word → what it names; a value as "dimension=value"."""


@dataclass(frozen=True, slots=True)
class Context:
    """Everything a rule looks at."""

    glossary: Glossary
    names: ModelNames
    today: date
    reads_time: ReadsTime


Rule = Callable[[Context], Iterator[Finding]]


def lint(glossary: Glossary, names: ModelNames, *, today: date, reads_time: ReadsTime) -> list[Finding]:
    """Every finding, errors first, then by place."""
    context = Context(glossary, names, today, reads_time)
    found = [finding for rule in RULES for finding in rule(context)]
    return sorted(found, key=lambda one: (one.severity != "error", one.place, one.entry, one.message))


def rewrites_name_the_model(context: Context) -> Iterator[Finding]:
    """Every metric, segment, dimension, value and time phrase of a rewrite exists."""
    for term, sense in _senses(context):
        for message in _unknown(sense.rewrite, context) if sense.rewrite else ():
            yield _finding(context, "unknown_name", "error", term, f"sense {sense.id}: {message}")


def _unknown(rewrite: Rewrite, context: Context) -> Iterator[str]:
    names = context.names
    metric, _, days = (rewrite.metric or "").partition("@")
    if metric and metric not in names.metrics:
        yield f"there is no metric {metric!r}"
    elif days and metric not in names.with_days:
        yield f"metric {metric!r} takes no number of days"
    if rewrite.segment and rewrite.segment not in names.segments:
        yield f"there is no segment {rewrite.segment!r}"
    elif rewrite.segment_days and rewrite.segment not in names.with_days:
        yield f"segment {rewrite.segment!r} takes no number of days"
    if rewrite.dimension and rewrite.dimension not in names.dimensions:
        yield f"there is no dimension {rewrite.dimension!r}"
    for condition in rewrite.filters:
        if condition.dimension not in names.dimensions:
            yield f"there is no dimension {condition.dimension!r}"
        known = names.values.get(condition.dimension)
        yield from (
            f"{condition.dimension} has no value {value!r}"
            for value in condition.values
            if known is not None and str(value) not in known
        )
    if rewrite.window and not context.reads_time(rewrite.window):
        yield f"the time grammar does not read {rewrite.window!r}"


def words_have_one_owner(context: Context) -> Iterator[Finding]:
    """No spoken word belongs to two terms that hold at the same time for the same brand."""
    owners: dict[str, list[Term]] = defaultdict(list)
    for term in context.glossary.in_force():
        for word in {fold(form) for form in term.forms} if term.spoken else ():
            for other in owners[word]:
                if other.id != term.id and _meet(term, other):
                    message = f"{word!r} is a word of {other.id!r} too"
                    yield _finding(context, "word_of_two_terms", "error", term, message)
            owners[word].append(term)


def words_do_not_hide_the_model(context: Context) -> Iterator[Finding]:
    """A spoken word that the model uses for something else than one of the term's senses hides that meaning."""
    for term in context.glossary.in_force():
        meant = {name for sense in term.senses if sense.rewrite for name in _used(sense.rewrite)}
        for form in term.forms if term.spoken else ():
            for kind, name in sorted(context.names.words.get(fold(form), frozenset()) - meant):
                severity: Severity = "error" if kind == "metric" and not term.senses else "warning"
                message = f"{form!r} also names the {kind} {name!r}, which none of its senses is"
                yield _finding(context, "hides_the_model", severity, term, message)


def words_are_long_enough(context: Context) -> Iterator[Finding]:
    """A single character stands inside too many other words to be taken from a question."""
    for term in context.glossary.in_force():
        for form in term.forms if term.spoken else ():
            if len(form.strip()) < _SHORTEST_WORD:
                message = f"{form!r} is too short to be spoken; set spoken: false"
                yield _finding(context, "word_too_short", "error", term, message)


def senses_can_be_picked(context: Context) -> Iterator[Finding]:
    """Within a term no two senses share a name."""
    for term in context.glossary.in_force():
        owners: dict[str, str] = {}
        for sense in term.senses:
            for name in {fold(name) for name in sense.names}:
                if name in owners:
                    message = f"{name!r} picks both {owners[name]!r} and {sense.id!r}"
                    yield _finding(context, "name_of_two_senses", "error", term, message)
                owners[name] = sense.id


def entries_are_in_force(context: Context) -> Iterator[Finding]:
    """What has lapsed no longer does anything; what is dated ahead of today was never looked at."""
    for term in context.glossary.in_force():
        if term.effective_until and term.effective_until < context.today:
            yield _finding(context, "expired", "warning", term, f"lapsed on {term.effective_until}")
        if term.updated_on > context.today:
            yield _finding(context, "updated_ahead", "warning", term, f"updated_on {term.updated_on} is in the future")
    for binding in context.glossary.bindings:
        if binding.effective_until and binding.effective_until < context.today:
            who = binding.department or binding.brand or "all"
            yield Finding(
                "expired", "warning", binding.term, "bindings", f"binding for {who} lapsed on {binding.effective_until}"
            )


def bindings_decide_something(context: Context) -> Iterator[Finding]:
    """A binding of a term with a single sense says nothing."""
    for binding in context.glossary.bindings:
        if all(len(term.senses) < 2 for term in context.glossary.terms[binding.term]):
            yield Finding("idle_binding", "warning", binding.term, "bindings", "is bound, but has one sense only")


RULES: tuple[Rule, ...] = (
    rewrites_name_the_model,
    words_have_one_owner,
    words_do_not_hide_the_model,
    words_are_long_enough,
    senses_can_be_picked,
    entries_are_in_force,
    bindings_decide_something,
)


def _senses(context: Context) -> Iterator[tuple[Term, Sense]]:
    for term in context.glossary.in_force():
        yield from ((term, sense) for sense in term.senses)


def _used(rewrite: Rewrite) -> Iterator[tuple[NameKind, str]]:
    if rewrite.metric:
        yield "metric", rewrite.metric.partition("@")[0]
    if rewrite.segment:
        yield "segment", rewrite.segment
    if rewrite.dimension:
        yield "dimension", rewrite.dimension
    for condition in rewrite.filters:
        yield from (("value", f"{condition.dimension}={value}") for value in condition.values)


def _meet(one: Term, other: Term) -> bool:
    start = max(one.effective_from or date.min, other.effective_from or date.min)
    shares_a_brand = not one.brands or not other.brands or not set(one.brands).isdisjoint(other.brands)
    return shares_a_brand and holds(other.effective_from, other.effective_until, start) and one.holds_on(start)


def _finding(context: Context, rule: str, severity: Severity, term: Term, message: str) -> Finding:
    return Finding(rule, severity, term.id, context.glossary.places.get(term.id, ""), message)
