"""The draft of a reading: tokens on one side, the growing plan on the other. Shapes move things from left to right."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from app.planning.lattice import Token
from app.planning.lexicon import ValueIndex
from app.planning.plan import ChosenSense
from app.planning.time.ranges import TimeRange
from app.semantic.model import Metric, SemanticModel
from app.semantic.query import CompareOp, Comparison, Filter, Grain, split_metric_name

NumberOp = CompareOp


@dataclass(slots=True)
class ValueGroup:
    """Values said together ("抖音和天猫"), to be linked to one dimension later."""

    tokens: list[Token]
    negated: bool = False
    named: Token | None = None
    """The dimension word beside them ("注册渠道为抖音"), if any."""


@dataclass(slots=True)
class NumberCondition:
    """`subject op values`, where the subject is a metric or a number dimension."""

    subject: str
    is_metric: bool
    op: NumberOp
    values: tuple[float, ...]


@dataclass(slots=True)
class PersonClause:
    """What people did or did not do: a verb, what they bought, how much, and when."""

    negated: bool
    groups: list[ValueGroup] = field(default_factory=list)
    spends: bool = False
    """The verb itself speaks of money ("消费满 1500")."""
    metric: str | None = None
    op: NumberOp = "ge"
    values: tuple[float, ...] = (1,)
    window: tuple[date, date] | None = None


@dataclass(slots=True)
class Draft:
    """Everything known so far about one question."""

    text: str
    language: Literal["zh", "en"]
    tokens: list[Token]
    model: SemanticModel
    as_of: date
    values: ValueIndex
    senses: tuple[ChosenSense, ...] = ()
    """Every jargon term of the question, in the sense that this draft reads it."""
    # the plan -----------------------------------------------------------------------------------------------------
    window: tuple[date, date] | None = None
    window_label: str = ""
    window_range: TimeRange | None = None
    """The window as the time grammar read it; None when no time was said."""
    grain: Grain | None = None
    wants_trend: bool = False
    """A trend was asked without saying by which period."""
    compare: list[Comparison] = field(default_factory=list)
    metrics: list[str] = field(default_factory=list)
    breakdowns: list[Token] = field(default_factory=list)
    groups: list[ValueGroup] = field(default_factory=list)
    numbers: list[NumberCondition] = field(default_factory=list)
    having: list[NumberCondition] = field(default_factory=list)
    people: list[PersonClause] = field(default_factory=list)
    segments: list[tuple[str, bool, int | None]] = field(default_factory=list)
    share: bool = False
    share_of_whole: bool = False
    order_by: str | None = None
    descending: bool = True
    judges: bool = False
    """The rank was asked as best or worst, which for some metrics means the lowest or the highest."""
    order_change: bool = False
    ranks_periods: bool = False
    """The ranked rows are days, weeks or months ("哪天卖得最好")."""
    limit: int | None = None
    limit_per: Token | None = None
    limit_per_period: bool = False
    """The rank counts inside every bucket ("每个月最高的渠道")."""
    rest_as_other: bool = False
    wants_people: bool = False
    """The asker wants the list: an audience."""
    asks_people: bool = False
    """The thing counted is people ("多少人", "哪些会员")."""
    shared: list[str] = field(default_factory=list)
    """Dimensions of `fixed` whose condition a share leaves out of its whole."""
    fixed: list[Filter] = field(default_factory=list)
    """Conditions that a jargon sense brings along."""
    assumptions: list[str] = field(default_factory=list)
    kept_dimensions: tuple[str, ...] = ()
    """Dimensions that stay in the plan from the turn before: the asked metrics must reach them as well."""

    def say(self, zh: str, en: str) -> str:
        """The text in the asker's language."""
        return en if self.language == "en" else zh

    def assume(self, zh: str, en: str) -> None:
        """Disclose something that was decided without being asked."""
        self.assumptions.append(self.say(zh, en))

    def free(self) -> Iterator[Token]:
        """Tokens that nothing has explained yet."""
        return (token for token in self.tokens if token.used_by is None)

    def index(self, token: Token) -> int:
        return self.tokens.index(token)

    def neighbour(self, token: Token, step: int, *, skip_fillers: bool = True) -> Token | None:
        """The next token to the left (-1) or right (+1), fillers skipped."""
        position = self.index(token) + step
        while 0 <= position < len(self.tokens):
            found = self.tokens[position]
            if not (skip_fillers and found.is_filler and not found.candidates_beyond_filler):
                return found
            position += step
        return None

    def metric(self, metric_id: str) -> Metric:
        """The model's entry of a metric name, with or without its number of days."""
        return self.model.metrics[split_metric_name(metric_id)[0]]

    def parts(self, metric_id: str) -> list[Metric]:
        """The numbers a ratio is made of; a metric that is no ratio is its own only part."""
        entry = self.metric(metric_id)
        return [self.metric(p) for p in (entry.numerator, entry.denominator) if p] or [entry]

    @property
    def deed_metrics(self) -> frozenset[str]:
        """The metrics by which deeds other than buying are counted."""
        return frozenset(m for deed in self.model.deeds for m in (deed.metric, deed.times) if m)

    def is_of_cohort(self, metric_id: str) -> bool:
        """A number about people by the day of their first order: who was acquired then."""
        entry = self.metric(metric_id)
        parts = self.parts(metric_id)
        return entry.matures_after_days or all(p.dataset == "first_orders" or p.time == "cohort_at" for p in parts)

    def role(self, name: str) -> str | None:
        """The metric that plays a role ("buyers"), if the model names one."""
        return self.model.roles.get(name)
