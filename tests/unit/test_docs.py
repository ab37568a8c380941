"""What the documents promise is there, and what is there is documented."""

import ast
import importlib
import re
import tomllib
from pathlib import Path
from typing import get_args

import typer.main
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import app.core.errors as errors
from app.cli import app as command_line
from app.planning.plan import RefusalCode

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CODED_CLASS = re.compile(r'^class (\w+Error)\(.*\):(?:\n(?: .*)?)*?\n    code = "', re.MULTILINE)
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def documented_codes() -> dict[str, str]:
    """Code → HTTP status of the table of codes, "" for what is no HTTP error."""
    table = CONTRIBUTING.partition("## Codes")[2].partition("\n## ")[0]
    return dict(re.findall(r"^\| `(\w+)` \| (\d*) ?\|", table, re.MULTILINE))


def codes_in(tree: ast.Module) -> set[str]:
    """Codes that an error class fixes, or that a call passes as `code=`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef) and node.name.endswith("Error"):
            pairs = [(t, item.value) for item in node.body if isinstance(item, ast.Assign) for t in item.targets]
            found |= {v.value for t, v in pairs if ast.unparse(t) == "code" and isinstance(v, ast.Constant)}
        if isinstance(node, ast.Call):
            given = [word.value for word in node.keywords if word.arg == "code"]
            found |= {value.value for value in given if isinstance(value, ast.Constant)}
    return found


def test_every_code_is_documented_once_and_no_other() -> None:
    trees = [ast.parse(path.read_text(encoding="utf-8")) for path in sorted((ROOT / "app").rglob("*.py"))]
    used = {code for tree in trees for code in codes_in(tree)} | set(get_args(RefusalCode))
    # The first is every unnamed error's; the others come from HTTP statuses that the framework raises.
    assert set(documented_codes()) == used - {"error"} | {"method_not_allowed", "too_large"}
    assert CONTRIBUTING.count("\n| `method_not_allowed` |") == 1


def coded_errors() -> set[type[errors.AppError]]:
    """Every error class of the program that has a code of its own."""
    found = set()
    for path in sorted((ROOT / "app").rglob("*.py")):
        names = CODED_CLASS.findall(path.read_text(encoding="utf-8"))
        module = ".".join(path.relative_to(ROOT).with_suffix("").parts)
        found |= {getattr(importlib.import_module(module), name) for name in names}
    return found


def test_the_documented_statuses_are_the_real_ones() -> None:
    codes, kinds = documented_codes(), coded_errors()
    assert len(kinds) > 10
    assert {kind.code: codes[kind.code] for kind in kinds} == {kind.code: str(kind.status) for kind in kinds}


def test_the_error_tree_in_the_docstring_names_every_class_of_its_module() -> None:
    named = set(re.findall(r"(\w+Error)\b", errors.__doc__ or ""))
    assert named == {name for name in vars(errors) if name.endswith("Error")}


def test_every_command_is_in_the_readme() -> None:
    commands = typer.main.get_command(command_line).commands  # type: ignore[attr-defined]
    assert commands
    assert [name for name in commands if f"qianmian {name}" not in README and f"`{name}`" not in README] == []


def test_every_command_and_option_says_what_it_does() -> None:
    commands = typer.main.get_command(command_line).commands  # type: ignore[attr-defined]
    silent = [name for name, command in commands.items() if not command.help]
    silent += [f"{n} {p.name}" for n, c in commands.items() for p in c.params if not getattr(p, "help", None)]
    assert silent == []


def test_every_package_of_the_program_has_a_row_in_contributing() -> None:
    packages = [path.name for path in sorted((ROOT / "app").iterdir()) if (path / "__init__.py").exists()]
    assert packages
    assert [name for name in packages if f"`app/{name}/`" not in CONTRIBUTING] == []


def lock(name: str) -> dict[str, str]:
    lines = (ROOT / name).read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    assert [line for line in pins if not re.fullmatch(r"[A-Za-z0-9_.-]+==[A-Za-z0-9_.!+-]+", line)] == []
    return {canonicalize_name(pin.split("==")[0]): pin.split("==")[1] for pin in pins}


def unmet(requirements: list[str], pins: dict[str, str]) -> list[str]:
    wanted = [Requirement(text) for text in requirements]
    return [str(w) for w in wanted if not w.specifier.contains(pins.get(canonicalize_name(w.name), "0"))]


def test_the_locks_pin_what_the_project_asks_for_and_nothing_else_about_where() -> None:
    users, tests = lock("requirements.lock"), lock("requirements-dev.lock")
    assert unmet(PROJECT["dependencies"], users) == []
    assert unmet(PROJECT["dependencies"] + PROJECT["optional-dependencies"]["dev"], tests) == []
    assert users.items() <= tests.items()
    assert "qianmian" not in tests
