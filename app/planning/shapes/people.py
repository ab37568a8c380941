"""What people did: "买过面霜但没买过精华", "下过 3 单以上", "近 90 天没下单", "who bought A but not B"."""

import re
from datetime import date, timedelta

from app.planning.draft import Draft, NumberCondition, NumberOp, PersonClause, ValueGroup
from app.planning.lattice import Token
from app.planning.lexicon import Candidate
from app.planning.shapes.conditions import ROW_SIZES
from app.planning.shapes.each_time import read_in_each
from app.planning.shapes.filters import describes_members, take_values
from app.planning.shapes.quantities import Quantity, read_quantity

_OPS: tuple[NumberOp, ...] = ("ge", "gt", "le", "lt", "eq")
_BEFORE_A_VERB = ("not_prefix", "not", "only", "other", "both", "between", *_OPS)
_NEXT_CLAUSE = ("在", "又", "再", "但", "但是", "却", "然后", "but", "then")
_AMOUNT = re.compile(r"(?:多少|几)\s*(?:单|笔|件|个?订单|钱|元|支|瓶|盒)")
_CLAUSE_ENDS = ("bought", "not_bought", "count_people", "list_people")


def read_people(draft: Draft) -> None:
    """Turn every purchase verb with an object, an amount, a time of its own or a negation into a clause."""
    verbs = [t for t in draft.free() if t.op("bought", "not_bought") and not t.has("metric")]
    for verb in verbs:
        read_in_each(draft, verb)
    verbs = [verb for verb in verbs if not verb.used_by]
    for verb in verbs:
        if not verb.used_by:
            _read_clause(draft, verb, several=len(verbs) > 1 or any(t.op("joined") for t in draft.tokens))
    _read_elliptic(draft)


_PARTICIPLES = ("made", "bought", "purchased", "paid", "spent")
_PASSIVE = ("was", "were", "is", "are", "been", "being", "got")


def _says_how_made(draft: Draft, verb: Token) -> bool:
    """Sales made on Tmall, units were bought in May: the word before is a number of money, orders or units."""
    if verb.text not in _PARTICIPLES:
        return False
    left = draft.neighbour(verb, -1, skip_fillers=False)
    while left is not None and left.text in _PASSIVE:
        left = draft.neighbour(left, -1, skip_fillers=False)
    units = {draft.metric(c.target).unit for c in left.of("metric")} if left is not None else set()
    return bool(units) and units <= {"CNY", "orders", "items"}


def _read_clause(draft: Draft, verb: Token, *, several: bool) -> None:
    behind = draft.neighbour(verb, 1, skip_fillers=False)
    if _says_how_made(draft, verb):
        verb.use("people", "made")  # sales made on Tmall: a participle of the number, and nobody's deed
        return
    if behind is not None and behind.text == "by":
        verb.use("people", "placed by")  # orders placed by new customers: the buyer is a filter on the order
        return
    if _is_first_time(draft, verb):
        return
    if _is_of_groups(draft, verb):
        verb.use("people", "bought")  # 成交不到 15 单的门店: the number is the stores' own
        return
    if _asks_amount(draft, verb):
        verb.use("people", "bought")  # 门店成交了几单: the orders are counted, and where is said of them
        return
    before = _zone_before(draft, verb)
    negated = verb.op("not_bought") or _negation_in(before)
    zone = _zone_after(draft, verb)
    clause = PersonClause(negated=negated)
    others = _other_values(draft, before)
    clause.groups = others or take_values(draft, [t for t in before if _says_where(draft, t)])
    only = next((t for t in before if t.op("only")), None)
    just = any(t.text == "就" for t in before)  # 就买过一单: only one
    said_op = next((name for t in reversed(before) if not t.is_filler for name in _OPS if t.op(name)), None)
    where = list(clause.groups)
    clause.groups = clause.groups + take_values(draft, zone)
    clause.spends = verb.text.startswith(("消费", "花", "spen", "paid", "支付"))
    _read_amount(draft, zone, clause, said_op=said_op or ("eq" if only is not None or just else None))
    for token in before:
        if clause.metric and not token.is_filler and token.op(*_OPS):
            token.use("people", clause.metric)
    if clause.groups or clause.metric or negated or several:
        clause.window = _last_days(draft, verb) or _own_window(draft, verb, zone)
        draft.people += _conjuncts(draft, clause, zone)
        if only is not None and where and not negated:
            # 只在抖音买过: there, and nowhere else.
            elsewhere = [ValueGroup(g.tokens, negated=True, named=g.named) for g in where]
            draft.people.append(PersonClause(negated=True, groups=elsewhere, window=clause.window))
    verb.use("people", "not bought" if negated else "bought")


def _is_of_groups(draft: Draft, verb: Token) -> bool:
    """A number behind the verb, and behind its 的 what is split by instead of people."""
    rest = draft.tokens[draft.index(verb) + 1 :]
    number = next((i for i, t in enumerate(rest[:4]) if t.kind == "number"), None)
    if number is None:
        return False
    of = next((i for i, t in enumerate(rest[number : number + 5], number) if t.text == "的"), None)
    noun = next((t for t in rest[of + 1 :] if not t.is_filler or t.has("dimension")), None) if of is not None else None
    if noun is None or not noun.has("dimension") or noun.op("people"):
        return False
    behind = draft.neighbour(noun, 1)
    return behind is None or not (behind.op("people") or describes_members(draft, behind))


def _asks_amount(draft: Draft, verb: Token) -> bool:
    """下了几单, 买了多少件, 花了多少钱: right behind the verb the question asks for orders, pieces or money."""
    behind = draft.text[verb.end :].lstrip("了过 ")
    unit = _AMOUNT.match(behind)
    return verb.op("bought") and unit is not None


def _is_first_time(draft: Draft, verb: Token) -> bool:
    """上个月第一次在我们这儿买东西的人: new customers, the dimension that the role names."""
    dimension = draft.role("customer_type")
    near = [
        *draft.tokens[max(0, draft.index(verb) - 6) : draft.index(verb)],
        *draft.tokens[draft.index(verb) + 1 :][:4],
    ]
    first = next((t for t in near if t.op("first_time") and not t.used_by), None)
    if first is None or dimension is None or verb.op("not_bought"):
        return False
    first.use("filter", "new")
    verb.use("people", "bought")
    word = Token(first.start, verb.end, first.text, (Candidate("value", dimension, "new"),), used_by="filter")
    draft.tokens[draft.index(first)] = word
    draft.groups.append(ValueGroup([word]))
    return True


def _zone_before(draft: Draft, verb: Token) -> list[Token]:
    """没在门店买过, 只在抖音买过: values, fillers and small words just before the verb, back to anything else."""
    zone: list[Token] = []
    for token in reversed(draft.tokens[: draft.index(verb)]):
        ours = token.is_filler or token.has("value") or token.op(*_BEFORE_A_VERB)
        names = token.has("dimension") and (left := draft.neighbour(token, -1)) is not None and left.op("other")
        if token.used_by or not (ours or names) or token.op("people"):
            break
        if token.text in ("but", "但", "但是", "却", "and", "而"):
            break
        zone.append(token)
        if token.op("not_prefix", "not"):
            break  # what stands before the negation belongs to what they did
    zone.reverse()
    return zone


def _negation_in(zone: list[Token]) -> bool:
    found = next((t for t in zone if t.op("not_prefix", "not")), None)
    if found is not None:
        found.use("people", "not")
    return found is not None


def _says_where(draft: Draft, token: Token) -> bool:
    """A value that a purchase itself has (its channel, its store), not one of the person (gender, tier)."""
    orders = draft.role("purchase_orders")
    home = draft.metric(orders).dataset if orders else None
    said_in = draft.text[max(0, token.start - 1) : token.start] in ("在", "从", "于") or draft.language == "en"
    own = any(home in draft.model.dimensions[c.target].on for c in token.of("value"))
    return token.has("value") and (said_in or own) and not _is_person_attribute(draft, token)


def _is_person_attribute(draft: Draft, token: Token) -> bool:
    return token.op("people") or describes_members(draft, token)


def _other_values(draft: Draft, zone: list[Token]) -> list[ValueGroup]:
    """没在其他渠道买过: every value of that dimension but the ones named in the clause before."""
    other = next((t for t in zone if t.op("other")), None)
    earlier = next((g for c in reversed(draft.people) for g in c.groups if not g.negated), None)
    if other is None or earlier is None:
        return []
    other.use("people", "other")
    for token in zone:
        if token.has("dimension"):
            token.use("people", "names the dimension")
    return [ValueGroup(earlier.tokens, negated=True, named=earlier.named)]


def _conjuncts(draft: Draft, clause: PersonClause, zone: list[Token]) -> list[PersonClause]:
    """同时买过精华和面霜 asks for people with both: a clause per value. 或 leaves one list; no word means both."""
    group = clause.groups[0] if len(clause.groups) == 1 else None
    if group is None or group.negated or clause.negated or clause.metric or len(group.tokens) < 2:
        return [clause]
    near = [*draft.tokens[max(0, draft.index(group.tokens[0]) - 4) : draft.index(group.tokens[0])], *zone]
    if any(t.op("either") for t in near):
        for token in near:
            if token.op("either") and not token.used_by:
                token.use("people", "or")
        return [clause]
    said = [t for t in near if t.op("both") and not t.used_by]
    for token in said:
        token.use("people", "both")
    if not said:
        names = draft.say("和", " and ").join(t.text for t in group.tokens)
        draft.assume(f"“{names}”按“都买过”理解", f"“{names}” was read as bought both")
    return [PersonClause(False, [ValueGroup([t], named=group.named)], window=clause.window) for t in group.tokens]


def _read_elliptic(draft: Draft) -> None:
    """… but never on Tmall, … but not in Q3: a negation behind a clause, with a place or a time and no verb."""
    if not draft.people and not any(_speaks_of_buying(t) for t in draft.tokens):
        return
    for token in [t for t in draft.free() if t.op("not_prefix") or t.text in ("not in", "not from", "but not")]:
        after = draft.tokens[draft.index(token) + 1 :]
        content = next((t for t in after if not (t.is_filler and not t.has("value"))), None)
        if content is None or content.used_by:
            continue
        token.use("people", "not")
        clause = PersonClause(negated=True)
        if content.kind == "time":
            content.use("people", "window")
            clause.window = (content.payload.start, content.payload.end)
        elif content.has("value"):
            clause.groups = take_values(draft, after)
        else:
            token.used_by = None
            continue
        _keep_bare_positive(draft)
        draft.people.append(clause)


def _speaks_of_buying(token: Token) -> bool:
    """A purchase verb, alone or inside a longer word ("people who bought")."""
    return token.used_by == "people" or any(verb in token.text for verb in ("买", "购", "bought", "purchas", "buyer"))


def _keep_bare_positive(draft: Draft) -> None:
    """In "bought in H1 but not in Q3", the bare verb before becomes a clause with the first time."""
    if draft.people:
        return
    first = next((t for t in draft.free() if t.kind == "time"), None)
    if first is not None:
        first.use("people", "window")
        draft.people.append(PersonClause(False, window=(first.payload.start, first.payload.end)))


def _zone_after(draft: Draft, verb: Token) -> list[Token]:
    """Tokens that belong to the verb: up to the next verb, the counted people, or an asked metric."""
    zone: list[Token] = []
    rest = draft.tokens[draft.index(verb) + 1 :]
    more = any(t.op("bought", "not_bought") for t in rest)
    for position, token in enumerate(rest):
        if token.op("not_prefix", "only") and not token.is_filler:
            break
        if more and (token.text in _NEXT_CLAUSE or _opens_next(draft, token)):
            break
        if token.op(*_CLAUSE_ENDS) or (token.op("people") and (zone or not token.has("value"))):
            break
        if token.text == "的" and any(_describes_people(draft, t) for t in rest[position + 1 : position + 4]):
            break  # 没买过的金卡会员: what follows 的 describes the people
        if token.has("metric") and not _is_amount(zone) and not token.has("value"):
            break
        zone.append(token)
        if token.has("metric"):
            break
    return zone


def _opens_next(draft: Draft, token: Token) -> bool:
    """只在门店买过、线上从来没买过: a place right before the next verb is where that one happened."""
    if not token.has("value") or not _says_where(draft, token):
        return False
    behind = draft.neighbour(token, 1)
    return behind is not None and behind.op("not_bought", "not_prefix")


def _describes_people(draft: Draft, token: Token) -> bool:
    if token.op("people") or _is_person_attribute(draft, token):
        return True
    return any(draft.metric(c.target).unit == "people" for c in token.of("metric"))


def _is_amount(zone: list[Token]) -> bool:
    """English puts the metric behind the number: "ordered at least 3 orders"."""
    return bool(zone) and zone[-1].kind == "number"


def _read_amount(draft: Draft, zone: list[Token], clause: PersonClause, *, said_op: NumberOp | None) -> None:
    number = next((t for t in zone if t.kind == "number" and not t.used_by), None)
    if number is None:
        return
    left = draft.neighbour(number, -1)
    if left is not None and left.op("top"):
        return
    quantity = read_quantity(draft, number)
    if _read_order_size(draft, quantity):
        return
    metric = _amount_metric(draft, quantity, clause)
    if metric is None:
        return
    for token in quantity.tokens:
        token.use("people", metric)
    clause.metric, clause.values = metric, quantity.values
    if quantity.op is None and said_op is not None:
        clause.op = said_op
        return
    if quantity.op is None:
        draft.assume(f"“{_span(draft, quantity)}”按“至少”理解", f"“{_span(draft, quantity)}” was read as “at least”")
    clause.op = quantity.op or "ge"


def _read_order_size(draft: Draft, quantity: Quantity) -> bool:
    """买了 3 件以上的订单: the amount is each order's, not what a person bought in all."""
    noun = draft.neighbour(quantity.last, 1)
    size = draft.role(ROW_SIZES.get(quantity.unit_role or "", ""))
    if noun is None or size is None or quantity.op is None or noun.op("unit_orders"):
        return False
    if not any(draft.metric(c.target).unit == "orders" for c in noun.of("metric")):
        return False
    for token in quantity.tokens:
        token.use("number", size)
    draft.numbers.append(NumberCondition(size, False, quantity.op, quantity.values))
    return True


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
    role = quantity.unit_role or ("purchase_amount" if clause.spends else None)
    if role is None:
        return None
    if clause.groups and role == "purchase_amount":
        twin = draft.role(role)
        return (draft.metric(twin).finer or twin) if twin else None
    return draft.role(role)


def _span(draft: Draft, quantity: Quantity) -> str:
    return draft.text[quantity.first.start : quantity.last.end]


def _last_days(draft: Draft, verb: Token) -> tuple[date, date] | None:
    """30 天没买: the length before the verb counts back from today."""
    left = draft.neighbour(verb, -1)
    if left is not None and left.op("not_prefix") and left.used_by:
        left = draft.neighbour(left, -1)  # 半年没|买过东西
    if left is None or left.kind != "duration" or left.used_by:
        return None
    left.use("people", "window")
    return draft.as_of - timedelta(int(left.payload) - 1), draft.as_of


def _own_window(draft: Draft, verb: Token, zone: list[Token]) -> tuple[date, date] | None:
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
