"""`load`: the YAML files of a semantic model → one checked `SemanticModel`, or every problem with file and line."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from app.core.errors import ConfigurationError
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

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


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
    try:
        text = content.decode("utf-8")
        loader = _Loader(text)
        try:
            root = loader.get_single_node()
            data = loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        reading.problems.append(f"{name}: not UTF-8 at byte {error.start}")
        return
    except yaml.YAMLError as error:
        reading.problems.append(_yaml_problem(name, error))
        return
    if not isinstance(data, dict):
        reading.problems.append(f"{name}:1: a mapping with source, updated_on and entries is expected")
        return
    reading.problems += [f"{name}:{line}: key {key!r} occurs twice" for key, line in _repeated_keys(root)]
    _read_sections(name, root, data, reading)


def _yaml_problem(name: str, error: yaml.YAMLError) -> str:
    mark = getattr(error, "problem_mark", None)
    line = f":{mark.line + 1}" if mark else ""
    return f"{name}{line}: malformed YAML: {getattr(error, 'problem', None) or str(error).splitlines()[0]}"


def _read_sections(name: str, root: yaml.Node, data: dict[str, Any], reading: _Reading) -> None:
    head = {key: str(value) for key, value in data.items() if key in ("source", "updated_on") and value is not None}
    whole = ("roles", "deeds", "acts", "elsewhere", "journeys", "person_tags")
    rest = {key: data[key] if key in whole else () for key in data if key not in ("source", "updated_on")}
    checked = _validated(ModelFile, {**head, **rest}, name, root, (), reading)
    if isinstance(checked, ModelFile):
        reading.roles.update(checked.roles)
        reading.deeds += checked.deeds
        reading.acts += checked.acts
        reading.elsewhere += checked.elsewhere
        reading.journeys += checked.journeys
        reading.person_tags = checked.person_tags or reading.person_tags
    for section, kind in _SECTIONS.items():
        entries = data.get(section) or []
        if not isinstance(entries, list):
            reading.problems.append(f"{name}:{_line(root, (section,))}: {section} has to be a list")
            continue
        for index, entry in enumerate(entries):
            _read_entry(
                name, root, section, index, _validated(kind, entry, name, root, (section, index), reading), reading
            )


def _read_entry(name: str, root: yaml.Node, section: str, index: int, entry: Any, reading: _Reading) -> None:
    if entry is None:
        return
    place = f"{name}:{_line(root, (section, index))}"
    known = reading.places.get((section, entry.id))
    if known is not None:
        reading.problems.append(f"{place}: {entry.id}: defined before, at {known}")
        return
    reading.places[section, entry.id] = place
    reading.entries[section][entry.id] = entry


def _validated(
    kind: type[BaseModel], data: Any, name: str, root: yaml.Node, path: tuple[str | int, ...], reading: _Reading
) -> BaseModel | None:
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        label = f"{data['id']}: " if isinstance(data, dict) and "id" in data else ""
        for problem in error.errors(include_url=False):
            where = ".".join(map(str, problem["loc"]))
            line = _line(root, (*path, *problem["loc"]))
            reading.problems.append(f"{name}:{line}: {label}{where}: {problem['msg']}")
        return None


def _line(node: yaml.Node, path: tuple[str | int, ...]) -> int:
    """The line of the deepest node on `path` that exists."""
    line: int = node.start_mark.line + 1
    for step in path:
        child = _child(node, step)
        if child is None:
            return line
        key_line, node = child
        line = key_line
    return line


def _child(node: yaml.Node, step: str | int) -> tuple[int, yaml.Node] | None:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            if key.value == str(step):
                return key.start_mark.line + 1, value
    if isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
        child = node.value[step]
        return child.start_mark.line + 1, child
    return None


def _repeated_keys(node: yaml.Node) -> Iterator[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                yield key.value, key.start_mark.line + 1
            seen.add(key.value)
            yield from _repeated_keys(value)
    elif isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _repeated_keys(child)
