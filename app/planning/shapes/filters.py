"""Values: "抖音和天猫", "除了门店以外", "注册渠道为抖音", "excluding Tmall"."""

import re
from collections.abc import Sequence

from app.planning.draft import Draft, ValueGroup
from app.planning.lattice import Token


def read_values(draft: Draft) -> None:
    """Every value that no clause has taken becomes part of a filter group."""
    draft.groups += take_values(draft, draft.tokens)


def take_values(draft: Draft, zone: Sequence[Token]) -> list[ValueGroup]:
    """Group neighbouring values of one dimension within `zone`, with their negation and their named dimension."""
    groups: list[ValueGroup] = []
    for token in zone:
        if token.used_by or not _is_value(draft, token):
            continue
        if groups and _continues(draft, groups[-1], token):
            groups[-1].tokens.append(token)
        else:
            groups.append(ValueGroup([token], negated=_negated(draft, token, groups)))
        token.use("filter")
    for group in groups:
        group.negated = group.negated or _negated_behind(draft, group.tokens[-1])
        _find_name(draft, group)
    return _merged(groups)


def _merged(groups: list[ValueGroup]) -> list[ValueGroup]:
    """金卡会员…银卡会员: two values of one dimension said apart are a list too; no row could have both."""
    merged: list[ValueGroup] = []
    for group in groups:
        twin = next((m for m in merged if not (m.negated or group.negated) and _share_dimension(m, group)), None)
        if twin is None:
            merged.append(group)
        else:
            twin.tokens += group.tokens
            twin.named = twin.named or group.named
    return merged


def _share_dimension(one: ValueGroup, other: ValueGroup) -> bool:
    tokens = [*one.tokens, *other.tokens]
    return bool(set.intersection(*(_dimensions(t) for t in tokens)))


# A word of grammar that also is a stored value (share = 占比 and an event type) is grammar.
_GRAMMAR_FIRST = ("share", "share_of", "top", "rank_desc", "rank_asc", "not", "by", "each", "ge", "gt", "le", "lt")


def _is_value(draft: Draft, token: Token) -> bool:
    if not token.has("value") or token.has("segment") or token.op(*_GRAMMAR_FIRST):
        return False
    if token.has("metric") and not _is_object(draft, token):
        return False
    if _sells(draft, token):
        return True
    return not (token.has("dimension") and is_split_word(draft, token))


def _is_object(draft: Draft, token: Token) -> bool:
    """Excluding stores, bought in stores: behind a negation or a preposition the word is a value, not a count."""
    left = draft.neighbour(token, -1, skip_fillers=False)
    return left is not None and (
        _sells(draft, token) or left.op("not") or left.text in ("in", "at", "on", "在", "from", "via")
    )


def _sells(draft: Draft, token: Token) -> bool:
    """What did the stores take in: they are who sold, all together."""
    return token.text in ("stores", "shops") and _WHO_SELLS.search(draft.text[: token.start]) is not None


_WHO_SELLS = re.compile(r"\b(?:did|do|have|has) (?:all )?(?:the |our )?$")  # what did the stores take in


def is_split_word(draft: Draft, token: Token) -> bool:
    """门店 and products name a dimension as well as a value or a count: what stands beside them decides."""
    left, right = draft.neighbour(token, -1), draft.neighbour(token, 1)
    if left is not None and left.has("dimension") and not left.op("by", "each"):
        return False  # 哪个城市的门店: the city is asked, 门店 says which sales
    if token.has("value") and right is not None and right.has("metric") and _another_is_ranked(draft, token):
        return False  # which cities had the highest store sales
    if left is not None and (left.op(*_SPLIT_BEFORE) or left.kind == "number"):
        return True
    if right is not None and right.op(*_SPLIT_BEHIND):
        return True
    if draft.text[token.end :].lstrip().startswith(("维度", "粒度", "颗粒度", "层面")):
        return True  # 门店维度看客流
    if right is not None and right.has("metric") and _rows_are_ranked(draft, token, right):
        return True  # 门店销售额前三
    before = draft.tokens[: draft.index(token)][-4:]
    return any(t.op("rank_desc", "rank_asc", "top") or t.used_by in ("number", "rank") for t in before)


def _rows_are_ranked(draft: Draft, token: Token, metric: Token) -> bool:
    """A limit right behind the metric, and no other dimension or period whose rows it could count."""
    behind = draft.neighbour(metric, 1)
    ranked = behind is not None and behind.op("top", "rank_desc", "rank_asc")
    others = any(t is not token and t.has("dimension") and not t.has("value") for t in draft.tokens)
    return ranked and not others and not any(t.op("which_day", "which_week", "which_month") for t in draft.tokens)


def _another_is_ranked(draft: Draft, token: Token) -> bool:
    others = (t for t in draft.tokens if t is not token and t.has("dimension") and not t.has("value"))
    before = (draft.neighbour(t, -1) for t in others)
    return any(t is not None and (t.kind == "number" or t.op("which", "which_many", "top")) for t in before)


_SPLIT_BEFORE = ("by", "each", "which", "which_many", "top", "rank_desc", "rank_asc", "unit_any", "how_many")
_SPLIT_BEHIND = ("which_many", "distribution", "rank_desc", "rank_asc", "ge", "gt", "le", "lt")


def describes_members(draft: Draft, token: Token) -> bool:
    """Values such as 金卡会员 that only people have."""
    members = draft.role("members")
    home = draft.metric(members).dataset if members else None
    dimensions = [draft.model.dimensions[c.target] for c in token.of("value")]
    return bool(dimensions) and all(set(d.on) == {home} for d in dimensions)


def _dimensions(token: Token) -> set[str]:
    return {c.target for c in token.of("value")}


def _continues(draft: Draft, group: ValueGroup, token: Token) -> bool:
    """Same dimension, and nothing but connectives between: one list of values."""
    if not set.intersection(*(_dimensions(t) for t in group.tokens), _dimensions(token)):
        return False
    between = draft.tokens[draft.index(group.tokens[-1]) + 1 : draft.index(token)]
    if group.negated and re.search(r"[,，]", draft.text[group.tokens[-1].end : token.start]):
        return False  # 除了天猫,抖音9月卖了多少: the exception ends at the comma
    return all(t.is_filler or t.op("range", "vs", "each") for t in between) and not any(t.op("not") for t in between)


def _negated(draft: Draft, token: Token, groups: list[ValueGroup]) -> bool:
    left = draft.neighbour(token, -1)
    if left is not None and left.has("dimension") and not left.has("value"):
        left = draft.neighbour(left, -1)
    if left is not None and left.op("not") and left.used_by in (None, "filter"):
        left.use("filter", "not")
        return True
    if _ALL_BUT.search(draft.text[: token.start]):
        return True
    same = bool(groups) and bool(_dimensions(groups[-1].tokens[-1]) & _dimensions(token))
    if same and re.search(r"[,，]", draft.text[groups[-1].tokens[-1].end : token.start]):
        return False  # 除了天猫,抖音9月卖了多少: the exception ends at the comma
    return same and groups[-1].negated and _adjacent(draft, groups[-1].tokens[-1], token)


_ALL_BUT = re.compile(
    r"\b(?:all|every\w*|any\w*|each|none)\b[^,;.]{0,30}\b(?:but|bar|save)(?: for)? (?:the )?$"
)  # all but Tmall


def _negated_behind(draft: Draft, token: Token) -> bool:
    """门店和APP不算: the negation behind a list is said of all of it; right before another value it is that one's."""
    right = draft.neighbour(token, 1)
    if right is None or right.is_filler or right.used_by:
        return False
    if not right.op("not_suffix") and not (right.op("not") and _TAKEN_OUT.match(draft.text, right.start)):
        return False
    behind = draft.neighbour(right, 1, skip_fillers=False)
    if right.op("not") and behind is not None and behind.start == right.end and behind.has("value"):
        return False
    right.use("filter", "not")
    return True


# 赠品剔除, 把天猫去掉: a verb of taking out that ends its clause is said of what stands before it.
_TAKEN_OUT = re.compile(
    r"(?:剔除?|排除|去掉|去除|刨[掉去除]|撇[掉开去]|抛[掉开]|拿掉|除[掉去]|扣除|别算|不要|不看)[掉了]?\s*(?:[,，。;；?？!！)）]|$)"
)


def _adjacent(draft: Draft, left: Token, right: Token) -> bool:
    between = draft.tokens[draft.index(left) + 1 : draft.index(right)]
    return all(t.is_filler or t.op("range", "vs") for t in between)


def _find_name(draft: Draft, group: ValueGroup) -> None:
    """A dimension word touching the values names their dimension and is no breakdown: 渠道是抖音, 抖音渠道."""
    left = draft.neighbour(group.tokens[0], -1)
    if left is not None and left.op("eq", "not"):
        left_op, left = left, draft.neighbour(left, -1)
        if left is not None and left.has("dimension") and not left.used_by:
            left_op.use("filter")
    before = left.of("dimension") if left is not None and not left.used_by else ()
    right = draft.neighbour(group.tokens[-1], 1)
    if right is not None and right.op("not_suffix"):
        right = draft.neighbour(right, 1)
    right = _behind_count(draft, group, right)
    after = right.of("dimension") if right is not None and not right.used_by else ()
    meant = set.union(*(_dimensions(t) for t in group.tokens))
    for token, candidates in ((left, before), (right, after)):
        if token is None or not candidates or _is_breakdown(draft, token):
            continue
        if meant & {c.target for c in candidates}:
            token.use("filter", "names the dimension")
            group.named = token
            return


def _behind_count(draft: Draft, group: ValueGroup, right: Token | None) -> Token | None:
    """抖音、天猫、京东三个渠道: the number repeats how many were named; the noun behind it."""
    if right is None or right.kind != "number" or right.payload != len(group.tokens) or right.used_by:
        return right
    counted, noun = right, draft.neighbour(right, 1)
    if noun is not None and noun.op("unit_any"):
        noun = draft.neighbour(noun, 1)
    if noun is not None and noun.has("dimension"):
        counted.use("filter", "how many values")
        if not _dimensions(group.tokens[0]) & {c.target for c in noun.of("dimension")} and not noun.used_by:
            noun.use("filter", "noun")  # 直营、加盟、经销三种店: the noun is what the values are said of
    return noun


def _is_breakdown(draft: Draft, token: Token) -> bool:
    left = draft.neighbour(token, -1)
    marked = left is not None and left.op("by", "each", "which", "which_many")
    return marked or token.text.startswith(("各", "每"))
