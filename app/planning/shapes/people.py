"""What people did: "买过面霜但没买过精华", "下过 3 单以上", "近 90 天没下单", "who bought A but not B"."""

from app.planning.draft import Draft, PersonClause
from app.planning.lattice import Token
from app.planning.shapes.filters import take_values
from app.planning.shapes.quantities import Quantity, read_quantity

_CLAUSE_ENDS = ("bought", "not_bought", "count_people", "list_people")


def read_people(draft: Draft) -> None:
    """Turn every purchase verb with an object, an amount or a negation into a clause about people."""
    for verb in [t for t in draft.free() if t.op("bought", "not_bought") and not t.has("metric")]:
        if verb.used_by:
            continue
        negated = verb.op("not_bought") or _negation_before(draft, verb)
        zone = _zone_after(draft, verb)
        clause = PersonClause(negated=negated)
        clause.groups = take_values(draft, zone)
        _read_amount(draft, zone, clause)
        if clause.groups or clause.metric or negated:
            clause.window = _own_window(draft, verb, zone)
            draft.people.append(clause)
        verb.use("people", "not bought" if negated else "bought")


def _negation_before(draft: Draft, verb: Token) -> bool:
    left = draft.neighbour(verb, -1)
    if left is not None and left.op("not") and not left.used_by:
        left.use("people", "not")
        return True
    return False


def _zone_after(draft: Draft, verb: Token) -> list[Token]:
    """Tokens that belong to the verb: up to the next verb, the counted people, or an asked metric."""
    zone: list[Token] = []
    for token in draft.tokens[draft.index(verb) + 1 :]:
        if token.op(*_CLAUSE_ENDS) or (token.op("people") and zone):
            break
        if token.has("metric") and not _is_amount(zone):
            break
        zone.append(token)
        if token.has("metric"):
            break
    return zone


def _is_amount(zone: list[Token]) -> bool:
    """English puts the metric behind the number: "ordered at least 3 orders"."""
    return bool(zone) and zone[-1].kind == "number"


def _read_amount(draft: Draft, zone: list[Token], clause: PersonClause) -> None:
    number = next((t for t in zone if t.kind == "number" and not t.used_by), None)
    if number is None:
        return
    left = draft.neighbour(number, -1)
    if left is not None and left.op("top"):
        return
    quantity = read_quantity(draft, number)
    metric = _amount_metric(draft, quantity, clause)
    if metric is None:
        return
    for token in quantity.tokens:
        token.use("people", metric)
    clause.metric, clause.values = metric, quantity.values
    if quantity.op is None:
        draft.assume(f"“{_span(draft, quantity)}”按“至少”理解", f"“{_span(draft, quantity)}” was read as “at least”")
    clause.op = quantity.op or "ge"


def _amount_metric(draft: Draft, quantity: Quantity, clause: PersonClause) -> str | None:
    right = draft.neighbour(quantity.last, 1)
    if (
        right is not None
        and right.has("metric")
        and not right.used_by
        and draft.index(right) - draft.index(quantity.last) <= 1
    ):
        quantity.tokens.append(right)
        return right.of("metric")[0].target
    role = quantity.unit_role
    if role is None:
        return None
    if clause.groups and role == "purchase_amount":
        twin = draft.role(role)
        return (draft.metric(twin).finer or twin) if twin else None
    return draft.role(role)


def _span(draft: Draft, quantity: Quantity) -> str:
    return draft.text[quantity.first.start : quantity.last.end]


def _own_window(draft: Draft, verb: Token, zone: list[Token]) -> tuple | None:  # type: ignore[type-arg]
    """The clause's own time, when the question has several: said before the verb, else inside the clause."""
    times = [t for t in draft.tokens if t.kind == "time"]
    if len(times) < 2:
        return None
    before: list[Token] = []
    for token in reversed(draft.tokens[: draft.index(verb)]):
        if token.op("bought", "not_bought") or token.op("people"):
            break
        if token.kind == "time" and not token.used_by:
            before.append(token)
    own = before[:1] or [t for t in zone if t.kind == "time" and not t.used_by][:1]
    if not own:
        return None
    own[0].use("people", "window")
    return own[0].payload.start, own[0].payload.end
