"""The lexicon: every word the planner knows, matched all at once.

Aho–Corasick over the whole question, all overlaps kept. Do not tokenise first: segmenters cut 天猫 and 小程序 apart.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import ahocorasick

from app.planning.normalise import normalise
from app.planning.words import load_words
from app.semantic.model import Dimension, SemanticModel

Kind = Literal[
    "metric",
    "dimension",
    "value",
    "segment",
    "operator",
    "intent",
    "filler",
    "days_metric",
    "deed",
    "term",
    "thing",
    "measure",
    "act",
]
ValueIndex = Mapping[str, tuple[str, ...]]
"""dimension id → the values that the warehouse holds."""

NOT_DONE = "not"
"""`Candidate.value` of a deed whose form carries the negation itself (没用掉)."""

_LATIN = re.compile(r"[a-z]")
_DAYS_WORD = re.compile(r"^(?:\d+|n)\s*-?\s*(?:天|日|days?|d)\s*(?:内|的|之内)?\s*-?\s*(.+)$")
_HYPHEN = re.compile(r"(?<=[a-z])-(?=[a-z])")
_PURCHASE = re.compile(
    r"买过|买了|下过单|下单过|没买|没下单|未购买|没有购买|\b(?:bought|purchased|ordered|never buy|placed)\b"
)
_OPEN_VERB = re.compile(r"(?:买过|买了|购买过|bought|purchased|ordered)$")
_PLAIN = re.compile(r"^[a-z0-9 \u4e00-\u9fff]*$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """One thing a surface form can mean."""

    kind: Kind
    target: str
    """Metric, dimension or segment id; operator name; for a value the dimension id."""
    value: str | None = None
    """The stored value, for kind `value`."""


@dataclass(frozen=True, slots=True)
class Match:
    """A surface form found in the question, with everything it can mean."""

    start: int
    end: int
    candidates: tuple[Candidate, ...]


@dataclass(slots=True)
class Lexicon:
    """Surface form → candidates, with the automaton over all forms."""

    entries: dict[str, tuple[Candidate, ...]]
    automaton: ahocorasick.Automaton = field(repr=False)

    def matches(self, text: str) -> list[Match]:
        """Every occurrence of every known form in `text` (normalised, lower case), overlaps included."""
        found = []
        for last, form in self.automaton.iter(text):
            start = last - len(form) + 1
            if at_word_edges(text, start, last + 1):
                found.append(Match(start, last + 1, self.entries[form]))
        return found


def build_lexicon(model: SemanticModel, values: ValueIndex, terms: Iterable[tuple[str, str]] = ()) -> Lexicon:
    """The lexicon of a model and of the values of one warehouse (as far as the asker may see them).

    Args:
        model: Its names.
        values: The values of its dimensions.
        terms: (form, term id) of the jargon.
    """
    forms: dict[str, dict[Candidate, None]] = {}
    jargon = ((form, Candidate("term", term)) for form, term in terms)
    for form, candidate in (
        *_grammar(),
        *_names(model),
        *_deeds(model),
        *_values(model, values),
        *jargon,
    ):
        key = surface(form)
        if key:
            forms.setdefault(key, {})[candidate] = None
    _add_same(forms)
    entries = {form: tuple(candidates) for form, candidates in forms.items()}
    automaton = ahocorasick.Automaton()
    for form in entries:
        automaton.add_word(form, form)
    automaton.make_automaton()
    return Lexicon(entries, automaton)


def _add_same(forms: dict[str, dict[Candidate, None]]) -> None:
    """Names in which a word has another for it: voucher redemption rate. A name that exists already keeps its sense."""
    for word, other in load_words().same:
        pattern = re.compile(rf"(?<![a-z]){word}(?![a-z])" if word.isascii() else rf"(?<!{other[: -len(word)]}){word}")
        held = [form for form in forms if word in form]
        for form in held:
            candidates = forms[form]
            named = {c: None for c in candidates if c.kind not in ("operator", "filler", "intent")}
            spoken = pattern.sub(other, form, count=1)
            if named and spoken != form and other not in form and spoken not in forms:
                forms[spoken] = named


def without(lexicon: Lexicon, hidden: Iterable[tuple[str, str]]) -> Lexicon:
    """The lexicon without these (form, metric) pairs."""
    entries = dict(lexicon.entries)
    for form, metric in hidden:
        left = tuple(c for c in entries.get(form, ()) if (c.kind, c.target) != ("metric", metric))
        entries[form] = left
        if not left:
            entries.pop(form)
            lexicon.automaton.remove_word(form)
    lexicon.automaton.make_automaton()
    return Lexicon(entries, lexicon.automaton)


def surface(form: str) -> str:
    """A form as it appears in normalised text: lower case, single spaces, ids as words."""
    lowered = form.lower()
    return " ".join(spaced(lowered if _PLAIN.match(lowered) else normalise(form).text).split())


def spaced(text: str) -> str:
    """first-purchase month and first purchase month are one spelling; the length stays, so offsets do too."""
    return _HYPHEN.sub(" ", text.replace("_", " "))


def _grammar() -> Iterator[tuple[str, Candidate]]:
    words = load_words()
    for name, forms in words.operators.items():
        for form in forms:
            yield form, Candidate("operator", name)
    for name, forms in words.intents.items():
        for form in forms:
            yield form, Candidate("intent", name)
    for form in words.fillers:
        yield form, Candidate("filler", "filler")


def _names(model: SemanticModel) -> Iterator[tuple[str, Candidate]]:
    yield from _metric_names(model)
    for dimension in model.dimensions.values():
        for form in _with_plurals((dimension.label.zh, dimension.label.en, dimension.id, *dimension.synonyms.all)):
            if not form.startswith(("各", "每")):  # 各商品品类 is 各 and 商品品类, never 各商品
                yield form, Candidate("dimension", dimension.id)
    for segment in model.segments.values():
        for form in _with_plurals((segment.label.zh, segment.label.en, segment.id, *segment.synonyms.all)):
            if not _expects_object(form) and (form in segment.label.all or not _tells_a_purchase(form)):
                yield form, Candidate("segment", segment.id)


def _deeds(model: SemanticModel) -> Iterator[tuple[str, Candidate]]:
    for deed in model.deeds:
        for form in (*deed.zh, *deed.en):
            yield form, Candidate("deed", deed.metric)
        for form in (*deed.not_zh, *deed.not_en):
            yield form, Candidate("deed", deed.metric, NOT_DONE)


def _metric_names(model: SemanticModel) -> Iterator[tuple[str, Candidate]]:
    for metric in model.metrics.values():
        words = (metric.label.zh, metric.label.en, metric.id, *metric.synonyms.all)
        for form in _with_plurals(words):
            if metric.unit != "people" or (
                not _expects_object(form) and (form in metric.label.all or not _tells_a_purchase(form))
            ):
                yield form, Candidate("metric", metric.id)
            if metric.days is not None:
                yield from _days_forms(form, metric.id)


def _tells_a_purchase(form: str) -> bool:
    """A clause such as "people who bought": the grammar reads it, with its negation, place, time and amount."""
    return bool(_PURCHASE.search(form.lower()))


def _expects_object(form: str) -> bool:
    """A name that ends in the verb would swallow the beginning of "members who bought sunscreen"."""
    return bool(_OPEN_VERB.search(form.lower()))


def _days_forms(form: str, metric_id: str) -> Iterator[tuple[str, Candidate]]:
    """「90天复购率」 also teaches 「复购率」, to be read so only after a number of days."""
    found = _DAYS_WORD.match(surface(form))
    if found:
        yield found.group(1), Candidate("days_metric", metric_id)


def _values(model: SemanticModel, values: ValueIndex) -> Iterator[tuple[str, Candidate]]:
    for dimension in model.dimensions.values():
        if dimension.contains_people or (model.person_tags and dimension.id == model.person_tags.tag_names):
            continue  # a tag's name is the name of its own dimension
        if model.person_tags and dimension.id == model.person_tags.value_names and _has_tag_dimensions(model):
            continue  # and a value is that tag's
        for value, text in dimension.values.items():
            for form in (text.zh, *_plural_names(text.en), value):
                yield from _value_form(form, dimension, value)
        for value, forms in dimension.value_synonyms.items():
            for form in (plural for said in forms for plural in _plural_names(said)):
                yield from _value_form(form, dimension, value, declared=True)
        for value in values.get(dimension.id, ()):
            yield from _value_form(value, dimension, value)


_NO_WORDS = frozenset(("true", "false", "other", "其他", "unknown", "未知", "none", "null"))
_VAGUE_WORDS = frozenset(
    ("high", "medium", "mid", "low", "dry", "oily", "normal", "sensitive", "new", "active", "lost")
)


def _has_tag_dimensions(model: SemanticModel) -> bool:
    return any(d.yields and d.id.startswith("tag_") and d.id in model.datasets for d in model.dimensions.values())


def _value_form(
    form: str, dimension: Dimension, value: str, *, declared: bool = False
) -> Iterator[tuple[str, Candidate]]:
    """Bare numbers and single characters are no words of a question by themselves; with the dimension's name they are.

    价格敏感度高, 高价格敏感度, high price sensitivity.
    """
    key, candidate = surface(form), Candidate("value", dimension.id, value)
    if key in _NO_WORDS or key.isdigit() or not key:
        return
    vague = key in _VAGUE_WORDS and dimension.kind == "name"
    if (declared or len(key) > 1) and not vague:
        yield form, candidate
    if len(key) == 1 or vague:
        for name in (*dimension.label.all, *dimension.synonyms.all):
            if name.isascii() == key.isascii():
                yield from ((text, candidate) for text in _with_name(key, name))


_LINKS = ("", "为", "是", "比较", "打标为", "标签为", "标签是")


def _with_name(value: str, name: str) -> tuple[str, ...]:
    if value.isascii():
        return f"{value} {name}", f"{name} {value}", f"{name} is {value}"
    return f"{value}{name}", *(f"{name}{link}{value}" for link in _LINKS)


def _plural_names(form: str) -> tuple[str, ...]:
    """Face masks, dealer stores: what is said of things in two words or more is said of several, too.

    Not of people: in "gold members" the noun says that members are meant, and stays a word of its own.
    """
    of_things = " " in form.strip() and not form.endswith(("member", "customer", "buyer", "user"))
    return tuple(_with_plurals((form,))) if of_things else (form,)


def _with_plurals(words: Iterable[str]) -> Iterator[str]:
    for word in words:
        yield word
        lowered = word.lower()
        is_word = lowered.isascii() and lowered[-1:].isalpha() and "_" not in lowered
        if is_word and len(lowered) > 1 and not lowered.endswith(("s", "ed", "ing")):
            yield f"{lowered[:-1]}ies" if lowered.endswith("y") else f"{lowered}s"


def at_word_edges(text: str, start: int, end: int) -> bool:
    """Latin words must not begin or end inside another Latin word, numbers not inside a number."""
    return _edge(text, start - 1, start) and _edge(text, end - 1, end)


def _edge(text: str, left: int, right: int) -> bool:
    if left < 0 or right >= len(text):
        return True
    a, b = text[left], text[right]
    if a.isascii() and b.isascii():
        return not ((a.isalpha() and b.isalpha()) or (a.isdigit() and b.isdigit()))
    return True
