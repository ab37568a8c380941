"""Rules of the tree that the import contracts and the linters can't express."""

import ast
import re
import subprocess
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).parents[2]
SOURCES = sorted((ROOT / "app").rglob("*.py"))
MAX_FILE_LINES, MAX_FUNCTION_LINES = 500, 60
TEXTS = {".py", ".md", ".toml", ".yaml", ".sql", ".css", ".js", ".lock", ".html", ".svg", ".example", ".json", ""}


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_no_file_is_longer_than_can_be_read() -> None:
    lengths = {named(path): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > MAX_FILE_LINES} == {}


def test_no_function_is_longer_than_a_screen() -> None:
    long = {}
    for path in SOURCES:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION_LINES:
                    long[f"{named(path)}:{node.name}"] = length
    assert long == {}


def test_nothing_is_left_to_do() -> None:
    marks = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b|NotImplementedError")
    assert [named(path) for path in SOURCES if marks.search(path.read_text(encoding="utf-8"))] == []


@pytest.mark.parametrize("path", sorted((ROOT / "knowledge").rglob("*.yaml")), ids=named)
def test_every_knowledge_file_says_where_it_comes_from_and_when(path: Path) -> None:
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    entries = [content] if {"source", "updated_on"} <= content.keys() else _entries(content)
    assert entries
    assert [entry for entry in entries if not (entry.get("source") and entry.get("updated_on"))] == []


def _entries(content: dict[str, object]) -> list[dict[str, object]]:
    return [entry for part in content.values() if isinstance(part, list) for entry in part if isinstance(entry, dict)]


def kept_files() -> list[Path]:
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode:
        pytest.skip("not a git checkout: there is no list of the files that are kept")
    return [ROOT / name for name in listed.stdout.splitlines() if Path(name).suffix in TEXTS]


def test_no_file_names_a_machine_or_a_package_index() -> None:
    home = "/(?:root|home|work|Users)/"
    forbidden = re.compile(rf"(?<![\w.:/]){home}\w|pypi\.|--index-url|--extra-index|simple/|registry\.\w+\.")
    own = Path(__file__).name
    found = [
        f"{named(path)}:{number}"
        for path in kept_files()
        if path.exists() and path.name != own
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if forbidden.search(line)
    ]
    assert found == []
