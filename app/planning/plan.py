"""What a planner returns: readings with the evidence for them, or the reason why there is none."""

from dataclasses import dataclass
from typing import Literal

from app.knowledge.entries import Sense, Term
from app.llm.meter import CallRecord
from app.semantic.query import SemanticQuery

RefusalCode = Literal[
    "unreadable_question",
    "not_understood",
    "no_metric",
    "out_of_scope",
    "impossible_split",
    "unknown_value",
    "ambiguous_role",
    "bad_window",
    "needs_previous",
    "term_not_computable",
]


SettledBy = Literal["asked", "remembered", "department", "brand", "only", "open"]
LinkRole = Literal["metric", "dimension", "value", "segment", "time", "compare", "operator"]


SignKind = Literal[
    "by_sound",
    "by_spelling",
    "by_part",
    "by_loose_part",
    "no_time",
    "vague_time",
    "no_metric",
    "unjoined_metrics",
    "made_metric",
    "finer_twin",
    "unasked_split",
    "only_passed_over",
    "passed_over",
    "mostly_small_words",
    "reduced_people",
]


@dataclass(frozen=True, slots=True)
class Sign:
    """Something that a reading decided and that the question did not say in so many words.

    `words`: the stretches of the question that it is about; none where that is the doubt.
    """

    kind: SignKind
    words: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """One stretch of the question and what it was taken for."""

    text: str
    start: int
    end: int
    role: LinkRole
    target: str
    """`gmv_paid`, `channel=tmall`, `2026-09-01..2026-09-30` …"""
    fuzzy: bool = False


@dataclass(frozen=True, slots=True)
class ChosenSense:
    """What a term of the house was taken for, and what settled it."""

    term: str
    sense: str
    by: SettledBy
    word: Term
    meaning: Sense


@dataclass(frozen=True, slots=True)
class Reading:
    """One way to understand the question."""

    query: SemanticQuery
    coverage: float
    """Part of the question's content characters that this reading explains, 0–1."""
    links: tuple[Link, ...] = ()
    unexplained: tuple[str, ...] = ()
    assumptions: tuple[str, ...] = ()
    """What was decided without being asked, in the asker's language ("未说明时间,按本月计")."""
    path: Literal["rule", "llm"] = "rule"
    """Which planner this reading comes from."""
    agreed: bool = False
    """Both planners came to this very plan, each by itself."""
    window_label: str = ""
    """How the window was understood, in the asker's language ("2026-09", "近30天", "去年双11")."""
    senses: tuple[ChosenSense, ...] = ()
    """The jargon terms in it, each in the sense it was read."""
    signs: tuple[Sign, ...] = ()
    """What speaks against it being what was meant."""

    @property
    def fuzzy(self) -> tuple[str, ...]:
        """Words matched only approximately, as "heard → meant"."""
        return tuple(f"{link.text} → {link.target}" for link in self.links if link.fuzzy)


@dataclass(frozen=True, slots=True)
class Unplanned:
    """Why no reading is trusted, and what to ask instead."""

    code: RefusalCode
    reason: str
    instead: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Gap:
    """A question that a model understood and that no metric, dimension or segment expresses."""

    question: str
    """With identifiers masked: this is written down for the model's owner."""
    reason: str
    missing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Defined:
    """A definition that was asked for; texts as (Chinese, English)."""

    id: str
    name: tuple[str, str]
    text: tuple[str, str]
    owner: str
    version: int


@dataclass(frozen=True, slots=True)
class PlanResult:
    """The outcome of planning. Exactly one of `readings` and `unplanned` is filled.

    One reading: answer it. Several: they are legal and different; compare their results and ask back if they differ.
    """

    language: Literal["zh", "en"]
    readings: tuple[Reading, ...] = ()
    unplanned: Unplanned | None = None
    defined: tuple[Defined, ...] = ()
    """Instead of readings, where the question asks what a word means."""
    missing: tuple[tuple[Term, Sense], ...] = ()
    """Senses that may be meant and that this warehouse can't express: one reading alone is then asked back too."""
    gap: Gap | None = None
    """Beside `unplanned`: why, as far as a model could tell."""
    notes: tuple[str, ...] = ()
    """What the asker should know of the planning itself (the model was not reached, both ways agreed)."""
    calls: tuple[CallRecord, ...] = ()
    """Model calls that were made for this question."""
