"""Jargon as data: what `knowledge/jargon/*.yaml` may say. Loaded and cross-checked by `glossary`.

A term is never prompt text: each of its senses is a typed rewrite onto the semantic model, or says why this warehouse
can't express it. Names of the semantic model are held as plain ids; who knows the model checks them (`edit_knowledge`).
"""

from datetime import date
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

Slug = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$", max_length=64)]
Scalar = str | int | float | bool
FilterOp = Literal["eq", "ne", "in", "not_in", "gt", "ge", "lt", "le", "between", "is_null", "not_null", "contains"]
ComparisonKind = Literal["prior_period", "prior_year", "promo", "lunar"]
TermKind = Literal["metric", "segment", "dimension", "time", "comparison", "concept"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Text(_Entry):
    """A text in both languages."""

    zh: str = Field(min_length=1)
    en: str = Field(min_length=1)

    def in_(self, language: str) -> str:
        """The text in `language` ("zh" or "en")."""
        return self.en if language == "en" else self.zh


class Words(_Entry):
    """What people call it, beside its label."""

    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()

    @property
    def all(self) -> tuple[str, ...]:
        return self.zh + self.en


class TermFilter(_Entry):
    """A condition on one dimension of the semantic model."""

    dimension: Slug
    op: FilterOp = "eq"
    values: tuple[Scalar, ...] = ()


class Rewrite(_Entry):
    """What a sense puts in the place of its term. Parts given together hold together: a metric under these filters."""

    metric: str | None = Field(default=None, pattern=r"^[a-z][a-z0-9_]*(@[1-9][0-9]{0,3})?$")
    """A metric id, with `@days` where the metric takes a number of days."""
    segment: Slug | None = None
    segment_days: int | None = Field(default=None, ge=1, le=3650)
    negated: bool = False
    """The segment's complement."""
    filters: tuple[TermFilter, ...] = ()
    dimension: Slug | None = None
    window: str | None = Field(default=None, min_length=1)
    """A phrase of the time grammar ("近30天", "上个自然周")."""
    comparison: ComparisonKind | None = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not any((self.metric, self.segment, self.filters, self.dimension, self.window, self.comparison)):
            raise ValueError("a rewrite names a metric, segment, filter, dimension, window or comparison")
        if self.segment is None and (self.negated or self.segment_days is not None):
            raise ValueError("negated and segment_days belong to a segment")
        return self


class Sense(_Entry):
    """One meaning of a term, as one group of people in the house uses it."""

    id: Slug
    who: Text
    meaning: Text
    names: tuple[str, ...] = Field(min_length=1)
    """Words by which an asker picks this sense ("财务口径", "按单")."""
    rewrite: Rewrite | None = None
    not_computable: Text | None = None
    """Why this warehouse can't express it; said exactly when `rewrite` is missing."""

    @model_validator(mode="after")
    def _is_computable_or_says_why(self) -> Self:
        if (self.rewrite is None) == (self.not_computable is None):
            raise ValueError(f"sense {self.id!r} needs either a rewrite or not_computable")
        return self


class Term(_Entry):
    """A word of the house with one or more senses; without senses it is a definition only."""

    id: Slug
    label: Text
    aliases: Words = Words()
    kind: TermKind
    text: Text
    """The definition that answers "X 是什么意思"."""
    senses: tuple[Sense, ...] = ()
    ask_back: Text | None = None
    """The question when its senses differ in result; required with two or more senses."""
    spoken: bool = True
    """False: the words themselves are too common to be taken as the term inside a question (包, 机制); they are
    still found by search and by "X 是什么意思"."""
    follows: Slug | None = None
    """Another term with the same sense ids: what was chosen or bound for that one holds here (新客数 follows 新客)."""
    owner: str = Field(min_length=1)
    version: int = Field(default=1, ge=1)
    source: str = Field(min_length=1)
    updated_on: date
    effective_from: date | None = None
    effective_until: date | None = None
    """Last day, inclusive."""
    brands: tuple[str, ...] = ()
    """Brands whose askers use it; empty = all."""

    @model_validator(mode="after")
    def _is_consistent(self) -> Self:
        ids = [sense.id for sense in self.senses]
        if len(set(ids)) != len(ids):
            raise ValueError(f"senses repeat an id: {', '.join(ids)}")
        if len(ids) > 1 and self.ask_back is None:
            raise ValueError("a term with several senses needs ask_back")
        _check_dates(self.effective_from, self.effective_until)
        return self

    @property
    def forms(self) -> tuple[str, ...]:
        """Every surface form: both labels and all aliases, without repetition."""
        return tuple(dict.fromkeys((self.label.zh, self.label.en, *self.aliases.all)))

    def sense(self, sense_id: str) -> Sense | None:
        """The sense `sense_id`, or None."""
        return next((sense for sense in self.senses if sense.id == sense_id), None)

    def holds_on(self, day: date) -> bool:
        """Whether the entry is in force on `day`."""
        return holds(self.effective_from, self.effective_until, day)


class Binding(_Entry):
    """The house definition: which sense of `term` a department, or a brand as a whole, means."""

    term: Slug
    sense: Slug
    brand: str | None = None
    department: str | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    owner: str = Field(min_length=1)
    source: str = Field(min_length=1)

    @model_validator(mode="after")
    def _dates_are_ordered(self) -> Self:
        _check_dates(self.effective_from, self.effective_until)
        return self

    @property
    def scope(self) -> tuple[str, str | None, str | None]:
        """What it binds for whom; two bindings of one scope may not hold on the same day."""
        return self.term, self.brand, self.department and fold(self.department)

    def holds_on(self, day: date) -> bool:
        """Whether the binding is in force on `day`."""
        return holds(self.effective_from, self.effective_until, day)


class BindingGroup(_Entry):
    """Bindings of one scope, as they are written in a file: term id → sense id."""

    brand: str | None = None
    department: str | None = None
    effective_from: date | None = None
    effective_until: date | None = None
    owner: str = Field(min_length=1)
    source: str = Field(min_length=1)
    senses: dict[Slug, Slug] = Field(min_length=1)

    def bindings(self) -> tuple[Binding, ...]:
        """One `Binding` per term."""
        shared = self.model_dump(exclude={"senses"})
        return tuple(Binding(term=term, sense=sense, **shared) for term, sense in self.senses.items())


def fold(word: str) -> str:
    """`word` as it is compared: without surrounding space and without case."""
    return word.strip().casefold()


def holds(start: date | None, end: date | None, day: date) -> bool:
    """Whether `day` is within [start, end], both inclusive and both optional."""
    return (start is None or start <= day) and (end is None or day <= end)


def _check_dates(start: date | None, end: date | None) -> None:
    if start and end and start > end:
        raise ValueError(f"effective_from {start} is after effective_until {end}")
