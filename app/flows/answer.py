"""`Answer`: one object for chat, HTTP, CLI and evals (DESIGN §2.4)."""

from datetime import date
from typing import Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.llm.meter import CallRecord
from app.semantic.query import SemanticQuery

Status = Literal["answered", "needs_clarification", "refused", "failed"]
Trust = Literal["verified", "governed", "unverified"]
Language = Literal["zh", "en"]
ColumnKind = Literal["dimension", "metric", "delta", "share"]
ChartKind = Literal["none", "number", "line", "bar", "stacked_bar", "grouped_bar"]


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Column(_Shape):
    name: str
    label: str
    kind: ColumnKind
    unit: str | None = None
    """CNY, people, orders, items, rate, pp … ; for dimensions None. Rates are 0–1."""
    good_when: Literal["up", "down", "neutral"] = "neutral"


class Chart(_Shape):
    """A closed set of kinds and encodings, never code."""

    kind: ChartKind = "none"
    x: str | None = None
    y: tuple[str, ...] = ()
    series: str | None = None


class Definition(_Shape):
    id: str
    name: str
    text: str
    owner: str
    version: int


class TrustEvidence(_Shape):
    coverage: float
    """Part of the question's characters that the plan explains, 0–1."""
    path: Literal["rule", "llm", "raw"]
    fuzzy: tuple[str, ...] = ()
    """Words matched only approximately, as "heard → meant"."""
    checks_passed: int = 0
    checks_total: int = 0
    readings: int = 1
    """Legal readings that were tried; more than one = they gave the same result."""
    agreed: bool = False
    """The rules and a language model came to this plan, each by itself."""
    assumed: tuple[str, ...] = ()
    """What was decided without being asked, in the asker's language."""
    confidence: float | None = None
    """0–1: how often answers with such evidence were right; None where that was never measured (raw SQL)."""
    reasons: tuple[str, ...] = ()
    """What lowered the confidence, in the asker's language, weightiest first."""


class Check(_Shape):
    name: str
    passed: bool
    detail: str


class ClarifyOption(_Shape):
    label: str
    query: SemanticQuery
    preview: str
    term: str | None = None
    """The jargon term this option settles, and the sense it settles on: what is remembered when it is chosen."""
    sense: str | None = None
    who: str = ""
    """Whose sense it is, and what it means there; empty where readings differ in something else than a term."""
    meaning: str = ""
    names: tuple[str, ...] = ()
    """Words by which it can be chosen, beside its place and the words of its label."""


class Clarification(_Shape):
    question: str
    options: tuple[ClarifyOption, ...]


class Refusal(_Shape):
    code: str
    reason: str
    instead: tuple[str, ...] = ()
    """Questions or actions that would work."""


class UsedSense(_Shape):
    """In which sense a word of the house was read that has several, and what settled it."""

    term: str
    sense: str
    by: Literal["asked", "remembered", "department", "brand", "only", "open"]
    label: str
    who: str
    meaning: str


class Remembered(_Shape):
    """What was just kept for this asker: from now on `term` is read in `sense`, until they take it back."""

    term: str
    sense: str
    label: str
    who: str


class Approval(_Shape):
    """Who said that this plan is what the question means, and when."""

    by: str
    on: date
    question: str


class Finding(_Shape):
    rule: str
    message: str
    instead: str = ""


class Stage(_Shape):
    name: str
    ms: float


class ModelCall(_Shape):
    """One call of a language model that this answer needed: which prompt, which model, what it used."""

    prompt: str
    version: int
    model: str
    outcome: str
    """`ok`, or what went wrong."""
    tokens_in: int
    tokens_out: int
    cost: float
    ms: float

    @classmethod
    def of(cls, record: CallRecord) -> Self:
        """The record as an answer shows it."""
        return cls(
            prompt=record.prompt_id, version=record.prompt_version, model=record.model, outcome=record.outcome,
            tokens_in=record.tokens_in, tokens_out=record.tokens_out, cost=record.cost, ms=record.ms,
        )  # fmt: skip


class Trace(_Shape):
    request_id: str
    data_as_of: date | None = None
    snapshot: str | None = None
    planner: str = "rule"
    """rule | llm | rule+llm (both came to this plan) | raw."""
    model_calls: tuple[ModelCall, ...] = ()
    stages: tuple[Stage, ...] = ()


class Answer(_Shape):
    """What every face shows.

    Rows are lists in `columns` order: numbers as JSON numbers, rates 0–1, days as YYYY-MM-DD, weeks as the Monday
    YYYY-MM-DD, months as YYYY-MM, quarters as YYYY-Qn, dimension values as stored (their display text in `labels`:
    column → value → text).
    """

    status: Status
    language: Language
    restatement: str = ""
    query: SemanticQuery | None = None
    sql: str | None = None
    dialect: str | None = None
    columns: tuple[Column, ...] = ()
    rows: tuple[tuple[Any, ...], ...] = ()
    labels: dict[str, dict[str, str]] = Field(default_factory=dict)
    row_count: int = 0
    truncated: bool = False
    headline: str = ""
    chart: Chart = Chart()
    definitions: tuple[Definition, ...] = ()
    senses: tuple[UsedSense, ...] = ()
    trust: Trust | None = None
    evidence: TrustEvidence | None = None
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = ()
    clarification: Clarification | None = None
    refusal: Refusal | None = None
    remembered: Remembered | None = None
    approval: Approval | None = None
    """Set where `trust` is verified."""
    findings: tuple[Finding, ...] = ()
    trace: Trace
