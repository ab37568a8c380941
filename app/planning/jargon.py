"""The words of the house: what a term means for this asker, put in its place before anything else is read.

A settled term becomes what its sense stands for (a metric, a group of people, values, a dimension). An open one is
planned once for each sense; the flow asks back where the results differ.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product

from app.knowledge.entries import Rewrite, Sense, Term
from app.knowledge.glossary import Asker, Glossary, Resolution
from app.planning.context import PlanContext
from app.planning.draft import Draft
from app.planning.lattice import Token, fresh
from app.planning.lexicon import Candidate, Lexicon, surface
from app.planning.plan import ChosenSense, PlanResult, SettledBy
from app.semantic.query import Filter

_MAX_CHOICES = 6
_BEFORE_NAME = ("按照", "按", "用", "以", "取", "走", "根据", "看", "by the", "by", "using", "as", "in the", "per")
_AFTER_NAME = ("的口径", "口径", "定义", "的定义", "算法", "来算", "来看", "算", "的", "definition", "sense")

Choice = Mapping[str, Sense]
"""Term id → the sense it is read in."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """The terms of one question, each with what it can mean for the asker."""

    settled: Mapping[str, tuple[Sense, SettledBy]] = field(default_factory=dict)
    """Term id → its sense, and what settled it."""
    open: Mapping[str, Resolution] = field(default_factory=dict)
    terms: Mapping[str, Term] = field(default_factory=dict)
    named: tuple[Token, ...] = ()
    """The words by which a sense was picked (按财务口径): they have done their work."""

    @property
    def uncomputable(self) -> Iterator[Resolution]:
        """Terms that have a meaning, but none that this warehouse can express."""
        return (r for r in self.open.values() if not r.senses)

    def choices(self) -> Iterator[Choice]:
        """Every way to read the open terms, in the order of their senses; the settled ones stay as they are."""
        settled = {term: sense for term, (sense, _) in self.settled.items()}
        names = [term for term, found in self.open.items() if found.senses]
        combinations = product(*(self.open[name].senses for name in names))
        for number, senses in enumerate(combinations):
            if number == _MAX_CHOICES:
                return
            yield settled | dict(zip(names, senses, strict=True))


def term_forms(glossary: Glossary | None, as_of: date) -> Iterator[tuple[str, str]]:
    """(surface form, term id) of every term that a question may use."""
    if glossary is not None:
        yield from glossary.forms(Asker(on=as_of))


def hidden_terms(glossary: Glossary, lexicon: Lexicon, as_of: date) -> set[tuple[str, str]]:
    """(form, metric) pairs whose form is a word of the model and an ambiguous term: 会员复购率 is 会员 and 复购率.

    A name that holds a term with several senses would otherwise answer with one of them, without asking. A metric that
    is itself one of the senses keeps its names.
    """
    several = {
        surface(form): {s.rewrite.metric.partition("@")[0] for s in term.senses if s.rewrite and s.rewrite.metric}
        for term in glossary.in_force(Asker(on=as_of))
        if term.spoken and len(term.senses) > 1
        for form in term.forms
    }
    hidden = set()
    for form, candidates in lexicon.entries.items():
        metrics = {c.target for c in candidates if c.kind == "metric"}
        for length in range(2, len(form)) if metrics else ():
            prefix, rest = form[:-length].strip(), form[-length:]
            if rest in several and _is_qualifier(lexicon, prefix):
                hidden |= {(form, m) for m in metrics - several[rest]}
            start, end = form[:length], form[length:].strip()
            if start in several and _is_filler(lexicon, end):
                hidden |= {(form, m) for m in metrics}  # 复购率怎么样 is no name either
    return hidden


def _is_filler(lexicon: Lexicon, word: str) -> bool:
    return any(c.kind == "filler" for c in lexicon.entries.get(word, ()))


def _is_qualifier(lexicon: Lexicon, word: str) -> bool:
    """Whose number it is (会员, 老客), not what it is a number of: 短信点击率 is a metric of its own."""
    return any(
        c.kind == "segment"
        or (c.kind, c.target) == ("operator", "people")
        or (c.kind == "value" and ("customer" in c.target or "member" in c.target))
        for c in lexicon.entries.get(word, ())
    )


def spoken_terms(text: str, pieces: Iterable[Token], glossary: Glossary, context: PlanContext, as_of: date) -> Spoken:
    """What every term among `pieces` means for the asker; senses named in the question itself come first."""
    asker = Asker(as_of, context.department, context.brand_ids, context.remembered)
    pieces = _outermost([p for p in pieces if p.has("term")])
    ids = dict.fromkeys(c.target for p in pieces for c in p.of("term"))
    settled: dict[str, tuple[Sense, SettledBy]] = {}
    still_open: dict[str, Resolution] = {}
    named: list[Token] = []
    terms: dict[str, Term] = {}
    for term_id in ids:
        found = glossary.resolve(term_id, asker)
        terms[term_id] = found.term
        taken = [(p.start, p.end) for p in pieces if p.has("term", term_id)]
        said = _said_sense(text, found.term, taken)
        if said is not None:
            sense, word = said
            named.append(word)
            found = replace(
                found, senses=(sense,) if sense.rewrite else (), unavailable=() if sense.rewrite else (sense,)
            )
            if sense.rewrite:
                settled[term_id] = (sense, "asked")
                continue
        if found.is_settled:
            settled[term_id] = (found.senses[0], found.by)
        else:
            still_open[term_id] = found
    return Spoken(settled, still_open, terms, tuple(named))


def _outermost(pieces: list[Token]) -> list[Token]:
    """末次触达归因 is one term; 归因 inside it is not spoken of."""
    return [
        p for p in pieces
        if not any(o.start <= p.start and p.end <= o.end and len(o.text) > len(p.text) for o in pieces)
    ]  # fmt: skip


def _said_sense(text: str, term: Term, taken: Sequence[tuple[int, int]]) -> tuple[Sense, Token] | None:
    """按财务口径的复购率: the sense whose name stands in the question, outside of the term's own words."""
    if len(term.senses) < 2:
        return None
    best: tuple[int, Sense, Token] | None = None
    for sense in term.senses:
        for name in sense.names:
            word = surface(name)
            for start in _places(text, word):
                span = _grown(text, start, start + len(word))
                clear = span is not None and not any(start < e and s < start + len(word) for s, e in taken)
                if clear and span is not None and (best is None or len(word) > best[0]):
                    filler = (Candidate("filler", "filler"),)
                    best = (len(word), sense, Token(*span, text[span[0] : span[1]], filler))
    return (best[1], best[2]) if best else None


def _places(text: str, word: str) -> Iterator[int]:
    start = text.find(word) if len(word) > 1 else -1
    while start >= 0:
        yield start
        start = text.find(word, start + 1)


def _grown(text: str, start: int, end: int) -> tuple[int, int] | None:
    """The name with its frame (按…口径). Without any frame it may be a plain word of the question: then it is none."""
    before = next((w for w in _BEFORE_NAME if text[:start].rstrip(" (（").endswith(w)), "")
    after = next((w for w in _AFTER_NAME if text[end:].lstrip(" )）").startswith(w)), "")
    whole_name = text[start:end].endswith(("口径", "definition"))
    if not (
        whole_name
        or after in ("的口径", "口径", "定义", "的定义", "算法", "definition", "sense")
        or before in ("按照", "按")
    ):
        return None
    if before:
        start = text.rfind(before, 0, start)
    if after and not whole_name:
        end = text.find(after, end) + len(after)
    return start, end


def put_senses(pieces: Iterable[Token], choice: Choice) -> list[Token]:
    """Fresh pieces in which every term is what its sense stands for."""
    return [_in_sense(fresh(piece), choice) for piece in pieces]


def _in_sense(piece: Token, choice: Choice) -> Token:
    terms = [c.target for c in piece.of("term") if c.target in choice]
    if not terms:
        # A word of the house without a computable meaning must not fall back on a metric of the same name.
        unsaid = ("term", "metric", "segment", "days_metric") if piece.of("term") else ("term",)
        piece.candidates = tuple(c for c in piece.candidates if c.kind not in unsaid)
        return piece
    rewrite = choice[terms[0]].rewrite
    if rewrite is None:
        return piece
    kept = [c for c in piece.candidates if c.kind not in ("term", "metric", "segment", "days_metric")]
    piece.candidates = tuple(dict.fromkeys([*_candidates(rewrite), *kept]))
    piece.payload = rewrite
    piece.term = terms[0]
    return piece


def _candidates(rewrite: Rewrite) -> Iterator[Candidate]:
    """The rewrite's main part; what comes with it is added by `add_companions`."""
    if rewrite.metric:
        yield Candidate("metric", rewrite.metric)
        yield Candidate("days_metric", rewrite.metric.partition("@")[0])
    elif rewrite.segment:
        yield Candidate("segment", rewrite.segment, str(rewrite.segment_days or ""))
    elif rewrite.filters and all(f.op in ("eq", "in") for f in rewrite.filters):
        yield from (Candidate("value", f.dimension, str(v)) for f in rewrite.filters for v in f.values)
    elif rewrite.dimension:
        yield Candidate("dimension", rewrite.dimension)


def add_companions(draft: Draft) -> None:
    """What a sense brings beside its main part: a metric of certain people, or under certain conditions."""
    for token in draft.tokens:
        rewrite = token.payload
        if not isinstance(rewrite, Rewrite) or token.used_by is None or not rewrite.metric:
            continue
        if rewrite.segment:
            draft.segments.append((rewrite.segment, rewrite.negated, rewrite.segment_days))
        draft.fixed += [Filter(dimension=f.dimension, op=f.op, values=f.values) for f in rewrite.filters]
        if rewrite.dimension and not draft.breakdowns and not draft.grain:
            split = Token(token.start, token.end, token.text, (Candidate("dimension", rewrite.dimension),))
            split.used_by = "breakdown"
            draft.breakdowns.append(split)


def chosen_senses(spoken: Spoken, choice: Choice) -> tuple[ChosenSense, ...]:
    """Every term of the question in the sense of this choice, with what settled it."""
    return tuple(
        ChosenSense(
            term=name,
            sense=sense.id,
            by=spoken.settled[name][1] if name in spoken.settled else "open",
            word=spoken.terms[name],
            meaning=sense,
        )
        for name, sense in choice.items()
    )


def together(results: Sequence[PlanResult], spoken: Spoken) -> PlanResult | None:
    """The readings of all choices as one result; None where no choice gave any."""
    readings = list(dict.fromkeys(r for result in results for r in result.readings))
    if not readings:
        return None
    used = {s.term for r in readings for s in r.senses if s.by == "open"}
    missing = [(found.term, s) for name, found in spoken.open.items() if name in used for s in found.unavailable]
    return replace(results[0], readings=tuple(readings), unplanned=None, missing=tuple(missing))
