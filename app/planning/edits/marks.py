"""The words of an edit (换成, 再加上, 去掉, 这些, how about …), as pieces for the lattice.

They exist only while a fragment is read after another question: a question that stands alone never meets them.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib import resources

import ahocorasick
import yaml

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.planning.lexicon import Candidate, Lexicon, at_word_edges

# Marks that show an edit where they open the question.
_OPENING = ("carry", "switch", "add", "more", "drop", "these", "this_one", "every_other", "only", "row")
_ALSO: Mapping[str, tuple[str, ...]] = {"drop": ("not", "not_suffix")}
"""What else a mark is to the shapes: 去掉抖音 negates as 不含抖音 does."""
_PLACES = {"row_first": 1, "row_last": -1}
_DIGITS = "一二三四五六七八九十"
_ORDINALS = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

Forms = dict[str, tuple[Candidate, ...]]


@lru_cache(maxsize=1)
def _automaton() -> tuple[ahocorasick.Automaton, Forms]:
    text = resources.files("app.planning").joinpath("words.yaml").read_text(encoding="utf-8")
    raw = yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader, in C
    forms: dict[str, dict[Candidate, None]] = {}
    for name, words in raw["follow_up"].items():
        for word in words:
            for candidate in _meanings(name):
                forms.setdefault(str(word).lower(), {})[candidate] = None
    for form, place in _ordinals():
        forms.setdefault(form, {})[Candidate("operator", "row", str(place))] = None
    automaton = ahocorasick.Automaton()
    for form in forms:
        automaton.add_word(form, form)
    automaton.make_automaton()
    return automaton, {form: tuple(found) for form, found in forms.items()}


def _meanings(name: str) -> tuple[Candidate, ...]:
    if name in _PLACES:
        return (Candidate("operator", "row", str(_PLACES[name])),)
    return tuple(Candidate("operator", each) for each in (name, *_ALSO.get(name, ())))


def _ordinals() -> Iterator[tuple[str, int]]:
    """第二个, 第3名, the fourth one, #5."""
    for place in range(1, 11):
        for number in (_DIGITS[place - 1], str(place)):
            yield from ((f"第{number}{unit}", place) for unit in ("名", "个", "家", "款", "位", "行", "条", ""))
        word = _ORDINALS[place - 1]
        yield from ((f"{the}{word}{one}", place) for the in ("", "the ") for one in ("", " one", " row", " place"))
        yield f"#{place}", place


def mark_pieces(text: str, lexicon: Lexicon) -> Iterator[Token]:
    """Every mark in normalised `text`; a form that the lexicon knows too keeps its other meanings."""
    automaton, forms = _automaton()
    for last, form in automaton.iter(text):
        start = last - len(form) + 1
        if at_word_edges(text, start, last + 1):
            known = tuple(c for c in lexicon.entries.get(form, ()) if c not in forms[form])
            yield Token(start, last + 1, form, (*forms[form], *known))


def has_strong_mark(draft: Draft) -> bool:
    """Does the question say in so many words that it changes or points at something?"""
    if any(_says_change(t) for t in draft.tokens):
        return True
    for token in draft.tokens:
        if token.op(*_OPENING):
            return True
        if token.is_business or token.kind != "word":
            return False  # behind something of its own, 再, 去掉 and 第一 belong to that
    return False


def _says_change(token: Token) -> bool:
    """换成 and 再加上 change something wherever they stand; change and 一起 have other meanings too."""
    return token.op("switch", "add") and not token.is_business and not token.is_filler and not token.op("change")


def is_elliptic(draft: Draft) -> bool:
    """抖音呢, 上个月呢: a question left open at its end."""
    return draft.text.rstrip(" ?？!。.").endswith("呢")
