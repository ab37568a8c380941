"""What a fragment takes away: 去掉客单价, 不按渠道了, 取消环比, 不限渠道, 合计, drop the breakdown."""

from dataclasses import dataclass, field

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.semantic.query import SemanticQuery

_STOPS = ",，。;；、"


@dataclass(slots=True)
class Drops:
    """Parts of the plan before that go."""

    metrics: set[str] = field(default_factory=set)
    dimensions: set[str] = field(default_factory=set)
    filters: set[str] = field(default_factory=set)
    """Dimensions whose filters go."""
    compare: set[str] = field(default_factory=set)
    """Kinds of comparison that go."""
    grain: bool = False
    share: bool = False
    rank: bool = False
    conditions: bool = False
    """Every condition on rows and people goes."""
    collapse: bool = False
    """One number instead of rows."""

    def __bool__(self) -> bool:
        return self != Drops()


def read_drops(draft: Draft, query: SemanticQuery) -> Drops:
    """Everything taken away, its words marked as explained. A value behind 去掉 is left to the shapes: it negates."""
    drops = Drops()
    for mark in [t for t in draft.free() if t.op("drop") or (t.op("not") and not t.is_business)]:
        _settle_side(draft, mark)
        if _read_right(draft, mark, query, drops) or _read_left(draft, mark, query, drops):
            mark.use("edit", "drop")
        elif mark is draft.tokens[0] and mark.op("change"):  # "drop the …" asks to drop, it does not speak of a fall
            mark.candidates = tuple(c for c in mark.candidates if c.target != "change")
    _read_whole(draft, query, drops)
    return drops


def _settle_side(draft: Draft, mark: Token) -> None:
    """抖音去掉,看京东: a comma decides which side is taken away."""
    right, left = draft.neighbour(mark, 1), draft.neighbour(mark, -1)
    if right is not None and any(c in _STOPS for c in draft.text[mark.end : right.start]):
        mark.candidates = tuple(c for c in mark.candidates if c.target != "not")
    elif left is not None and any(c in _STOPS for c in draft.text[left.end : mark.start]):
        mark.candidates = tuple(c for c in mark.candidates if c.target != "not_suffix")


def _read_right(draft: Draft, mark: Token, query: SemanticQuery, drops: Drops) -> bool:
    if not mark.op("not"):
        return False
    target = draft.neighbour(mark, 1)
    while (
        target is not None
        and target.op("by", "each", "only")
        and not target.op("split_noun")
        and _goes_on(draft, target)
    ):
        target.use("edit", "drop")
        target = draft.neighbour(target, 1)
    return target is not None and _take_away(draft, target, query, drops)


def _goes_on(draft: Draft, token: Token) -> bool:
    return draft.neighbour(token, 1) is not None


def _read_left(draft: Draft, mark: Token, query: SemanticQuery, drops: Drops) -> bool:
    if not mark.op("not_suffix") or mark.used_by:
        return False
    target = draft.neighbour(mark, -1)
    return target is not None and target.used_by is None and _take_away(draft, target, query, drops)


def _take_away(draft: Draft, target: Token, query: SemanticQuery, drops: Drops) -> bool:
    """Mark `target` as taken away, where the plan before holds such a part."""
    behind = draft.neighbour(target, 1)
    if not (_take_part(target, query, drops) or _take_noun(target, behind, query, drops)):
        return False
    target.use("edit", "drop")
    _use_noun(draft, behind)
    return True


def _take_part(target: Token, query: SemanticQuery, drops: Drops) -> bool:
    """A grain, a comparison, the share or a metric that the plan before has."""
    if target.kind == "grain" and query.grain is not None:
        drops.grain = True
    elif target.kind == "compare" and any(c.kind == target.payload.kind for c in query.compare):
        drops.compare.add(target.payload.kind)
    elif target.op("share", "share_of") and query.share is not None:
        drops.share = True
    elif _metrics(target, query):
        drops.metrics |= _metrics(target, query)
    else:
        return False
    return True


def _take_noun(target: Token, behind: Token | None, query: SemanticQuery, drops: Drops) -> bool:
    """A dimension by its name, or the parts by theirs: 拆分, 筛选, 对比, 排名."""
    if target.has("dimension") and _drop_dimension(target, behind, query, drops):
        pass
    elif target.op("split_noun") and (query.dimensions or query.grain):
        drops.dimensions |= set(query.dimensions)
        drops.grain = drops.grain or not query.dimensions
    elif target.op("filter_noun") and not target.is_business:
        if behind is not None and behind.has("dimension") and _drop_dimension(behind, target, query, drops):
            behind.use("edit", "drop")
        else:
            drops.conditions = True
    elif target.op("compare_noun", "vs") and not target.is_filler and query.compare:
        drops.compare |= {c.kind for c in query.compare}
    elif target.op("rank_noun", "top", "rank_desc", "rank_asc") and (query.order or query.limit < 1000):
        drops.rank = True
    else:
        return False
    return True


def _use_noun(draft: Draft, behind: Token | None) -> None:
    """The noun behind what goes says nothing more: 不按渠道拆分, remove the channel filter, 去掉前五名."""
    while behind is not None and not behind.used_by and not behind.has("dimension"):
        plain = behind.op("split_noun", "filter_noun", "compare_noun", "rank_noun", "by", "distribution", "unit_any")
        if not plain and behind.kind != "number":
            return
        behind.use("edit", "drop")
        behind = draft.neighbour(behind, 1)


def _metrics(target: Token, query: SemanticQuery) -> set[str]:
    named = {c.target for c in target.of("metric")}
    return {m for m in query.metrics if m.split("@")[0] in named}


def _drop_dimension(target: Token, noun: Token | None, query: SemanticQuery, drops: Drops) -> bool:
    named = {c.target for c in target.of("dimension")}
    split, filtered = named & set(query.dimensions), named & {f.dimension for f in query.filters}
    of_filter = noun is not None and noun.op("filter_noun")
    if split and not of_filter:
        drops.dimensions |= split
    elif filtered:
        drops.filters |= filtered
    else:
        return False
    return True


def _read_whole(draft: Draft, query: SemanticQuery, drops: Drops) -> None:
    """合计 / 全渠道 / overall: rows become one number, or the filter named in the word goes."""
    for token in draft.free():
        if token.is_business or not token.op("total", "collapse", "whole"):
            continue
        named = {d for d in {*query.dimensions, *(f.dimension for f in query.filters)} if _is_named(draft, token, d)}
        if named:
            drops.filters |= named
            drops.dimensions |= named & set(query.dimensions)
            token.use("edit", "whole")
        elif not _beside_own_words(draft, token):
            drops.collapse = True
            drops.conditions = drops.conditions or (
                token.op("whole") and not (query.dimensions or query.grain) and bool(query.filters)
            )
            token.use("edit", "whole")


def _is_named(draft: Draft, token: Token, dimension: str) -> bool:
    """全渠道, 所有渠道, all channels; 全部 门店."""
    entry = draft.model.dimensions[dimension]
    forms = {form.lower() for form in (entry.label.zh, entry.label.en, *entry.synonyms.all)}
    if any(form in token.text for form in forms):
        return True
    right = draft.neighbour(token, 1)
    if token.op("whole") and right is not None and right.has("dimension", dimension) and not right.has("value"):
        right.use("edit", "whole")
        return True
    return False


def _beside_own_words(draft: Draft, token: Token) -> bool:
    """抖音和天猫一共, 总订单数, 所有门店: the word belongs to what stands beside it."""
    if any(t.has("value") and not t.op("people") for t in draft.free()):
        return True
    if any(t.has("dimension") and not t.has("metric") for t in draft.free()):
        return True
    right = draft.neighbour(token, 1)
    return token.text in ("总", "total", "全", "sum of", "累计") and right is not None and right.has("metric")
