"""What our own grammar knows of a question, whole or not: the evidence that a proposed plan is held against."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from app.planning.context import PlanContext
from app.planning.draft import Draft, ValueGroup
from app.planning.jargon import Spoken, chosen_senses, put_senses, spoken_terms
from app.planning.lattice import Token, cover
from app.planning.lexicon import spaced, surface
from app.planning.linking import group_dimensions
from app.planning.normalise import Normalised
from app.planning.rule_planner import SHAPES, RulePlanner
from app.planning.shapes.comparison import read_comparisons
from app.planning.shapes.leftovers import unexplained
from app.planning.shapes.windows import read_grain, read_windows
from app.planning.tokens import tokenize
from app.semantic.model import Metric, Segment
from app.semantic.query import split_metric_name

_BUSINESS = ("metric", "dimension", "value", "segment", "term", "days_metric", "deed")
_GRAMMAR_KINDS = ("operator", "filler", "intent")


@dataclass(frozen=True)
class Evidence:
    """The tokens of one question and the draft that the rule planner's shapes make of them."""

    rules: RulePlanner
    draft: Draft
    metrics_read: tuple[str, ...]
    """The metrics that the shapes found by themselves."""
    undecided: tuple[str, ...] = ()
    """Words of the house in the question that have several meanings, or none, for this asker."""

    @property
    def text(self) -> str:
        """The question as the lexicon sees it."""
        return self.draft.text

    @property
    def tokens(self) -> list[Token]:
        """Every stretch of the question, left to right."""
        return self.draft.tokens

    @cached_property
    def times(self) -> tuple[Token, ...]:
        """The windows that the question names."""
        return tuple(token for token in self.tokens if token.kind == "time")

    @cached_property
    def unknown(self) -> tuple[Token, ...]:
        """Stretches that no word of ours covers."""
        return tuple(token for token in self.tokens if token.kind == "unknown")

    @cached_property
    def lost(self) -> tuple[Token, ...]:
        """Words that the rule planner would not leave out of a plan of these metrics."""
        return tuple(unexplained(self.draft))

    def groups(self) -> Iterator[tuple[ValueGroup, bool, bool]]:
        """Values that the shapes put together, with whether they are left out, and whether people are meant."""
        for group in self.draft.groups:
            yield group, group.negated, False
        for clause in self.draft.people:
            for group in clause.groups:
                yield group, clause.negated, True

    def group_of(self, token: Token) -> tuple[ValueGroup, bool, bool] | None:
        """The group that a value token stands in."""
        return next((found for found in self.groups() if token in found[0].tokens), None)

    def find(self, words: str) -> tuple[int, int] | None:
        """Where `words` stand in the question, as the lexicon spells both."""
        said = surface(words)
        at = self.text.find(said) if said else -1
        return None if at < 0 else (at, at + len(said))

    def is_grammar(self, text: str) -> bool:
        """Whether `text` is a word of grammar or a filler, and nothing of the business."""
        found = self.rules.lexicon.entries.get(text.strip(), ())
        return bool(found) and all(c.kind in _GRAMMAR_KINDS for c in found)

    def is_said(self, form: str) -> bool:
        """Whether everything that `form` says is in the question, in any order (会员…销售额 says 会员销售额)."""
        key = rest = surface(form)
        for word in sorted({t.text for t in self.tokens if is_business(t) and t.text}, key=len, reverse=True):
            rest = rest.replace(word, " ")
        return rest != key and all(self._adds_nothing(piece) for piece in rest.split())

    def names_part(self, form: str, word: str) -> bool:
        """Whether `word` is part of `form`, and the question says the rest of `form` too."""
        key = surface(form)
        if word == key:
            return True
        rest = key.replace(word, " ", 1)
        return rest != key and all(self._adds_nothing(piece) or piece in self.text for piece in rest.split())

    def _adds_nothing(self, piece: str) -> bool:
        return self.is_grammar(piece) or piece in _UNIT_WORDS


_UNIT_WORDS = frozenset(("数", "人数", "额", "金额", "量", "率", "number", "count", "amount", "rate"))


def gather(rules: RulePlanner, normalised: Normalised, context: PlanContext, metrics: Sequence[str] = ()) -> Evidence:
    """The evidence of a question; with `metrics`, windows and comparisons are read as a plan of those would have them.

    Words of the house mean what they mean for the asker; those that are open stay without a meaning.

    Raises:
        WindowError: the question names a window that can't be.
    """
    text = replace(normalised, text=spaced(normalised.text))
    pieces = tokenize(text.text, rules.lexicon, rules.calendar, rules.as_of)
    spoken = _spoken(rules, text.text, pieces, context)
    pieces += spoken.named
    undecided = tuple(t.text for t in cover(text.text, pieces) if any(t.has("term", name) for name in spoken.open))
    choice = {term: sense for term, (sense, _) in spoken.settled.items()}
    tokens = cover(text.text, put_senses(pieces, choice))
    senses = chosen_senses(spoken, choice)
    draft = Draft(text.text, text.language, tokens, rules.model, rules.as_of, rules.values, senses)
    for shape in SHAPES:
        shape(draft)
    read = tuple(draft.metrics)
    if metrics:
        draft.metrics = [name for name in metrics if split_metric_name(name)[0] in rules.model.metrics]
    read_grain(draft)
    read_windows(draft, rules.calendar, rules.first_day)
    read_comparisons(draft, rules.calendar)
    return Evidence(rules, draft, read, undecided)


def _spoken(rules: RulePlanner, text: str, pieces: Sequence[Token], context: PlanContext) -> Spoken:
    used = [piece for piece in pieces if piece.has("term")]
    if rules.glossary is None or not used:
        return Spoken()
    return spoken_terms(text, used, rules.glossary, context, rules.as_of)


def is_business(token: Token) -> bool:
    """Does it name something of the model or of the house's words?"""
    return any(c.kind in _BUSINESS for c in token.candidates)


def forms_of(entry: Metric | Segment) -> tuple[str, ...]:
    """Everything people call it."""
    return (*entry.label.all, *entry.synonyms.all)


def dimensions_of(draft: Draft, group: ValueGroup) -> frozenset[str]:
    """The dimensions that the values of a group can be of."""
    return frozenset(group_dimensions(draft, group))
