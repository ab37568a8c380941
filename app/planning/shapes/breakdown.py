"""Breakdowns: "按渠道", "各门店", "哪些商品", "by channel and tier"; and the dimension inside which a rank counts."""

import re

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.planning.lexicon import Candidate
from app.planning.shapes.filters import is_split_word
from app.semantic.query import Filter


def read_breakdowns(draft: Draft) -> None:
    """Every dimension word that names no filter is a breakdown."""
    _split_by_first_word(draft)
    for token in list(draft.free()):
        if not token.has("dimension") or token.has("segment"):
            continue
        if token.has("metric") and not is_split_word(draft, token):
            continue
        marker = draft.neighbour(token, -1)
        marked = marker is not None and (marker.op(*_MARKS) or marker.text == "both")
        if not _is_noun(draft, token, marked=marked):
            _split_by(draft, token, marker if marked else None)


def _split_by_first_word(draft: Draft) -> None:
    """各群活跃率: the split is the first word of the metric's own name, and what is left of it is no metric."""
    for token in list(draft.free()):
        right = draft.neighbour(token, 1, skip_fillers=False)
        if not token.op("each") or right is None or right.used_by != "metric" or draft.breakdowns:
            continue
        forms = {form for m in draft.model.metrics.values() for form in (*m.label.all, *m.synonyms.all)}
        found = [
            (d.id, form)
            for d in draft.model.dimensions.values()
            for form in (d.label.zh, *d.synonyms.zh)
            if right.text.startswith(form) and right.text.removeprefix(form).removeprefix("的") not in forms
        ]
        if found:
            dimensions = tuple(Candidate("dimension", name) for name, _ in found)
            word = Token(right.start, right.start + len(found[0][1]), found[0][1], dimensions, used_by="breakdown")
            draft.breakdowns.append(word)
            token.use("breakdown")


def _is_noun(draft: Draft, token: Token, *, marked: bool) -> bool:
    """Dimension words that split nothing: nouns beside a value, of a context, or of an amount."""
    if _names_the_excluded(draft, token) or _is_said_apart(draft, token):
        token.use("filter", "names the dimension")
        return True
    if _is_bare_amount(draft, token):
        token.use("metric", "amount")
        return True
    if marked:
        return False
    if token.op("claimed"):
        return True  # 领取的优惠券 says what was redeemed, not how to split
    if token.text.startswith("几"):
        return False  # 几点, 几月: a question word splits by itself
    if all(draft.model.dimensions[c.target].kind == "number" for c in token.of("dimension")):
        if _repeats_unit(draft, token):
            token.use("metric", "amount")  # 定金金额
        return True  # an amount or an age is split by only when asked for in so many words
    if _names_what_follows(draft, token):
        token.use("filter", "names the dimension")
        return True
    if _is_what_rows_have(draft, token):
        draft.fixed.append(Filter(dimension=token.of("dimension")[0].target, op="not_null"))
        draft.shared.append(token.of("dimension")[0].target)
        token.use("filter", "has one")
        return True
    # 9 月活动里对照组有多少人: where it happened, said of no value; left unexplained unless the next reading places it
    asked = any(t.op("which", "which_many") for t in draft.tokens[draft.index(token) + 1 :])
    return bool(_CONTEXT.match(draft.text[token.end :])) and not asked  # 导购里谁卖得最多


def _split_by(draft: Draft, token: Token, marker: Token | None) -> None:
    draft.breakdowns.append(token)
    token.use("breakdown")
    if marker is not None and (marker.op("by", "each") or marker.text == "both") and not marker.used_by:
        marker.use("breakdown")
    is_each = token.text.startswith(("各", "每")) or (marker is not None and _says_each(marker))
    if is_each and draft.limit is not None and draft.limit_per is None and _another_follows(draft, token):
        draft.limit_per = token


def _says_each(marker: Token) -> bool:
    return marker.op("each", "by") and marker.text not in ("by", "按")


def _names_the_excluded(draft: Draft, token: Token) -> bool:
    """除了天猫和京东,其他渠道: the rest of the dimension that was just excluded from, not a split."""
    left = draft.neighbour(token, -1)
    if left is None or not left.op("other", "rest"):
        return False
    dimensions = {c.target for c in token.of("dimension")}
    excluded = {c.target for g in draft.groups if g.negated for t in g.tokens for c in t.of("value")}
    return bool(dimensions & excluded)


def _is_said_apart(draft: Draft, token: Token) -> bool:
    """时光精粹这个系列: the noun behind "this" says what the value before it is."""
    between = draft.text[: token.start].rstrip()
    pointer = _POINTER.search(between)
    if pointer is None:
        return False
    before = [t for t in draft.tokens if t.end <= pointer.start() and not t.is_filler]
    return bool(before) and before[-1].has("value")


_POINTER = re.compile(r"(?:[这那][一二两三四五六七八九十\d]*(?:个|种|类|家|款|条|些)?|\bth(?:e|is|ese))$")
_MARKS = ("by", "each", "which", "which_many")
_CONTEXT = re.compile(r"\s*(?:里面|里头|里|当中|之中|期间)(?!程)")
_FROM = ("来自", "来自于", "通过", "走", "出自", "from", "via", "through", "from the", "through the")


def _is_what_rows_have(draft: Draft, token: Token) -> bool:
    """Q3 抖音的销售额有多少比例来自直播间: the part of the rows that have a room at all."""
    if not draft.share or any(t.of("value") and t.used_by is None for t in draft.tokens if t is not token):
        return False
    absent = all(draft.model.dimensions[c.target].absent == "not_applicable" for c in token.of("dimension"))
    return absent and draft.text[: token.start].rstrip().endswith(_FROM)


def _names_what_follows(draft: Draft, token: Token) -> bool:
    """等级在金卡及以上的会员: the dimension of the value, or of the group of people, behind it."""
    right = draft.neighbour(token, 1)
    if right is not None and (right.op("eq", "between", "ge", "le") or right.text in ("在", "是", "为", "is", "are")):
        right = draft.neighbour(right, 1)
        dimensions = {c.target for c in token.of("dimension")}
        if right is not None and right.kind == "time":
            return False
        same = right is not None and any(c.target in dimensions for c in right.of("value"))
        return same or (right is not None and right.used_by == "segment")
    return False


def _is_bare_amount(draft: Draft, token: Token) -> bool:
    """前五的省份及金额: the amount is the one that is ranked."""
    return token.text in ("金额", "amount", "amounts") and any(draft.metric(m).unit == "CNY" for m in draft.metrics)


def _repeats_unit(draft: Draft, token: Token) -> bool:
    left = draft.neighbour(token, -1)
    metrics = left.of("metric") if left is not None else ()
    return token.text in ("金额", "amount") and any(draft.metric(c.target).unit == "CNY" for c in metrics)


def _another_follows(draft: Draft, token: Token) -> bool:
    """每个渠道前三的商品: the rank counts inside the first dimension, over the second."""
    rest = draft.tokens[draft.index(token) + 1 :]
    return any(t.has("dimension") and not t.has("metric") and t.used_by is None for t in rest) or bool(
        draft.breakdowns[:-1]
    )
