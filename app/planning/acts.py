"""Words for things and for what is done to them, found in a question beside the lexicon's own.

They are short and common (券, 发, 用, sent), so they have an index of their own and are laid over the other pieces only
to see whether the question is about such an act and nothing else. No other reading ever meets them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import ahocorasick

from app.planning.lattice import Token, fresh
from app.planning.lexicon import Candidate, at_word_edges, surface
from app.semantic.model import Act, SemanticModel


@dataclass(slots=True)
class ActWords:
    """Surface form → what it is in an act, with the automaton over all forms."""

    entries: dict[str, tuple[Candidate, ...]]
    automaton: ahocorasick.Automaton

    def laid_over(self, text: str, pieces: Sequence[Token]) -> list[Token]:
        """Fresh `pieces` with the words of acts among them; one piece for one stretch."""
        found = {(start, end): words for start, end, words in self._matches(text)}
        merged = []
        for piece in pieces:
            if _swallows(piece) and (piece.start, piece.end) not in found:
                continue
            copy = fresh(piece)
            if copy.kind == "word":
                copy.candidates = (*copy.candidates, *found.pop((piece.start, piece.end), ()))
            merged.append(copy)
        return merged + [Token(*span, text[slice(*span)], words) for span, words in found.items()]

    def _matches(self, text: str) -> Iterator[tuple[int, int, tuple[Candidate, ...]]]:
        for last, form in self.automaton.iter(text):
            start = last - len(form) + 1
            if at_word_edges(text, start, last + 1):
                yield start, last + 1, self.entries[form]


def _swallows(piece: Token) -> bool:
    """花了多少钱, 多少工单, 发的券, 发短信: one piece of another reading, here a verb, a thing and what is asked."""
    if piece.kind != "word" or piece.term:
        return False
    if (
        piece.op("issued")
        or (piece.op("claimed") and piece.text.startswith("的"))
        or (piece.has("intent", "act") and not piece.is_business)
    ):
        return True
    asks = any(word in piece.text for word in ("多少", "几")) and not piece.is_filler
    return asks and not piece.op("how_many", "count_people", "unit_money", "which_many", "which_day", "share")


def build_act_words(model: SemanticModel) -> ActWords | None:
    """The words of all acts of a model; None if it has no acts."""
    forms: dict[str, dict[Candidate, None]] = {}
    for act in model.acts:
        for form, candidate in _words(act):
            forms.setdefault(surface(form), {})[candidate] = None
    if not forms:
        return None
    automaton = ahocorasick.Automaton()
    for form in forms:
        automaton.add_word(form, form)
    automaton.make_automaton()
    return ActWords({form: tuple(found) for form, found in forms.items()}, automaton)


def _words(act: Act) -> Iterator[tuple[str, Candidate]]:
    yield from ((form, Candidate("thing", act.id)) for form in act.things)
    yield from ((form, Candidate("measure", act.id)) for form in act.measures)
    for number, verb in enumerate(act.verbs):
        for form in (*verb.words, *verb.alone):
            for spoken in _spoken(form):
                yield spoken, Candidate("act", act.id, str(number))


def _spoken(form: str) -> tuple[str, ...]:
    """领走, 领走的; 下发, 下发量, 下发数."""
    if form.isascii() or form.endswith("的"):
        return (form,)
    amounts = (f"{form}量", f"{form}数") if len(form) > 1 and not form.endswith("了") else ()
    return (form, f"{form}的", *amounts)
