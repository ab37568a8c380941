"""Everything that the lexicon, the time grammar and the number grammar recognise in a question, as lattice pieces."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any, Protocol

from app.planning.calendar import PromoCalendar
from app.planning.lattice import Token
from app.planning.lexicon import Lexicon
from app.planning.numbers import find_numbers
from app.planning.quoted import quoted_values
from app.planning.time_phrases import TimeMatch, read_time

_USED = re.compile(r"[没未不]用|用[了掉过]")
_BARE = 2
"""Characters of a word that may lack its noun; 买家数 in 新增会员和买家数 is whole."""
_AND = re.compile(r"[和与及、跟]")
_TIMES_COUNT = {"once": 1, "twice": 2, "thrice": 3}
_TIMES = re.compile(r"\b(?:once|twice|thrice)\b")


def tokenize(
    text: str, lexicon: Lexicon, calendar: PromoCalendar, as_of: date, extra: tuple[Token, ...] = ()
) -> list[Token]:
    """All pieces, overlapping as they come. Quoted values and `extra` (approximate) replace what they overlap."""
    extra = (*(quoted_values(text, lexicon) if '"' in text else ()), *extra)
    words = list(_words(text, lexicon))
    elided = list(_elided(text, words, lexicon))
    whole = {(e.start, e.end) for e in elided}
    pieces = [*(w for w in words if (w.start, w.end) not in whole), *elided, *_grammar(text, calendar, as_of)]
    if extra:
        pieces = [p for p in pieces if not any(p.start < e.end and e.start < p.end for e in extra)]
    return [*pieces, *extra]


def _words(text: str, lexicon: Lexicon) -> Iterator[Token]:
    for match in lexicon.matches(text):
        if text[match.start : match.end] == "用" and _USED.search(text[max(0, match.start - 1) : match.end + 1]):
            continue  # 用了多少, 没用: a verb that says something, not the 用 of 用短信
        yield Token(match.start, match.end, text[match.start : match.end], match.candidates)


def _elided(text: str, words: list[Token], lexicon: Lexicon) -> Iterator[Token]:
    """积分发放和消耗: the second name leaves out the noun of the first, 积分消耗 and not just any 消耗."""
    for first in words:
        joint = _AND.match(text, first.end) if first.of("metric") and not first.text.isascii() else None
        if joint is None:
            continue
        nouns = [first.text[:size] for size in (3, 2) if len(first.text) > size]
        for second in words:
            full = next((n + second.text for n in nouns if n + second.text in lexicon.entries), None)
            if second.start == joint.end() and full is not None and len(second.text) <= _BARE:
                names = tuple(c for c in lexicon.entries[full] if c.kind == "metric")
                if names:
                    yield Token(second.start, second.end, second.text, names)


def _grammar(text: str, calendar: PromoCalendar, as_of: date) -> Iterator[Token]:
    found = read_time(text, as_of, calendar)
    for time in found.times:
        yield _piece(text, time, "time", time.value)
        yield from _shorter_times(text, time, calendar, as_of)
    for comparison in found.comparisons:
        yield _piece(text, comparison, "compare", comparison)
    for grain in found.grains:
        yield _piece(text, grain, "grain", grain.grain)
    for duration in found.durations:
        yield _piece(text, duration, "duration", duration.days)
    for word in _TIMES.finditer(text):
        yield Token(*word.span(), word[0], payload=float(_TIMES_COUNT[word[0]]), kind="number", target="times")
    for number in find_numbers(text):
        yield _piece(text, number, "number", float(number.value), target="percent" if number.is_percentage else "")


def _shorter_times(text: str, longest: TimeMatch, calendar: PromoCalendar, as_of: date) -> Iterator[Token]:
    """The event alone inside a longer phrase: 双11预售 is a window, but 双11预售额 is 双11 and a metric."""
    phrase = text[longest.start : longest.end]
    for word in calendar.by_word():
        at = phrase.find(word)
        if at < 0 or len(word) == len(phrase):
            continue
        inner = read_time(phrase[: at + len(word)], as_of, calendar).times
        if len(inner) == 1 and inner[0].start == 0 and inner[0].end == at + len(word):
            start = longest.start
            yield Token(start, start + at + len(word), phrase[: at + len(word)], payload=inner[0].value, kind="time")


class _Span(Protocol):
    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


def _piece(text: str, span: _Span, kind: str, payload: Any, *, target: str = "") -> Token:
    end = span.start + len(text[span.start : span.end].rstrip())
    return Token(span.start, end, text[span.start : end], payload=payload, kind=kind, target=target)
