"""Breakdowns: "按渠道", "各门店", "哪些商品", "by channel and tier"; and the dimension inside which a rank counts."""

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.planning.shapes.filters import is_split_word


def read_breakdowns(draft: Draft) -> None:
    """Every dimension word that names no filter is a breakdown."""
    for token in list(draft.free()):
        if not token.has("dimension") or token.has("segment"):
            continue
        if token.has("metric") and not is_split_word(draft, token):
            continue
        marker = draft.neighbour(token, -1)
        if token.op("claimed") and not (marker is not None and marker.op("by", "each", "which", "which_many")):
            continue  # 领取的优惠券 says what was redeemed, not how to split
        is_each = token.text.startswith(("各", "每")) or (
            marker is not None and marker.op("each", "by") and marker.text not in ("by", "按")
        )
        marked = marker is not None and marker.op("by", "each", "which", "which_many")
        if not marked and all(draft.model.dimensions[c.target].kind == "number" for c in token.of("dimension")):
            if _repeats_unit(draft, token):
                token.use("metric", "amount")  # 定金金额
            continue  # an amount or an age is split by only when asked for in so many words
        draft.breakdowns.append(token)
        token.use("breakdown")
        if marker is not None and marker.op("by", "each") and not marker.used_by:
            marker.use("breakdown")
        if is_each and draft.limit is not None and draft.limit_per is None and _another_follows(draft, token):
            draft.limit_per = token


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
