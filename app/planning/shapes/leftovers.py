"""What no shape explained. Grammar words may be left over only where they can carry no condition."""

from app.planning.assemble import is_split
from app.planning.draft import Draft
from app.planning.lattice import Token

# Words that add nothing once the rest is understood, whatever else was said.
_ALWAYS_HARMLESS = ("only", "total", "people", "count_people", "list_people", "how_many", "eq", "every_other", "range",
                    "unit_any")  # fmt: skip


def unexplained(draft: Draft) -> list[Token]:
    """The tokens whose meaning would be lost if the plan were answered as it stands."""
    return [token for token in draft.free() if not _is_harmless(draft, token)]


def lost_meaning(draft: Draft) -> list[Token]:
    """Explained words whose meaning would still be lost: a rank, a share or a rest with nothing to rank or share out."""
    has_groups = bool(draft.breakdowns) or any(is_split(draft, group) for group in draft.groups)
    if has_groups and draft.grain and not draft.ranks_periods:
        # 每个月最高的渠道 ranks inside every month, which one list of top channels would not answer.
        return [t for t in draft.tokens if t.used_by == "rank" and t.op("rank_desc", "rank_asc") and not t.op("top")]
    if has_groups or draft.ranks_periods:
        return []
    lost = [t for t in draft.tokens if t.used_by == "rank"]
    if draft.share and not draft.groups and not draft.numbers:
        lost += [t for t in draft.tokens if t.used_by == "share"]
    if draft.having:
        lost += [t for t in draft.tokens if t.used_by == "number" and any(t.target == h.subject for h in draft.having)]
    return lost


def _is_harmless(draft: Draft, token: Token) -> bool:
    if token.is_filler:
        return True
    if token.op("people") and draft.metrics:
        return True  # whom the metric is about
    if token.op("claimed"):
        return any(draft.metric(m.split("@")[0]).area == "coupons" for m in draft.metrics)
    if token.kind != "word" or token.is_business or token.has("days_metric"):
        return False
    if token.op(*_ALWAYS_HARMLESS):
        return True
    if token.op("each") and len(draft.metrics) > 1:
        return True
    if token.op("either", "both"):
        return _splits(draft) or len(draft.people) > 1
    if token.op("joined"):
        return _is_about_joining(draft)
    if token.op("by", "each", "distribution", "which_many", "which"):
        return bool(draft.breakdowns or draft.grain or _splits(draft))
    if token.op("not_suffix"):
        return any(t.target == "not" for t in draft.tokens)
    if token.op("acquired"):
        return any(draft.metric(m.split("@")[0]).matures_after_days for m in draft.metrics)
    if token.op("change") and _splits(draft):
        return True
    if token.op("change", "vs"):
        return bool(draft.compare) or (token.op("vs") and (_splits(draft) or bool(draft.breakdowns)))
    return token.op("unit_money", "unit_items", "unit_orders") and bool(draft.metrics) and _unit_fits(draft, token)


def _is_about_joining(draft: Draft) -> bool:
    """7 月入会会员的首单转化率: the metric's own time is the joining day, so 入会 says nothing new."""
    members = draft.role("members")
    home = draft.metric(members).dataset if members else None
    asked = [draft.metric(m.split("@")[0]) for m in draft.metrics]
    parts = [draft.metric(p) if p else m for m in asked for p in ((m.numerator, m.denominator) if m.type == "ratio" else (None,))]
    return bool(parts) and all(m.dataset == home and m.window == "within" for m in parts)


def _splits(draft: Draft) -> bool:
    """Several values said together are shown apart, so 各 and 对比 have done their work."""
    return any(len(group.tokens) > 1 for group in draft.groups)


def _unit_fits(draft: Draft, token: Token) -> bool:
    """A unit word repeats the asked metric's own unit ("多少钱", "单")."""
    units = {"unit_money": ("CNY",), "unit_items": ("items",), "unit_orders": ("orders", "times")}
    wanted = {u for name, unit in units.items() if token.op(name) for u in unit}
    return any(draft.metric(m.split("@")[0]).unit in wanted for m in draft.metrics)
