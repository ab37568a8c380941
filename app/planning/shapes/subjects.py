"""Whose number it is, and numbers that only a verb speaks of: "新会员买了多少钱", "金卡会员贡献了多少", "扣掉退款还剩多少"."""

import re

from app.planning.draft import Draft
from app.planning.lattice import Token

_VERBS = ("买", "消费", "花", "付", "下了", "下单", "贡献", "成交", "人均", "平均", "客单", "spent", "bought")
_MONEY_MADE = re.compile(
    r"(?:做|收|冲|进账|贡献|带来|拿下|卖)(?:了|到|到了|出|下|进)?多少(?:来着)?(?=[了呢呀啊吗嘛吧,.?!;\s]|$)"
)


def takes_as_people(draft: Draft, token: Token) -> bool:
    """新会员买了多少钱: a head count right before what those people did is who did it, not a second number.

    Where the model has a group of just these people the plan keeps to it; else the word stays unexplained.
    """
    counted = next((c.target for c in token.of("metric") if draft.metric(c.target).unit == "people"), None)
    behind = draft.neighbour(token, 1)
    while behind is not None and behind.kind == "time":
        behind = draft.neighbour(behind, 1)
    told = behind is not None and behind.has("metric") and behind.text.startswith(_VERBS)
    if counted is None or not told or behind is None or _is_joined(draft, token, behind):
        return False
    entry = draft.metric(counted)
    groups = (s.id for s in draft.model.segments.values() if s.dataset == entry.dataset and s.time is not None)
    group = next(groups, None)
    if group is not None and entry.where is None and entry.window == "within":
        draft.segments.append((group, False, None))
        token.use("segment", group)
    return True


def _is_joined(draft: Draft, token: Token, behind: Token) -> bool:
    """新客数和客单价, 买家数、人均消费: a connective or a mark between them, or a name that says it is a number."""
    between = draft.text[token.end : behind.start]
    return bool(re.search(r"[和与跟及、,;/]|以及|还有|and", between)) or token.text.endswith(
        ("数", "量", "人数", "多少")
    )


def speaks_of_money_made(draft: Draft) -> bool:
    """抖音收了多少, 金卡会员贡献了多少: the verb asks for money, and no noun says otherwise."""
    return bool(_MONEY_MADE.search(draft.text))
