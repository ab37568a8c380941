"""Cross-checks of a loaded model: every name one entry uses exists, every expression parses, nothing is circular.

`CHECKS` is the list, in order. Each check yields (section, entry id, message).
"""

from collections.abc import Callable, Iterator

from sqlglot import exp

from app.semantic import expressions as ex
from app.semantic.model import Dataset, Derivation, Metric, Pairing, Relationship, SemanticModel
from app.semantic.query import split_metric_name

Problem = tuple[str, str, str]
Check = Callable[[SemanticModel], Iterator[Problem]]


def check_model(model: SemanticModel) -> list[Problem]:
    """Every problem of the model. Later checks assume what earlier ones established, so they wait for them."""
    problems: list[Problem] = []
    for group in CHECKS:
        for check in group:
            problems += check(model)
        if problems:
            return list(dict.fromkeys(problems))
    return problems


def field_names(dataset: Dataset) -> set[str]:
    """What a bare name may be in an expression of the dataset."""
    names = set(dataset.fields)
    if dataset.derive is not None:
        names |= {name.split(".")[-1] for name in dataset.derive.group_by}
        names |= {*dataset.derive.columns, *dataset.derive.windows}
    return names


def derived_from(dataset: Dataset) -> list[str]:
    """The datasets that a derivation reads; none for a table."""
    if dataset.derive is None:
        return []
    return [dataset.derive.dataset, *([dataset.derive.pair.dataset] if dataset.derive.pair else [])]


# -- names -------------------------------------------------------------------------------------------------------------


def datasets_refer_to_known_names(model: SemanticModel) -> Iterator[Problem]:
    """Relationship targets, exclusions and derivations exist; a dataset has exactly one origin."""
    for dataset in model.datasets.values():
        if (dataset.table is None) == (dataset.derive is None):
            yield "datasets", dataset.id, "exactly one of table and derive is expected"
        targets = [(f"relationship {role}", link.to) for role, link in dataset.relationships.items()]
        targets += [("exclude", rule.dataset) for rule in dataset.exclude]
        targets += [("derive", name) for name in derived_from(dataset)]
        for what, target in targets:
            if target not in model.datasets:
                yield "datasets", dataset.id, f"{what}: there is no dataset {target!r}"
        if "matched" in dataset.relationships:
            yield "datasets", dataset.id, "a relationship can't be called 'matched'"


def entries_refer_to_known_datasets(model: SemanticModel) -> Iterator[Problem]:
    """Dimensions, metrics and segments name existing datasets."""
    for dimension in model.dimensions.values():
        for name in dimension.on:
            if name not in model.datasets:
                yield "dimensions", dimension.id, f"on: there is no dataset {name!r}"
        if not dimension.on:
            yield "dimensions", dimension.id, "on: at least one dataset is expected"
    for metric in model.metrics.values():
        if metric.dataset is not None and metric.dataset not in model.datasets:
            yield "metrics", metric.id, f"there is no dataset {metric.dataset!r}"
    for segment in model.segments.values():
        if segment.dataset not in model.datasets:
            yield "segments", segment.id, f"there is no dataset {segment.dataset!r}"
        elif model.datasets[segment.dataset].person is None:
            yield "segments", segment.id, f"dataset {segment.dataset!r} has no person"


def matched_flags_refer_to_known_datasets(model: SemanticModel) -> Iterator[Problem]:
    """Both sides of a matched flag exist and are joined on something."""
    for matched in model.matched.values():
        for name in (matched.dataset, matched.other):
            if name not in model.datasets:
                yield "matched", matched.id, f"there is no dataset {name!r}"
        if not matched.on:
            yield "matched", matched.id, "on: at least one pair of fields is expected"


def metrics_are_of_one_type(model: SemanticModel) -> Iterator[Problem]:
    """A simple metric has a dataset and an aggregate; a ratio two metrics; a derived one a formula; inputs exist."""
    for metric in model.metrics.values():
        for message in _type_problems(metric):
            yield "metrics", metric.id, message
        for name in (*_inputs(metric), *([metric.finer] if metric.finer else [])):
            if split_metric_name(name)[0] not in model.metrics:
                yield "metrics", metric.id, f"there is no metric {name!r}"


def _type_problems(metric: Metric) -> Iterator[str]:
    simple = (metric.dataset, metric.agg, metric.expr, metric.where, metric.inner, metric.inner_where, metric.time)
    if metric.type == "simple":
        if metric.dataset is None or metric.agg is None:
            yield "a simple metric needs dataset and agg"
        if metric.agg not in (None, "count") and not metric.expr:
            yield f"agg {metric.agg} needs expr"
        if metric.inner_where and metric.inner is None:
            yield "inner_where needs inner"
        if metric.numerator or metric.denominator or metric.formula:
            yield "a simple metric has no numerator, denominator or formula"
        return
    if any(simple):
        yield f"a {metric.type} metric has no dataset, agg, expr, where, inner or time of its own"
    if metric.type == "ratio" and not (metric.numerator and metric.denominator):
        yield "a ratio needs numerator and denominator"
    if metric.type == "derived" and not metric.formula:
        yield "a derived metric needs formula"


def _inputs(metric: Metric) -> tuple[str, ...]:
    if metric.type == "ratio":
        return tuple(name for name in (metric.numerator, metric.denominator) if name)
    if metric.type == "derived" and metric.formula:
        try:
            return ex.formula_inputs(metric.formula)
        except ValueError:
            return ()
    return ()


def roles_name_metrics(model: SemanticModel) -> Iterator[Problem]:
    """What the planner asks by role exists: a metric, or for the size of a row a number dimension."""
    for role, name in model.roles.items():
        dimension = model.dimensions.get(name)
        if split_metric_name(name)[0] in model.metrics or (role == "customer_type" and dimension is not None):
            continue
        if dimension is None or dimension.kind != "number":
            yield "roles", role, f"there is no metric and no number dimension {name!r}"


def verbs_name_metrics(model: SemanticModel) -> Iterator[Problem]:
    """The metrics behind deeds and journeys exist; a deed counts people, a journey's metrics take days."""
    for deed in model.deeds:
        found = model.metrics.get(deed.metric)
        if found is None or found.unit != "people":
            yield "deeds", deed.metric, "a deed names a metric that counts people"
        if deed.times is not None and deed.times not in model.metrics:
            yield "deeds", deed.metric, f"there is no metric {deed.times!r}"
    for journey in model.journeys:
        for name in (journey.rate, journey.count):
            if name not in model.metrics or model.metrics[name].days is None:
                yield "journeys", name, "a journey names metrics that take a number of days"
    place = model.person_tags
    if place is None:
        return
    known = place.dataset in model.datasets and place.attach_to in model.datasets
    if not known or not {place.tag_names, place.value_names} <= model.dimensions.keys():
        yield "person_tags", place.dataset, "person_tags names an unknown dataset or dimension"


def acts_name_metrics(model: SemanticModel) -> Iterator[Problem]:
    """What acts and their like name exists."""
    for act in model.acts:
        for verb in (*act.verbs, *([act.rest] if act.rest else [])):
            unknown = [m for m in (verb.count, verb.people, verb.money) if m and m not in model.metrics]
            yield from (("acts", act.id, f"there is no metric {m!r}") for m in unknown)
        places = [d for d in (act.split_by, *act.bearers, *act.named_by, *act.named_by_split) if d]
        yield from (("acts", act.id, f"there is no dimension {d!r}") for d in places if d not in model.dimensions)
    for entry in model.elsewhere:
        names = [m for pair in entry.metrics.items() for m in pair if m not in model.metrics]
        yield from (("elsewhere", entry.dimension, f"there is no metric {m!r}") for m in names)
        if entry.dimension not in model.dimensions:
            yield "elsewhere", entry.dimension, "there is no such dimension"


def days_are_given(model: SemanticModel) -> Iterator[Problem]:
    """A metric that matures after a number of days has that number."""
    for metric in model.metrics.values():
        if metric.matures_after_days and metric.days is None:
            yield "metrics", metric.id, "matures_after_days needs days"


def additivity_is_sane(model: SemanticModel) -> Iterator[Problem]:
    """What cannot be added up is not declared additive."""
    for metric in model.metrics.values():
        if metric.additivity == "non_additive":
            continue
        if metric.type == "ratio":
            yield "metrics", metric.id, "a ratio is non_additive"
        elif metric.agg in ("count_distinct", "avg", "median", "min", "max"):
            yield "metrics", metric.id, f"agg {metric.agg} is non_additive"
        elif metric.type == "simple" and metric.window in ("until", "snapshot") and metric.additivity == "additive":
            yield "metrics", metric.id, f"a stock (window {metric.window}) is semi_additive: not over time"


def nothing_is_circular(model: SemanticModel) -> Iterator[Problem]:
    """Metrics and derived datasets do not lead back to themselves."""
    graph = {m.id: [split_metric_name(n)[0] for n in _inputs(m)] for m in model.metrics.values()}
    for name in _circular(graph):
        yield "metrics", name, "is computed from itself"
    derived = {d.id: derived_from(d) for d in model.datasets.values()}
    for name in _circular(derived):
        yield "datasets", name, "is derived from itself"
    required = {d.id: [r.to for r in d.relationships.values() if r.required] for d in model.datasets.values()}
    for name in _circular(required):
        yield "datasets", name, "its required relationships lead back to itself"


def _circular(graph: dict[str, list[str]]) -> Iterator[str]:
    for name in graph:
        open_names, seen = list(graph[name]), set[str]()
        while open_names:
            here = open_names.pop()
            if here == name:
                yield name
                break
            if here not in seen:
                seen.add(here)
                open_names += graph.get(here, [])


# -- expressions -------------------------------------------------------------------------------------------------------


def dataset_fields_exist(model: SemanticModel) -> Iterator[Problem]:
    """Keys, persons, time roles and join columns are fields; joins end at the target's key."""
    for dataset in model.datasets.values():
        known = field_names(dataset)
        named = [("key", name) for name in dataset.key] + [("time", name) for name in dataset.time]
        named += [("person", dataset.person)] if dataset.person else []
        named += [("exclude", rule.field) for rule in dataset.exclude]
        for role, link in dataset.relationships.items():
            named += [(f"relationship {role}", name) for name in link.on]
            target = model.datasets[link.to]
            if not link.on or set(link.on.values()) != set(target.key):
                yield (
                    "datasets",
                    dataset.id,
                    f"relationship {role}: it has to end at the key of {link.to!r} {target.key}",
                )
        for what, name in named:
            if name not in known:
                yield "datasets", dataset.id, f"{what}: there is no field {name!r}"
        for rule in dataset.exclude:
            if rule.key not in field_names(model.datasets[rule.dataset]):
                yield "datasets", dataset.id, f"exclude: {rule.dataset!r} has no field {rule.key!r}"


def expressions_resolve(model: SemanticModel) -> Iterator[Problem]:
    """Every expression parses, and every field, relationship, flag and placeholder in it exists."""
    yield from _dataset_expressions(model)
    for dimension in model.dimensions.values():
        for name, text in dimension.on.items():
            for message in _expression(model, model.datasets[name], text, days=False):
                yield "dimensions", dimension.id, f"on {name}: {message}"
    for metric in model.metrics.values():
        for message in _metric_expressions(model, metric):
            yield "metrics", metric.id, message
    for segment in model.segments.values():
        dataset = model.datasets[segment.dataset]
        for what, condition in (("where", segment.where), ("having", segment.having)):
            for message in _expression(model, dataset, condition, days=segment.days is not None):
                yield "segments", segment.id, f"{what}: {message}"
        if segment.time and segment.time not in field_names(dataset):
            yield "segments", segment.id, f"time: there is no field {segment.time!r}"
    yield from _matched_expressions(model)


def _dataset_expressions(model: SemanticModel) -> Iterator[Problem]:
    for dataset in model.datasets.values():
        texts = [("where", dataset.where)]
        texts += [(f"field {name}", definition.expr) for name, definition in dataset.fields.items()]
        for what, text in texts:
            # A table's field may be written over its own physical column of that name.
            own = what.removeprefix("field ") if text and what.startswith("field ") else None
            for message in _expression(model, dataset, text, days=False, raw=dataset.table is not None, own=own):
                yield "datasets", dataset.id, f"{what}: {message}"
        if dataset.derive is not None:
            for message in _derivation_problems(model, dataset.derive):
                yield "datasets", dataset.id, f"derive {message}"


def _derivation_problems(model: SemanticModel, derive: Derivation) -> Iterator[str]:
    source, pair = model.datasets[derive.dataset], derive.pair
    parts = [("where", derive.where), *derive.columns.items(), *derive.windows.items()]
    parts += [("group_by", name) for name in derive.group_by]
    for what, text in parts:
        for message in _expression(model, _beside(source, pair), text, days=False):
            yield f"{what}: {message}"
    if derive.windows and (derive.columns or (pair is None and not set(source.key) <= set(derive.group_by))):
        yield "windows: rows are not grouped then: group_by has to hold the source's key, without columns"
    if pair is None:
        return
    other = model.datasets[pair.dataset]
    for ours, theirs in pair.on.items():
        for side, name in ((source, ours), (other, theirs)):
            if name not in field_names(side):
                yield f"pair on: {side.id!r} has no field {name!r}"
    for message in _when_problems(model, {"this": source, "other": other}, pair.when or "TRUE"):
        yield f"pair when: {message}"


def _beside(source: Dataset, pair: Pairing | None) -> Dataset:
    """The source as a derivation's expressions see it: the paired rows are one walk away, as `other`."""
    if pair is None:
        return source
    other = Relationship(to=pair.dataset, on=pair.on)
    return source.model_copy(update={"relationships": {**source.relationships, "other": other}})


def _metric_expressions(model: SemanticModel, metric: Metric) -> Iterator[str]:
    if metric.type == "derived":
        try:
            ex.parse_formula(metric.formula or "")
        except ValueError as error:
            yield f"formula: {error}"
    if metric.type != "simple":
        return
    dataset, days = model.datasets[metric.dataset or ""], metric.days is not None
    if metric.time and metric.time not in field_names(dataset):
        yield f"time: there is no field {metric.time!r}"
    if metric.window != "within" and not (metric.time or dataset.time):
        yield f"window {metric.window} needs a dataset with a time"
    texts = [("where", metric.where)]
    if metric.inner is None:
        texts.append(("expr", metric.expr))
    else:
        texts += [(f"inner {name}", text) for name, text in metric.inner.columns.items()]
        texts += [("inner per", name) for name in metric.inner.per]
        yield from _stage_expressions(metric)
    for what, text in texts:
        for message in _expression(model, dataset, text, days=days):
            yield f"{what}: {message}"


def _stage_expressions(metric: Metric) -> Iterator[str]:
    inner = metric.inner
    known = {name.split(".")[-1] for name in inner.per} | set(inner.columns) if inner else set()
    for what, text in (("expr", metric.expr), ("inner_where", metric.inner_where)):
        try:
            paths = list(ex.references(text)) if text else []
        except ValueError as error:
            yield f"{what}: {error}"
            continue
        for path in paths:
            if len(path) > 1 or path[0] not in known:
                yield f"{what}: the first stage has no column {'.'.join(path)!r}"


def _matched_expressions(model: SemanticModel) -> Iterator[Problem]:
    for matched in model.matched.values():
        sides = {"this": model.datasets[matched.dataset], "other": model.datasets[matched.other]}
        for ours, theirs in matched.on.items():
            for side, name in (("this", ours), ("other", theirs)):
                if name not in field_names(sides[side]):
                    yield "matched", matched.id, f"on: {sides[side].id!r} has no field {name!r}"
        for message in _when_problems(model, sides, matched.when or "TRUE"):
            yield "matched", matched.id, f"when: {message}"


def _when_problems(model: SemanticModel, sides: dict[str, Dataset], when: str) -> Iterator[str]:
    try:
        paths = list(ex.references(when))
    except ValueError as error:
        yield str(error)
        return
    for path in paths:
        if path[0] not in sides or len(path) < 2:
            yield f"{'.'.join(path)!r} has to begin with this. or other."
        elif message := _path_problem(model, sides[path[0]], path[1:]):
            yield message
    for name in ex.placeholders(when) - ex.PLACEHOLDERS:
        yield f"there is no placeholder ${name}"


def _expression(
    model: SemanticModel,
    dataset: Dataset,
    text: str | None,
    *,
    days: bool,
    raw: bool = False,
    own: str | None = None,
) -> Iterator[str]:
    if text is None:
        return
    try:
        paths = list(ex.references(text))
    except ValueError as error:
        yield f"{text!r} does not parse: {error}"
        return
    for name in ex.placeholders(text) - ex.PLACEHOLDERS:
        yield f"there is no placeholder ${name}"
    if "$days" in text and not days:
        yield "$days is used, but no default number of days is given"
    for path in paths:
        if path == (own,):
            if not raw:
                yield f"field {own!r} is defined by itself"
            continue
        if message := _path_problem(model, dataset, path):
            yield message


def _path_problem(model: SemanticModel, dataset: Dataset, path: tuple[str, ...]) -> str | None:
    *walk, name = path
    if walk == ["matched"]:
        matched = model.matched.get(name)
        if matched is None:
            return f"there is no matched flag {name!r}"
        return None if matched.dataset == dataset.id else f"matched flag {name!r} is of dataset {matched.dataset!r}"
    here = dataset
    for role in walk:
        link = here.relationships.get(role)
        if link is None:
            return f"{here.id!r} has no relationship {role!r}"
        here = model.datasets[link.to]
    return None if name in field_names(here) else f"{here.id!r} has no field {name!r}"


def row_expressions_do_not_aggregate(model: SemanticModel) -> Iterator[Problem]:
    """Aggregates stand in `agg`, `inner`, `derive` and `having` only."""
    for metric in model.metrics.values():
        for what, text in (("expr", metric.expr), ("where", metric.where), ("inner_where", metric.inner_where)):
            if text and ex.parse(text).find(exp.AggFunc, exp.Window):
                yield "metrics", metric.id, f"{what}: an aggregate inside a row-level expression"


CHECKS: tuple[tuple[Check, ...], ...] = (
    (
        datasets_refer_to_known_names,
        entries_refer_to_known_datasets,
        matched_flags_refer_to_known_datasets,
        metrics_are_of_one_type,
        additivity_is_sane,
        days_are_given,
        roles_name_metrics,
        verbs_name_metrics,
        acts_name_metrics,
    ),
    (nothing_is_circular, dataset_fields_exist, expressions_resolve),
    (row_expressions_do_not_aggregate,),
)
