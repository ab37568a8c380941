"""What no shape explained. Grammar words may be left over only where they can carry no condition."""

import re
from collections.abc import Callable
from itertools import pairwise

from app.planning.assemble import is_split, said_of_the_whole
from app.planning.draft import Draft
from app.planning.lattice import Token, is_member_noun
from app.semantic.model import Metric

# Words that add nothing once the rest is understood, whatever else was said.
_ALWAYS_HARMLESS = ("only", "total", "people", "list_people", "how_many", "eq", "every_other", "range",
                    "unit_any", "define")  # fmt: skip


def unexplained(draft: Draft) -> list[Token]:
    """The tokens whose meaning would be lost if the plan were answered as it stands."""
    return [token for token in draft.free() if not _is_harmless(draft, token)]


def lost_meaning(draft: Draft) -> list[Token]:
    """Explained words whose meaning would still be lost: a rank or a share with nothing to rank or share out."""
    gone = (
        _in_every_bucket(draft)
        or _list_in_rows(draft)
        or _nothing_sold(draft)
        or _share_of_people(draft)
        or _counted_otherwise(draft)
        or _unasked_clause(draft)
        or _relative_to_window(draft)
        or _contradiction(draft)
        or _new_then_existing(draft)
        or _rank_inside(draft)
        or _forgotten_purchase(draft)
        or _share_between(draft)
    )
    if gone:
        return gone
    has_groups = bool(draft.breakdowns) or any(is_split(draft, group) for group in draft.groups)
    if has_groups and draft.grain and not draft.ranks_periods and not draft.limit_per_period:
        # 每个月最高的渠道 ranks inside every month, which one list of top channels would not answer.
        return [t for t in draft.tokens if t.used_by == "rank" and t.op("rank_desc", "rank_asc") and not t.op("top")]
    if has_groups or draft.ranks_periods:
        return []
    lost = [t for t in draft.tokens if t.used_by == "rank"]
    if draft.share and not draft.groups and not draft.numbers and not draft.shared:
        lost += [t for t in draft.tokens if t.used_by == "share"]
    if draft.having:
        lost += [t for t in draft.tokens if t.used_by == "number" and any(t.target == h.subject for h in draft.having)]
    return lost


_COUNTED = re.compile(r"(?:几|多少)(?:笔|单|次|人|位)(?![单均]?价|钱)")


def _counted_otherwise(draft: Draft) -> list[Token]:
    """退款有几笔: a number of times or people is asked, and every metric read is a sum of money."""
    said = [t for t in draft.tokens if t.used_by == "metric"]
    units = {draft.metric(m).unit for m in draft.metrics}
    if _MUCH.search(draft.text) and units and units <= _COUNTS:
        # How much did members with dry skin spend: a number of heads or orders is no answer, said with any word.
        return said or [t for t in draft.tokens if t.text.startswith("how much")] or draft.tokens[:1]
    if not _COUNTED.search(draft.text) or draft.people or draft.having or draft.numbers:
        return []
    return said if units == {"CNY"} else []


def _list_in_rows(draft: Draft) -> list[Token]:
    """A list of people beside a breakdown: members whose birthday is this month is no list by month of birth."""
    if not (draft.wants_people and draft.breakdowns):
        return []
    return [t for t in draft.tokens if t.used_by == "breakdown" and t.has("dimension")]


def _nothing_sold(draft: Draft) -> list[Token]:
    """销售额为 0 的商品: what sold nothing has no row to show, so an empty list would be a wrong answer."""
    zero = [h for h in draft.having if h.op in ("eq", "le", "lt") and max(h.values) <= (1 if h.op == "lt" else 0)]
    return [t for t in draft.tokens if t.used_by == "number" and any(t.target == h.subject for h in zero)]


def _share_of_people(draft: Draft) -> list[Token]:
    """金卡会员里买过面霜的占多少: a share leaves filters out of its whole, never a condition on people.

    A share of which nothing is left out would always be the whole.
    """
    said = [t for t in draft.tokens if t.used_by == "metric" and draft.people and _is_share_of_members(t)]
    if not draft.share or draft.breakdowns or draft.grain or draft.shared or draft.numbers:
        return said
    if any(is_split(draft, group) for group in draft.groups):
        return said
    parts = [g for g in draft.groups if not g.negated and not said_of_the_whole(draft, g)]
    left_out = [g for g in parts if not (draft.people and all(t.op("people") for t in g.tokens))]
    return said if left_out else [*said, *(t for t in draft.tokens if t.used_by == "share")]


def _is_share_of_members(token: Token) -> bool:
    """买过 3 单以上的会员占比 is not the share of member orders."""
    return token.text.startswith("会员") and token.text.endswith(("占比", "比例", "比重"))


def _in_every_bucket(draft: Draft) -> list[Token]:
    """今年每个月都买过的人 bought in each month; buyers by month would answer something else."""
    grains = [t for t in draft.tokens if t.kind == "grain" and t.text.startswith(("每", "各", "every", "each"))]
    for token in grains:
        behind = [t for t in draft.tokens[draft.index(token) + 1 :] if not t.is_filler or t.text == "都"][:2]
        if (
            len(behind) == 2
            and behind[0].text == "都"
            and (behind[1].op("bought", "not_bought") or behind[1].has("deed"))
        ):
            return [token]
    return []


_MUCH = re.compile(
    r"\bhow much (?:did|do|does|has|have|had|money|was|were|is|are)\b(?!.*\bhow many\b)"
    r"(?!.*\b(?:up|down|more|fewer|stock|inventory|traffic|footfall)\b)"
)
_COUNTS = frozenset(("people", "orders", "count", "times"))

_CLAUSE = re.compile(r"[,，;；。?？!！]")
_HOW_MANY = re.compile(r"多少|几|how many|how much")


def _unasked_clause(draft: Draft) -> list[Token]:
    """发了多少张券,领了多少,用了多少: every clause that asks how many needs a number of its own."""
    edges = [0, *(m.end() for m in _CLAUSE.finditer(draft.text)), len(draft.text) + 1]
    clauses = [[t for t in draft.tokens if a <= t.start < b] for a, b in pairwise(edges)]
    asking = [c for c in clauses if any(_HOW_MANY.search(t.text) and t.kind == "word" for t in c)]
    if len(asking) < 2:
        return []
    return [t for clause in asking if not _asks_nothing_new(clause) for t in clause if _HOW_MANY.search(t.text)]


def _asks_nothing_new(clause: list[Token]) -> bool:
    """A metric or a value is asked there, or there is nothing but time and words without content."""
    done = ("metric", "people", "filter", "segment", "share", "number", "compare", "grain", "breakdown", "rank")
    if any(t.used_by in done for t in clause):
        return True
    return all(t.is_filler or t.kind == "time" or t.op("how_many", "total", "count_people") for t in clause)


def _relative_to_window(draft: Draft) -> list[Token]:
    """老客 beside conditions with windows of their own: old when? New and existing need one window to be told apart."""
    if not draft.people:
        return []
    groups = [*draft.groups, *(g for clause in draft.people if clause.window for g in clause.groups)]
    tokens = [t for g in groups for t in g.tokens if any(_moves(draft, c.target) for c in t.of("value"))]
    metrics = [t for t in draft.tokens if t.used_by == "metric"]
    return tokens + [t for t in metrics if any(_metric_moves(draft, c.target) for c in t.of("metric"))]


def _new_then_existing(draft: Draft) -> list[Token]:
    """六月第一次买的客人里七月回来买的: each has a time of its own, so they are no list of one window."""
    times = [t for t in draft.tokens if t.kind == "time"]
    for group in draft.groups:
        if len(group.tokens) > 1 and all(_moves(draft, c.target) for t in group.tokens for c in t.of("value")[:1]):
            ends = sorted(t.start for t in group.tokens)
            if any(ends[0] < t.start < ends[-1] for t in times):
                return list(group.tokens)
    return []


def _rank_inside(draft: Draft) -> list[Token]:
    """按大区,每个区第一的门店: 每个 says that the rank counts inside, and no dimension took it."""
    if draft.limit is None or draft.limit_per is not None or len(draft.breakdowns) < 2:
        return []
    return [t for t in draft.tokens if t.op("each") and t.text.startswith(("每", "各")) and t.used_by is None]


def _contradiction(draft: Draft) -> list[Token]:
    """有面膜购买但没精华购买: the same clause said and denied means that their objects were lost."""
    seen: set[tuple[object, ...]] = set()
    for clause in draft.people:
        what = tuple((t.text, g.negated) for g in clause.groups for t in g.tokens)
        key = (what, clause.metric, clause.op, clause.values, clause.window)
        if (*key, not clause.negated) in seen:
            return [t for t in draft.tokens if t.used_by == "people"]
        seen.add((*key, clause.negated))
    return []


def _forgotten_purchase(draft: Draft) -> list[Token]:
    """How many wecom friends bought: a verb that made no condition, beside a metric that knows no purchases."""
    verbs = [t for t in draft.tokens if t.used_by == "people" and t.target == "bought"]
    if not verbs or draft.people or any(_is_of_purchases(draft, m) for m in draft.metrics):
        return []
    return verbs


def _is_of_purchases(draft: Draft, metric: str) -> bool:
    roles = (draft.role("purchase_orders"), draft.role("purchase_items"))
    homes = {draft.metric(role).dataset for role in roles if role}
    for part in draft.parts(metric):
        derived = draft.model.datasets[part.dataset].derive if part.dataset else None
        if part.dataset in homes or (derived is not None and derived.dataset in homes) or part.formula:
            return True
    return False


def _share_between(draft: Draft) -> list[Token]:
    """抖音销售额占会员销售额的比例 divides one metric by another, which a share of a total does not."""
    shares = [t for t in draft.tokens if t.used_by == "share" and t.target != "ratio"]
    metrics = [t for t in draft.tokens if t.used_by == "metric" and t.has("metric")]
    return [s for s in shares if any(m.end <= s.start for m in metrics) and any(m.start >= s.end for m in metrics)]


def _moves(draft: Draft, dimension: str) -> bool:
    return any("$period_start" in expression for expression in draft.model.dimensions[dimension].on.values())


def _metric_moves(draft: Draft, metric: str) -> bool:
    return "$period_start" in (draft.metric(metric).where or "")


def _is_harmless(draft: Draft, token: Token) -> bool:
    if _must_count(draft, token):
        return False
    if token.is_filler or token.text == "都" or (token.op("people") and draft.metrics):
        return True
    if token.kind == "duration" and draft.window is not None:
        return int(token.payload) == (draft.window[1] - draft.window[0]).days + 1  # 国庆假期七天 says its length again
    if token.op("count_people") and token.text.endswith("个"):
        return _has_unit(draft, "people", "count", "orders", "times", "items")  # 未结的工单有几个
    if token.op("change") and token.text in ("变化", "变动", "涨跌"):
        return bool(draft.grain or draft.compare or _splits(draft))  # 每个月的退订率变化: the series shows it
    if token.kind == "number" and draft.limit is not None and token.payload == draft.limit:
        return True  # 卖得最好的五家店是哪五家
    if token.op("claimed"):
        behind = draft.neighbour(token, 1, skip_fillers=False)
        if behind is not None and (behind.op("how_many") or behind.text in _ASKED):
            return False  # 领了多少 asks for a number of its own
        return _any_metric(draft, lambda metric: metric.area == "coupons")
    if token.kind != "word" or token.is_business or token.has("days_metric"):
        return False
    return token.op(*_ALWAYS_HARMLESS) or any(token.op(*names) and holds(draft) for names, holds in _HARMLESS_WHEN)


def _must_count(draft: Draft, token: Token) -> bool:
    """Words that pass for small ones and are not: the mean of a sum, the members that sales are for."""
    mean = token.text == "mean" and not _all_metrics(draft, lambda metric: metric.additivity == "non_additive")
    return mean or _is_for_members(draft, token)


def _is_average(metric: Metric) -> bool:
    """A ratio or a mean; a head count is no average, though it adds up over nothing either."""
    return metric.type != "simple" or metric.agg in ("avg", "median")


def _is_for_members(draft: Draft, token: Token) -> bool:
    """Sales by channel for members: beside a number of purchases it says whose they are, which must not be lost."""
    left = draft.neighbour(token, -1, skip_fillers=False)
    if not is_member_noun(token) or left is None or left.text not in ("for", "to", "among", "amongst", "from"):
        return False
    roles = ("purchase_orders", "purchase_items")
    homes = {draft.metric(role).dataset for name in roles if (role := draft.role(name))}
    return bool(draft.metrics) and all(draft.metric(m).dataset in homes for m in draft.metrics)


def _counts_issued(draft: Draft, metric: str) -> bool:
    """发的券: said of a number that counts coupons by the day of issue."""
    return all(p.time == "issued_at" for p in draft.parts(metric))


_ASKED = ("多少", "多少张", "几张", "几", "有多少")


def _any_metric(draft: Draft, holds: Callable[[Metric], bool]) -> bool:
    return any(holds(draft.metric(m)) for m in draft.metrics)


def _all_metrics(draft: Draft, holds: Callable[[Metric], bool]) -> bool:
    return all(holds(draft.metric(m)) for m in draft.metrics)


def _splits(draft: Draft) -> bool:
    """Several values said together are shown apart, so 各 and 对比 have done their work."""
    return any(len(group.tokens) > 1 for group in draft.groups)


def _has_rows(draft: Draft) -> bool:
    return bool(draft.breakdowns or draft.grain or _splits(draft))


def _has_unit(draft: Draft, *units: str) -> bool:
    """A unit word repeats the asked metric's own unit ("多少钱", "单")."""
    return _any_metric(draft, lambda metric: metric.unit in units)


def _is_about_joining(draft: Draft) -> bool:
    """7 月入会会员的首单转化率: the metric's own time is the joining day, so 入会 says nothing new."""
    members = draft.role("members")
    home = draft.metric(members).dataset if members else None
    asked = [draft.metric(m) for m in draft.metrics]
    parts = [draft.metric(p) for m in asked for p in (m.numerator, m.denominator) if p] or asked
    return bool(parts) and all(m.dataset == home and m.window == "within" for m in parts)


# Grammar words that may be left over once something else has done their work.
_HARMLESS_WHEN: tuple[tuple[tuple[str, ...], Callable[[Draft], bool]], ...] = (
    (("average",), lambda draft: _all_metrics(draft, _is_average)),
    (("rest", "other"), lambda draft: any(group.negated for group in draft.groups)),
    (("count_people",), lambda draft: _has_unit(draft, "people")),
    (("counted_in",), lambda draft: any(t.target == "not" and t.text.endswith("把") for t in draft.tokens)),
    (("not_suffix",), lambda draft: any(t.target == "not" for t in draft.tokens)),
    (("acquired",), lambda draft: all(draft.is_of_cohort(m) for m in draft.metrics)),
    (("issued",), lambda draft: all(_counts_issued(draft, m) for m in draft.metrics)),
    (("each",), lambda draft: len(draft.metrics) > 1),
    (("either", "both"), lambda draft: _splits(draft) or len(draft.people) > 1),
    (("joined",), lambda draft: _is_about_joining(draft)),
    (("by", "each", "distribution", "which_many", "which"), _has_rows),
    (("change", "vs"), lambda draft: bool(draft.compare) or _splits(draft)),
    (("vs",), lambda draft: bool(draft.breakdowns)),
    (("change",), lambda draft: any(set("和与跟/") & set(t.text) or "还是" in t.text for t in draft.breakdowns)),
    (("unit_money",), lambda draft: _has_unit(draft, "CNY")),
    (("noun_sends",), lambda draft: _all_metrics(draft, lambda metric: metric.area == "sends")),
    (("noun_media",), lambda draft: _all_metrics(draft, lambda metric: metric.area == "media")),
    (("basis_refund_day",), lambda draft: _all_metrics(draft, lambda metric: metric.dataset == "refunds")),
    (("basis_money",), lambda draft: _has_unit(draft, "CNY")),
    (("basis_items",), lambda draft: _has_unit(draft, "items")),
    (("basis_orders",), lambda draft: _has_unit(draft, "orders")),
    (("basis_people",), lambda draft: _has_unit(draft, "people")),
    (("unit_items",), lambda draft: _has_unit(draft, "items")),
    (("unit_orders",), lambda draft: _has_unit(draft, "orders", "times")),
)
