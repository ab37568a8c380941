"""What people did beside buying: "领了券没用", "加购过但没下单", "who received an SMS but did not click"."""

from datetime import date

from app.planning.draft import Draft, NumberOp, PersonClause, ValueGroup
from app.planning.lattice import Token
from app.planning.lexicon import NOT_DONE
from app.planning.shapes.filters import describes_members, take_values
from app.planning.shapes.quantities import read_quantity


def read_deeds(draft: Draft) -> None:
    """Every deed becomes a condition on people, where the question is about people."""
    deeds = [t for t in draft.free() if t.has("deed")]
    if not deeds or not _is_about_people(draft):
        return
    for token in deeds:
        deed = token.of("deed")[0]
        negated = deed.value == NOT_DONE or _takes_negation(draft, token)
        clause = PersonClause(negated=negated, groups=_objects(draft, token), metric=deed.target)
        _read_times(draft, token, clause)
        clause.window = _own_window(draft, token)
        draft.people.append(clause)
        token.use("people", deed.target)


def _is_about_people(draft: Draft) -> bool:
    """Somebody is counted, listed or described; 用券订单数 speaks of orders."""
    if any(t.op("people", "count_people", "list_people") or t.has("segment") for t in draft.tokens):
        return True
    if any(describes_members(draft, t) for t in draft.tokens):
        return True
    metrics = [c for t in draft.tokens for c in t.of("metric")]
    return bool(metrics) and all(draft.metric(c.target).unit == "people" for c in metrics)


def _takes_negation(draft: Draft, token: Token) -> bool:
    left = draft.neighbour(token, -1)
    if left is None or not left.op("not_prefix") or left.used_by:
        return False
    left.use("people", "not")
    return True


def _objects(draft: Draft, token: Token) -> list[ValueGroup]:
    """收到短信: the values right behind the verb say what; behind 的 they describe the people."""
    zone = []
    for behind in draft.tokens[draft.index(token) + 1 :]:
        if not behind.has("value") or behind.op("people"):
            break
        zone.append(behind)
    groups = take_values(draft, zone)
    _skip_noun(draft, token, zone)
    return groups


def _skip_noun(draft: Draft, token: Token, zone: list[Token]) -> None:
    """Opened our WeCom messages: the noun adds nothing."""
    entry = next((d for d in draft.model.deeds if token.has("deed", d.metric)), None)
    behind = draft.neighbour(zone[-1] if zone else token, 1)
    if entry is not None and behind is not None and behind.text in entry.about and not behind.used_by:
        behind.use("people", "noun")


def _read_times(draft: Draft, token: Token, clause: PersonClause) -> None:
    """退过两笔及以上款: how often, counted by the deed's own count."""
    entry = next((d for d in draft.model.deeds if d.metric == clause.metric), None)
    number = draft.neighbour(token, 1)
    if entry is None or entry.times is None or number is None or number.kind != "number" or number.used_by:
        return
    quantity = read_quantity(draft, number)
    for part in quantity.tokens:
        part.use("people", entry.times)
    said = _comparator_before(draft, token)
    clause.metric, clause.values, clause.op = entry.times, quantity.values, quantity.op or said or "ge"
    behind = draft.neighbour(quantity.last, 1)
    if behind is not None and behind.text in entry.about and not behind.used_by:
        behind.use("people", entry.times)


def _comparator_before(draft: Draft, token: Token) -> NumberOp | None:
    """至少用过三张: the comparator stands before the verb."""
    left = draft.neighbour(token, -1)
    found: tuple[NumberOp, ...] = ("ge", "gt", "le", "lt")
    op = next((name for name in found if left is not None and not left.used_by and left.op(name)), None)
    if op is not None and left is not None:
        left.use("people", "comparator")
    return op


def _own_window(draft: Draft, token: Token) -> tuple[date, date] | None:
    """Where every deed has its own time, the one said nearest before it."""
    times = [t for t in draft.tokens if t.kind == "time"]
    if len(times) < 2:
        return None
    before = [t for t in times if t.end <= token.start and not t.used_by]
    if not before:
        return None
    before[-1].use("people", "window")
    return before[-1].payload.start, before[-1].payload.end
