"""Flow: what the words of the house mean, and which meaning holds for the one who looks. Reads only."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from app.core.actor import Actor
from app.flows.answer import Language
from app.knowledge.entries import Binding, Sense, Term
from app.knowledge.glossary import Asker, Glossary, ResolvedBy
from app.knowledge.lexical_index import LexicalIndex
from app.knowledge.search_entry import SearchEntry, plain


@dataclass(frozen=True, slots=True)
class ShownSense:
    """One meaning of a word."""

    id: str
    who: str
    meaning: str
    why_not: str
    """Why this data can't express it, "" where it can."""
    bound_for: tuple[str, ...]
    """Departments whose house definition it is; "" among them = the brand as a whole."""
    by: ResolvedBy | None
    """What makes it the reader's own meaning; None = it is not."""


@dataclass(frozen=True, slots=True)
class ShownTerm:
    """A word of the house."""

    id: str
    label: str
    aliases: tuple[str, ...]
    text: str
    owner: str
    version: int
    updated_on: date
    senses: tuple[ShownSense, ...]

    @property
    def is_open(self) -> bool:
        """Several senses and nothing that settles them for the reader: they are asked back."""
        can_be_computed = any(not sense.why_not for sense in self.senses)
        return len(self.senses) > 1 and can_be_computed and not any(sense.by for sense in self.senses)


@dataclass(frozen=True, slots=True)
class FoundTerms:
    terms: tuple[ShownTerm, ...]
    total: int
    """All that fit; `terms` is the first part of them."""


@dataclass(frozen=True, slots=True)
class ReadTerms:
    """The glossary, for reading."""

    glossary: Callable[[], Glossary]
    remembered: Callable[[Actor], Mapping[str, str]]
    today: Callable[[], date]

    def find(self, text: str, actor: Actor, language: Language, *, limit: int = 50) -> FoundTerms:
        """The terms that `text` names or that speak of it, best first; all by label where it is empty."""
        glossary = self.glossary()
        asker = Asker(self.today(), actor.department, actor.brand_ids, self.remembered(actor))
        terms = {term.id: term for term in glossary.in_force(asker)}
        if plain(text):
            chosen = [terms[term_id] for term_id in _ranked(text, terms)]
        else:
            chosen = sorted(
                terms.values(), key=lambda term: (len(term.senses) < 2, term.label.in_(language).casefold())
            )
        shown = tuple(_shown(term, glossary, asker, language) for term in chosen[:limit])
        return FoundTerms(shown, total=len(chosen))


def _ranked(text: str, terms: Mapping[str, Term]) -> Iterator[str]:
    """By name first, then longer names with it, then likenesses, then those whose definition holds the text."""
    entries = [SearchEntry("term", term.id, term.forms) for term in terms.values()]
    named = [hit.entry.id for hit in LexicalIndex(entries).search(text, limit=20)]
    wanted = plain(text)
    part_of_name = [term.id for term in terms.values() if any(wanted in plain(form) for form in term.forms)]
    spoken_of = [term.id for term in terms.values() if wanted in plain(_said(term))]
    exact = [term_id for term_id in named if term_id in part_of_name]
    yield from dict.fromkeys((*exact, *part_of_name, *named, *spoken_of))


def _said(term: Term) -> str:
    senses = [words for sense in term.senses for words in (sense.who, sense.meaning)]
    return " ".join(text for words in (term.label, term.text, *senses) for text in (words.zh, words.en))


def _shown(term: Term, glossary: Glossary, asker: Asker, language: Language) -> ShownTerm:
    resolution = glossary.resolve(term.id, asker)
    own = resolution.senses[0].id if resolution.is_settled else None
    bound = [one for one in glossary.bindings if one.term == term.id and _concerns(one, asker)]
    return ShownTerm(
        id=term.id, label=term.label.in_(language), aliases=_aliases(term, language), text=term.text.in_(language),
        owner=term.owner, version=term.version, updated_on=term.updated_on,
        senses=tuple(_sense(sense, bound, resolution.by if sense.id == own else None, language)
                     for sense in term.senses),
    )  # fmt: skip


def _sense(sense: Sense, bound: list[Binding], by: ResolvedBy | None, language: Language) -> ShownSense:
    return ShownSense(
        id=sense.id, who=sense.who.in_(language), meaning=sense.meaning.in_(language),
        why_not=sense.not_computable.in_(language) if sense.not_computable else "",
        bound_for=tuple(dict.fromkeys(one.department or "" for one in bound if one.sense == sense.id)), by=by,
    )  # fmt: skip


def _aliases(term: Term, language: Language) -> tuple[str, ...]:
    own = term.label.in_(language)
    return tuple(form for form in term.forms if form != own)


def _concerns(binding: Binding, asker: Asker) -> bool:
    """In force, and of a brand that the reader may see."""
    seen = binding.brand is None or asker.brand_ids is None or binding.brand in asker.brand_ids
    return seen and binding.holds_on(asker.on)
