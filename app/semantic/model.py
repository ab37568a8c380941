"""The semantic model as data: what `knowledge/semantic/*.yaml` may say. Loaded and cross-checked by `loader`.

Expressions (`expr`, `where`, `having`) are portable SQL over *fields*: a bare name is a field of the dataset itself,
`relationship.field` walks one declared many→one relationship (and `a.b.field` two). Placeholders inside expressions:

    $start, $end      first day of the window, and the day after its last day (DATE literals; a comparison shifts them)
    $as_of            the warehouse's data-as-of day (DATE literal)
    $days             the number of days of a parametrised metric or segment
    $period_start     start of the row's own time bucket when the query has a grain, else $start
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Agg = Literal["sum", "count", "count_distinct", "avg", "min", "max", "median"]
ValueType = Literal["integer", "decimal", "double"]
Unit = Literal["CNY", "people", "orders", "items", "times", "rate", "ratio", "days", "points", "count", "score"]
Additivity = Literal["additive", "semi_additive", "non_additive"]
FieldType = Literal["string", "integer", "decimal", "double", "boolean", "date", "timestamp"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Text(_Entry):
    """A text in both languages."""

    zh: str
    en: str

    @property
    def all(self) -> tuple[str, str]:
        return self.zh, self.en

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


class FieldDef(_Entry):
    """A column or row-level expression of a dataset. Without `expr` the column has the field's own name."""

    expr: str | None = None
    type: FieldType = "string"


class Relationship(_Entry):
    """A many→one (or one→one) join: every row here matches at most one row of `to`."""

    to: str
    on: dict[str, str]
    """field here → field of the target; the target side must be the target's key."""
    implicit: bool = True
    """False for a second role of the same target (registering store beside selling store): walked only when an
    expression or a dimension names it, never when a path is searched."""
    required: bool = False
    """True = INNER JOIN: rows whose parent is missing, or hidden by the policy, are left out."""


class Exclusion(_Entry):
    """Rows whose `field` appears as `key` in `dataset` are left out (an anti-join; NULL stays in)."""

    field: str
    dataset: str
    key: str


class Pairing(_Entry):
    """Each row of a derivation's source beside every row of `dataset` that fits it: the one join that multiplies rows.

    Allowed only inside a derivation, whose `group_by` or key says what one row then is. The derivation's expressions
    reach the other side as `other.field`.
    """

    dataset: str
    on: dict[str, str]
    """field here → field of `dataset`."""
    when: str | None = None
    """Further condition over `this.field` and `other.field`."""
    unmatched: bool = False
    """True: a row without a fitting one stays, with NULLs beside it."""


class Derivation(_Entry):
    """A dataset computed from another one: one row per `group_by`."""

    dataset: str
    pair: Pairing | None = None
    group_by: tuple[str, ...]
    where: str | None = None
    columns: dict[str, str] = Field(default_factory=dict)
    """column → aggregate expression over fields of the source ("MIN(paid_at)")."""
    windows: dict[str, str] = Field(default_factory=dict)
    """column → window function over the source's rows ("LAG(paid_at) OVER (…)"); rows are not grouped then, so
    `group_by` has to hold the source's key. Order by something unique: equal rows would be told apart by chance."""


class Dataset(_Entry):
    """Rows of one grain: a contract table with the house's row rules, or a derivation of another dataset."""

    id: str
    label: Text
    table: str | None = None
    derive: Derivation | None = None
    key: tuple[str, ...]
    person: str | None = None
    """The field that holds one_id, where rows belong to people."""
    time: tuple[str, ...] = ()
    """Time roles (DATE or TIMESTAMP fields); the first is the default. Empty: rows have no time."""
    where: str | None = None
    exclude: tuple[Exclusion, ...] = ()
    fields: dict[str, FieldDef] = Field(default_factory=dict)
    relationships: dict[str, Relationship] = Field(default_factory=dict)


class Dimension(_Entry):
    """Something numbers can be split or filtered by."""

    id: str
    label: Text
    synonyms: Words = Words()
    on: dict[str, str]
    """dataset → expression there. A dataset not listed reaches the nearest listed one by implicit many→one joins."""
    type: FieldType = "string"
    kind: Literal["category", "id", "name", "number", "flag", "time"] = "category"
    """`name`/`category` values are indexed for value linking; `id` values are not; `number` takes ≥ and between."""
    values: dict[str, Text] = Field(default_factory=dict)
    """Display text of coded values: tmall → {zh: 天猫, en: Tmall}."""
    value_synonyms: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """value → further words for it in any language (淘宝天猫, 猫超 …)."""
    absent: Literal["unknown", "not_applicable"] = "unknown"
    """What NULL means: not known (shown as 未知), or that the row has none of it, like an online order without a store.
    A breakdown by a dimension that does not apply leaves those rows out and says so."""
    contains_people: bool = False
    """True for one_id and the like: may be joined, grouped inside and counted, never shown or filtered by value."""
    order: tuple[str, ...] = ()
    """Natural order of coded values (normal, silver, gold, black), where there is one."""
    definition: Text | None = None
    yields: bool = False
    """True: a word that another dimension holds as well is that one's value, unless this one is named (防晒 is a
    category; 对防晒感兴趣 a tag)."""


class Matched(_Entry):
    """A yes/no per row: does another dataset have a matching row? Lowered to a LEFT JOIN on DISTINCT keys.

    Usable in `expr` / `where` of metrics of the dataset as `matched.<id>` (a boolean).
    """

    id: str
    dataset: str
    other: str
    on: dict[str, str]
    """field here → field of `other`."""
    when: str | None = None
    """Further condition over both sides: `this.field`, `other.field`, `$days` and the window placeholders."""


class Inner(_Entry):
    """First stage of a two-stage metric: one row per (asked dims, `per`)."""

    per: tuple[str, ...]
    columns: dict[str, str]
    """column → aggregate expression over fields."""


class Metric(_Entry):
    """A named number with one definition, one owner and one version."""

    id: str
    label: Text
    synonyms: Words = Words()
    type: Literal["simple", "ratio", "derived"] = "simple"
    # simple ---------------------------------------------------------------------------------------------------------
    dataset: str | None = None
    agg: Agg | None = None
    expr: str | None = None
    """Row-level expression; for `count` it may be omitted (rows). With `inner`, over its columns and `per`."""
    where: str | None = None
    """Row-level condition; with `inner` still applied to the rows before the first stage."""
    inner: Inner | None = None
    inner_where: str | None = None
    """Condition over the first stage's columns ("n >= 2")."""
    time: str | None = None
    """Time role the window applies to; None = the dataset's default role."""
    window: Literal["within", "until", "snapshot", "prior"] = "within"
    """`within`: rows inside the window. `until`: all rows up to the window's end (a stock, such as members).
    `snapshot`: rows of the window's last day (stock on hand). `prior`: rows of the period before the window, of equal
    calendar length (denominator of 回购率)."""
    # ratio / derived ------------------------------------------------------------------------------------------------
    numerator: str | None = None
    denominator: str | None = None
    formula: str | None = None
    """derived: arithmetic over metric ids ("gmv_paid - refund_amount"); `inputs` are read from it."""
    scale: float = 1.0
    """ratio: multiplied in (1000 for CPM)."""
    # all ------------------------------------------------------------------------------------------------------------
    value_type: ValueType = "integer"
    unit: Unit
    additivity: Additivity
    """additive: may be summed over every dimension and over time. semi_additive: over dimensions, not over time.
    non_additive: never (distinct counts, rates, medians)."""
    good_when: Literal["up", "down", "neutral"] = "up"
    days: int | None = None
    """Default of `$days`; present = the metric may be asked with another number, written `id@60`."""
    matures_after_days: bool = False
    """True: a row counts fully only `$days` after its time; later windows are immature (cohort metrics)."""
    owner: str
    version: int = 1
    definition: Text
    area: str
    """Part of the contract it speaks of: trade, members, coupons … (for listing)."""
    finer: str | None = None
    """The same quantity at a finer grain (order amount → item amount), asked instead when a split or a filter exists
    only there. The answer names the metric that was used."""
    not_counted: Text | None = None
    """What a careful analyst would add: anonymous buyers left out, staff left out …"""


class Segment(_Entry):
    """A named group of people: rows of `dataset` (which has a person) that pass `where`, or groups passing `having`."""

    id: str
    label: Text
    synonyms: Words = Words()
    dataset: str
    where: str | None = None
    having: str | None = None
    """Aggregate condition per person ("COUNT(*) >= 3"); without it any row that passes `where` is enough."""
    time: str | None = None
    """With a role here, only rows inside the query's window count; without, all of history."""
    days: int | None = None
    owner: str
    version: int = 1
    definition: Text


class PersonTags(_Entry):
    """Where the tags of people are: one row per person, tag and day. See `tags.with_tags`."""

    dataset: str
    person: str
    tag: str
    value: str
    as_of: str
    attach_to: str
    """The dataset of people (one row each) that the tags describe."""
    tag_names: str
    """The dimension whose declared values and synonyms are the names of tags."""
    value_names: str
    """The dimension whose declared values and synonyms are the names of tag values."""


class Deed(_Entry):
    """Verbs for something people do that is no purchase: 领了券, 加购过, clicked. `metric` counts it per person."""

    metric: str
    zh: tuple[str, ...] = ()
    en: tuple[str, ...] = ()
    not_zh: tuple[str, ...] = ()
    """Forms that carry the negation themselves (没用掉)."""
    not_en: tuple[str, ...] = ()
    times: str | None = None
    """The metric that counts how often: 退过两笔及以上."""
    about: tuple[str, ...] = ()
    """Nouns that may follow the number and add nothing (收到 3 条以上|消息)."""


class ActVerb(_Entry):
    """What is done to the thing, in every form it is said, and the number that is asked for it."""

    words: tuple[str, ...]
    count: str | None = None
    """How many things (多少张, how many), or how much of them."""
    people: str | None = None
    """How many people did it (多少人)."""
    money: str | None = None
    """What it cost or brought in (多少钱)."""
    alone: tuple[str, ...] = ()
    """Forms that say the thing as well (退订, 扫码)."""


class Act(_Entry):
    """A thing and what is done to it, said apart in any order: 上月派出去几张券, how many coupons did we hand out."""

    id: str
    things: tuple[str, ...] = ()
    measures: tuple[str, ...] = ()
    """Counting words that only this thing takes (几张)."""
    named_by: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Dimension → values that name the thing and are conditions too (短信); no values: any of that dimension."""
    named_by_split: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    """Dimension → its words that name the thing too (触达渠道); no words: all of them (媒体)."""
    split_by: str | None = None
    """The dimension meant by 哪种, 各 before the thing (哪种券)."""
    bearers: tuple[str, ...] = ()
    """Dimensions whose bare word only says whose thing it is (给导购下了多少任务)."""
    verbs: tuple[ActVerb, ...] = ()
    rest: ActVerb | None = None
    """The thing is there and nothing is done to it: 社群里有多少人."""


class Elsewhere(_Entry):
    """Values that some metrics have nothing of, and the metrics that are meant with them: clicks on sms."""

    dimension: str
    values: tuple[str, ...]
    only_on: tuple[str, ...] = ()
    """The datasets that can hold these values; on any other, a number filtered by them would be an empty promise."""
    metrics: dict[str, str] = Field(default_factory=dict)
    """Metric → the one that is meant where one of the values is said."""


class Journey(_Entry):
    """From one thing people did to the next, within some days: 首购后 90 天内又买. Both metrics take the days."""

    start: Literal["first_purchase", "joining", "claim", "wecom_add"]
    outcome: Literal["purchase", "first_purchase", "use"]
    rate: str
    count: str


class ModelFile(_Entry):
    """One file of `knowledge/semantic/`: any of these lists."""

    source: str
    updated_on: str
    datasets: tuple[Dataset, ...] = ()
    dimensions: tuple[Dimension, ...] = ()
    matched: tuple[Matched, ...] = ()
    metrics: tuple[Metric, ...] = ()
    segments: tuple[Segment, ...] = ()
    deeds: tuple[Deed, ...] = ()
    acts: tuple[Act, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    journeys: tuple[Journey, ...] = ()
    person_tags: PersonTags | None = None
    roles: dict[str, str] = Field(default_factory=dict)
    """What the planner asks when only a verb or a unit is said ("下过 3 单", "多少人买了"): purchase_orders,
    purchase_amount, purchase_items, buyers, members → metric ids; order_amount, order_items → the number dimensions
    that hold the size of one order ("500 元以上的订单")."""


class SemanticModel(_Entry):
    """All files together, cross-checked: every name that one entry uses exists. Built by `loader.load`."""

    datasets: dict[str, Dataset]
    dimensions: dict[str, Dimension]
    matched: dict[str, Matched]
    metrics: dict[str, Metric]
    segments: dict[str, Segment]
    roles: dict[str, str] = Field(default_factory=dict)
    deeds: tuple[Deed, ...] = ()
    acts: tuple[Act, ...] = ()
    elsewhere: tuple[Elsewhere, ...] = ()
    journeys: tuple[Journey, ...] = ()
    person_tags: PersonTags | None = None
    version: str
    """Hash of the files' content."""
