"""Engine errors → messages that name the file or the line of the mapping. Its own text reaches no user."""

import duckdb

from app.core.errors import ConfigurationError, ImportRejectedError
from app.ingest.mapping import LoadedMapping


class reading_errors:  # noqa: N801 - reads as a clause: `with reading_errors(file):`
    """Turn an engine error over a file into a message that names the file; the engine's own text stays out of it."""

    def __init__(self, what: str) -> None:
        self.what = what

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if not isinstance(error, duckdb.Error) or is_storage_error(error):
            return
        raise ImportRejectedError(
            f"{self.what} can't be read: the file is truncated, damaged or of another format",
            hint="Copy or export it again, and check `format:` in the mapping.",
            reason="unreadable_file",
        ) from error


def is_storage_error(error: BaseException) -> bool:
    """Whether the disk, not the data, is the cause."""
    text = str(error).lower()
    return any(
        sign in text for sign in ("no space left", "file too large", "disk quota", "could not write", "read-only file")
    )


class applying:  # noqa: N801 - reads as a clause: `with applying(mapping, place):`
    """Turn an engine error over a mapping's expression into a problem with its file and line."""

    def __init__(self, loaded: LoadedMapping, loc: tuple[str | int, ...]) -> None:
        self.place = loaded.place(*loc)
        self.name = ".".join(map(str, loc))

    def __enter__(self) -> None: ...

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, duckdb.BinderException | duckdb.CatalogException):
            raise ConfigurationError(
                "the mapping does not fit the file",
                problems=[f"{self.place}: {self.name}: types do not fit; declare them under sources.columns"],
            ) from error
        if isinstance(error, duckdb.ConversionException | duckdb.OutOfRangeException | duckdb.InvalidInputException):
            raise ImportRejectedError(
                f"{self.place}: {self.name}: a value does not fit the expression",
                hint="Declare the column's type under sources.columns: bad rows then go to quarantine.",
                reason="bad_value",
            ) from error
