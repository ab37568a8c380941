"""What is asked without a metric word: people, orders or money, by the most telling of the other words."""

import re
from datetime import date

from app.planning.draft import Draft, ValueGroup
from app.planning.lattice import Token, is_member_noun
from app.planning.lexicon import Candidate
from app.planning.shapes.metrics import SPEND_NOUN, drop_nouns, homes_of, spent_beside
from app.planning.shapes.subjects import speaks_of_money_made
from app.semantic.model import SemanticModel

_OF_SALES = ("卖", "sell", "sold", "made the", "brought in the", "generated the", "earned the", "took", "grossed")
_QUESTION = re.compile(r"多少|几|how (?:many|much)")


def infer_metric(draft: Draft) -> None:
    """Without a metric word: how many people, how many orders, or what the ranking verb implies."""
    drop_nouns(draft)
    spent_beside(draft)
    people_words = [t for t in draft.tokens if t.op("people", "count_people", "list_people") and _counts(t)]
    draft.asks_people = bool(people_words)
    counts_people = all(draft.metric(m).unit == "people" for m in draft.metrics)
    draft.wants_people = counts_people and not draft.breakdowns and any(t.op("list_people") for t in people_words)
    if draft.metrics:
        _count_who_bought(draft)
        _count_everybody(draft)
        if not counts_people and any(_asks_heads(draft, t) for t in draft.free()):
            _count_people_too(draft)
        return
    if draft.having and not draft.asks_people:
        draft.metrics += dict.fromkeys(condition.subject for condition in draft.having)
        return
    metric = _implied(draft, speaks_of_people=bool(people_words))
    if metric:
        draft.metrics.append(metric)
        _keep_members(draft)


def _implied(draft: Draft, *, speaks_of_people: bool) -> str | None:
    """The metric of a question that names none, by the most telling of its words."""
    basis = _by_basis(draft) or (None if draft.people else _counted_by_unit(draft))
    if basis:
        return basis
    if _asks_how_much(draft):
        return draft.role("purchase_amount")
    joined = [t for t in draft.free() if t.op("joined")]
    if joined and draft.role("new_members"):
        return _those_who_joined(draft, joined)
    if speaks_of_people or draft.people or draft.segments:
        return _people_metric(draft)
    if draft.share or any(_speaks_of_parts(t) for t in draft.free()):
        return _headcount_of_attribute(draft)
    if not _asks_how_many(draft):
        return _counted_by_unit(draft) or _implied_by_rank(draft) or _buyers_of_kind(draft)
    if re.search(r"\b(?:sold|sell|shift|shifted)\b", draft.text) and draft.groups:
        return draft.role("purchase_items")
    return _counted_by_unit(draft) or _headcount_of_attribute(draft) or _buyers_of_kind(draft)


def _speaks_of_parts(token: Token) -> bool:
    """分布, or a dimension whose name says so itself (年龄结构)."""
    return token.op("distribution") or (token.has("dimension") and token.text.endswith(("分布", "结构", "构成")))


def _asks_how_much(draft: Draft) -> bool:
    """How much did gold members spend: money, not heads."""
    spent = any(
        t.used_by == "people" and t.text.startswith(("spen", "pay", "paid", "消费", "花")) for t in draft.tokens
    )
    if speaks_of_money_made(draft) or (not draft.people and _asks_what_was_bought(draft)):
        return True
    noun = SPEND_NOUN.search(draft.text) is not None
    spent = spent or (noun and any(t.used_by == "people" and t.text == "spend" for t in draft.tokens))
    if spent and (noun or "how much" in draft.text or draft.text.startswith("what did")):
        _spenders_to_filter(draft)
    return (
        spent
        and not draft.people
        and (
            noun
            or "how much" in draft.text
            or draft.text.startswith("what did")
            or any(t.text == "多少" for t in draft.tokens)
        )
    )


_BARE_AMOUNT = re.compile(r"[了过]?多少[呀啊呢来着]{0,2}\s*(?:[,，。;；?？!！]|$)")


def _asks_what_was_bought(draft: Draft) -> bool:
    """老客9月买了多少: what they bought is asked, not how many they were; money, and the reading says so."""
    verbs = [t for t in draft.tokens if t.op("bought") and t.used_by == "people"]
    if not any(_BARE_AMOUNT.match(draft.text, t.end) for t in verbs) or draft.language != "zh":
        return False
    draft.assume("“买了多少”按金额理解", "“how much was bought” was read as money")
    return True


def _keep_members(draft: Draft) -> None:
    """How much did members in each province spend: the noun says whose money, where nothing else does."""
    said = [t for t in draft.free() if is_member_noun(t) and t.text.isascii()]
    roles = (draft.role("purchase_amount"), draft.role("purchase_orders"), draft.role("purchase_items"))
    if not said or draft.groups or draft.people or draft.segments or not set(draft.metrics) <= set(roles):
        return
    flag = next((d.id for d in draft.model.dimensions.values() if "member" in d.values), None)
    if flag is not None:
        said[0].candidates = (Candidate("value", flag, "member"),)
        said[0].use("filter")
        draft.groups.append(ValueGroup([said[0]]))


def _spenders_to_filter(draft: Draft) -> None:
    """How much did members with dry skin spend: the skin says who they are, and is no object of the verb."""
    plain = [c for c in draft.people if not c.negated and c.metric is None and c.window is None and c.groups]
    if len(draft.people) == 1 and plain:
        draft.groups += plain[0].groups
        draft.people = []


def _counts(token: Token) -> bool:
    return token.used_by is None or (token.used_by == "filter" and is_member_noun(token))


def _those_who_joined(draft: Draft, joined: list[Token]) -> str | None:
    """上个月入会但还没下过单的会员: the time is when they joined; what they did since is counted to the last day."""
    for token in joined:
        token.use("metric", "joined")
    for clause in draft.people:
        clause.window = clause.window or (date.min, draft.as_of)
    times = any(t.kind == "time" for t in draft.tokens)
    return draft.role("new_members" if times else "members")


def _asks_heads(draft: Draft, token: Token) -> bool:
    """多少人 beside money is a second number; in 退款的有多少人 it counts those people; size is no head count."""
    if not token.op("count_people") or token.text in ("size", "规模", "体量") or token.text.endswith("个"):
        return False
    before = draft.text[: token.start].rstrip()
    left = draft.neighbour(token, -1)
    return not (before.endswith(("的", "的人")) and left is not None and left.used_by == "metric")


def _count_people_too(draft: Draft) -> None:
    """新客、老客各有多少人，各买了多少钱: the head count is asked beside the money."""
    members = draft.role("members")
    home = draft.metric(members).dataset if members else None
    of_members = all(homes_of(draft, m) == {home} for m in draft.metrics)  # 各等级有几个人、平均积分余额
    buyers = draft.role("members" if of_members or any(is_member_noun(t) for t in draft.tokens) else "buyers")
    if buyers and buyers not in draft.metrics:
        draft.metrics.insert(0, buyers)


def _count_everybody(draft: Draft) -> None:
    """Customers with lifetime spend over 5000: with no time said it is no matter of who bought lately."""
    bare = [
        t for t in draft.tokens if t.used_by == "metric" and t.text in ("customers", "customer", "how many customers")
    ]
    timed = any(t.kind in ("time", "duration", "grain", "compare") for t in draft.tokens)
    if draft.metrics != [draft.role("buyers")] or not bare or timed or draft.people or not draft.numbers:
        return
    whole = _headcount_of_attribute(draft)
    ever = all("ever" in draft.model.dimensions[n.subject].label.en for n in draft.numbers)
    if whole and ever:
        draft.metrics = [whole]


def _count_who_bought(draft: Draft) -> None:
    """9 月有多少会员下过单, 消费满 1000 的会员数: a head count of members with a purchase is one of member buyers."""
    members, buyers = draft.role("members"), draft.role("member_buyers")
    bought = any(t.op("bought") and t.used_by == "people" for t in draft.tokens)
    did = any(not c.negated and c.metric not in draft.deed_metrics for c in draft.people)
    did = did or (bought and not draft.people)
    if members in draft.metrics and buyers and did:
        draft.metrics = [buyers if m == members else m for m in draft.metrics]


def _people_metric(draft: Draft) -> str | None:
    """Who is counted: buyers where somebody bought, else the whole population that the conditions pick from."""
    done = _those_who_did(draft)
    if done:
        return done
    bought = any(t.op("bought") and t.used_by == "people" for t in draft.tokens)
    positive = [c for c in draft.people if not c.negated and _is_purchase(draft, c.metric)]
    if (bought and not draft.people) or positive:
        return draft.role("buyers")
    if any(is_member_noun(t) for t in draft.tokens) and not draft.segments:
        return draft.role("members")
    if draft.segments:
        return _population_of_segment(draft.model, draft.segments[0][0]) or draft.role("members")
    if not draft.people:
        # "抖音多少人" alone says neither who bought nor who joined: an attribute of members decides, else buyers.
        return _headcount_of_attribute(draft) or (draft.role("buyers") if draft.groups else None)
    return draft.role("members")


def _is_purchase(draft: Draft, metric: str | None) -> bool:
    """A condition on what people bought; one on their points or coupons makes no buyers of them."""
    if metric is None:
        return True
    if metric in draft.deed_metrics:
        return False
    roles = [draft.role(name) for name in ("purchase_orders", "purchase_items")]
    homes = {draft.metric(role).dataset for role in roles if role}
    return bool(homes_of(draft, metric) & homes)


def _those_who_did(draft: Draft) -> str | None:
    """9 月领了券却没用的有多少人: the head count of the first deed, which then need not be a condition too."""
    did = next((c for c in draft.people if not c.negated and c.metric in draft.deed_metrics), None)
    buys = any(not c.negated and c.metric not in draft.deed_metrics for c in draft.people)
    if did is None or buys or draft.segments or any(is_member_noun(t) for t in draft.tokens):
        return None
    head_count = next(d.metric for d in draft.model.deeds if did.metric in (d.metric, d.times))
    if did.window is None and did.metric == head_count:
        draft.people.remove(did)
        draft.groups += did.groups
    return head_count


def _population_of_segment(model: SemanticModel, segment_id: str) -> str | None:
    """The plain head count of the dataset that the segment is defined on."""
    segment = model.segments[segment_id]
    return _population_of(model, segment.dataset, segment.where)


def _population_of(model: SemanticModel, dataset: str, where: str | None = None) -> str | None:
    counts = [m for m in model.metrics.values() if m.dataset == dataset and m.unit == "people" and m.inner is None]
    stocks = [m.id for m in counts if m.window == "until" and m.where is None]
    same = [m.id for m in counts if m.window == "until" and m.where == where]
    distinct = [
        m.id for m in counts
        if m.window == "within" and m.where is None and m.time is None
        and m.agg == "count_distinct" and m.expr == model.datasets[dataset].person
    ]  # fmt: skip
    derived = model.datasets[dataset].derive
    found = next(iter(stocks + same + distinct), None)
    return _population_of(model, derived.dataset) if found is None and derived is not None else found


def _buyers_of_kind(draft: Draft) -> str | None:
    """上个月新客有多少: values that describe the buyer of an order (new or existing) count buyers."""
    kinds = [c.target for g in draft.groups for t in g.tokens for c in t.of("value")]
    return draft.role("buyers") if any("customer" in kind for kind in kinds) else None


def _asks_how_many(draft: Draft) -> bool:
    words = ("多少", "有多少", "几", "有几", "how many")
    return "how many" in draft.text or any(t.text in words and t.used_by is None for t in draft.tokens)


def _headcount_of_attribute(draft: Draft) -> str | None:
    """会员等级分布, 黑金会员占比: an attribute of members, split or shared out, counts members."""
    members = draft.role("members")
    home = draft.metric(members).dataset if members else None
    spoken = [c.target for t in draft.free() for c in t.of("dimension")]
    spoken += [c.target for group in draft.groups for t in group.tokens for c in _person_values(draft, t)]
    spoken += [condition.subject for condition in draft.numbers]
    if any(_belongs_to(draft, d, home) for d in spoken):
        return members
    homes = [h for d in map(draft.model.dimensions.__getitem__, spoken) if not d.yields for h in d.on]
    people = [h for h in homes if draft.model.datasets[h].key == (draft.model.datasets[h].person,)]
    return _population_of(draft.model, people[0]) if people else None


def _person_values(draft: Draft, token: Token) -> tuple[Candidate, ...]:
    """What a value says of people; nothing where an order has it of its own: 天猫多少 asks for no head count."""
    orders = draft.role("purchase_orders")
    home = draft.metric(orders).dataset if orders else None
    own = (draft.model.dimensions[c.target].on.get(home or "", ".") for c in token.of("value"))
    return () if any(expression.isidentifier() for expression in own) else token.of("value")


def _belongs_to(draft: Draft, dimension: str, dataset: str | None) -> bool:
    """An attribute held by that dataset alone, so that it can't speak of anything else."""
    return set(draft.model.dimensions[dimension].on) == {dataset}


_BASES = (("basis_money", "purchase_amount"), ("basis_items", "purchase_items"), ("basis_orders", "purchase_orders"),
          ("basis_people", "buyers"))  # fmt: skip


def _by_basis(draft: Draft) -> str | None:
    """按金额, by units: what is to be measured, said as a basis."""
    for token in draft.free():
        for name, role in _BASES:
            if token.op(name):
                token.use("metric", role)
                return draft.role(role)
    return None


def _is_counted(draft: Draft, token: Token) -> bool:
    """几单, 多少钱: the unit stands behind the question word, or holds it; a stray 元 (of 会元) does not."""
    before = draft.text[: token.start].rstrip()
    behind = draft.neighbour(token, 1)
    if behind is not None and behind.op("rank_desc", "rank_asc"):
        return True  # 哪天单最多
    return bool(_QUESTION.search(token.text)) or before.endswith(("多少", "几", "how many", "how much", "number of"))


def _counted_by_unit(draft: Draft) -> str | None:
    """多少单, 多少钱, how many orders: the unit behind the question word names the metric."""
    for token in draft.free():
        for unit, role in (("unit_orders", "purchase_orders"), ("unit_money", "purchase_amount"),
                           ("unit_items", "purchase_items")):  # fmt: skip
            if token.op(unit) and _is_counted(draft, token):
                token.use("metric", role)
                return draft.role(role)
    return None


def _implied_by_rank(draft: Draft) -> str | None:
    """卖得最好 and best-selling speak of sales, 几点下单最多 of orders."""
    ordered = any(t.used_by == "people" and t.text.startswith(("下单", "下了单", "成交")) for t in draft.tokens)
    if ordered and draft.order_by and not draft.people:
        return draft.role("purchase_orders")
    for token in draft.tokens:
        if token.used_by == "rank" and (any(word in token.text for word in _OF_SALES) or draft.order_change):
            metric = draft.role("purchase_amount")
            if metric:
                label = draft.metric(metric).label.in_(draft.language)
                draft.assume(f"“{token.text}”按{label}比较", f"“{token.text}” was compared by {label}")
            return metric
    return None
