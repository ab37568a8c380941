"""Values as a model wrote them → values as this warehouse stores them, matched here so that no stored value leaves."""

from app.planning.lattice import Token
from app.planning.lexicon import surface
from app.planning.proposed.evidence import Evidence
from app.planning.proposed.schema import InvalidProposal
from app.planning.rule_planner import MAX_INDEXED, RulePlanner
from app.semantic.query import Filter, Scalar, SemanticQuery


def link_values(query: SemanticQuery, evidence: Evidence) -> SemanticQuery:
    """The same query with every text value as stored.

    Raises:
        InvalidProposal: a value that the dimension does not have. Says which, never which there are.
    """
    filters = tuple(_linked(item, evidence) for item in query.filters)
    people = tuple(
        person.model_copy(update={"filters": tuple(_linked(item, evidence) for item in person.filters)})
        for person in query.people
    )
    return query.model_copy(update={"filters": filters, "people": people})


def _linked(item: Filter, evidence: Evidence) -> Filter:
    kind = evidence.rules.model.dimensions[item.dimension].type
    if item.op == "contains" or kind != "string":
        return item
    values = [stored for value in item.values for stored in _stored(item.dimension, value, evidence)]
    distinct = tuple(dict.fromkeys(values))
    if len(distinct) > 1 and item.op in ("eq", "ne"):
        return Filter(dimension=item.dimension, op="in" if item.op == "eq" else "not_in", values=distinct)
    if len(distinct) == 1 and item.op in ("in", "not_in"):
        return Filter(dimension=item.dimension, op="eq" if item.op == "in" else "ne", values=distinct)
    return item.model_copy(update={"values": distinct})


def _stored(dimension: str, value: Scalar, evidence: Evidence) -> list[str]:
    rules = evidence.rules
    if not isinstance(value, str):
        value = str(value)
    held = rules.values.get(dimension, ())
    known = [c.value for c in rules.lexicon.entries.get(surface(value), ())
             if c.kind == "value" and c.target == dimension and c.value is not None]  # fmt: skip
    known = known or ([value] if value in held or value in rules.model.dimensions[dimension].values else [])
    known = known or _nearly(dimension, value, rules)
    kept = [code for code in known if code in held] or known[:1]
    is_absent = bool(held) and len(held) < MAX_INDEXED and not any(code in held for code in kept)
    if not kept or is_absent:
        raise InvalidProposal(f"{value!r} is not a value of {dimension!r}")
    return kept


def _nearly(dimension: str, value: str, rules: RulePlanner) -> list[str]:
    """By sound, typo or part of a name."""
    text = surface(value)
    if not text:
        return []
    found = rules.fuzzy.repair(text, [Token(0, len(text), text, kind="unknown")])
    return [c.value for token in found for c in token.of("value") if c.target == dimension and c.value is not None]
