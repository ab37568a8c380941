"""Conditions with numbers on rows, on groups and on people: "订单金额大于 500", "GMV 超过 10 万的门店", "前 5 名"."""

from app.planning.draft import Draft, NumberCondition, PersonClause
from app.planning.lattice import Token
from app.planning.shapes.quantities import Quantity, read_quantity
from app.planning.shapes.ranking import judges


def read_numbers(draft: Draft) -> None:
    """Explain every number: a limit, or a condition on its subject. What has no subject stays unexplained."""
    for number in [t for t in draft.free() if t.kind == "number"]:
        if number.used_by:
            continue
        if not (_read_limit(draft, number) or _read_all_of(draft, number)):
            _read_condition(draft, number)


def _read_limit(draft: Draft, number: Token) -> bool:
    left, right = draft.neighbour(number, -1), draft.neighbour(number, 1)
    value = int(number.payload)
    if value < 1 or value != number.payload:
        return False
    marker = next((t for t in (left, right) if t is not None and t.op("top", "rank_desc", "rank_asc")), None)
    if marker is None and left is not None and left.op("which", "which_many"):
        marker = left
    if marker is None and right is not None and right.has("dimension") and not right.op("bought"):
        # The five stores with the highest sales: the rank word stands behind the noun.
        behind = draft.tokens[draft.index(right) + 1 :]
        marker = next((t for t in behind if t.op("rank_desc", "rank_asc") and t.text.isascii()), None)
    if marker is None:
        return False
    draft.limit = value
    if marker.op("rank_asc") and not marker.op("top", "rank_desc"):
        draft.descending = False
    draft.judges = draft.judges or judges(marker.text)
    marker.use("rank")
    number.use("rank", f"limit {value}")
    unit = draft.neighbour(number, 1, skip_fillers=False)
    if unit is not None and unit.op("unit_any", "unit_items", "unit_orders") and not unit.used_by:
        unit.use("rank")
    return True


def _read_all_of(draft: Draft, number: Token) -> bool:
    """两个品牌各卖了多少: the number says how many there are, so it means each of them; another number would not."""
    noun = draft.neighbour(number, 1)
    unit = noun if noun is not None and noun.op("unit_any") else None
    noun = draft.neighbour(noun, 1) if noun is not None and unit is not None else noun
    if noun is None or noun.used_by or not noun.has("dimension"):
        return False
    if not any(len(draft.values.get(c.target, ())) == number.payload for c in noun.of("dimension")):
        return False
    for token in (number, unit, noun):
        if token is not None:
            token.use("breakdown")
    draft.breakdowns.append(noun)
    return True


def _read_condition(draft: Draft, number: Token) -> None:
    quantity = read_quantity(draft, number)
    if _read_row_amount(draft, quantity):
        return
    if _read_age(draft, quantity):
        return
    subject = _subject(draft, quantity)
    if quantity.op is None:
        return
    if subject is None:
        _read_by_unit(draft, quantity)
        return
    is_metric = bool(subject.of("metric"))
    target = _target(draft, quantity, subject)
    if not target:
        return
    values = _scaled(draft, number, quantity, target, is_metric=is_metric)
    for token in quantity.tokens:
        token.use("number", target)
    subject.use("number", target)
    condition = NumberCondition(target, is_metric, quantity.op, values)
    if not is_metric:
        draft.numbers.append(condition)
    elif _is_about_people(draft, quantity, subject):
        draft.people.append(PersonClause(negated=False, metric=target, op=condition.op, values=values))
    else:
        draft.having.append(condition)


def _target(draft: Draft, quantity: Quantity, subject: Token) -> str:
    """The metric, else the number dimension, that the subject names; "" for neither."""
    if subject.of("metric"):
        name = subject.of("metric")[0].target
        return _counted(draft, quantity, name, by_piece=_counts_pieces(quantity, subject))
    return next((c.target for c in subject.of("dimension") if _is_number(draft, c.target)), "")


def _counts_pieces(quantity: Quantity, subject: Token) -> bool:
    """At least two refunds: a plural right behind a small number without a unit is counted, and is no sum."""
    plural = subject.text in ("refunds", "returns", "deposits")
    return plural and quantity.unit_role is None and quantity.last.end <= subject.start and max(quantity.values) < 100


def _counted(draft: Draft, quantity: Quantity, metric: str, *, by_piece: bool = False) -> str:
    """退款至少两次: of money said in times, the plain number of the same rows is meant; "" if there is none."""
    entry = draft.metric(metric)
    if (quantity.unit_role != "purchase_orders" and not by_piece) or entry.unit != "CNY":
        return metric
    return next((m.id for m in draft.model.metrics.values()
                 if m.dataset == entry.dataset and m.agg == "count" and m.where == entry.where
                 and m.time == entry.time and m.expr is None), "")  # fmt: skip


def _read_by_unit(draft: Draft, quantity: Quantity) -> None:
    """Products that sold more than 400 units: only the unit says what is meant."""
    metric = draft.role(quantity.unit_role) if quantity.unit_role else None
    if metric is None or quantity.op is None or not any(t.has("dimension") for t in draft.free()):
        return
    for token in quantity.tokens:
        token.use("number", metric)
    draft.having.append(NumberCondition(metric, True, quantity.op, quantity.values))


def _read_row_amount(draft: Draft, quantity: Quantity) -> bool:
    """500 元以上的订单数, orders over 500: money (or pieces) beside orders is the size of each, not their number."""
    if quantity.op is None or quantity.unit_role == "purchase_orders":
        return False  # 订单多于25笔 counts the orders
    left, right = draft.neighbour(quantity.first, -1), draft.neighbour(quantity.last, 1)
    of_left = left is not None and not left.used_by and left.has("metric")
    of_right = right is not None and not right.used_by and right.has("metric")
    orders_said = of_left and left is not None and _names_orders(draft, left, quantity)
    if quantity.unit_role in ROW_SIZES and not _has_own_unit(draft, left if of_left else None, quantity):
        size = draft.role(ROW_SIZES[quantity.unit_role])
        counts_orders = of_right and right is not None and _counts(draft, right)
    else:
        size, counts_orders = draft.role("order_amount"), False
    if of_left and left is not None and _pays_for_orders(draft, left):
        left.use("number", "order_amount")
        size, orders_said = draft.role("order_amount"), True
    if size is None or not (orders_said or counts_orders):
        return False
    if left is not None and left.has("dimension", size) and not left.used_by:
        left.use("number", size)
    for token in quantity.tokens:
        token.use("number", size)
    draft.numbers.append(NumberCondition(size, False, quantity.op, quantity.values))
    return True


def _names_orders(draft: Draft, token: Token, quantity: Quantity) -> bool:
    """订单超过 500, how many orders above 300 yuan: a bare noun, or a count of orders set against money."""
    counts = any(draft.metric(c.target).unit == "orders" for c in token.of("metric"))
    return token.text in _ORDER_NOUNS or (counts and quantity.unit_role in ROW_SIZES)


def _pays_for_orders(draft: Draft, token: Token) -> bool:
    """支付金额在 200 到 500 元的订单数: what was paid, beside a count of orders and no groups, is per order."""
    paid = draft.role("purchase_amount")
    counts = any(draft.metric(c.target).unit == "orders" for t in draft.free() for c in t.of("metric"))
    return token.has("metric", paid or "") and counts and not any(t.has("dimension") for t in draft.free())


def _read_age(draft: Draft, quantity: Quantity) -> bool:
    """25 到 35 岁, 30 岁以上: the unit alone names the dimension; a bare 30 岁 is exactly that."""
    age = draft.role("age")
    if age is None or not any(t.op("unit_age") for t in quantity.tokens):
        return False
    for token in quantity.tokens:
        token.use("number", age)
    draft.numbers.append(NumberCondition(age, False, quantity.op or "eq", quantity.values))
    return True


ROW_SIZES = {"purchase_amount": "order_amount", "purchase_items": "order_items"}
_ORDER_NOUNS = ("orders", "order", "订单")


def _has_own_unit(draft: Draft, subject: Token | None, quantity: Quantity) -> bool:
    """GMV 超过 500 元: the metric before the number is money itself."""
    units = {"purchase_amount": "CNY", "purchase_items": "items"}
    if subject is None or _names_orders(draft, subject, quantity):
        return False
    return any(draft.metric(c.target).unit == units.get(quantity.unit_role or "") for c in subject.of("metric"))


def _counts(draft: Draft, token: Token) -> bool:
    return any(draft.metric(c.target).unit in ("orders", "CNY") for c in token.of("metric"))


def _subject(draft: Draft, quantity: Quantity) -> Token | None:
    """The metric or number dimension the quantity speaks of: before the comparator, or right behind the number."""
    behind = draft.neighbour(quantity.last, 1, skip_fillers=False)
    if (
        behind is not None
        and not behind.used_by
        and any(draft.metric(c.target).unit in ("orders", "items", "times") for c in behind.of("metric"))
    ):
        return behind  # at least 3 orders
    left = draft.neighbour(quantity.first, -1)
    while left is not None and (left.op("eq", "only", "total") or left.kind == "time"):
        left = draft.neighbour(left, -1)
    right = draft.neighbour(quantity.last, 1)
    for token in (left, right):
        if token is None or token.used_by:
            continue
        if token.has("metric") or any(_is_number(draft, c.target) for c in token.of("dimension")):
            return token
    return None


def _is_number(draft: Draft, dimension: str) -> bool:
    return draft.model.dimensions[dimension].kind == "number"


def _scaled(draft: Draft, number: Token, quantity: Quantity, target: str, *, is_metric: bool) -> tuple[float, ...]:
    """Rates are stored 0–1: "30%" and a rate metric's "30" both mean 0.3."""
    if number.target == "percent":
        return quantity.values
    says_percent = any(t.op("unit_percent") for t in quantity.tokens)
    if is_metric and draft.metric(target).unit == "rate" and (says_percent or max(quantity.values) > 1):
        return tuple(value / 100 for value in quantity.values)
    return quantity.values


def _is_about_people(draft: Draft, quantity: Quantity, subject: Token) -> bool:
    """The next noun decides: people → a condition on persons, a dimension → a condition on groups."""
    for token in draft.tokens[draft.index(quantity.last) + 1 :]:
        if token is subject:
            continue
        if token.op("people", "count_people", "list_people"):
            return True
        if token.has("metric"):
            return any(draft.metric(c.target).unit == "people" for c in token.of("metric"))
        if token.has("dimension"):
            return False
    return any(t.op("count_people", "list_people", "people") for t in draft.free())
