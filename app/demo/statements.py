"""Named SQL statements: every `.sql` file of the generator is a list of `-- name:` blocks."""

import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def statements(file: str) -> Mapping[str, str]:
    """The statements of `sql/<file>.sql` by name, in the order they are written and meant to run."""
    text = files("app.demo").joinpath("sql", f"{file}.sql").read_text(encoding="utf-8")
    parts = _NAME.split(text)
    return MappingProxyType(dict(zip(parts[1::2], parts[2::2], strict=True)))
