"""CSV as it really arrives: which encoding, which delimiter, which header. In doubt it is an error, not a guess."""

import codecs
import csv
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from app.core.errors import ImportRejectedError

_CHUNK = 1 << 20
_LONGEST_HEADER = 100_000
_DELIMITERS = (",", "\t", ";", "|")
_DIRECT = frozenset({"utf-8", "utf-8-sig"})
"""Encodings that the engine reads from the file itself (it skips the mark of utf-8-sig)."""


@dataclass(frozen=True, slots=True)
class TextFile:
    """A CSV that can be read as UTF-8: its own path, or a converted copy."""

    path: Path
    encoding: str
    delimiter: str
    header: tuple[str, ...]


def open_text(path: Path, *, encoding: str, delimiter: str | None, work: Path) -> TextFile:
    """Find out how to read `path`; a file in another encoding is converted into `work`.

    Raises:
        ImportRejectedError: empty, not text, undecodable (with byte offset and line), or a header that can't be used.
    """
    _require_text(path)
    name = _detect(path) if encoding.lower() == "auto" else _declared(path, encoding)
    readable = path if name in _DIRECT else _convert(path, name, work)
    first = _first_record_text(readable)
    if len(first) > _LONGEST_HEADER:
        raise ImportRejectedError(
            f"{path.name}: the first record has {len(first)} characters: a quote is never closed, or it is no table",
            hint="Repair the first line of the file.",
            reason="unreadable_file",
        )
    mark = delimiter or _sniff(first)
    header = tuple(cell.strip() for cell in _cells(first, mark))
    check_header(path, header)
    return TextFile(readable, name, mark, header)


def check_header(path: Path, header: tuple[str, ...]) -> None:
    """Refuse a header with a blank or a repeated name: which column is meant can't be known."""
    blank = [str(position) for position, name in enumerate(header, 1) if not name]
    if blank:
        raise ImportRejectedError(
            f"{path.name}: the header has no name in column {', '.join(blank)}",
            hint="Name every column in the first line.",
            reason="blank_header",
        )
    twice = [name for name, count in Counter(name.casefold() for name in header).items() if count > 1]
    if twice:
        raise ImportRejectedError(
            f"{path.name}: the header has the column {', '.join(map(repr, twice))} more than once",
            hint="Rename one of them; names that differ only in case count as the same.",
            reason="duplicate_header",
        )


def _require_text(path: Path) -> None:
    with path.open("rb") as stream:
        head = stream.read(4096)
    if not head.strip():
        raise ImportRejectedError(f"{path.name} is empty", hint="Export it again.", reason="empty_file")
    is_utf16 = head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    if head[:4] in {b"PAR1", b"PK\x03\x04"} or (b"\0" in head and not is_utf16):
        raise ImportRejectedError(
            f"{path.name} is not a text file",
            hint="Set `format: excel` or `format: parquet` in the mapping, or export it as CSV.",
            reason="not_text",
        )


def _detect(path: Path) -> str:
    with path.open("rb") as stream:
        head = stream.read(4)
    if head.startswith(codecs.BOM_UTF8):
        return _declared(path, "utf-8-sig")
    if head[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        return _whole_utf16(path)
    if (utf8 := _undecodable(path, "utf-8")) is None:
        return "utf-8"
    if _undecodable(path, "gb18030") is None and _reads_as_chinese(path):
        return "gb18030"
    offset, line = utf8
    raise ImportRejectedError(
        f"{path.name}: unknown encoding; byte {offset} (line {line}) is not UTF-8, nor is it plausible GB18030",
        hint="Set `encoding:` of this source in the mapping (for example gb18030, big5, shift_jis or latin-1).",
        reason="wrong_encoding", offset=offset, line=line,
    )  # fmt: skip


def _whole_utf16(path: Path) -> str:
    if failed := _undecodable(path, "utf-16"):
        offset, line = failed
        raise ImportRejectedError(
            f"{path.name} begins as UTF-16, but byte {offset} (line {line}) is not: it is cut off or damaged",
            hint="Export it again, best as UTF-8.",
            reason="wrong_encoding", offset=offset, line=line,
        )  # fmt: skip
    return "utf-16"


def _declared(path: Path, encoding: str) -> str:
    try:
        name = codecs.lookup(encoding).name
    except LookupError as error:
        raise ImportRejectedError(
            f"{path.name}: there is no encoding {encoding!r}",
            hint="Try utf-8, gb18030 or auto.",
            reason="wrong_encoding",
        ) from error
    # Any GBK file is also GB18030, which knows the rarer characters of names.
    name = "gb18030" if name in {"gbk", "gb2312"} else name
    failed = _undecodable(path, name)
    if failed:
        offset, line = failed
        raise ImportRejectedError(
            f"{path.name}: byte {offset} (line {line}) is not {encoding}",
            hint=f"Set `encoding: {_alternative(path, name)}` for this source in the mapping, or export it as UTF-8.",
            reason="wrong_encoding", offset=offset, line=line,
        )  # fmt: skip
    if not name.startswith("utf") and _is_multibyte_utf8(path):
        # Such bytes decode in most legacy encodings too, as nonsense: the quiet way to ruin every name.
        raise ImportRejectedError(
            f"{path.name} is declared {encoding} but is valid UTF-8 with non-ASCII text",
            hint="Set `encoding: utf-8` for this source in the mapping.",
            reason="wrong_encoding",
        )
    return "utf-8" if name == "ascii" else name


def _alternative(path: Path, tried: str) -> str:
    for other in ("utf-8", "gb18030"):
        if other != tried and _undecodable(path, other) is None:
            return other
    return "auto"


def _undecodable(path: Path, encoding: str) -> tuple[int, int] | None:
    """Byte offset and line of the first byte that is not `encoding`, or None."""
    decoder = codecs.getincrementaldecoder(encoding)()
    read = lines = 0
    with path.open("rb") as stream:
        while True:
            chunk = stream.read(_CHUNK)
            read += len(chunk)
            try:
                decoder.decode(chunk, final=not chunk)
            except UnicodeDecodeError as error:
                # The decoder may hold back the last bytes of the chunk before: they are part of error.object.
                held_back = len(error.object) - len(chunk)
                before = chunk[: max(error.start - held_back, 0)].count(b"\n")
                return read - len(error.object) + error.start, lines + before + 1
            if not chunk:
                return None
            lines += chunk.count(b"\n")


def _is_multibyte_utf8(path: Path) -> bool:
    return _undecodable(path, "utf-8") is None and _undecodable(path, "ascii") is not None


def _reads_as_chinese(path: Path) -> bool:
    """Whether the non-ASCII text is mostly everyday Chinese: almost any bytes are *some* GB18030."""
    seen = everyday = 0
    with path.open(encoding="gb18030", newline="") as stream:
        for character in stream.read(_CHUNK):
            if ord(character) < 128:
                continue
            seen += 1
            everyday += _is_everyday(character)
    return everyday >= 0.9 * seen


def _is_everyday(character: str) -> bool:
    try:
        code = character.encode("gb2312")
    except UnicodeEncodeError:
        return False
    # Rows 01–03 punctuation, 16–55 the 3,755 most frequent characters; the rest is what mojibake is made of.
    return 0xA1 <= code[0] <= 0xA3 or 0xB0 <= code[0] <= 0xD7


def _convert(path: Path, encoding: str, work: Path) -> Path:
    target = work / f"{len(list(work.iterdir())):03d}.utf8.csv"
    with path.open(encoding=encoding, newline="") as source, target.open("w", encoding="utf-8", newline="") as sink:
        while block := source.read(_CHUNK):
            sink.write(block)
    return target


def _first_record_text(path: Path) -> str:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return next(_records(stream), "")


def _records(stream: Iterable[str]) -> Iterator[str]:
    """Records as text: a line break inside quotes does not end one."""
    record = ""
    for line in stream:
        record += line
        if record.count('"') % 2 == 0 or len(record) > _LONGEST_HEADER:
            yield record.rstrip("\r\n")
            record = ""
    yield record


def _sniff(first: str) -> str:
    return max(_DELIMITERS, key=lambda mark: (len(_cells(first, mark)), mark == ","))


def _cells(record: str, delimiter: str) -> list[str]:
    # A record with a line break inside quotes is handed over line by line, as from a file.
    return next(csv.reader(record.splitlines(keepends=True), delimiter=delimiter), [])
