"""What a fragment says about the plan before it: data that the parts of reading fill in and `merge` uses."""

from dataclasses import dataclass, field

from app.planning.draft import Draft, ValueGroup
from app.planning.edits.drops import Drops
from app.planning.edits.rows import Pick
from app.planning.lattice import Token
from app.planning.lexicon import Candidate
from app.planning.time.ranges import TimeRange
from app.semantic.query import Comparison, SemanticQuery


@dataclass(frozen=True, slots=True)
class Mode:
    """One fair way to take what a fragment leaves open."""

    same_days: bool = False
    """去年 after a month means the same days of that year."""
    rows: int | None = None
    """The first rows of the last answer are meant, not a new ranking (前三名的客单价)."""
    keeps_order: bool = False
    """The order that was said sorts those rows (从低到高 after 前五名)."""


@dataclass(slots=True)
class Fragment:
    """What one fragment says; the draft holds what the shapes read, the rest is said of the plan before."""

    draft: Draft
    query: SemanticQuery
    """The plan before."""
    drops: Drops = field(default_factory=Drops)
    pick: Pick | None = None
    replaced: frozenset[str] = frozenset()
    """Values that give way to the ones said behind 换成."""
    adds: bool = False
    """再加上, also: what is said joins what was there instead of replacing it."""
    deepens: bool = False
    """再按…, further: a breakdown joins the one that was there."""
    metrics: tuple[str, ...] = ()
    """Metrics that the fragment names itself."""
    implied: bool = False
    """They were not named but follow from what is counted (多少人)."""
    sets_against: bool = False
    """跟京东比: a value beside the one that was there."""
    unsettled: list[Token] = field(default_factory=list)
    """Words that ask for something which can't be told, though each of them is known."""
    rest_as_other: bool = False
    says_window: bool = False
    other_window: TimeRange | None = None
    """去年 after a month: the same days of that year, beside the year itself."""
    compare: tuple[Comparison, ...] = ()
    says_compare: bool = False

    @property
    def has_own_metric(self) -> bool:
        return bool(self.metrics)

    @property
    def selects(self) -> bool:
        """Does it say whom or what the numbers are about?"""
        draft = self.draft
        return bool(draft.breakdowns or draft.groups or draft.people or draft.segments or draft.numbers)


def says_nothing(fragment: Fragment) -> bool:
    """那个呢: marks alone change nothing."""
    if fragment.metrics or fragment.says_compare:
        return False
    used = [t for t in fragment.draft.tokens if t.used_by not in (None, "kept")]
    return all(t.used_by == "edit" and t.target in ("mark", "previous") for t in used)


def kept_token(draft: Draft, dimension: str) -> Token:
    """A breakdown of the plan before as a token, so that linking and ordering treat it like one that was said."""
    token = Token(
        len(draft.text), len(draft.text), draft.model.dimensions[dimension].label.in_(draft.language),
        (Candidate("dimension", dimension),), used_by="kept", target=dimension,
    )  # fmt: skip
    draft.tokens.append(token)
    return token


def soft_negation(draft: Draft, group: ValueGroup) -> bool:
    """去掉抖音 takes a filter on 抖音 away; 除了抖音 always means all the others."""
    around = [draft.neighbour(group.tokens[0], -1), draft.neighbour(group.tokens[-1], 1)]
    return any(t is not None and t.op("drop") and t.used_by == "filter" for t in around)
