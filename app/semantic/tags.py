"""Every tag of a warehouse as a dimension of its own: 各肤质的销售额, 沉睡会员的人数.

The contract stores tags as rows (person, tag, value, day), so which tags there are is known only from the data. A tag
has one value per person and day; a person's latest value is what they are. As a many→one lookup from the person it
can be split and filtered by like any other attribute, and can't multiply rows.
"""

import re
from collections.abc import Mapping, Sequence
from hashlib import sha256

from app.semantic.model import (
    Dataset,
    Derivation,
    Dimension,
    FieldDef,
    PersonTags,
    Relationship,
    SemanticModel,
    Text,
    Words,
)

MAX_TAGS = 200
"""Tags beyond it stay reachable as rows of the tag table only."""

_SLUG = re.compile(r"[^a-z0-9_]+")


def with_tags(model: SemanticModel, tags: Mapping[str, Sequence[str]]) -> SemanticModel:
    """`model` with one dataset and one dimension for each tag; itself where there are none.

    Args:
        model: A model that may declare where its tags are (`person_tags`).
        tags: Tag → its values, as stored.
    """
    place = model.person_tags
    if place is None or not tags:
        return model
    names = {tag: tag_dimension(tag) for tag in list(tags)[:MAX_TAGS]}
    names = {tag: name for tag, name in names.items() if name not in model.dimensions and name not in model.datasets}
    home = model.datasets[place.attach_to]
    links = {name: Relationship(to=name, on={_person(model, place.attach_to): place.person}) for name in names.values()}
    datasets = {name: _dataset(model, place, tag, name) for tag, name in names.items()}
    dimensions = {name: _dimension(model, place, tag, name, tags[tag]) for tag, name in names.items()}
    joined = home.model_copy(update={"relationships": {**home.relationships, **links}})
    return model.model_copy(update={
        "datasets": {**model.datasets, **datasets, home.id: joined},
        "dimensions": {**model.dimensions, **dimensions},
        "version": sha256(f"{model.version}|{sorted(names)}".encode()).hexdigest()[:16],
    })  # fmt: skip


def tag_dimension(tag: str) -> str:
    """The id of a tag's dimension."""
    return f"tag_{_slug(tag)}"


def _slug(tag: str) -> str:
    """A name for SQL: the tag itself where it is one, else a stable short hash (Chinese tag names)."""
    plain = _SLUG.sub("_", tag.strip().lower()).strip("_")
    return plain if plain and tag.isascii() else sha256(tag.encode()).hexdigest()[:10]


def _person(model: SemanticModel, dataset: str) -> str:
    person = model.datasets[dataset].person
    if person is None:
        raise ValueError(f"tags belong to people, and {dataset!r} has no person")
    return person


def _dataset(model: SemanticModel, place: PersonTags, tag: str, name: str) -> Dataset:
    # The latest value without a window function: ISO days sort as text, and ten characters lead to the value.
    latest = f"SUBSTRING(MAX(CAST({place.as_of} AS VARCHAR) || {place.value}), 11)"
    literal = tag.replace("'", "''")
    return Dataset(
        id=name,
        label=_label(model, place, tag),
        derive=Derivation(
            dataset=place.dataset, group_by=(place.person,), where=f"{place.tag} = '{literal}'",
            columns={"value": latest},
        ),
        key=(place.person,),
        person=place.person,
        fields={place.person: FieldDef(), "value": FieldDef()},
    )  # fmt: skip


def _dimension(model: SemanticModel, place: PersonTags, tag: str, name: str, values: Sequence[str]) -> Dimension:
    known = model.dimensions[place.value_names]
    return Dimension(
        id=name,
        label=_label(model, place, tag),
        synonyms=Words(zh=model.dimensions[place.tag_names].value_synonyms.get(tag, ())),
        on={name: "value"},
        kind="name",
        absent="not_applicable",  # a person without the tag has no place among its values
        yields=True,
        values={value: text for value, text in known.values.items() if value in values},
        value_synonyms={value: forms for value, forms in known.value_synonyms.items() if value in values},
    )


def _label(model: SemanticModel, place: PersonTags, tag: str) -> Text:
    spoken = tag.replace("_", " ")
    return model.dimensions[place.tag_names].values.get(tag) or Text(zh=spoken, en=spoken)
