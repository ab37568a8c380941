"""The brand's promo, lunar and fiscal calendar: read from knowledge/, checked whole, never guessed beyond."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal, Self, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from app.core.errors import ConfigurationError, WindowError

_Shape = TypeVar("_Shape", bound=BaseModel)
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Names(_Entry):
    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)


class Instance(_Entry):
    """One year's event. `day` is the day it is named after; without `start`/`end` its window is not known."""

    day: date
    start: date | None = None
    end: date | None = None
    presale_start: date | None = None
    presale_end: date | None = None

    @model_validator(mode="after")
    def _windows_are_ordered(self) -> Self:
        for name, start, end in (("", self.start, self.end), ("presale ", self.presale_start, self.presale_end)):
            if (start is None) != (end is None):
                raise ValueError(f"{name}start and end come together")
            if start and end and start > end:
                raise ValueError(f"{name}start {start} is after its end {end}")
        if self.start and self.end and not self.start <= self.day <= self.end:
            raise ValueError(f"day {self.day} is outside {self.start} to {self.end}")
        if self.presale_end and self.start and self.presale_end >= self.start:
            raise ValueError(f"presale ends {self.presale_end}, on or after the start {self.start}")
        return self


class PromoEvent(_Entry):
    """A promo, festival or holiday with an explicit window per year."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: Names
    aliases: tuple[str, ...] = ()
    kind: Literal["platform", "festival", "statutory", "risk"]
    aligned: Literal["promo", "lunar"]
    """`lunar`: the date moves with the lunar year."""
    major: bool = False
    """大促 without a name means the latest of these."""
    warmup_days: int = Field(default=0, ge=0, le=90)
    tail_days: int = Field(default=0, ge=0, le=60)
    rule: str
    evidence: Literal["computed", "rule_of_thumb", "memory", "announced", "brand"]
    note: str = ""
    source: str = Field(min_length=1)
    updated_on: date
    years: dict[int, Instance] = Field(min_length=1)

    @property
    def words(self) -> tuple[str, ...]:
        """Every spelling of the event, lower case."""
        return tuple(dict.fromkeys(word.lower() for word in (self.name.zh, self.name.en, *self.aliases)))

    def instance(self, year: int) -> Instance:
        """The event of `year`.

        Raises:
            WindowError: the calendar does not cover that year.
        """
        found = self.years.get(year)
        if found is None:
            raise WindowError(
                f"the brand calendar has no {self.name.en} of {year}; it covers {min(self.years)} to {max(self.years)}",
                hint=f"品牌日历没有 {year} 年的{self.name.zh},请改用具体日期,或在 knowledge/calendar/promo.yaml 补上",
                event=self.id,
                year=year,
            )
        return found

    def window(self, year: int) -> tuple[date, date]:
        """First and last day of the event of `year`.

        Raises:
            WindowError: the year is not covered, or its window is not announced yet.
        """
        found = self.instance(year)
        if found.start is None or found.end is None:
            raise WindowError(
                f"the window of {self.name.en} {year} is not known; only its day, {found.day}",
                hint=f"{year} 年{self.name.zh}的起止尚未公布,请改用具体日期,或在 knowledge/calendar/promo.yaml 补上",
                event=self.id,
                year=year,
            )
        return found.start, found.end


class Periods(_Entry):
    week_starts_on: int = Field(default=1, ge=1, le=7)
    fiscal_start_month: int = Field(default=1, ge=1, le=12)
    recent_days: int = Field(default=30, ge=1, le=366)
    source: str = Field(min_length=1)
    updated_on: date


class _EventFile(_Entry):
    events: tuple[PromoEvent, ...] = Field(min_length=1)


@dataclass(frozen=True, slots=True, eq=False)
class PromoCalendar:
    """What the time grammar needs to know of the brand: its events, its week, its fiscal year.

    Compared by identity, so that the patterns compiled from its words can be kept with it.
    """

    events: tuple[PromoEvent, ...]
    week_starts_on: int = 1
    fiscal_start_month: int = 1
    recent_days: int = 30

    def event(self, event_id: str) -> PromoEvent:
        """The event named `event_id`; KeyError when there is none (ids come from this calendar)."""
        for event in self.events:
            if event.id == event_id:
                return event
        raise KeyError(event_id)

    def by_word(self) -> dict[str, PromoEvent]:
        """Spelling (lower case) → event."""
        return {word: event for event in self.events for word in event.words}


def load_calendar(folder: Path) -> PromoCalendar:
    """The calendar in `folder` (`promo.yaml`, `periods.yaml`).

    Raises:
        ConfigurationError: every problem of both files at once, each with its file and line.
    """
    problems: list[str] = []
    events = _read(folder / "promo.yaml", _EventFile, problems)
    periods = _read(folder / "periods.yaml", Periods, problems)
    if events:
        problems += _clashes(events.events)
    if problems or events is None or periods is None:
        raise ConfigurationError("the promo calendar can't be used", problems=problems, hint="fix the lines listed")
    return PromoCalendar(events.events, periods.week_starts_on, periods.fiscal_start_month, periods.recent_days)


def _read(path: Path, shape: type[_Shape], problems: list[str]) -> _Shape | None:
    try:
        text = path.read_text(encoding="utf-8")
        return shape.model_validate(yaml.load(text, Loader=_LOADER))  # noqa: S506 - a safe loader, in C where there is one
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{path}: can't be read ({type(error).__name__})")
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problems.append(f"{path}:{line}: not YAML: {error.problem}")
    except yaml.YAMLError as error:
        problems.append(f"{path}: not YAML: {error}")
    except ValidationError as error:
        lines = yaml.compose(text, Loader=_LOADER)
        for found in error.errors(include_url=False):
            where = ".".join(str(part) for part in found["loc"])
            problems.append(f"{path}:{_line_of(lines, found['loc'])}: {where}: {found['msg']}")
    return None


def _line_of(node: yaml.Node | None, place: tuple[int | str, ...]) -> int:
    """The line of the innermost node on the way to `place` that the file really holds."""
    line = node.start_mark.line + 1 if node else 1
    for part in place:
        node = _child(node, part)
        if node is None:
            break
        line = node.start_mark.line + 1
    return line


def _child(node: yaml.Node | None, part: int | str) -> yaml.Node | None:
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    return None


def _clashes(events: tuple[PromoEvent, ...]) -> Iterator[str]:
    """One spelling, one event: a word that means two events would be answered by file order."""
    owner: dict[str, str] = {}
    for event in events:
        for word in event.words:
            if owner.setdefault(word, event.id) != event.id:
                yield f"promo.yaml: {word!r} names both {owner[word]!r} and {event.id!r}"
    ids = [event.id for event in events]
    for repeated in sorted({id_ for id_ in ids if ids.count(id_) > 1}):
        yield f"promo.yaml: the id {repeated!r} is used more than once"
