"""Which datasets a dataset can reach over many→one relationships, and by which one path a dimension is reached."""

from dataclasses import dataclass

from rapidfuzz import fuzz

from app.core.errors import AmbiguousRoleError, ImpossibleSplitError
from app.semantic.expansion import MetricUse, leaves, resolve_metric, unknown
from app.semantic.model import Dimension, Metric, SemanticModel

MAX_NAMED = 8


@dataclass(frozen=True, slots=True)
class Path:
    """The relationships to walk from a dataset, and the expression of the dimension where they end."""

    relationships: tuple[str, ...]
    dataset: str
    expression: str


def find_paths(model: SemanticModel, dataset: str, dimension: Dimension) -> list[Path]:
    """The shortest implicit paths from `dataset` to the dimension; more than one means that a role is needed."""
    layer: list[tuple[str, tuple[str, ...]]] = [(dataset, ())]
    seen: set[str] = set()
    while layer:
        found = [Path(path, name, dimension.on[name]) for name, path in layer if name in dimension.on]
        if found:
            return found
        seen.update(name for name, _ in layer)
        layer = [
            (relationship.to, (*path, role))
            for name, path in layer
            for role, relationship in model.datasets[name].relationships.items()
            if relationship.implicit and relationship.to not in seen
        ]
    return []


def path_to(model: SemanticModel, use: MetricUse, dimension_id: str) -> Path:
    """The one path from a leaf to a dimension.

    Raises:
        UnknownNameError: there is no such dimension.
        ImpossibleSplitError: no many→one path leads there; names metrics that can.
        AmbiguousRoleError: two equally short paths lead there; names both.
    """
    dimension = model.dimensions.get(dimension_id)
    if dimension is None:
        raise unknown("dimension", dimension_id, model)
    paths = find_paths(model, use.metric.dataset or "", dimension)
    if not paths:
        raise impossible_split(model, use.metric, dimension)
    if len(paths) > 1:
        roles = [".".join(path.relationships) for path in paths]
        raise AmbiguousRoleError(
            f"{use.metric.id!r} reaches {dimension_id!r} in more than one role: {', '.join(roles)}",
            hint="name a dimension of one role",
            metric=use.metric.id,
            dimension=dimension_id,
            roles=roles,
        )
    return paths[0]


def reachable(model: SemanticModel, metric: str, dimension: str) -> bool:
    """Whether the metric (every leaf of it) can be split and filtered by the dimension, in exactly one role."""
    target = model.dimensions.get(dimension)
    if target is None:
        raise unknown("dimension", dimension, model)
    return _use_reaches(model, resolve_metric(model, metric), target)


def _use_reaches(model: SemanticModel, use: MetricUse, dimension: Dimension) -> bool:
    return all(len(find_paths(model, leaf.metric.dataset or "", dimension)) == 1 for leaf in leaves(model, use))


def metrics_for_dimension(model: SemanticModel, dimension: str) -> tuple[str, ...]:
    """The ids of the metrics that can be split by a dimension, in the model's order."""
    target = model.dimensions.get(dimension)
    if target is None:
        raise unknown("dimension", dimension, model)
    good = {name for name in model.datasets if len(find_paths(model, name, target)) == 1}
    uses = ((name, MetricUse(metric, metric.days)) for name, metric in model.metrics.items())
    return tuple(name for name, use in uses if all(leaf.metric.dataset in good for leaf in leaves(model, use)))


def impossible_split(model: SemanticModel, metric: Metric, dimension: Dimension) -> ImpossibleSplitError:
    """The error for a dimension that a metric cannot reach, naming the nearest metrics that can."""
    names = sorted(metrics_for_dimension(model, dimension.id), key=lambda name: _distance(metric, model.metrics[name]))
    instead = names[:MAX_NAMED]
    return ImpossibleSplitError(
        f"{metric.label.zh} ({metric.id}) can't be split or filtered by {dimension.label.zh} ({dimension.id})",
        hint=f"these can: {', '.join(instead)}" if instead else "",
        metric=metric.id,
        dimension=dimension.id,
        metrics=instead,
    )


def no_people(model: SemanticModel, metric: Metric) -> ImpossibleSplitError:
    """The error for a condition on people put to a metric whose rows belong to nobody."""
    with_people = [
        name
        for name, other in model.metrics.items()
        if all(model.datasets[leaf.metric.dataset or ""].person for leaf in leaves(model, MetricUse(other, other.days)))
    ]
    instead = sorted(with_people, key=lambda name: _distance(metric, model.metrics[name]))[:MAX_NAMED]
    return ImpossibleSplitError(
        f"{metric.label.zh} ({metric.id}) is not about people, so a condition on people can't be applied",
        hint=f"these can: {', '.join(instead)}" if instead else "",
        metric=metric.id,
        metrics=instead,
    )


def _distance(asked: Metric, other: Metric) -> tuple[bool, bool, float, str]:
    return (asked.unit != other.unit, asked.area != other.area, -fuzz.ratio(asked.id, other.id), other.id)
