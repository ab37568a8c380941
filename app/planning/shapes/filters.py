"""Values: "抖音和天猫", "除了门店以外", "注册渠道为抖音", "excluding Tmall"."""

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
        if token.used_by or not _is_value(token):
            continue
        if groups and _continues(draft, groups[-1], token):
            groups[-1].tokens.append(token)
        else:
            groups.append(ValueGroup([token], negated=_negated(draft, token, groups)))
        token.use("filter")
    for group in groups:
        _find_name(draft, group)
    return groups


def _is_value(token: Token) -> bool:
    return token.has("value") and not token.has("metric") and not token.has("segment")


def _dimensions(token: Token) -> set[str]:
    return {c.target for c in token.of("value")}


def _continues(draft: Draft, group: ValueGroup, token: Token) -> bool:
    """Same dimension, and nothing but connectives between: one list of values."""
    if not set.intersection(*(_dimensions(t) for t in group.tokens), _dimensions(token)):
        return False
    between = draft.tokens[draft.index(group.tokens[-1]) + 1 : draft.index(token)]
    return all(t.is_filler or t.op("range", "vs", "each") for t in between) and not any(t.op("not") for t in between)


def _negated(draft: Draft, token: Token, groups: list[ValueGroup]) -> bool:
    left = draft.neighbour(token, -1)
    if left is not None and left.has("dimension") and not left.has("value"):
        left = draft.neighbour(left, -1)
    if left is not None and left.op("not") and left.used_by in (None, "filter"):
        left.use("filter", "not")
        return True
    right = draft.neighbour(token, 1)
    if right is not None and right.op("not_suffix") and not right.is_filler:
        right.use("filter", "not")
        return True
    return bool(groups) and groups[-1].negated and _adjacent(draft, groups[-1].tokens[-1], token)


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
    after = right.of("dimension") if right is not None and not right.used_by else ()
    meant = set.union(*(_dimensions(t) for t in group.tokens))
    for token, candidates in ((left, before), (right, after)):
        if token is None or not candidates or _is_breakdown(draft, token):
            continue
        if meant & {c.target for c in candidates}:
            token.use("filter", "names the dimension")
            group.named = token
            return


def _is_breakdown(draft: Draft, token: Token) -> bool:
    left = draft.neighbour(token, -1)
    return left is not None and left.op("by", "each", "which", "which_many")
