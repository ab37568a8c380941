"""The warehouse contract as data: every table, column, type and primary key that a deployment provides.

The two `.sql` files beside this module are the single source; whoever creates, loads, checks or guards tables reads
them here.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from types import MappingProxyType

CONTRACT_SQL: str = files("app.warehouse").joinpath("contract.sql").read_text(encoding="utf-8")
"""DDL of the analytics file. Runs as it is on an empty DuckDB database."""

VAULT_SQL: str = files("app.warehouse").joinpath("vault.sql").read_text(encoding="utf-8")
"""DDL of the contact vault: a separate file that no query process opens."""

_COMMENT = re.compile(r"/\*.*?\*/|--[^\n]*", re.DOTALL)
_CREATE = re.compile(r"CREATE\s+TABLE\s+(\w+)\s*\((.*?)\)\s*;", re.DOTALL | re.IGNORECASE)
_TABLE_KEY = re.compile(r"PRIMARY\s+KEY\s*\(([^)]*)\)", re.IGNORECASE)
_COLUMN_KEY = re.compile(r"\s+PRIMARY\s+KEY\s*$", re.IGNORECASE)
_COMMA_OUTSIDE_PARENTHESES = re.compile(r",(?![^(]*\))")


@dataclass(frozen=True, slots=True)
class ContractTable:
    """One table of the contract. `columns` keeps the contract's order; types are upper-case DuckDB type names."""

    name: str
    columns: Mapping[str, str]
    primary_key: tuple[str, ...]


def parse_tables(ddl: str) -> Mapping[str, ContractTable]:
    """The tables of a file of plain `CREATE TABLE` statements, in their order."""
    bare = _COMMENT.sub(" ", ddl)
    return MappingProxyType({table.name: table for table in _tables(bare)})


def _tables(ddl: str) -> Iterator[ContractTable]:
    for name, body in _CREATE.findall(ddl):
        columns: dict[str, str] = {}
        key: tuple[str, ...] = ()
        for raw_part in _COMMA_OUTSIDE_PARENTHESES.split(body):
            part = " ".join(raw_part.split())
            if match := _TABLE_KEY.match(part):
                key = tuple(column.strip() for column in match[1].split(","))
                continue
            column, _, declared = part.partition(" ")
            if _COLUMN_KEY.search(declared):
                key, declared = (column,), _COLUMN_KEY.sub("", declared)
            columns[column] = declared.removesuffix(" NOT NULL").upper()
        yield ContractTable(name, MappingProxyType(columns), key)


TABLES: Mapping[str, ContractTable] = parse_tables(CONTRACT_SQL)
VAULT_TABLES: Mapping[str, ContractTable] = parse_tables(VAULT_SQL)
