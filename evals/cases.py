"""The cases of evals/cases as typed, checked data. Every problem of every file is reported at once."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

FOLDER = Path(__file__).resolve().parent / "cases"
_TIME = "time"  # phrases for the time grammar, in a format of their own: evals/time_grammar.py

Form = Literal["spoken", "written", "typo", "traditional", "english", "mixed"]
CaseSet = Literal["dev", "held"]
Kind = Literal["sql", "clarify", "refuse"]
ASKING_BACK_IS_FINE = frozenset({"needs_clarification", "clarify"})


class CasesError(Exception):
    """Case files are wrong; the text lists all problems."""


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Clarify(_Shape):
    """A question that must be asked back."""

    term: str
    readings: tuple[str, ...] = Field(min_length=1)
    """SQL of each legal reading that this warehouse can express; the options offered must show two of their results."""


class Expect(_Shape):
    """Exactly one of `sql`, `clarify` and `refuse`."""

    sql: str | None = None
    alternatives: tuple[str, ...] = ()
    """Other readings that are as defensible; the answer may equal any one of them."""
    ordered: bool = False
    clarify: Clarify | None = None
    refuse: tuple[str, ...] | None = None
    """What can't be answered, as codes for the reader; with `needs_clarification` asking back is right too."""

    @field_validator("refuse", mode="before")
    @classmethod
    def _codes(cls, value: Any) -> Any:
        if value is True:
            return ()
        return (value,) if isinstance(value, str) else value

    @model_validator(mode="after")
    def _one_of_three(self) -> Self:
        given = [name for name in ("sql", "clarify", "refuse") if getattr(self, name) is not None]
        if len(given) != 1:
            raise ValueError(f"exactly one of sql, clarify and refuse is needed, not {' + '.join(given) or 'none'}")
        if (self.alternatives or self.ordered) and self.sql is None:
            raise ValueError("alternatives and ordered go with sql")
        return self

    @property
    def kind(self) -> Kind:
        """Which of the three."""
        return "sql" if self.sql is not None else "clarify" if self.clarify is not None else "refuse"

    @property
    def readings(self) -> tuple[str, ...]:
        """Every gold statement: the answer and its alternatives, or the readings to offer."""
        if self.clarify is not None:
            return self.clarify.readings
        return (self.sql, *self.alternatives) if self.sql is not None else ()

    @property
    def may_ask_back(self) -> bool:
        """For `refuse`: whether asking back is as right as refusing."""
        return bool(ASKING_BACK_IS_FINE & set(self.refuse or ()))


class Case(_Shape):
    """One behaviour: a question, possibly after others, and what a careful analyst would do."""

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    form: Form
    tags: tuple[str, ...] = ()
    department: str | None = None
    turns: tuple[str, ...] = ()
    """Earlier questions of the same conversation, in order; only `question` is graded."""
    expect: Expect
    why: str = ""
    category: str = ""
    """The id up to its first dot; without a dot the folder."""
    suite: str = ""
    """The folder of an examiner (`exam_…`), else `house`: cases that the planner was improved on."""
    set: CaseSet = "dev"
    """`held` when the file's name begins so: reported in totals only, so that nobody tunes on it by accident."""


def load_cases(folder: Path = FOLDER) -> list[Case]:
    """Every case below `folder`, in the order of files.

    Raises:
        CasesError: files or cases are wrong; all problems with file and id.
    """
    problems: list[str] = []
    cases: list[Case] = []
    for path in sorted(folder.rglob("*.yaml")):
        if path.relative_to(folder).parts[0] != _TIME:
            cases += _read(path, folder, problems)
    repeated = [name for name, count in Counter(case.id for case in cases).items() if count > 1]
    problems += [f"id {name!r} is used more than once" for name in repeated]
    if problems:
        raise CasesError("\n".join(problems))
    return cases


def _read(path: Path, folder: Path, problems: list[str]) -> list[Case]:
    where = path.relative_to(folder).as_posix()
    try:
        entries = yaml.safe_load(path.read_text(encoding="utf-8")) or []
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        problems.append(f"{where}: {error}")
        return []
    if not isinstance(entries, list):
        problems.append(f"{where}: a list of cases is needed")
        return []
    top = path.relative_to(folder).parts[0]
    given = {"suite": top if top.startswith("exam") else "house", "set": "held" if _is_held(path) else "dev"}
    return [case for entry in entries if (case := _case(entry, where, given, top, problems)) is not None]


def _is_held(path: Path) -> bool:
    return path.stem.startswith("held")


def _case(entry: Any, where: str, given: dict[str, str], folder: str, problems: list[str]) -> Case | None:
    name = entry.get("id", "?") if isinstance(entry, dict) else "?"
    taken = {"category", "suite", "set"} & set(entry) if isinstance(entry, dict) else set()
    if taken or not isinstance(entry, dict):
        problems.append(f"{where} {name}: {', '.join(taken) or 'not a mapping'} can't be written in a case")
        return None
    category = str(name).split(".")[0] if "." in str(name) else folder
    try:
        return Case.model_validate({**entry, **given, "category": category})
    except ValidationError as error:
        problems += [f"{where} {name}: {_place(item['loc'])}{item['msg']}" for item in error.errors()]
        return None


def _place(location: Sequence[int | str]) -> str:
    return f"{'.'.join(str(part) for part in location)}: " if location else ""


def select(cases: Iterable[Case], *, which: str = "all", only: Sequence[str] = ()) -> Iterator[Case]:
    """The cases of a set (`dev`, `held`, `all`) whose id, category, suite, form or tag is among `only`."""
    for case in cases:
        names = {case.id, case.category, case.suite, case.form, case.expect.kind, *case.tags}
        if which in ("all", case.set) and (not only or names & set(only)):
            yield case
