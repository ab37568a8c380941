"""What was done to what, and how often: "上月派出去几张券", "发短信花了多少钱", "how many people left our groups".

Only a question about the act alone is read so: with any other metric, purchase, deed, share or negation in it, the act
may be a condition ("领了券的人买了多少"), and the other shapes decide.
"""

import re
from dataclasses import dataclass, field

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.planning.lexicon import Candidate
from app.planning.shapes.ranking import judges
from app.semantic.model import Act, ActVerb

_OTHER_MATTERS = ("bought", "not_bought", "not", "not_prefix", "not_suffix", "joined", "share", "share_of", "acquired",
                  "first_time", "other", "every_other", "per_day", "divided_by")  # fmt: skip
_ANY_UNIT = ("有多少", "多少个", "有多少个", "有几个", "有几", "规模", "体量", "size", "how big is")
_MONEY = ("花", "费", "成本", "钱", "烧", "砸", "cost", "spend", "spent", "how much")
_TRADE = re.compile(r"[买卖购]|成交|下单|付款|\b(?:buy|bought|purchas\w*|sell|sold|order\w*)\b")
_AMOUNTS = ("数", "量", "情况", "进度", "怎么样", "怎样", "如何")
_WHICH = ("which", "which_many", "each", "by")


@dataclass(slots=True)
class _Frame:
    """An act found in the question: its tokens, and the verbs said of it."""

    act: Act
    things: list[Token]
    measures: list[Token]
    verbs: list[tuple[Token, ActVerb]]
    score: int
    is_counted: bool
    """几张, 张数: the things are counted, whoever stands beside them."""
    metrics: list[str] = field(default_factory=list)


def read_act(draft: Draft) -> bool:
    """Does the question ask for an act and for nothing else? Then its metric is set and its words are explained."""
    asked = _Asked(draft)
    frames = [f for act in draft.model.acts if (f := _frame(draft, act, asked)) is not None and _settle(f, asked)]
    best = max((f.score for f in frames), default=0)
    chosen = [f for f in frames if f.score == best]
    if not chosen or any(f.metrics != chosen[0].metrics for f in chosen):
        return False
    return _explain(draft, chosen[0], asked)


class _Asked:
    """What the question asks for: things counted, people, or money."""

    def __init__(self, draft: Draft) -> None:
        self.units = [t for t in draft.tokens if t.op("how_many") or t.text in _ANY_UNIT]
        self.people = [t for t in draft.tokens if t.op("count_people") and t not in self.units]
        self.people += [t for t in draft.tokens if t.op("people") and self._is_counted(draft, t)]
        self.money_words = [t for t in draft.tokens if t.op("unit_money")]
        self.money = bool(self.money_words) or any(word in draft.text for word in _MONEY)
        ranked = any(t.op("rank_desc", "rank_asc", "top", "change", "which", "which_many") for t in draft.tokens)
        periods = any(t.kind == "grain" for t in draft.tokens)
        counted = any((t.has("measure") or t.has("act")) and t.text.endswith(_AMOUNTS) for t in draft.tokens)
        split = any(t.op("by", "each") for t in draft.tokens)
        self.anything = bool(self.units or self.people or self.money_words) or ranked or periods or counted or split
        spends = any(t.text in ("spend", "cost", "costs") for t in draft.tokens)  # Qianchuan spend in September
        self.anything = self.anything or "how much" in draft.text or spends

    def _is_counted(self, draft: Draft, token: Token) -> bool:
        """多少会员, 领的人最多, 人有几个."""
        left, right = draft.neighbour(token, -1), draft.neighbour(token, 1)
        if left is not None and left.op("unit_any"):
            left = draft.neighbour(left, -1)
        before = left is not None and (left in self.units or left.text == "how many")
        behind = right is not None and (right in self.units or right.op("rank_desc", "rank_asc"))
        behind = behind or draft.neighbour(token, 1, skip_fillers=False) in self.units
        return before or behind or (token.text == "people" and "how many people" in draft.text)


def _frame(draft: Draft, act: Act, asked: _Asked) -> _Frame | None:
    verbs = [(t, act.verbs[int(c.value or 0)]) for t in draft.tokens for c in t.of("act") if c.target == act.id]
    things = [t for t in draft.tokens if t.has("thing", act.id)]
    named = [t for t in draft.tokens if (_names(act, t) or _names_split(act, t)) and t not in things]
    measures = [t for t in draft.tokens if t.has("measure", act.id)]
    said = [t for t in named if t not in [v for v, _ in verbs]]
    if not said and not things and not measures:
        verbs = [(t, v) for t, v in verbs if t not in named or _bare(t.text) in v.alone]
        said = named
    things = [t for t in things if t not in [v for v, _ in verbs]]
    alone = [t for t, v in verbs if _bare(t.text) in v.alone or t.text in v.alone]
    before = [draft.neighbour(m, -1, skip_fillers=False) for m in measures]
    if any(left is not None and left.kind == "number" for left in before):
        return None  # 领了3张以上: a condition
    counted = any(left in asked.units for left in before if left is not None)
    counted = counted or any(m.text.endswith("数") for m in measures)
    if not verbs and act.rest is not None and (things or said):
        return (
            None
            if _changes(draft) or _judges(draft) or _hides_verb(draft, act)
            else _Frame(act, things, measures, [], 1 + 4 * bool(measures), counted)
        )
    if not verbs or not (things or said or alone or (measures and counted)):
        return None
    score = 2 + 4 * bool(measures) + 3 * bool(things) + 3 * bool(alone) + bool(said)
    return _Frame(act, things, measures, verbs, score, counted)


def _bare(text: str) -> str:
    return text.removesuffix("的")


def _hides_verb(draft: Draft, act: Act) -> bool:
    """A verb of the act inside another piece: then something is done, and the thing is not just there."""
    return any(word in draft.text for verb in act.verbs for word in verb.words)


def _judges(draft: Draft) -> bool:
    """The best-selling store in each region: it is not the number of stores that is ranked."""
    return any(t.op("rank_desc", "rank_asc") and judges(t.text) for t in draft.tokens)


def _changes(draft: Draft) -> bool:
    return any(t.op("change") for t in draft.tokens)


def _names(act: Act, token: Token) -> bool:
    return any(
        c.target in act.named_by and (not act.named_by[c.target] or c.value in act.named_by[c.target])
        for c in token.of("value")
    )


def _names_split(act: Act, token: Token) -> bool:
    """各媒体, 触达渠道: the word by which is split says the thing too."""
    found = (act.named_by_split.get(c.target) for c in token.of("dimension"))
    return any(words is not None and (not words or token.text in words) for words in found)


def _settle(frame: _Frame, asked: _Asked) -> bool:
    """The metrics that answer what is asked; none if the act does not count that."""
    if not asked.anything:
        return False
    verbs = [verb for _, verb in frame.verbs] or [v for v in (frame.act.rest,) if v is not None]
    spending = [v for v in verbs if v.money and v.money == v.count]
    if asked.money and len(spending) < len(verbs) and any(v.money for v in verbs if v not in spending):
        verbs = [v for v in verbs if v not in spending]  # 一个转化要花多少钱: 花 only says that money is asked
    found = [_metric(verb, asked, counted=frame.is_counted) for verb in verbs]
    if asked.money and not all(found):
        found = [m for m in found if m]  # 发短信花了多少钱: one of the two verbs speaks of money
    frame.metrics = list(dict.fromkeys(m for m in found if m))
    if not frame.metrics or not all(found):
        return False
    return len(frame.metrics) == 1 or len(asked.units) + len(asked.people) >= len(frame.metrics)


def _metric(verb: ActVerb, asked: _Asked, *, counted: bool) -> str | None:
    if asked.people and not counted:
        return verb.people
    if asked.money and (verb.money or asked.money_words):
        return verb.money
    return verb.count or (verb.people if not counted else None)


def _explain(draft: Draft, frame: _Frame, asked: _Asked) -> bool:
    """Mark the frame's words as used, unless words of another matter are left."""
    ours = [t for t, _ in frame.verbs] + frame.measures
    splits: list[Token] = []
    for thing in frame.things:
        marker = draft.neighbour(thing, -1)
        if marker in frame.measures and marker is not None:
            marker = draft.neighbour(marker, -1)
        if marker is not None and marker.op(*_WHICH):
            splits.append(thing)
        else:
            ours.append(thing)
    if splits and frame.act.split_by is None:
        return False
    ours += [t for t in draft.tokens if _says_whose(draft, frame.act, t)]
    ours += [*asked.units, *asked.people, *asked.money_words]
    ours += [t for t in draft.tokens if t.op("people") and not t.has("value") and t not in ours]  # did customers grab
    if any(_is_other_matter(draft, t) for t in draft.tokens if t not in ours and t not in splits):
        return False
    for token in ours:
        if token not in asked.people and not _names(frame.act, token):
            token.candidates = tuple(c for c in token.candidates if c.kind in ("act", "thing", "measure", "filler"))
        token.use("metric", frame.metrics[0])
    for token in splits:
        token.candidates = (Candidate("dimension", frame.act.split_by or ""),)
    draft.metrics += frame.metrics
    return True


def _says_whose(draft: Draft, act: Act, token: Token) -> bool:
    """给导购下了多少任务: every task is a guide's; 各导购 and 哪个导购 split."""
    if not any(token.has("dimension", d) for d in act.bearers) or token.has("value"):
        return False
    left, right = draft.neighbour(token, -1), draft.neighbour(token, 1)
    marked = left is not None and (left.op(*_WHICH, "top") or left.kind == "number")
    asked = right is not None and right.op("which", "which_many", "rank_desc", "rank_asc", "distribution")
    return not marked and not asked and not any(t.op("rank_desc", "rank_asc") for t in draft.tokens)


def _is_other_matter(draft: Draft, token: Token) -> bool:
    left = draft.neighbour(token, -1)
    marked = left is not None and left.op(*_WHICH)
    if (token.op(*_OTHER_MATTERS) and not token.is_filler) or (not token.is_business and _TRADE.search(token.text)):
        return True
    if token.has("dimension") and token.has("metric") and marked:
        return False  # which products are out of stock
    return any(c.kind in ("metric", "days_metric", "deed", "segment", "term") for c in token.candidates)
