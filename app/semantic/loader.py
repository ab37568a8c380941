"""`load`: the YAML files of a semantic model → one checked `SemanticModel`, or every problem with file and line."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel

from app.core.errors import ConfigurationError
from app.core.yaml_files import line_of, read_mapping, validated
from app.semantic.checks import check_model
from app.semantic.made_metrics import MetricBook
from app.semantic.model import (
    Act,
    Dataset,
    Deed,
    Dimension,
    Elsewhere,
    Journey,
    Matched,
    Metric,
    ModelFile,
    PersonTags,
    Segment,
    SemanticModel,
)

_SECTIONS: dict[str, type[BaseModel]] = {
    "datasets": Dataset, "dimensions": Dimension, "matched": Matched, "metrics": Metric, "segments": Segment,
}  # fmt: skip

_Shape = TypeVar("_Shape", bound=BaseModel)


@dataclass(slots=True)
class _Reading:
    """What has been read so far."""

    problems: list[str] = field(default_factory=list)
    entries: dict[str, dict[str, Any]] = field(default_factory=lambda: {name: {} for name in _SECTIONS})
    places: dict[tuple[str, str], str] = field(default_factory=dict)
    """(section, id) → "file:line"."""
    roles: dict[str, str] = field(default_factory=dict)
    deeds: list[Deed] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)
    elsewhere: list[Elsewhere] = field(default_factory=list)
    journeys: list[Journey] = field(default_factory=list)
    person_tags: PersonTags | None = None


def load(folder: Path) -> SemanticModel:
    """The model in `folder` (every `*.yaml`, in name order).

    Raises:
        ConfigurationError: with every problem of every file, each with file and line.
    """
    files = sorted([*folder.glob("*.yaml"), *folder.glob("*.yml")])
    if not files:
        raise ConfigurationError(
            "there is no semantic model", problems=[f"{folder.name}: no *.yaml file"], hint="check the knowledge folder"
        )
    reading, digest = _Reading(), hashlib.sha256()
    for file in files:
        content = file.read_bytes()
        digest.update(file.name.encode() + b"\0" + content)
        _read_file(file.name, content, reading)
    # Every entry was validated when it was read; validating all of them again would double the start-up time.
    parts: dict[str, Any] = {
        **reading.entries, "metrics": MetricBook(reading.entries["metrics"]),
        "roles": reading.roles, "deeds": tuple(reading.deeds), "acts": tuple(reading.acts),
        "elsewhere": tuple(reading.elsewhere),
        "journeys": tuple(reading.journeys), "person_tags": reading.person_tags,
        "version": digest.hexdigest()[:16],
    }  # fmt: skip
    model = SemanticModel.model_construct(**parts)
    found = check_model(model)
    for section, entry_id, message in found:
        reading.problems.append(f"{reading.places.get((section, entry_id), folder.name)}: {entry_id}: {message}")
    if reading.problems:
        raise ConfigurationError(
            f"the semantic model has {len(reading.problems)} problem(s)",
            problems=reading.problems,
            hint="correct the files and try again",
        )
    return model


def _read_file(name: str, content: bytes, reading: _Reading) -> None:
    root, data, problems = read_mapping(name, content)
    reading.problems += problems
    if root is not None:
        _read_sections(name, root, data, reading)


def _read_sections(name: str, root: yaml.Node, data: dict[str, Any], reading: _Reading) -> None:
    head = {key: str(value) for key, value in data.items() if key in ("source", "updated_on") and value is not None}
    whole = ("roles", "deeds", "acts", "elsewhere", "journeys", "person_tags")
    rest = {key: data[key] if key in whole else () for key in data if key not in ("source", "updated_on")}
    checked = _validated(ModelFile, {**head, **rest}, name, root, (), reading)
    if checked is not None:
        reading.roles.update(checked.roles)
        reading.deeds += checked.deeds
        reading.acts += checked.acts
        reading.elsewhere += checked.elsewhere
        reading.journeys += checked.journeys
        reading.person_tags = checked.person_tags or reading.person_tags
    for section, kind in _SECTIONS.items():
        entries = data.get(section) or []
        if not isinstance(entries, list):
            reading.problems.append(f"{name}:{line_of(root, (section,))}: {section} has to be a list")
            continue
        for index, entry in enumerate(entries):
            _read_entry(
                name, root, section, index, _validated(kind, entry, name, root, (section, index), reading), reading
            )


def _read_entry(name: str, root: yaml.Node, section: str, index: int, entry: Any, reading: _Reading) -> None:
    if entry is None:
        return
    place = f"{name}:{line_of(root, (section, index))}"
    known = reading.places.get((section, entry.id))
    if known is not None:
        reading.problems.append(f"{place}: {entry.id}: defined before, at {known}")
        return
    reading.places[section, entry.id] = place
    reading.entries[section][entry.id] = entry


def _validated(
    kind: type[_Shape], data: Any, name: str, root: yaml.Node, path: tuple[str | int, ...], reading: _Reading
) -> _Shape | None:
    entry, problems = validated(kind, data, name=name, root=root, path=path)
    reading.problems += problems
    return entry
