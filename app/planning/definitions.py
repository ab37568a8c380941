"""复购率是什么意思, how is AOV calculated: questions for a definition, answered from the glossary and the model."""

from collections.abc import Iterable

from app.knowledge.entries import Term
from app.planning.lattice import Token
from app.planning.plan import Defined
from app.semantic.model import Metric, Segment, SemanticModel

_KINDS = ("term", "metric", "segment", "dimension")


def definitions(tokens: Iterable[Token], terms: Iterable[Term], model: SemanticModel) -> tuple[Defined, ...]:
    """What the named entries mean, if the question asks for nothing else; () where it asks for a number.

    Args:
        tokens: The best cover of the question, every term still a term.
        terms: The glossary's entries in force.
        model: For metrics and segments that are no terms.
    """
    asks, names = False, []
    for token in tokens:
        if token.op("define"):
            asks = True
        elif token.kind != "word" or token.op("by", "each", "vs"):
            return ()
        elif any(token.of(kind) for kind in _KINDS):
            names.append(token)
        elif not token.is_filler:
            return ()
    if not asks or len(names) != 1:
        return ()
    known = {term.id: term for term in terms}
    found = [_of_term(known[c.target]) for c in names[0].of("term") if c.target in known]
    found += [_of_entry(model.metrics[c.target]) for c in names[0].of("metric") if not found]
    found += [_of_entry(model.segments[c.target]) for c in names[0].of("segment") if not found]
    return tuple(found)


def _of_term(term: Term) -> Defined:
    zh, en = [term.text.zh], [term.text.en]
    if len(term.senses) > 1:
        zh += [f"{sense.who.zh}:{sense.meaning.zh}" for sense in term.senses]
        en += [f"{sense.who.en}: {sense.meaning.en}" for sense in term.senses]
    return Defined(term.id, (term.label.zh, term.label.en), ("\n".join(zh), "\n".join(en)), term.owner, term.version)


def _of_entry(entry: Metric | Segment) -> Defined:
    return Defined(entry.id, entry.label.all, entry.definition.all, entry.owner, entry.version)
