"""YAML files that people edit, read so that every problem can be said with its file and line."""

from collections.abc import Iterator
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

_Shape = TypeVar("_Shape", bound=BaseModel)
_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_mapping(name: str, content: bytes) -> tuple[yaml.Node | None, dict[str, Any], list[str]]:
    """The node tree and the data of one file, and what is wrong with it as "file:line: problem".

    The data is empty when the file can't be used at all. A key that occurs twice is a problem: YAML would
    silently keep the last.
    """
    try:
        loader = _LOADER(content.decode("utf-8"))
        try:
            root: yaml.Node | None = loader.get_single_node()
            data = loader.construct_document(root) if root is not None else None
        finally:
            loader.dispose()
    except UnicodeDecodeError as error:
        return None, {}, [f"{name}: not UTF-8 at byte {error.start}"]
    except (yaml.YAMLError, ValueError) as error:  # ValueError: an impossible date such as 2026-02-30
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        what = getattr(error, "problem", None) or str(error).splitlines()[0]
        return None, {}, [f"{name}{line}: malformed YAML: {what}"]
    if root is None or not isinstance(data, dict):
        return None, {}, [f"{name}:1: a mapping is expected"]
    return root, data, [f"{name}:{line}: key {key!r} occurs twice" for key, line in _repeated_keys(root)]


def validated(
    shape: type[_Shape], data: Any, *, name: str, root: yaml.Node, path: tuple[str | int, ...]
) -> tuple[_Shape | None, list[str]]:
    """`data`, found at `path` of the file, as `shape`; or every problem as "file:line: problem"."""
    try:
        return shape.model_validate(data), []
    except ValidationError as error:
        label = f"{data['id']}: " if isinstance(data, dict) and "id" in data else ""
        return None, [
            f"{name}:{line_of(root, (*path, *problem['loc']))}: {label}"
            f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}"
            for problem in error.errors(include_url=False)
        ]


def line_of(root: yaml.Node, path: tuple[str | int, ...]) -> int:
    """The line (from 1) of the deepest node on `path` that exists."""
    node = root
    line: int = node.start_mark.line + 1
    for step in path:
        child = _child(node, step)
        if child is None:
            return line
        line, node = child
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
