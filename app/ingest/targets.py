# ruff: noqa: S608 - identifiers are quoted by `quoted`, values by `literal` or parameters; expressions are regenerated trees
"""Staged sources → one checked table per contract table (`new_TABLE`), with every row that fails in quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlglot import exp

from app.core.errors import ConfigurationError
from app.ingest.checks import MEANINGLESS_WITHOUT, MONEY, REFERENCES, WANTED, row_checks
from app.ingest.engine_errors import applying
from app.ingest.expressions import column_problems, literal, loose_columns, parse_expression, quoted, render
from app.ingest.mapping import MatchSpec, TableSpec
from app.ingest.sources import SYSTEM_COLUMNS
from app.ingest.values import converted, failed
from app.ingest.work import Workbench, masked_record
from app.warehouse.contract import TABLES, ContractTable

_PROVENANCE = ", ".join(SYSTEM_COLUMNS)


@dataclass(frozen=True, slots=True)
class TargetCounts:
    """Rows that the mapping made for one table, and how many exact repetitions were dropped."""

    table: str
    built: int
    identical_dropped: int


def build_table(bench: Workbench, name: str, *, now: datetime) -> TargetCounts:
    """Create `new_NAME` with the contract's columns; failing rows are moved to quarantine with their reason.

    Raises:
        ConfigurationError: expressions name columns that do not exist, or do not fit their types.
    """
    table, entries = TABLES[name], bench.loaded.spec.tables[name]
    _check_names(bench, name, entries)
    parts = [_entry_select(bench, table, position, entry, now) for position, entry in enumerate(entries)]
    bench.run(f"CREATE TABLE checked_{name} AS {' UNION ALL BY NAME '.join(parts)}")
    built = bench.value(f"SELECT count(*) FROM checked_{name}")
    _set_aside(bench, name)
    dropped = _resolve_duplicates(bench, table)
    bench.run(f"ALTER TABLE checked_{name} RENAME TO new_{name}")
    _tell_missing(bench, name, entries)
    return TargetCounts(name, built, dropped)


def drop_orphans(bench: Workbench, *, old: str | None) -> None:
    """Quarantine rows that mean nothing without a parent that is not there; count the other dangling references.

    Args:
        bench: the import's workbench with its `new_*` tables.
        old: alias of the snapshot that this import adds to, whose rows are parents too.
    """
    for child, (column, parent) in MEANINGLESS_WITHOUT.items():
        if child in bench.loaded.spec.tables:
            dangling = _dangling(bench, column, parent, old)
            _quarantine_rows(bench, f"new_{child}", child, f"'orphan:{parent}'", dangling)
            bench.run(f"DELETE FROM new_{child} c WHERE {dangling}")
    for child, column, parent in REFERENCES:
        if child in bench.loaded.spec.tables and (parent in bench.loaded.spec.tables or old):
            dangling = _dangling(bench, column, parent, old)
            if count := bench.value(f"SELECT count(*) FROM new_{child} c WHERE {dangling}"):
                bench.warn(
                    f"{child}.{column}:{count} 行指向不存在的 {parent},已保留。",
                    f"{child}.{column}: {count} rows point to a {parent} row that does not exist; they were kept.",
                )


def _dangling(bench: Workbench, column: str, parent: str, old: str | None) -> str:
    key = quoted(TABLES[parent].primary_key[0])
    sources = [f"SELECT {key} FROM new_{parent}"] if parent in bench.loaded.spec.tables else []
    sources += [f"SELECT {key} FROM {old}.{quoted(parent)}"] if old else []
    # An empty list of parents makes every reference dangling.
    parents = " UNION ALL ".join(sources) or "SELECT NULL WHERE FALSE"
    return f"c.{quoted(column)} IS NOT NULL AND c.{quoted(column)} NOT IN ({parents})"


def _check_names(bench: Workbench, name: str, entries: Sequence[TableSpec]) -> None:
    problems: list[str] = []
    for position, entry in enumerate(entries):
        if entry.source is None:
            continue
        own = list(bench.types(f"src_{entry.source}"))
        known = own + [
            f"{match}.{column}" for match, spec in entry.match.items() for column in bench.types(f"src_{spec.source}")
        ]
        texts: list[tuple[tuple[str, ...], str]] = [
            (("columns", column), text) for column, text in entry.columns.items()
        ]
        texts += [(("where",), entry.where)] if entry.where else []
        texts += [(("group_by",), quoted(column)) for column in entry.group_by]
        for loc, text in texts:
            tree = parse_expression(text, aggregates=True)
            place = bench.loaded.place("tables", name, position, *loc)
            found = list(column_problems(tree, known))
            if entry.group_by and loc[0] == "columns":
                found += loose_columns(tree, entry.group_by)
            problems += [f"{place}: {problem}" for problem in found]
    if problems:
        raise ConfigurationError("the mapping does not fit the file", problems=problems)


def _entry_select(bench: Workbench, table: ContractTable, position: int, entry: TableSpec, now: datetime) -> str:
    """Create one entry's raw values, and return the SELECT that types and checks them."""
    raw = f"raw_{table.name}_{position}"
    select = _constant_rows(entry) if entry.rows else _source_rows(bench, table.name, position, entry)
    loc = ("tables", table.name, position)
    with applying(bench.loaded, loc):
        bench.run(f"CREATE TABLE {raw} AS {select}")
    kinds = bench.types(raw)
    typed = {
        column: converted(quoted(column), kinds[column], kind, timezone=bench.loaded.spec.timezone)
        if column in kinds else f"CAST(NULL AS {kind})"
        for column, kind in table.columns.items()
    }  # fmt: skip
    mapped = frozenset(kinds) & frozenset(table.columns)
    failures = [(f"type:{c}", failed(quoted(c), kinds[c], typed[c])) for c in table.columns if c in mapped]
    inner = ", ".join(f"{sql} AS {quoted(column)}" for column, sql in typed.items())
    first = _first_reason(failures)
    zone = ZoneInfo(bench.loaded.spec.timezone)
    wall = literal(now.astimezone(zone).replace(tzinfo=None).isoformat(sep=" "))
    later = [(code, sql.replace("$now", wall)) for code, sql in row_checks(table, mapped)]
    later += [(f"rule:{rule.name}", render(_target_rule(bench, loc, rule.when, table, i)))
              for i, rule in enumerate(entry.quarantine)]  # fmt: skip
    return (
        f"SELECT * EXCLUDE (_first), coalesce(_first, {_first_reason(later)}) AS _reason "
        f"FROM (SELECT {inner}, {_PROVENANCE}, {first} AS _first FROM {raw})"
    )


def _target_rule(
    bench: Workbench, loc: tuple[str | int, ...], when: str, table: ContractTable, i: int
) -> exp.Expression:
    """A table's own rules speak of the contract's columns, after typing."""
    tree = parse_expression(when)
    place = bench.loaded.place(*loc, "quarantine", i, "when")
    if problems := [f"{place}: {problem}" for problem in column_problems(tree, table.columns)]:
        raise ConfigurationError("the mapping does not fit the contract", problems=problems)
    return tree


def _first_reason(checks: Sequence[tuple[str, str]]) -> str:
    whens = " ".join(f"WHEN {sql} THEN {literal(code)}" for code, sql in checks)
    return f"CASE {whens} END" if whens else "CAST(NULL AS VARCHAR)"


def _constant_rows(entry: TableSpec) -> str:
    columns = sorted({column for row in entry.rows for column in row})
    selects = []
    for number, row in enumerate(entry.rows, 1):
        values = [f"{exp.convert(row.get(column)).sql('duckdb')} AS {quoted(column)}" for column in columns]
        selects.append(f"SELECT {', '.join(values)}, {number} AS _id, 'mapping' AS _file, {number} AS _row")
    return " UNION ALL ".join(selects)


def _source_rows(bench: Workbench, name: str, position: int, entry: TableSpec) -> str:
    where = render(parse_expression(entry.where), table="t") if entry.where else "TRUE"
    columns = [
        f"{render(parse_expression(text, aggregates=bool(entry.group_by)), table='t')} AS {quoted(column)}"
        for column, text in entry.columns.items()
    ]
    if entry.group_by:
        columns += ["min(t._id) AS _id", "arg_min(t._file, t._id) AS _file", "arg_min(t._row, t._id) AS _row"]
        keys = ", ".join(f"t.{quoted(column)}" for column in entry.group_by)
        return f"SELECT {', '.join(columns)} FROM src_{entry.source} t WHERE {where} GROUP BY {keys} ORDER BY _id"
    columns += [f"t.{column}" for column in SYSTEM_COLUMNS]
    joins = ""
    for match, spec in entry.match.items():
        found = f"match_{name}_{position}_{match}"
        with applying(bench.loaded, ("tables", name, position, "match", match)):
            _match(bench, found, entry, where, spec)
        joins += f" LEFT JOIN {found} ON {found}._for = t._id"
        joins += f" LEFT JOIN src_{spec.source} AS {quoted(match)} ON {quoted(match)}._id = {found}._found"
    return f"SELECT {', '.join(columns)} FROM src_{entry.source} t{joins} WHERE {where} ORDER BY t._id"


def _match(bench: Workbench, found: str, entry: TableSpec, where: str, spec: MatchSpec) -> None:
    """For each row the latest earlier candidate with room; rows that would overdraw a candidate stay unmatched."""
    equal = " AND ".join(f"t.{quoted(column)} = c.{quoted(column)}" for column in spec.equal)
    time = quoted(spec.before)
    have = render(parse_expression(spec.capacity.have), table="c")
    use = render(parse_expression(spec.capacity.use), table="t")
    eligible = render(parse_expression(spec.where), table="c")
    bench.run(
        f"CREATE TABLE {found} AS WITH nearest AS ("
        f" SELECT t._id AS _for, c._id AS _found, {use} AS _use, {have} AS _have, t.{time} AS _at"
        f" FROM src_{entry.source} t JOIN src_{spec.source} c ON {equal} AND c.{time} <= t.{time}"
        f" WHERE {where} AND {eligible} AND {use} > 0 AND {have} >= {use}"
        f" QUALIFY row_number() OVER (PARTITION BY t._id ORDER BY c.{time} DESC, c._id DESC) = 1)"
        " SELECT _for, _found FROM nearest"
        " QUALIFY sum(_use) OVER (PARTITION BY _found ORDER BY _at, _for) <= _have"
    )


def _set_aside(bench: Workbench, name: str) -> None:
    _quarantine_rows(bench, f"checked_{name}", name, "c._reason", "c._reason IS NOT NULL")
    bench.run(f"DELETE FROM checked_{name} WHERE _reason IS NOT NULL")
    bench.run(f"ALTER TABLE checked_{name} DROP COLUMN _reason")


def _quarantine_rows(bench: Workbench, relation: str, name: str, reason: str, condition: str) -> None:
    amount = f"CAST(c.{quoted(MONEY[name])} AS DECIMAL(38, 4))" if name in MONEY else "NULL"
    bench.run(
        f"INSERT INTO quarantine SELECT {literal(name)}, {reason}, c._file, c._row, {amount}, {masked_record('c')} "
        f"FROM {relation} c WHERE {condition} ORDER BY c._id"
    )


def _resolve_duplicates(bench: Workbench, table: ContractTable) -> int:
    """Exact repetitions are dropped; rows that share a key and differ are all set aside: which is right?"""
    relation = f"checked_{table.name}"
    keys = ", ".join(map(quoted, table.primary_key))
    rows, distinct = bench.rows(f"SELECT count(*), count(DISTINCT ({keys})) FROM {relation}")[0]
    if rows == distinct:
        return 0
    every = ", ".join(map(quoted, table.columns))
    repeated = f"SELECT _id FROM {relation} QUALIFY row_number() OVER (PARTITION BY {every} ORDER BY _id) > 1"
    bench.run(f"DELETE FROM {relation} WHERE _id IN ({repeated})")
    dropped = rows - bench.value(f"SELECT count(*) FROM {relation}")
    conflicting = f"c._id IN (SELECT _id FROM {relation} QUALIFY count(*) OVER (PARTITION BY {keys}) > 1)"
    _quarantine_rows(bench, relation, table.name, "'conflicting_key'", conflicting)
    bench.run(f"DELETE FROM {relation} c WHERE {conflicting}")
    return int(dropped)


def _tell_missing(bench: Workbench, name: str, entries: Sequence[TableSpec]) -> None:
    mapped = {column for entry in entries for column in (*entry.columns, *(c for row in entry.rows for c in row))}
    if absent := [column for column in WANTED.get(name, ()) if column not in mapped]:
        bench.warn(
            f"{name}:映射没有填写 {', '.join(absent)},依赖它们的指标没有数据。",
            f"{name}: the mapping leaves out {', '.join(absent)}; metrics that need them have no data.",
        )
