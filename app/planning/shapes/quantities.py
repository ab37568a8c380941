"""Numbers with their comparator and unit: "3 单以上", "超过 1000 元", "between 20 and 30", "at least 3 orders"."""

from dataclasses import dataclass

from app.planning.draft import Draft, NumberOp
from app.planning.lattice import Token

_SUFFIX_OPS: tuple[NumberOp, ...] = ("ge", "le", "gt", "lt")
_PREFIX_OPS: tuple[NumberOp, ...] = ("ge", "gt", "le", "lt", "eq")
_UNITS = {"unit_orders": "purchase_orders", "unit_money": "purchase_amount", "unit_items": "purchase_items"}


@dataclass(slots=True)
class Quantity:
    """A number (or a range) with what was said around it. `tokens` are to be marked as explained by the caller."""

    values: tuple[float, ...]
    op: NumberOp | None
    unit_role: str | None
    tokens: list[Token]
    first: Token
    last: Token


def read_quantity(draft: Draft, number: Token) -> Quantity:
    """The quantity around one number token: comparator before or after, unit, upper end of a range."""
    tokens, values, last = [number], [float(number.payload)], number
    unit, last = _unit(draft, last, tokens)
    upper = _upper_end(draft, last)
    if upper is not None:
        tokens += [draft.tokens[i] for i in range(draft.index(last) + 1, draft.index(upper) + 1)]
        values.append(float(upper.payload))
        second, last = _unit(draft, upper, tokens)
        unit = unit or second
    op, first, last = _comparator(draft, number, last, tokens, is_range=upper is not None)
    if unit is None and last.op(*_SUFFIX_OPS):  # 3 or more items: English puts the unit behind the comparator
        unit, last = _unit(draft, last, tokens)
    return Quantity(tuple(values), op, unit, tokens, first, last)


def _unit(draft: Draft, last: Token, tokens: list[Token]) -> tuple[str | None, Token]:
    right = draft.neighbour(last, 1, skip_fillers=False)
    if last.kind == "number" and last.target == "times":
        return "purchase_orders", last
    if right is None or right.used_by or (right.has("metric") and not _is_unit_first(draft, right)):
        return None, last
    for name, role in _UNITS.items():
        if right.op(name):
            tokens.append(right)
            return role, right
    if right.op("unit_age", "unit_percent", "unit_any"):
        tokens.append(right)
        return None, right
    return None, last


def _is_unit_first(draft: Draft, token: Token) -> bool:
    """Orders with 3 or more items: with the metric said already, items is a unit."""
    return token.op("unit_items") and any(t.has("metric") for t in draft.tokens[: draft.index(token)])


def _upper_end(draft: Draft, last: Token) -> Token | None:
    connector = draft.neighbour(last, 1, skip_fillers=False)
    if connector is not None and connector.kind == "number" and not connector.used_by:
        return connector if draft.text[last.end : connector.start].strip() in ("-", "--") else None  # 500-1000元
    if connector is None or not connector.op("range"):
        return None
    upper = draft.neighbour(connector, 1, skip_fillers=False)
    if upper is None or upper.kind != "number" or upper.used_by:
        return None
    if connector.text != "and":
        return upper
    before = draft.tokens[max(0, draft.index(last) - 3) : draft.index(last)]
    return upper if any(t.op("between") for t in before) else None


def _comparator(
    draft: Draft, number: Token, last: Token, tokens: list[Token], *, is_range: bool
) -> tuple[NumberOp | None, Token, Token]:
    first, op = number, None
    left = draft.neighbour(number, -1, skip_fillers=False)
    if left is not None and not left.used_by:
        op = next((name for name in _PREFIX_OPS if left.op(name)), None)
        if op or left.op("between"):
            tokens.append(left)
            first = left
    right = draft.neighbour(last, 1, skip_fillers=False)
    if right is not None and not right.used_by:
        suffix = next((name for name in _SUFFIX_OPS if right.op(name)), None)
        closes_range = right.op("between") and is_range
        if suffix and (op is None or op == "eq"):
            op = suffix
        if suffix or closes_range:
            tokens.append(right)
            last = right
    return ("between" if is_range else op), first, last
