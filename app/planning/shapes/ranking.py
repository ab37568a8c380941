"""Order, rank, share and the rest: "哪个渠道最高", "排名", "占比", "其余算其他", "增长最快"."""

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.semantic.made_metrics import OVER, PER_DAY
from app.semantic.query import Grain


def read_share(draft: Draft) -> None:
    """占比: each row's part of the whole."""
    for token in draft.free():
        if token.op("share_of", "share") and not token.has("metric"):
            draft.share = True
            draft.share_of_whole = draft.share_of_whole or token.op("share_of")
            token.use("share")


_PERIODS: tuple[tuple[str, Grain], ...] = (("which_day", "day"), ("which_week", "week"), ("which_month", "month"))


# Words that judge instead of measuring: the best refund rate is the lowest.
_JUDGING = ("最好", "最差", "最强", "最弱", "best", "worst", "performing")


def judges(word: str) -> bool:
    """Does this rank word judge (best, worst) instead of measuring (highest, lowest)?"""
    return any(judging in word for judging in _JUDGING)


def _read_ranked_period(draft: Draft) -> None:
    """哪天卖得最好: the rows that are ranked are the days."""
    for token in draft.free():
        grain = next((grain for name, grain in _PERIODS if token.op(name)), None)
        if grain is not None and any(t.op("rank_desc", "rank_asc") for t in draft.free()):
            draft.grain = grain
            draft.ranks_periods = True
            token.use("grain", grain)


def read_rank(draft: Draft) -> None:
    """最高 / 最低 / 排名 and which-questions; a bare superlative asks for one row, 排名 for all."""
    _read_ranked_period(draft)
    which = [t for t in draft.free() if t.op("which")]
    many = [t for t in draft.free() if t.op("which_many")]
    for token in list(draft.free()):
        if not token.op("rank_desc", "rank_asc") or token.is_business:
            continue
        if token.is_filler and not token.op("rank_desc"):
            continue
        if token.op("rank_asc") and not token.op("rank_desc"):
            if token.text in ("后", "down"):
                continue
            draft.descending = False
        draft.order_by = draft.order_by or "metric"
        draft.judges = draft.judges or judges(token.text)
        _read_ranked_change(draft, token)
        if draft.limit is None and not _names_order_only(token.text):
            draft.limit = 10 if many else 1
        token.use("rank")
    for token in which + many:
        if draft.order_by and not token.used_by:
            token.use("rank", "which")
    if draft.limit is not None:
        draft.order_by = draft.order_by or "metric"


_ORDER_ONLY = frozenset(
    ("排名", "排行", "排行榜", "排序", "从高到低", "由高到低", "降序", "从低到高", "由低到高", "升序",
     "排", "排一下", "排个序", "来排", "排下来", "排个名", "排一排", "排下", "ranked", "ranking", "rank",
     "sorted", "descending", "ascending")
)  # fmt: skip


def _names_order_only(text: str) -> bool:
    return text in _ORDER_ONLY


def _read_ranked_change(draft: Draft, token: Token) -> None:
    """涨得最多 ranks by the change from the highest, 跌得最多 from the lowest."""
    draft.order_change = draft.order_change or _about_change(draft, token)
    if _about_change(draft, token, falling=True):
        draft.descending = token.op("rank_asc") and not token.op("rank_desc")


_FALLS = ("跌", "降", "减少", "少了", "掉", "下滑", "drop", "fell", "fall", "declin", "decreas", "lost", "down")


def _about_change(draft: Draft, token: Token, *, falling: bool = False) -> bool:
    """增长最快 / 跌得最多: the order is by the change, not by the value; `falling`: by how far it fell."""
    position = draft.tokens.index(token)
    near = draft.tokens[max(0, position - 2) : position + 2]
    words = [t.text for t in near if t.op("change") and not t.has("metric")]
    return any(fall in word for word in words for fall in _FALLS) if falling else bool(words)


def read_made(draft: Draft) -> None:
    """Two metrics set in relation (退款金额占支付金额的比例), and averages by day (日均销售额)."""
    _read_ratio(draft)
    for token in draft.free():
        if token.op("per_day") and draft.grain is None and not any(t.kind == "grain" for t in draft.free()):
            names = [f"{m}{PER_DAY}" for m in draft.metrics]
            if names and all(n in draft.model.metrics for n in names):
                draft.metrics = names
                token.use("metric", "per day")


def _read_ratio(draft: Draft) -> None:
    said = [t for t in draft.tokens if t.used_by == "metric" and t.target in draft.metrics]
    if len(draft.metrics) != 2 or len(said) != 2:
        return
    link = _ratio_word(draft, said[0], said[1])
    above, below = draft.metrics
    name = f"{above}{OVER}{below}"
    if link is None or name not in draft.model.metrics:
        return
    units = {draft.metric(m).unit for m in (above, below)}
    if len(units) > 1 and any(t.op("share", "share_of") and not t.op("divided_by") for t in link):
        return  # members' share of revenue: heads are no part of money
    homes = [draft.metric(m).dataset for m in (above, below)]
    if draft.groups and homes[0] == homes[1]:
        return  # 抖音销售额占会员销售额: a condition on one side only, or on both? Not to be guessed.
    own = _defined(draft, above, below)
    if len(own) > 1:
        return  # the house has several ratios that this could be
    name = next(iter(own), name)
    draft.metrics, draft.share = [name], False
    for token in link:
        token.use("share", "ratio")
    a, b = (draft.metric(m).label.in_(draft.language) for m in (above, below))
    if OVER not in name:
        label = draft.metric(name).label.in_(draft.language)
        draft.assume(f"“{a}÷{b}”按已定义的“{label}”计算", f'"{a} / {b}" was read as the defined "{label}"')
        return
    draft.assume(f"没有定义过这个比率,按“{a}÷{b}”现算", f'No such ratio is defined; computed as "{a} / {b}"')


def _defined(draft: Draft, above: str, below: str) -> list[str]:
    """退款金额占销售额 may be 退款率: the house's own ratios of these two, or of a number of the same kind over it."""
    area, unit = draft.metric(above).area, draft.metric(above).unit
    ratios = [m for m in draft.model.metrics.values() if m.type == "ratio" and m.denominator == below and m.numerator]
    same = [m.id for m in ratios if m.numerator == above]
    near = [
        m.id for m in ratios
        if (draft.metric(m.numerator or "").unit, draft.metric(m.numerator or "").area) == (unit, area)
        and area != draft.metric(below).area
    ]  # fmt: skip
    return same or near


def _ratio_word(draft: Draft, first: Token, second: Token) -> list[Token] | None:
    """占, 除以 and / between the two; with 和 between them, 的比例 behind."""
    between = draft.tokens[draft.index(first) + 1 : draft.index(second)]
    links = [t for t in between if t.op("share", "divided_by") or t.text in ("/", "÷")]
    behind = [t for t in draft.tokens[draft.index(second) + 1 :] if t.op("share", "share_of")]
    return [*links, *behind] if links else None


def read_rest(draft: Draft) -> None:
    """其余算其他: what lies beyond the limit becomes one row."""
    if draft.limit is None:
        return
    for token in draft.free():
        if token.op("rest") and not token.is_business:
            draft.rest_as_other = True
            token.use("rank", "rest")
