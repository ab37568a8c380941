"""A mapping file: which source column becomes which contract column, as data. Problems are told with their line."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Annotated, Literal
from zoneinfo import available_timezones

import yaml
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from app.core.errors import ConfigurationError, NotFoundError
from app.ingest.expressions import ExpressionError, parse_expression, suggest
from app.warehouse.contract import TABLES

Loc = tuple[str | int, ...]


def _as_expression(value: object) -> object:
    """YAML scalars are constants: `null`, true, 3 and 2.5 need no quotes."""
    if value is None:
        return "NULL"
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    return str(value) if isinstance(value, int | float) else value


def _as_list(value: object) -> object:
    return [value] if isinstance(value, str | dict) else value


Expression = Annotated[str, BeforeValidator(_as_expression)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]{0,40}$")]
"""Becomes part of a table's name in the engine."""
Names = Annotated[tuple[str, ...], BeforeValidator(_as_list)]
ColumnType = Annotated[
    str, Field(pattern=r"^(VARCHAR|INTEGER|BIGINT|DOUBLE|BOOLEAN|DATE|TIMESTAMP|DECIMAL\(\d{1,2},\s*\d{1,2}\))$")
]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BothLanguages(_Shape):
    zh: str
    en: str


class QuarantineRule(_Shape):
    """Rows for which `when` is true are kept out and listed with the reason."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    when: Expression
    reason: BothLanguages


class SourceColumn(_Shape):
    header: Names = Field(default=(), alias="from")
    """The names this column may have in a file, first match wins; default: its own name."""
    type: ColumnType | None = None
    format: Names = ()
    """strptime formats for DATE and TIMESTAMP, tried in order."""
    optional: bool = False
    """A file without this column has NULL there; otherwise it is an error."""


def _as_column(value: object) -> object:
    return {"type": value} if isinstance(value, str) or value is None else value


class SourceSpec(_Shape):
    """Where rows come from. A source may be several files of one shape."""

    files: Names = ()
    """Glob patterns on the file's name; empty = every file that no other source claims."""
    format: Literal["csv", "parquet", "excel"] | None = None
    encoding: str = "auto"
    delimiter: str | None = Field(default=None, min_length=1, max_length=1)
    sheet: str | int = 1
    """Sheet name, or its position from 1."""
    columns: dict[str, Annotated[SourceColumn, BeforeValidator(_as_column)]] = {}
    number: dict[str, Names] = {}
    """New column → the columns within which rows are counted from 1, in file order, before any quarantine."""
    latest_file_wins_by: Names = ()
    """When two files hold the same document, the later file's rows stand for it."""
    derive: dict[str, Expression] = {}
    amount: Expression | None = None
    """The money of one row: the report reconciles it over loaded and quarantined rows."""
    quarantine: tuple[QuarantineRule, ...] = ()


class Capacity(_Shape):
    have: Expression
    """What the candidate row offers (its quantity)."""
    use: Expression
    """What each matching row takes from it."""


class MatchSpec(_Shape):
    """The latest earlier row of `from` with the same values in `equal`; its columns are then `name.column`."""

    source: str = Field(alias="from")
    where: Expression = "TRUE"
    equal: Names = Field(min_length=1)
    """Columns with the same name and value on both sides (not called `on`: YAML reads that as true)."""
    before: str
    """The time column: a candidate's must not be later."""
    capacity: Capacity


class TableSpec(_Shape):
    """One way to fill a contract table: from a source's rows (grouped or not), or from `rows` written here."""

    source: str | None = Field(default=None, alias="from")
    where: Expression | None = None
    group_by: Names = ()
    match: dict[Name, MatchSpec] = {}
    columns: dict[str, Expression] = {}
    rows: tuple[dict[str, str | int | float | bool | None], ...] = ()
    quarantine: tuple[QuarantineRule, ...] = ()


class MappingSpec(_Shape):
    """The whole file."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: BothLanguages
    source: str
    updated_on: date
    currency: str = "CNY"
    timezone: str = "Asia/Shanghai"
    """The brand's time zone: instants with an offset are turned into its wall time."""
    max_quarantined_share: float = Field(default=0.5, ge=0, le=1)
    """Above this share of rows in quarantine nothing is published."""
    not_personal: dict[str, str] = {}
    """`table.column` → why its values, though shaped like a phone or ID number, identify nobody."""
    notes: tuple[BothLanguages, ...] = ()
    sources: dict[Name, SourceSpec] = Field(min_length=1)
    tables: dict[str, Annotated[tuple[TableSpec, ...], BeforeValidator(_as_list)]] = Field(min_length=1)


@dataclass(frozen=True, slots=True)
class LoadedMapping:
    """A valid mapping with the place of every key, so that later problems can name their line too."""

    spec: MappingSpec
    path: str
    lines: Mapping[Loc, int] = field(repr=False)

    def place(self, *loc: str | int) -> str:
        """`file:line` of a key, or of its nearest parent."""
        return f"{self.path}:{_line(self.lines, loc)}"


def shipped_mappings() -> tuple[str, ...]:
    """Names of the mappings that come with the app."""
    folder = files("app.ingest").joinpath("mappings")
    return tuple(sorted(item.name.removesuffix(".yaml") for item in folder.iterdir() if item.name.endswith(".yaml")))


def load_mapping(mapping: Path | str) -> LoadedMapping:
    """The mapping of a file, or a shipped one by its name.

    Raises:
        NotFoundError: neither a file nor a shipped name.
        ConfigurationError: the file is wrong; `problems` lists everything with file and line.
    """
    path = Path(mapping)
    if path.suffix in {".yaml", ".yml"} or path.is_file():
        try:
            return parse_mapping(path.read_text(encoding="utf-8"), str(path))
        except FileNotFoundError as error:
            raise NotFoundError(f"there is no mapping file {str(mapping)!r}", hint=_shipped_hint()) from error
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError(
                f"the mapping {path.name!r} can't be read", problems=[f"{path}: save it as UTF-8 text"]
            ) from error
    if str(mapping) not in shipped_mappings():
        near = suggest(str(mapping), shipped_mappings())
        raise NotFoundError(f"there is no mapping {str(mapping)!r}{near}", hint=_shipped_hint())
    text = files("app.ingest").joinpath("mappings", f"{mapping}.yaml").read_text(encoding="utf-8")
    return parse_mapping(text, f"{mapping}.yaml")


def _shipped_hint() -> str:
    return f"give a .yaml file or one of: {', '.join(shipped_mappings())}"


def parse_mapping(text: str, path: str) -> LoadedMapping:
    """The mapping written in `text`; `path` names it in problems. Raises ConfigurationError."""
    message = f"the mapping {Path(path).name!r} is wrong"
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
        data = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = mark.line + 1 if mark else 1
        problem = f"{path}:{line}: not YAML: {getattr(error, 'problem', None) or 'unreadable'}"
        raise ConfigurationError(message, problems=[problem]) from error
    lines, twice = _key_lines(node)
    problems = [f"{path}:{line}: the key {key!r} is there twice" for key, line in twice]
    try:
        loaded = LoadedMapping(MappingSpec.model_validate(data), path, lines)
    except ValidationError as error:
        problems += [
            f"{path}:{_line(lines, item['loc'])}: {_told(item['loc'], item['msg'])}" for item in error.errors()
        ]
        raise ConfigurationError(message, problems=problems) from error
    problems += _semantic_problems(loaded)
    if problems:
        raise ConfigurationError(message, problems=problems)
    return loaded


def _told(loc: Loc, said: str) -> str:
    return f"{'.'.join(map(str, loc)) or 'the file'}: {said}"


def _line(lines: Mapping[Loc, int], loc: Loc) -> int:
    for size in range(len(loc), 0, -1):
        if loc[:size] in lines:
            return lines[loc[:size]]
        # A single table entry is written without its list: pydantic's path has an index that the text has not.
        flat = tuple(part for part in loc[:size] if part != 0)
        if flat in lines:
            return lines[flat]
    return 1


def _key_lines(root: yaml.Node | None) -> tuple[dict[Loc, int], list[tuple[str, int]]]:
    lines: dict[Loc, int] = {}
    twice: list[tuple[str, int]] = []

    def walk(node: yaml.Node | None, loc: Loc) -> None:
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                here = (*loc, str(key.value))
                if here in lines:
                    twice.append((str(key.value), key.start_mark.line + 1))
                lines[here] = key.start_mark.line + 1
                walk(value, here)
        elif isinstance(node, yaml.SequenceNode):
            for position, item in enumerate(node.value):
                lines[(*loc, position)] = item.start_mark.line + 1
                walk(item, (*loc, position))

    walk(root, ())
    return lines, twice


def _semantic_problems(loaded: LoadedMapping) -> Iterator[str]:
    for loc, problem in _findings(loaded.spec):
        yield f"{loaded.place(*loc)}: {_told(loc, problem)}"


def _findings(spec: MappingSpec) -> Iterator[tuple[Loc, str]]:
    if spec.timezone not in available_timezones():
        yield ("timezone",), f"there is no time zone {spec.timezone!r}{suggest(spec.timezone, available_timezones())}"
    catch_all = [name for name, source in spec.sources.items() if not source.files]
    if len(catch_all) > 1:
        yield ("sources", catch_all[1], "files"), f"more than one source without `files`: {', '.join(catch_all)}"
    for name, source in spec.sources.items():
        yield from _source_findings(("sources", name), source)
    for name, entries in spec.tables.items():
        if name not in TABLES:
            yield ("tables", name), f"the contract has no table {name!r}{suggest(name, TABLES)}"
            continue
        for position, entry in enumerate(entries):
            yield from _table_findings(("tables", name, position), name, entry, spec)


def _source_findings(loc: Loc, source: SourceSpec) -> Iterator[tuple[Loc, str]]:
    for name in sorted({*source.derive, *source.number} & set(source.columns)):
        yield (*loc, "derive", name), f"{name!r} is already a column of the source"
    for name, text in source.derive.items():
        yield from _expression_finding((*loc, "derive", name), text)
    if source.amount:
        yield from _expression_finding((*loc, "amount"), source.amount)
    for position, rule in enumerate(source.quarantine):
        yield from _expression_finding((*loc, "quarantine", position, "when"), rule.when)


def _table_findings(loc: Loc, table: str, entry: TableSpec, spec: MappingSpec) -> Iterator[tuple[Loc, str]]:
    contract = TABLES[table]
    if entry.rows:
        if entry.source or entry.columns:
            yield loc, "give either `rows` or `from` with `columns`, not both"
        named = {column for row in entry.rows for column in row}
    else:
        named = set(entry.columns)
        if entry.source not in spec.sources:
            told = "`from` is missing" if entry.source is None else f"unknown source {entry.source!r}"
            yield (*loc, "from"), f"{told}{suggest(entry.source or '', spec.sources)}"
    part = "rows" if entry.rows else "columns"
    for column in sorted(named - set(contract.columns)):
        yield (*loc, part, column), f"{table} has no column {column!r}{suggest(column, contract.columns)}"
    for column in contract.primary_key:
        if column not in named:
            yield (*loc, part), f"the key column {column!r} of {table} is not mapped"
    for column, text in entry.columns.items():
        yield from _expression_finding((*loc, "columns", column), text, aggregates=bool(entry.group_by))
    yield from _condition_findings(loc, entry, spec)


def _condition_findings(loc: Loc, entry: TableSpec, spec: MappingSpec) -> Iterator[tuple[Loc, str]]:
    if entry.where:
        yield from _expression_finding((*loc, "where"), entry.where)
    if entry.match and entry.group_by:
        yield (*loc, "match"), "`match` works on single rows; it can't be combined with `group_by`"
    for position, rule in enumerate(entry.quarantine):
        yield from _expression_finding((*loc, "quarantine", position, "when"), rule.when)
    for name, match in entry.match.items():
        if match.source not in spec.sources:
            yield (*loc, "match", name, "from"), f"unknown source {match.source!r}{suggest(match.source, spec.sources)}"
        for part, text in (("where", match.where), ("have", match.capacity.have), ("use", match.capacity.use)):
            yield from _expression_finding((*loc, "match", name, part), text)


def _expression_finding(loc: Loc, text: str, *, aggregates: bool = False) -> Iterator[tuple[Loc, str]]:
    try:
        parse_expression(text, aggregates=aggregates)
    except ExpressionError as error:
        yield loc, str(error)
