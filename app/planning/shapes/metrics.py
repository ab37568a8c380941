"""What is asked: metric words, parametrised metrics (90 天复购率), segments."""

import re

from app.planning.draft import Draft
from app.planning.lattice import Token
from app.planning.shapes.filters import is_split_word
from app.planning.shapes.subjects import counts_events, opens_a_clause, takes_as_people
from app.semantic.query import split_metric_name

SPEND_NOUN = re.compile(r"s' (?:total )?spend\b|\bspend (?:of|by|from)\b")  # gold members' spend


def read_metrics(draft: Draft) -> None:
    """Metric words become the asked metrics, in the order they were said."""
    for token in list(draft.free()):
        if token.used_by or (not token.of("metric") and not token.of("days_metric")):
            continue
        if token.has("dimension") and is_split_word(draft, token):
            continue
        if _qualifies(draft, token) or takes_as_people(draft, token) or opens_a_clause(draft, token):
            continue
        if _is_noun_of_value(draft, token) or _is_order_noun(draft, token):
            token.use("filter", "noun")
            continue
        name = _with_days(draft, token)
        if name is None:
            continue
        left = draft.neighbour(token, -1)
        if left is not None and left.op("by") and not left.used_by and draft.order_by:
            draft.order_by = name
            left.use("rank")
        name = counts_events(draft, _as_people(draft, token, name))
        if name not in draft.metrics:
            draft.metrics.append(name)
        token.use("metric", name)


def _qualifies(draft: Draft, token: Token) -> bool:
    """In "order value of gold members", members are whom it is about, not a second metric.

    What only names a metric is left unexplained then, so that it is cut into other words ("existing" and "customers").
    """
    if not any(draft.metric(c.target).unit == "people" for c in token.of("metric")):
        return False
    if (
        "how much" in draft.text or draft.text.startswith(("what did", "what do")) or SPEND_NOUN.search(draft.text)
    ) and any(t.text.startswith(("spen", "pay", "paid")) for t in draft.tokens):
        return True
    if not any(t.has("metric") and t is not token and not t.op("people") for t in draft.tokens):
        return False
    left = draft.neighbour(token, -1, skip_fillers=False)
    if left is None:
        return False
    return left.has("value") or left.text in ("of", "from", "for", "by", "to", "among", "with", "as")


def _is_noun_of_value(draft: Draft, token: Token) -> bool:
    """Senior vs junior guides: behind a value, and beside a metric, guides is a noun and not the number of guides."""
    left = draft.neighbour(token, -1)
    others = any(t.has("metric") and t is not token for t in draft.tokens)
    return token.has("dimension") and left is not None and left.has("value") and others


def _is_order_noun(draft: Draft, token: Token) -> bool:
    """Total sales from orders that used a coupon: the orders are whose sales, not a second number."""
    left = draft.neighbour(token, -1, skip_fillers=False)
    said = left is not None and left.text in ("from", "of", "on", "in", "for", "的")
    another = any(t.used_by == "metric" for t in draft.tokens[: draft.index(token)])
    return token.text in ("orders", "order", "订单") and said and another


def _counts_heads(draft: Draft, token: Token) -> bool:
    """多少会员, 多少客户, said as one piece."""
    heads = any(draft.metric(c.target).unit == "people" for c in token.of("metric"))
    return heads and (token.text.startswith(("多少", "几", "how many")) or token.text.endswith("数"))


def _as_people(draft: Draft, token: Token, name: str) -> str:
    """触达了多少人, 触达人数: an ambiguous word that counts messages, said of people, keeps all its senses."""
    asked = [t for t in draft.free() if t.op("count_people") and t.text not in ("多少个", "有几个")]
    position = draft.index(token)
    near = [t for t in draft.tokens[position + 1 : position + 5] if t.op("people")]
    near = [t for t in near if (left := draft.neighbour(t, -1)) is not None and left.op("how_many", "unit_any")]
    near += [t for t in draft.tokens[position + 1 : position + 3] if _counts_heads(draft, t)]
    twin = next((v.people for act in draft.model.acts for v in act.verbs if v.count == name and v.people), None)
    if not token.term or twin is None or not (asked or near):
        return name
    for word in asked or near:
        word.use("metric", twin)
    return twin


def _with_days(draft: Draft, token: Token) -> str | None:
    """The metric's name; a number of days said just before it selects the parametrised metric."""
    duration = draft.neighbour(token, -1)
    if duration is not None and duration.kind == "duration" and not duration.used_by:
        parametrised = [c.target for c in token.candidates if c.kind in ("days_metric", "metric")]
        for metric_id in sorted(parametrised, key=lambda m: draft.metric(m).days is None):
            if draft.metric(metric_id).days is not None:
                duration.use("metric", "days")
                return f"{split_metric_name(metric_id)[0]}@{duration.payload}"
    plain = [c.target for c in token.of("metric")]
    return _best(draft, token, plain)


def _best(draft: Draft, token: Token, names: list[str]) -> str | None:
    """曝光和点击, 短信的点击: a word of several metrics is the one of the area that is spoken of; else of none."""
    if len(names) < 2:
        return names[0] if names else None
    others = {c.target for t in draft.tokens if t is not token for c in t.of("metric")} - set(names)
    areas = {draft.metric(m).area for m in others}
    near = [m for m in names if draft.metric(m).area in areas]
    if len(near) == 1:
        return near[0]
    spoken = {c.target for t in draft.tokens if t is not token for k in ("value", "dimension") for c in t.of(k)}
    homes = {d: set(draft.model.dimensions[d].on) for d in spoken}
    held = [m for m in names if any(draft.metric(m).dataset in on for on in homes.values())]
    if len(held) == 1:
        return held[0]
    return names[0] if len({draft.metric(m).area for m in names}) == 1 else None


def drop_nouns(draft: Draft) -> None:
    """导购任务完成得怎样,完成率多少: a bare noun beside a metric of the same rows names them and asks no count."""
    said = {t.target: t for t in draft.tokens if t.used_by == "metric" and t.target in draft.metrics}
    for name, token in said.items():
        others = [m for m in draft.metrics if m != name]
        if not others or not _is_bare_noun(draft, name, token) or _is_listed(draft, token):
            continue
        if draft.metric(name).where and " " in token.text and not any(narrows(draft, m, name) for m in others):
            # Sales from orders using a coupon: the name holds a condition, so it is cut into other words.
            draft.metrics.remove(name)
            token.used_by = None
            continue
        home = draft.metric(name).dataset
        if any(home in homes_of(draft, other) for other in others):
            draft.metrics.remove(name)
            token.use("filter", "noun")


def spent_beside(draft: Draft) -> None:
    """广告曝光多少、点击多少、花了多少: the money of the rows that are spoken of, not what buyers paid."""
    for token in [t for t in draft.tokens if t.used_by == "metric" and t.text.startswith("花")]:
        others = {draft.metric(m).dataset for m in draft.metrics if m != token.target}
        if token.target not in draft.metrics or len(others) != 1 or draft.metric(token.target).dataset in others:
            continue
        money = [
            m.id for m in draft.model.metrics.values()
            if m.dataset in others and m.unit == "CNY" and m.agg == "sum" and not m.where
            and any("花" in form for form in (*m.label.all, *m.synonyms.all))
        ]  # fmt: skip
        if len(money) == 1:
            draft.metrics[draft.metrics.index(token.target)] = money[0]
            token.target = money[0]


def narrows(draft: Draft, metric: str, noun: str) -> bool:
    """Does `metric` count under the condition that `noun` holds, or is it made of it?"""
    return any(p.where == draft.metric(noun).where or p.id == noun for p in draft.parts(metric))


def _is_bare_noun(draft: Draft, name: str, token: Token) -> bool:
    if draft.text[: token.start].rstrip().endswith(("how many", "number of")):
        return False
    counts = draft.metric(name).agg == "count" and not split_metric_name(name)[1] and token.has("metric", name)
    number = ("数", "量", "多少", "几", "number", "count", "how many", "总", "率", "次", "笔")
    return counts and not any(word in token.text for word in number)


def _is_listed(draft: Draft, token: Token) -> bool:
    """工单和解决率: named in a list, it is asked for."""
    texts = [draft.text[token.end :].lstrip()[:1], draft.text[: token.start].rstrip()[-1:]]
    after = draft.text[token.end :].lstrip()
    if re.search(r"(?:\band|\bplus|\bas well as|\balong with|,)$", draft.text[: token.start].rstrip()):
        return True
    return any(t in "、和与及跟&+" and t for t in texts) or after.startswith(("and ", ", ", "plus "))


def homes_of(draft: Draft, name: str) -> set[str | None]:
    """The datasets a number is counted in: two for a ratio across datasets."""
    return {p.dataset for p in draft.parts(name)}


def read_segments(draft: Draft) -> None:
    """Segment words keep only those people; a negation before them keeps everyone else."""
    for token in list(draft.free()):
        found = token.of("segment")
        if not found or token.has("metric"):
            continue
        left = draft.neighbour(token, -1)
        negated = left is not None and left.op("not") and not left.used_by
        if negated and left is not None:
            left.use("segment", "not")
            left = draft.neighbour(left, -1)
        days = int(found[0].value) if found[0].value else None  # the number of days of a jargon sense
        segment = draft.model.segments[found[0].target]
        if left is not None and left.kind == "duration" and not left.used_by and segment.days is not None:
            left.use("segment", "days")
            days = int(left.payload)
        draft.segments.append((segment.id, bool(negated), days))
        token.use("segment", segment.id)
