"""Whose number it is, and numbers that only a verb speaks of: "新会员买了多少钱", "金卡会员贡献了多少"."""

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


_HOW_MUCH = re.compile(
    r"\b(?:how much|what)(?: money)?(?: did|'d| do| does| has| have| had|'s|'ve)\b.*"
    r"\b(?:bring in|brought in|make|made|take in|took in|taken in|pull in|pulled in|sell|sold|earn|earned"
    r"|gross|grossed|generate|generated|rake in|raked in|ring up)\b"
)
_MORE_SOLD = re.compile(r"[多少]卖(?:了|出)?多少|卖得?[多少]了?多少")


def speaks_of_money_made(draft: Draft) -> bool:
    """抖音收了多少, 今年比去年多卖多少: the verb asks for money, and no noun says otherwise."""
    return any(asked.search(draft.text) for asked in (_MONEY_MADE, _HOW_MUCH, _MORE_SOLD))


_DEEDS = ("退款", "退货", "退得", "refund")
_SUM_WORDS = ("的钱", "的金额", "的总额", "的数额", "的有多少钱", "的比例", "的多少钱")


def opens_a_clause(draft: Draft, token: Token) -> bool:
    """退货的订单, 退款的客户: a bare deed before 的 says which ones, and is no number by itself."""
    rest = draft.text[token.end :].lstrip()
    return token.text in _DEEDS and rest.startswith("的") and not rest.startswith(_SUM_WORDS)


_EVENTS = re.compile(r"(?:几|多少)(?:笔|单|次)(?![单均]?价|钱)")


def counts_events(draft: Draft, name: str) -> str:
    """退款 … 有几笔: the word alone is a sum of money; asked by the piece it is how many of them there were."""
    entry = draft.metric(name)
    if entry.unit != "CNY" or entry.type != "simple" or not _EVENTS.search(draft.text):
        return name
    siblings = [
        m.id for m in draft.model.metrics.values()
        if m.dataset == entry.dataset and m.agg == "count" and m.unit in ("orders", "times")
        and (m.where, m.time, m.inner) == (entry.where, entry.time, None)
    ]  # fmt: skip
    alone = not draft.metrics and not any(
        t.has("metric") and t.used_by is None for t in draft.tokens if t.text not in _DEEDS
    )
    return siblings[0] if len(siblings) == 1 and alone else name
