"""A sheet of an Excel workbook, streamed row by row into a CSV that the engine can read."""

import csv
import itertools
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import openpyxl
from openpyxl.utils.exceptions import InvalidFileException

from app.core.errors import ImportRejectedError
from app.ingest.expressions import suggest
from app.ingest.text_files import check_header


@dataclass(frozen=True, slots=True)
class SheetCopy:
    """`unsaved_formulas` = cells whose formula has no stored result: their value is unknown, so it is NULL."""

    path: Path
    header: tuple[str, ...]
    unsaved_formulas: int


def copy_sheet(path: Path, *, sheet: str | int, work: Path) -> SheetCopy:
    """Write the sheet as CSV: blank rows dropped, dates as ISO text, formulas as the value that Excel stored.

    Raises:
        ImportRejectedError: not a workbook, no such sheet, no rows, or a header that can't be used.
    """
    try:
        values = openpyxl.load_workbook(path, read_only=True, data_only=True)
        formulas = openpyxl.load_workbook(path, read_only=True, data_only=False)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, ValueError, OSError) as error:
        raise ImportRejectedError(
            f"{path.name} is not a readable Excel workbook (.xlsx)",
            hint="Open it in Excel and save it as .xlsx, or export it as CSV.",
            reason="unreadable_file",
        ) from error
    try:
        name = _sheet_name(path, values.sheetnames, sheet)
        return _copy(path, values[name], formulas[name], work / f"{len(list(work.iterdir())):03d}.sheet.csv")
    finally:
        values.close()
        formulas.close()


def _sheet_name(path: Path, names: list[str], sheet: str | int) -> str:
    if isinstance(sheet, int) and 1 <= sheet <= len(names):
        return names[sheet - 1]
    if isinstance(sheet, str) and sheet in names:
        return sheet
    near = suggest(str(sheet), names)
    raise ImportRejectedError(
        f"{path.name} has no sheet {sheet!r}{near}", hint=f"Sheets: {', '.join(names)}.", reason="unknown_sheet"
    )


def _copy(path: Path, values: Any, formulas: Any, target: Path) -> SheetCopy:
    rows = _filled_rows(values, formulas)
    first, _ = next(rows, ((), 0))
    header = tuple(_text(cell).strip() for cell in _without_tail(first))
    if not header:
        raise ImportRejectedError(f"{path.name}: the sheet is empty", hint="Choose `sheet:`.", reason="empty_file")
    check_header(path, header)
    unsaved = 0
    with target.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, quoting=csv.QUOTE_ALL)
        writer.writerow(header)
        for row, missing in rows:
            unsaved += missing
            cells = [_text(cell) for cell in row[: len(header)]]
            writer.writerow([*cells, *[""] * (len(header) - len(cells))])
    return SheetCopy(target, header, unsaved)


def _filled_rows(values: Any, formulas: Any) -> Iterator[tuple[tuple[Any, ...], int]]:
    """Every row that is not blank, with the number of its formulas that have no stored value."""
    pairs = itertools.zip_longest(
        values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), fillvalue=()
    )
    for row, written in pairs:
        missing = sum(
            value is None and isinstance(text, str) and text.startswith("=")
            for value, text in itertools.zip_longest(row, written)
        )
        if missing or any(cell not in {None, ""} for cell in row):
            yield row, missing


def _without_tail(row: tuple[Any, ...]) -> tuple[Any, ...]:
    filled = [position for position, cell in enumerate(row, 1) if cell not in {None, ""}]
    return row[: filled[-1]] if filled else ()


def _text(cell: object) -> str:
    """A cell as text that a typed column can be read from."""
    match cell:
        case None:
            return ""
        case bool():
            return "true" if cell else "false"
        case datetime() | date() | time():
            return cell.isoformat(sep=" ") if isinstance(cell, datetime) else cell.isoformat()
        case float() if cell.is_integer() and abs(cell) < 1e15:
            return str(int(cell))
        case _:
            return str(cell)
