"""The error tree of Qianmian.

AppError
├── CorrectableError            422  the caller can change the input and try again
│   ├── QuestionError                the question can't be read (empty, too long, no words)
│   ├── UnknownNameError             a metric, dimension or segment that the model does not have
│   ├── ImpossibleSplitError         the metric can't be broken down that way
│   ├── AmbiguousRoleError           two join paths lead to the dimension; a role is needed
│   └── WindowError                  the time window is empty, reversed or outside the data
├── NotFoundError               404  the thing that was named does not exist
├── NotPermittedError           403  this actor may not do this
├── ConflictError               409  it was decided, changed or withdrawn meanwhile
├── UnauthenticatedError        401  no valid key
├── SqlRejectedError            400  the guard refused the SQL; `findings` say why
│   └── MissingDataError             it reads tables or columns that this warehouse lacks
├── ConfigurationError          500  a knowledge or settings file is wrong; all problems at once
├── ImportRejectedError         422  an import failed; the snapshot that served keeps serving
├── WarehouseError              503  the warehouse file is missing, damaged or not of the contract
├── StoreError                  503  the app database can't be opened, is busy, or is newer than the program
└── QueryStoppedError           504  the query passed its time or memory limit and was stopped

`code` is stable and documented; `status` is what HTTP answers. Messages carry no personal data, no secret and no
engine error text; machine-readable parts go into `details`.
"""

from collections.abc import Sequence
from typing import Any, ClassVar


class AppError(Exception):
    """Base of every expected failure: what happened, and what to do."""

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500

    def __init__(self, message: str, *, hint: str = "", **details: Any) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.details = details


class CorrectableError(AppError):
    code = "invalid_input"
    status = 422


class QuestionError(CorrectableError):
    code = "unreadable_question"


class UnknownNameError(CorrectableError):
    code = "unknown_name"


class ImpossibleSplitError(CorrectableError):
    code = "impossible_split"


class AmbiguousRoleError(CorrectableError):
    code = "ambiguous_role"


class WindowError(CorrectableError):
    code = "bad_window"


class NotFoundError(AppError):
    code = "not_found"
    status = 404


class NotPermittedError(AppError):
    code = "not_permitted"
    status = 403


class ConflictError(AppError):
    code = "conflict"
    status = 409


class UnauthenticatedError(AppError):
    code = "unauthenticated"
    status = 401


class SqlRejectedError(AppError):
    """The guard refused the SQL."""

    code = "sql_rejected"
    status = 400

    def __init__(self, message: str, *, findings: Sequence[Any] = (), hint: str = "", **details: Any) -> None:
        super().__init__(message, hint=hint, **details)
        self.findings = tuple(findings)


class MissingDataError(SqlRejectedError):
    """Well-formed, but this warehouse lacks what it reads. `details["absent"]` names it: `table` or `table.column`."""

    code = "missing_data"


class ConfigurationError(AppError):
    """One or more problems in configuration or knowledge files, reported together."""

    code = "bad_configuration"
    status = 500

    def __init__(self, message: str, *, problems: Sequence[str] = (), hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.problems = tuple(problems)

    def __str__(self) -> str:
        return "\n".join([self.message, *(f"  - {problem}" for problem in self.problems)])


class ImportRejectedError(AppError):
    code = "import_rejected"
    status = 422


class WarehouseError(AppError):
    code = "warehouse_unavailable"
    status = 503


class StoreError(AppError):
    code = "store_unavailable"
    status = 503


class QueryStoppedError(AppError):
    code = "query_stopped"
    status = 504
