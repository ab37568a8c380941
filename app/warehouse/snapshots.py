"""A folder of versioned, read-only warehouse files and one pointer to the file that serves.

```
FOLDER/CURRENT.json            {"format": 1, "current": id, "history": [{"id", "file", "meta"}, …]}, replaced atomically
FOLDER/versions/<id>.duckdb    never changed after it is published
```
A crash at any step leaves the pointer as it was, so the previous version keeps serving; the next publish clears what is
left over.
"""

import fcntl
import json
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.core.errors import NotFoundError, WarehouseError

POINTER = "CURRENT.json"
KEPT_VERSIONS = 3
_FORMAT = 1


@dataclass(frozen=True, slots=True)
class SnapshotRef:
    """One published version. `meta` is what its publisher said of it (source, time, counts): plain JSON."""

    id: str
    path: Path
    meta: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Pointer:
    current: str
    history: tuple[SnapshotRef, ...]


def publish(folder: Path, built_file: Path, meta: Mapping[str, Any]) -> SnapshotRef:
    """Make `built_file` (closed and checkpointed) the version that serves; it is moved into the folder.

    Keeps the newest `KEPT_VERSIONS`. Readers of an older version are not disturbed: they hold the open file.

    Raises:
        WarehouseError: the built file is missing, empty or still has a write-ahead log, or the disk refused it.
    """
    _require_finished(built_file)
    try:
        with _locked(folder):
            return _publish(folder, built_file, meta)
    except OSError as error:
        raise WarehouseError(
            f"the new snapshot could not be published in {folder.name!r} ({error.strerror or 'disk error'})",
            hint="The previous snapshot keeps serving. Check free space and permissions, then publish again.",
        ) from error


def current(folder: Path) -> SnapshotRef | None:
    """The version that serves, or None when nothing was ever published."""
    pointer = _read(folder)
    return next((ref for ref in pointer.history if ref.id == pointer.current), None) if pointer else None


def history(folder: Path) -> Sequence[SnapshotRef]:
    """The versions that can still be opened, oldest first."""
    pointer = _read(folder)
    return tuple(ref for ref in pointer.history if ref.path.is_file()) if pointer else ()


def rollback(folder: Path, snapshot_id: str) -> SnapshotRef:
    """Make an earlier version serve again. The others stay.

    Raises:
        NotFoundError: that version is not kept (any more).
    """
    with _locked(folder):
        known = history(folder)
        chosen = next((ref for ref in known if ref.id == snapshot_id), None)
        if chosen is None:
            raise NotFoundError(
                f"snapshot {snapshot_id!r} is not kept here",
                hint=f"Kept: {', '.join(ref.id for ref in known) or 'none'}.",
            )
        _write(folder, _Pointer(chosen.id, tuple(known)))
    return chosen


def resolve(path: Path) -> SnapshotRef:
    """The file to open for `path`: the file itself, or what the folder's pointer names.

    Raises:
        WarehouseError: nothing is there.
    """
    if path.is_dir():
        ref = current(path)
        if ref is None:
            raise WarehouseError(
                f"{path.name!r} holds no published snapshot",
                hint="Build one with `qianmian demo` or `qianmian import`.",
            )
        path = ref.path
        if ref.path.is_file():
            return ref
    if not path.is_file():
        raise WarehouseError(
            f"the warehouse file {path.name!r} does not exist",
            hint="Check --warehouse, or build one with `qianmian demo` or `qianmian import`.",
        )
    return SnapshotRef(_file_id(path), path, {})


def _publish(folder: Path, built_file: Path, meta: Mapping[str, Any]) -> SnapshotRef:
    kept = tuple(history(folder))
    ref = _place(folder, built_file, meta)
    pointer = _Pointer(ref.id, (*kept[-(KEPT_VERSIONS - 1) :], ref))
    _write(folder, pointer)
    _remove_unlisted(folder, pointer)
    return ref


def _place(folder: Path, built_file: Path, meta: Mapping[str, Any]) -> SnapshotRef:
    """Move the file to its final name, durable before anything points at it."""
    versions = folder / "versions"
    versions.mkdir(exist_ok=True)
    snapshot_id = f"{_next_number(versions):06d}-{secrets.token_hex(4)}"
    target = versions / f"{snapshot_id}.duckdb"
    _sync(built_file)
    try:
        built_file.replace(target)
    except OSError:  # another file system: copy beside the target first, so that the final name only ever holds it all
        partial = target.with_suffix(".partial")
        shutil.copyfile(built_file, partial)
        _sync(partial)
        partial.replace(target)
        built_file.unlink()
    target.chmod(0o444)
    _sync(versions)
    return SnapshotRef(snapshot_id, target, dict(meta))


def _write(folder: Path, pointer: _Pointer) -> None:
    body = {
        "format": _FORMAT,
        "current": pointer.current,
        "history": [{"id": r.id, "file": r.path.name, "meta": dict(r.meta)} for r in pointer.history],
    }
    draft = folder / f".{POINTER}.{secrets.token_hex(4)}"
    with draft.open("w", encoding="utf-8") as stream:
        json.dump(body, stream, ensure_ascii=False, indent=1, default=str)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(folder / POINTER)
    _sync(folder)


def _read(folder: Path) -> _Pointer | None:
    try:
        body = json.loads((folder / POINTER).read_text(encoding="utf-8"))
        refs = tuple(
            # Only the name counts: a pointer can't lead out of its folder.
            SnapshotRef(str(e["id"]), folder / "versions" / Path(e["file"]).name, e.get("meta", {}))
            for e in body["history"]
        )
        return _Pointer(str(body["current"]), refs)
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise WarehouseError(
            f"{POINTER} in {folder.name!r} can't be read",
            hint="Publish again, or restore the file from a backup.",
        ) from error


def _remove_unlisted(folder: Path, pointer: _Pointer) -> None:
    listed = {ref.path.name for ref in pointer.history}
    for leftover in (*(folder / "versions").iterdir(), *folder.glob(f".{POINTER}.*")):
        if leftover.name not in listed:
            leftover.unlink(missing_ok=True)


def _next_number(versions: Path) -> int:
    numbers = [int(head) for path in versions.iterdir() if (head := path.name.partition("-")[0]).isdigit()]
    return max(numbers, default=0) + 1


def _file_id(path: Path) -> str:
    stat = path.stat()
    return f"{path.stem}@{stat.st_mtime_ns // 1_000_000:x}.{stat.st_size:x}"


def _require_finished(built_file: Path) -> None:
    if not built_file.is_file() or built_file.stat().st_size == 0:
        raise WarehouseError(f"there is no built file {built_file.name!r} to publish", hint="Build it first.")
    log = built_file.with_name(built_file.name + ".wal")
    if log.is_file() and log.stat().st_size:
        raise WarehouseError(
            f"{built_file.name!r} still has a write-ahead log",
            hint="CHECKPOINT and close the connection, then publish.",
        )


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One publisher at a time, across processes; the lock dies with its holder."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".publish.lock").open("a") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
