"""Values that some data never has: an order has no channel "sms", an advertising account no channel "Tmall"."""

from app.planning.draft import Draft
from app.planning.lexicon import ValueIndex
from app.planning.linking import Reach
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery


def meant_elsewhere(draft: Draft) -> None:
    """短信花了多少, clicks on sms: beside a message channel, cost and clicks are those of messages."""
    for entry in draft.model.elsewhere:
        said = [g for g in draft.groups if any(c.target == entry.dimension for t in g.tokens for c in t.of("value"))]
        inside = [
            all(any(c.target == entry.dimension and c.value in entry.values for c in t.of("value")) for t in g.tokens)
            for g in said
        ]
        if said and all(inside) and not any(g.negated for g in said):
            draft.metrics = list(dict.fromkeys(entry.metrics.get(m, m) for m in draft.metrics))


def never_there(query: SemanticQuery, model: SemanticModel, values: ValueIndex, reach: Reach) -> tuple[str, str] | None:
    """A (dimension, value) of the filters that the data of a metric cannot hold, so that its number would be empty."""
    datasets = set().union(*(reach.leaf_datasets(m) for m in query.metrics))
    for condition in query.filters:
        if condition.op not in ("eq", "in"):
            continue
        for value in map(str, condition.values):
            if any(not _may_hold(model, values, dataset, condition.dimension, value) for dataset in datasets):
                return condition.dimension, value
    return None


def _may_hold(model: SemanticModel, values: ValueIndex, dataset: str, dimension: str, value: str) -> bool:
    for entry in model.elsewhere:
        if entry.dimension == dimension and value in entry.values and entry.only_on and dataset not in entry.only_on:
            return False
    expression = model.dimensions[dimension].on.get(dataset)
    twins = [d for d in model.dimensions.values() if d.id != dimension and d.on.get(dataset) == expression]
    held = [values[d.id] for d in twins if set(d.on) == {dataset} and values.get(d.id)]
    return expression is None or all(value in found for found in held)
