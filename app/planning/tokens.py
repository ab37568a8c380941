"""Everything that the lexicon, the time grammar and the number grammar recognise in a question, as lattice pieces."""

from collections.abc import Iterator
from datetime import date

from app.planning.lattice import Token
from app.planning.lexicon import Lexicon
from app.planning.numbers import find_numbers
from app.planning.time import PromoCalendar, find_comparisons, find_durations, find_grains, find_times


def tokenize(
    text: str, lexicon: Lexicon, calendar: PromoCalendar, as_of: date, extra: tuple[Token, ...] = ()
) -> list[Token]:
    """All pieces, overlapping as they come. `extra` replaces what it overlaps (approximate matches)."""
    pieces = [*_words(text, lexicon), *_grammar(text, calendar, as_of)]
    if extra:
        pieces = [p for p in pieces if not any(p.start < e.end and e.start < p.end for e in extra)]
    return [*pieces, *extra]


def _words(text: str, lexicon: Lexicon) -> Iterator[Token]:
    for match in lexicon.matches(text):
        yield Token(match.start, match.end, text[match.start : match.end], match.candidates)


def _grammar(text: str, calendar: PromoCalendar, as_of: date) -> Iterator[Token]:
    for time in find_times(text, as_of, calendar):
        yield Token(time.start, time.end, text[time.start : time.end], payload=time.value, kind="time")
    for found in find_comparisons(text, as_of, calendar):
        yield Token(found.start, found.end, text[found.start : found.end], payload=found, kind="compare")
    for grain in find_grains(text):
        yield Token(grain.start, grain.end, text[grain.start : grain.end], payload=grain.grain, kind="grain")
    for duration in find_durations(text):
        yield Token(duration.start, duration.end, text[duration.start : duration.end], payload=duration.days, kind="duration")
    for number in find_numbers(text):
        kind = "percent" if number.is_percentage else ""
        yield Token(number.start, number.end, text[number.start : number.end], payload=float(number.value), kind="number", target=kind)
