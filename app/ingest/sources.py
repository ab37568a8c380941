# ruff: noqa: S608 - identifiers are quoted by `quoted`, values by `literal` or parameters; expressions are regenerated trees
"""Files → one staged table per source: typed, numbered, derived, with the rows that can't be used in quarantine."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

import duckdb

from app.core.errors import ConfigurationError, ImportRejectedError, NotFoundError
from app.ingest.engine_errors import applying, reading_errors
from app.ingest.excel_files import copy_sheet
from app.ingest.expressions import column_problems, literal, parse_expression, quoted, render, suggest
from app.ingest.mapping import LoadedMapping, SourceSpec
from app.ingest.text_files import open_text
from app.ingest.values import converted, failed
from app.ingest.work import Workbench, masked_record

SYSTEM_COLUMNS = ("_id", "_file", "_row")
_WORKING_COLUMNS = ("_position", "_line", "_reason", "_amount")
"""Added to every staged row: its number in the import, its file, its row in the file."""
_SUFFIXES = {
    ".csv": "csv", ".txt": "csv", ".tsv": "csv", ".parquet": "parquet", ".pq": "parquet",
    ".xlsx": "excel", ".xlsm": "excel",
}  # fmt: skip
_MOST_BROKEN_LINES = 0.5


@dataclass(frozen=True, slots=True)
class _Readable:
    """A file as a FROM item with its columns."""

    path: Path
    relation: str
    columns: tuple[str, ...]
    row_number: str


def assign_files(loaded: LoadedMapping, paths: Sequence[Path]) -> dict[str, tuple[Path, ...]]:
    """Which files belong to which source, by the mapping's patterns.

    Raises:
        NotFoundError: a file does not exist.
        ImportRejectedError: a file fits no source, or a source has no file.
    """
    absent = [str(path) for path in paths if not path.is_file()]
    if absent:
        raise NotFoundError(f"there is no file {', '.join(absent)}", hint="Check the path.")
    taken: dict[str, list[Path]] = {name: [] for name in loaded.spec.sources}
    for path in paths:
        taken[_source_of(path, loaded)].append(path)
    empty = [name for name, files in taken.items() if not files]
    if empty:
        wanted = "; ".join(f"{name}: {', '.join(loaded.spec.sources[name].files) or 'any file'}" for name in empty)
        raise ImportRejectedError(f"no file was given for {', '.join(empty)}", hint=wanted, reason="missing_source")
    return {name: tuple(files) for name, files in taken.items()}


def _source_of(path: Path, loaded: LoadedMapping) -> str:
    sources = loaded.spec.sources
    for name, source in sources.items():
        if any(fnmatch(path.name.lower(), pattern.lower()) for pattern in source.files):
            return name
    if rest := [name for name, source in sources.items() if not source.files]:
        return rest[0]
    if len(sources) == 1:
        return next(iter(sources))  # with one source there is nothing to confuse: a renamed export is still it
    patterns = "; ".join(f"{name}: {', '.join(source.files)}" for name, source in sources.items())
    raise ImportRejectedError(f"{path.name} fits no source of the mapping", hint=patterns, reason="unknown_source")


@dataclass(frozen=True, slots=True)
class SourceCounts:
    """What was in the files of one source, before anything was set aside."""

    name: str
    files: tuple[str, ...]
    rows_read: int
    superseded: int


def stage_source(bench: Workbench, name: str, paths: Sequence[Path]) -> SourceCounts:
    """Create `src_NAME` from the files: every column typed, bad rows moved to quarantine.

    Raises:
        ConfigurationError: the mapping names columns that the files do not have (all problems at once).
        ImportRejectedError: a file is empty, truncated, wrongly encoded or mostly broken.
    """
    source = bench.loaded.spec.sources[name]
    readable = [_open(bench, name, source, path) for path in paths]
    _check_columns(bench.loaded, name, source, readable)
    raw = " UNION ALL BY NAME ".join(_file_select(source, item, position) for position, item in enumerate(readable))
    with reading_errors(", ".join(path.name for path in paths)):
        # The order of rows is kept (an engine default), so numbering them here is numbering them as in the files.
        bench.run(f"CREATE TABLE raw_{name} AS SELECT row_number() OVER () AS _id, * FROM ({raw})")
    broken = bench.value(f"SELECT count(*) FROM quarantine WHERE place = {literal(f'sources.{name}')}")
    rows_read = bench.value(f"SELECT count(*) FROM raw_{name}") + broken
    superseded = _supersede(bench, name, source)
    _type(bench, name, source)
    _derive(bench, name, source)
    _quarantine(bench, name, source)
    return SourceCounts(name, tuple(path.name for path in paths), rows_read, superseded)


def _open(bench: Workbench, name: str, source: SourceSpec, path: Path) -> _Readable:
    kind = source.format or _SUFFIXES.get(path.suffix.lower(), "csv")
    try:
        if kind == "parquet":
            return _open_parquet(bench, path)
        if kind == "excel":
            copy = copy_sheet(path, sheet=source.sheet, work=bench.folder)
            if copy.unsaved_formulas:
                bench.warn(
                    f"{path.name}:{copy.unsaved_formulas} 个公式单元格没有保存结果,按空值处理;请用 Excel 打开并保存。",
                    f"{path.name}: {copy.unsaved_formulas} formula cells have no stored result and count as empty; "
                    "open the file in Excel and save it once.",
                )
            return _open_csv(bench, name, path, copy.path, copy.header, ",")
        text = open_text(path, encoding=source.encoding, delimiter=source.delimiter, work=bench.folder)
        return _open_csv(bench, name, path, text.path, text.header, text.delimiter)
    except PermissionError as error:
        raise ImportRejectedError(
            f"{path.name} may not be read by this user", hint="Check the file's permissions.", reason="no_permission"
        ) from error


def _open_parquet(bench: Workbench, path: Path) -> _Readable:
    if path.stat().st_size == 0:
        raise ImportRejectedError(f"{path.name} is empty", hint="Export it again.", reason="empty_file")
    relation = f"read_parquet({literal(str(_plain(path, bench.folder)))}, file_row_number = true)"
    with reading_errors(path.name):
        columns = tuple(bench.types(relation))
    return _Readable(path, relation, tuple(c for c in columns if c != "file_row_number"), "file_row_number + 1")


def _plain(path: Path, work: Path) -> Path:
    """The engine reads `*?[` in a path as a pattern: such a file (`orders[1].csv`) is reached through a plain name."""
    if not set("*?[") & set(str(path)):
        return path
    link = work / f"{len(list(work.iterdir())):03d}{path.suffix}"
    link.symlink_to(path.resolve())
    return link


def _open_csv(
    bench: Workbench, name: str, path: Path, readable: Path, header: tuple[str, ...], delimiter: str
) -> _Readable:
    """Load the text of a CSV; lines that do not fit the header go to quarantine with their line number."""
    number = bench.value("SELECT count(*) FROM duckdb_tables() WHERE table_name LIKE 'csv_%'")
    columns = ", ".join(f"{literal(column)}: 'VARCHAR'" for column in header)
    with reading_errors(path.name):
        bench.run(
            f"CREATE TABLE csv_{number} AS SELECT row_number() OVER () AS _line, * "
            f"FROM read_csv({literal(str(_plain(readable, bench.folder)))}, "
            f"columns = {{{columns}}}, auto_detect = false, delim = {literal(delimiter)}, quote = '\"', escape = '\"', "
            f"header = true, nullstr = '', store_rejects = true, rejects_limit = 0, "
            f"rejects_table = 'rejected_{number}', rejects_scan = 'scanned_{number}')"
        )
        broken = bench.value(f"SELECT count(DISTINCT line) FROM rejected_{number}")
        rows = bench.value(f"SELECT count(*) FROM csv_{number}")
    if broken > _MOST_BROKEN_LINES * (rows + broken):
        first = bench.rows(f"SELECT line, error_message FROM rejected_{number} ORDER BY line LIMIT 1")[0]
        raise ImportRejectedError(
            f"{path.name}: {broken} of {rows + broken} lines do not fit the header ({len(header)} columns); "
            f"line {first[0]}: {first[1]}",
            hint=f"The delimiter was read as {delimiter!r}: set `delimiter:`, or repair the file.",
            reason="ragged_lines",
        )
    record = masked_record("{'line': any_value(csv_line)}")
    bench.run(
        f"INSERT INTO quarantine SELECT $place, 'broken_line', $file, line, NULL, {record} "
        f"FROM rejected_{number} GROUP BY line",
        {"place": f"sources.{name}", "file": path.name},
    )
    return _Readable(path, f"csv_{number}", header, "_line")


def _check_columns(loaded: LoadedMapping, name: str, source: SourceSpec, readable: Sequence[_Readable]) -> None:
    problems = [
        f"{loaded.place('sources', name, 'columns', column)}: {item.path.name} has no column "
        f"{' or '.join(map(repr, _headers(column, source)))}{suggest(_headers(column, source)[0], item.columns)}; "
        f"it has {', '.join(item.columns)}"
        for item in readable
        for column, spec in source.columns.items()
        if not spec.optional and _physical(column, source, item) is None
    ]
    if problems:
        raise ConfigurationError(
            f"the mapping {Path(loaded.path).name!r} does not fit the file", problems=sorted(set(problems))
        )


def _headers(column: str, source: SourceSpec) -> tuple[str, ...]:
    return source.columns[column].header or (column,)


def _physical(column: str, source: SourceSpec, item: _Readable) -> str | None:
    present = {name.casefold(): name for name in item.columns}
    return next((present[h.casefold()] for h in _headers(column, source) if h.casefold() in present), None)


def _file_select(source: SourceSpec, item: _Readable, position: int) -> str:
    """One file's rows under the mapping's names; columns that the mapping does not declare keep their own."""
    parts = [f"{position} AS _position", f"{literal(item.path.name)} AS _file", f"{item.row_number} AS _row"]
    used: set[str] = set()
    for column in source.columns:
        physical = _physical(column, source, item)
        parts.append(f"{quoted(physical) if physical else 'NULL'} AS {quoted(column)}")
        used.add(physical or column)
    taken = {name.casefold() for name in (*used, *source.columns, *SYSTEM_COLUMNS, *_WORKING_COLUMNS)}
    parts += [quoted(name) for name in item.columns if name.casefold() not in taken]
    return f"SELECT {', '.join(parts)} FROM {item.relation}"


def _supersede(bench: Workbench, name: str, source: SourceSpec) -> int:
    """A document that is in two files counts once, as the later file has it; the number of rows set aside."""
    if not source.latest_file_wins_by:
        return 0
    keys = ", ".join(map(quoted, source.latest_file_wins_by))
    before = bench.value(f"SELECT count(*) FROM raw_{name}")
    with applying(bench.loaded, ("sources", name, "latest_file_wins_by")):
        bench.run(
            f"CREATE OR REPLACE TABLE raw_{name} AS SELECT * FROM raw_{name} "
            f"QUALIFY _position = max(_position) OVER (PARTITION BY {keys}) ORDER BY _id"
        )
    dropped: int = before - bench.value(f"SELECT count(*) FROM raw_{name}")
    if dropped:
        bench.warn(
            f"{name}:{dropped} 行的单据在后一个文件里也有,以后一个文件为准。",
            f"{name}: {dropped} rows belong to documents that a later file holds too; the later file counts.",
        )
    return dropped


def _type(bench: Workbench, name: str, source: SourceSpec) -> None:
    """`typed_NAME`: declared types applied; `_reason` names the first column that did not fit."""
    kinds = bench.types(f"raw_{name}")
    parts: list[str] = []
    failures: list[str] = []
    for column, kind in kinds.items():
        spec = source.columns.get(column)
        if spec is None or spec.type is None:
            parts.append(quoted(column))
            continue
        typed = converted(quoted(column), kind, spec.type, formats=spec.format, timezone=bench.loaded.spec.timezone)
        parts.append(f"{typed} AS {quoted(column)}")
        failures.append(f"WHEN {failed(quoted(column), kind, typed)} THEN {literal(f'type:{column}')}")
    reason = f"CASE {' '.join(failures)} END" if failures else "CAST(NULL AS VARCHAR)"
    numbers = [
        f"row_number() OVER (PARTITION BY {', '.join(map(quoted, within))} ORDER BY _id) AS {quoted(column)}"
        for column, within in source.number.items()
    ]
    try:
        bench.run(
            f"CREATE TABLE typed_{name} AS SELECT {', '.join([*parts, *numbers])}, {reason} AS _reason "
            f"FROM raw_{name} ORDER BY _id"
        )
    except duckdb.BinderException as error:
        place = bench.loaded.place("sources", name, "number")
        raise ConfigurationError(
            "the mapping does not fit the file", problems=[f"{place}: unknown column in `number`"]
        ) from error
    _move(bench, f"typed_{name}", f"raw_{name}", f"sources.{name}")
    bench.run(f"DROP TABLE raw_{name}")


def _move(bench: Workbench, typed: str, raw: str, place: str) -> None:
    """Rows with a type failure go to quarantine as they were in the file: their typed value is lost."""
    bench.run(
        f"INSERT INTO quarantine SELECT {literal(place)}, t._reason, r._file, r._row, NULL, {masked_record('r')} "
        f"FROM {typed} t JOIN {raw} r USING (_id) WHERE t._reason IS NOT NULL ORDER BY r._id"
    )
    bench.run(f"DELETE FROM {typed} WHERE _reason IS NOT NULL")


def _derive(bench: Workbench, name: str, source: SourceSpec) -> None:
    """`src_NAME`: derived columns, each of which may use the ones before it, and the money of the row."""
    known = set(bench.types(f"typed_{name}")) - {"_reason", "_position"}
    steps: list[tuple[tuple[str, ...], str, str]] = [
        (("sources", name, "derive", column), column, text) for column, text in source.derive.items()
    ]
    steps.append((("sources", name, "amount"), "_amount", source.amount or "NULL"))
    relation = f"(SELECT * EXCLUDE (_reason, _position) FROM typed_{name})"
    problems: list[str] = []
    for loc, column, text in steps:
        tree = parse_expression(text)
        problems += [f"{bench.loaded.place(*loc)}: {problem}" for problem in column_problems(tree, known)]
        known.add(column)
        relation = f"(SELECT *, {render(tree)} AS {quoted(column)} FROM {relation})"
    if problems:
        raise ConfigurationError("the mapping does not fit the file", problems=problems)
    with applying(bench.loaded, ("sources", name, "derive")):
        bench.run(f"CREATE TABLE src_{name} AS SELECT * FROM {relation} ORDER BY _id")
    bench.run(f"DROP TABLE typed_{name}")


def _quarantine(bench: Workbench, name: str, source: SourceSpec) -> None:
    known = set(bench.types(f"src_{name}"))
    for position, rule in enumerate(source.quarantine):
        loc = ("sources", name, "quarantine", position, "when")
        tree = parse_expression(rule.when)
        bad = render(tree, table="s")
        if problems := [f"{bench.loaded.place(*loc)}: {problem}" for problem in column_problems(tree, known)]:
            raise ConfigurationError("the mapping does not fit the file", problems=problems)
        with applying(bench.loaded, loc):
            bench.run(
                f"INSERT INTO quarantine SELECT $place, $reason, _file, _row, TRY_CAST(_amount AS DECIMAL(38, 4)), "
                f"{masked_record('s')} FROM src_{name} s WHERE {bad}",
                {"place": f"sources.{name}", "reason": f"rule:{rule.name}"},
            )
            bench.run(f"DELETE FROM src_{name} s WHERE {bad}")
