"""Question → plan: is every word that we know of the question in the plan that a model proposes?

A model may know more words than our lexicon. It may not drop or turn round one that the lexicon knows exactly: then the
plan goes back with the word's name, and is refused in the end.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import date

from app.planning.assemble import is_split
from app.planning.lattice import Token, is_member_noun
from app.planning.proposed.evidence import Evidence, dimensions_of, forms_of, is_business
from app.planning.proposed.schema import Explanation
from app.planning.proposed.view import PlanView
from app.semantic.query import split_metric_name

_GRAMMAR_SHAPES = ("share", "rank", "people", "number")
"""Shapes that read a word as grammar where it could have been a name too (share = 占比, and a kind of event)."""
_LONGEST_POLITE = {True: 6, False: 24}
"""Characters that may be passed over as mere politeness: Chinese, Latin."""


def unaccounted(evidence: Evidence, view: PlanView, explained: Sequence[Explanation]) -> Iterator[str]:
    """What the question says and the plan does not, one sentence each, for whoever has to mend the plan."""
    spans = list(explained_spans(evidence, explained))
    for token in evidence.tokens:
        if token.kind == "unknown":
            yield from _unknown(evidence, token, spans)
        elif not _is_reread(evidence, token, spans) and not _is_in(evidence, view, token):
            yield f"“{token.text}” is in the question but not in the plan"
    yield from _rank(evidence, view)
    yield from _rows(evidence, view)
    yield from _turned(evidence, view)


Span = tuple[int, int, Explanation]


def explained_spans(evidence: Evidence, explained: Sequence[Explanation]) -> Iterator[Span]:
    """Where the explained words stand; words that are not in the question explain nothing."""
    for item in explained:
        found = evidence.find(item.words)
        if found is not None:
            yield *found, item


def passed_over(evidence: Evidence, explained: Sequence[Explanation]) -> tuple[str, ...]:
    """Unknown stretches that the plan treats as politeness."""
    polite = [(start, end) for start, end, item in explained_spans(evidence, explained) if item.part == "polite"]
    return tuple(t.text for t in evidence.unknown if any(s <= t.start and t.end <= e for s, e in polite))


def _unknown(evidence: Evidence, token: Token, spans: Sequence[Span]) -> Iterator[str]:
    over = [item for start, end, item in spans if start <= token.start and token.end <= end]
    if not over:
        yield f"“{token.text}” is not explained; say in `explanations` what it means, or call semantic_gap"
    elif all(item.part == "polite" for item in over) and not _may_be_polite(evidence, token):
        yield f"“{token.text}” may narrow the question, so it is not mere politeness"


def _may_be_polite(evidence: Evidence, token: Token) -> bool:
    """Short, without digits, and not standing where a modifier stands: before a business word, or behind of/for/in."""
    if any(c.isdigit() for c in token.text):
        return False
    if len(token.text) > _LONGEST_POLITE[not token.text.isascii()] or evidence.rules.fuzzy.repair(
        evidence.text, [token]
    ):
        return False
    position = evidence.tokens.index(token)
    right = next((t for t in evidence.tokens[position + 1 :] if t.text not in ("的", "之", "s")), None)
    left = evidence.tokens[position - 1] if position else None
    joined = right is not None and not evidence.text[token.end : right.start].strip("的之 ")
    if right is not None and joined and any(c.kind in ("metric", "dimension", "segment") for c in right.candidates):
        return False
    return left is None or left.text not in ("of", "for", "from", "in", "with", "by", "按", "除了", "只看")


def _is_reread(evidence: Evidence, token: Token, spans: Sequence[Span]) -> bool:
    """Part of a longer stretch that is explained as a whole, because some of it is no word of ours."""
    for start, end, item in spans:
        if start <= token.start and token.end <= end and item.part != "polite":
            if any(start <= u.start and u.end <= end for u in evidence.unknown):
                return True
            if not is_business(token) and token.kind == "word":
                return True
    return False


def _is_in(evidence: Evidence, view: PlanView, token: Token) -> bool:
    if token.kind != "word":
        return _GRAMMARS[token.kind](evidence, view, token)
    if is_business(token):
        by_grammar = token.used_by in _GRAMMAR_SHAPES and _is_operator_in(evidence, view, token)
        return by_grammar or _is_business_in(evidence, view, token)
    if token.is_filler:
        return True
    return _is_operator_in(evidence, view, token)


# -- times, numbers --------------------------------------------------------------------------------------------------


def _time(evidence: Evidence, view: PlanView, token: Token) -> bool:
    """The window, a condition's window, or the base of a comparison where two times are named."""
    found = token.payload
    start = max(found.start, evidence.rules.first_day) if found.open_start else found.start
    windows = view.windows if len(evidence.times) == 1 else view.windows | view.comparisons
    if (start, found.end) in windows or (found.open_start and (None, found.end) in windows):
        return True
    return _joined(evidence) in view.windows


def _joined(evidence: Evidence) -> tuple[date, date] | None:
    """8月和9月 as one window, where the shapes read it so."""
    used = [t for t in evidence.times if t.used_by == "window"]
    return evidence.draft.window if len(used) > 1 else None


def _compare(evidence: Evidence, view: PlanView, token: Token) -> bool:
    wanted = {(c.start, c.end) for c in evidence.draft.compare}
    return bool(wanted) and wanted <= view.comparisons and token.used_by == "compare"


def _grain(evidence: Evidence, view: PlanView, token: Token) -> bool:
    del evidence
    return view.query.grain is not None and token.payload in (None, view.query.grain)


def _number(evidence: Evidence, view: PlanView, token: Token) -> bool:
    del evidence
    return float(token.payload) in view.numbers


def _duration(evidence: Evidence, view: PlanView, token: Token) -> bool:
    del evidence
    return token.payload in view.lengths


_GRAMMARS: dict[str, Callable[[Evidence, PlanView, Token], bool]] = {
    "time": _time, "compare": _compare, "grain": _grain, "number": _number, "duration": _duration,
}  # fmt: skip


# -- business words --------------------------------------------------------------------------------------------------


def _is_business_in(evidence: Evidence, view: PlanView, token: Token) -> bool:
    if _is_value_in(evidence, view, token) or _is_metric_in(evidence, view, token):
        return True
    segment = evidence.draft.segments
    for candidate in token.of("segment"):
        turned = next((negated for name, negated, _ in segment if name == candidate.target), False)
        if any(s.segment == candidate.target and s.negated == turned for s in view.query.segments):
            return True
    split = token.used_by == "breakdown"
    named = set(view.query.dimensions) if split else view.dimensions
    if any(candidate.target in named for candidate in token.of("dimension")):
        return True
    if _is_named(evidence, view, token) or _is_member_said_twice(evidence, view, token):
        return True
    is_new = any(c.value == "new" for c in token.of("value"))  # cohorts are made of new customers
    return is_new and all(evidence.draft.metric(name).matures_after_days for name in view.query.metrics)


def _is_value_in(evidence: Evidence, view: PlanView, token: Token) -> bool:
    found = evidence.group_of(token)
    negated = found[1] if found else False
    allowed = dimensions_of(evidence.draft, found[0]) if found else None
    return any(
        (allowed is None or c.target in allowed) and view.holds_value(c.target, c.value or "", negated=negated)
        for c in token.of("value")
    )


def _is_metric_in(evidence: Evidence, view: PlanView, token: Token) -> bool:
    model = evidence.rules.model
    for candidate in token.candidates:
        if candidate.kind not in ("metric", "days_metric", "deed") or candidate.target not in model.metrics:
            continue
        if candidate.target in view.metrics or model.metrics[candidate.target].finer in view.metrics:
            return True
    return False


def _is_named(evidence: Evidence, view: PlanView, token: Token) -> bool:
    """Part of the name of a metric or segment that the plan uses, the rest of which is said too."""
    model = evidence.rules.model
    forms = [form for m in view.metrics if m in model.metrics for form in forms_of(model.metrics[m])]
    forms += [form for s in view.segments if s in model.segments for form in forms_of(model.segments[s])]
    return any(evidence.names_part(form, token.text) for form in forms)


def _is_member_said_twice(evidence: Evidence, view: PlanView, token: Token) -> bool:
    """会员 beside numbers that are all counted over members; 用户 beside any count of people."""
    draft = evidence.draft
    if is_member_noun(token):
        members = draft.role("members")
        home = {draft.metric(members).dataset} if members else set()
        return all(evidence.rules.reach.leaf_datasets(name) == home for name in view.query.metrics)
    return token.op("people") and _counts_people(evidence, view)


def _counts_people(evidence: Evidence, view: PlanView) -> bool:
    named = [split_metric_name(name)[0] for name in view.query.metrics]
    return view.query.kind == "audience" or any(evidence.rules.model.metrics[name].unit == "people" for name in named)


# -- words of grammar ------------------------------------------------------------------------------------------------


def _has_rows(view: PlanView) -> bool:
    return bool(view.query.dimensions or view.query.grain)


def _buys(evidence: Evidence, view: PlanView) -> bool:
    """A condition on what people did, or a number about purchases."""
    draft, reach = evidence.draft, evidence.rules.reach
    roles = [m for m in map(draft.role, ("purchase_orders", "purchase_items", "buyers")) if m]
    homes = {home for role in roles for home in reach.leaf_datasets(role)}
    return bool(view.query.people) or any(homes & reach.leaf_datasets(name) for name in view.query.metrics)


def _joins(evidence: Evidence, view: PlanView) -> bool:
    draft = evidence.draft
    members = draft.role("members")
    home = {draft.metric(members).dataset} if members else set()
    return any(evidence.rules.reach.leaf_datasets(name) == home for name in view.query.metrics)


def _is_non_additive(evidence: Evidence, view: PlanView) -> bool:
    entries = [evidence.rules.model.metrics[split_metric_name(name)[0]] for name in view.query.metrics]
    return all(entry.additivity == "non_additive" for entry in entries)


def _is_share(evidence: Evidence, view: PlanView) -> bool:
    del evidence
    return view.query.share is not None


_TURNS = ("not", "not_prefix", "not_suffix", "not_bought")
_COMPARES = ("ge", "gt", "le", "lt", "between")
_OperatorCheck = Callable[[Evidence, PlanView], bool]
# What a word of grammar asks of a plan. A word of none of these groups is not accounted for by anything.
_OPERATORS: tuple[tuple[tuple[str, ...], _OperatorCheck], ...] = (
    (_TURNS, lambda _, view: view.excludes),
    (("share", "share_of"), _is_share),
    (("rank_desc", "rank_asc", "top"), lambda _, view: view.query.order is not None),
    (("rest",), lambda _, view: view.query.rest_as_other),
    (("by", "each", "distribution", "which_many", "which", "which_day", "which_week", "which_month"),
     lambda _, view: _has_rows(view) or len(view.query.metrics) > 1),
    (("ge",), lambda _, view: "ge" in view.operators),
    (("gt",), lambda _, view: "gt" in view.operators),
    (("le",), lambda _, view: "le" in view.operators),
    (("lt",), lambda _, view: "lt" in view.operators),
    (("between",), lambda _, view: "between" in view.operators),
    (("bought",), _buys),
    (("joined",), _joins),
    (("list_people",), lambda _, view: view.query.kind == "audience"),
    (("count_people",), _counts_people),
    (("average",), _is_non_additive),
    (("other",), lambda _, view: view.excludes),
    (("vs", "change"), lambda _, view: bool(view.query.compare) or _has_rows(view)),
)  # fmt: skip
_HARMLESS = ("only", "total", "people", "how_many", "eq", "every_other", "range", "unit_any", "unit_orders",
             "unit_money", "unit_items", "unit_age", "unit_percent", "either", "both")  # fmt: skip


def _is_operator_in(evidence: Evidence, view: PlanView, token: Token) -> bool:
    if token.used_by is None and token not in evidence.lost:
        return True  # the rule planner's own grammar finds that it adds nothing to these metrics
    if token.used_by == "metric" and set(evidence.metrics_read) & set(view.query.metrics):
        return True
    if token.used_by == "people" and view.query.people and not token.op(*_TURNS, *_COMPARES):
        return True
    checks = [check for names, check in _OPERATORS if token.op(*names)]
    if checks:
        # 在 is a preposition before it is half of 在…之间; a word that is also harmless needs one sense to hold.
        return (
            any(check(evidence, view) for check in checks) or token.op(*_HARMLESS) or _is_named(evidence, view, token)
        )
    return token.op(*_HARMLESS) or _is_named(evidence, view, token)


def _rank(evidence: Evidence, view: PlanView) -> Iterator[str]:
    """The direction and the number of rows, where the shapes read a rank."""
    draft, order = evidence.draft, view.query.order
    if order is None or draft.order_by is None:
        return
    base = split_metric_name(view.query.metrics[0])[0]
    turned = draft.judges and evidence.rules.model.metrics[base].good_when == "down"
    if order.descending != (draft.descending != turned):
        yield "the order of rows runs the other way than the question asks"
    if draft.limit is not None and _has_rows(view) and view.query.limit != draft.limit:
        yield f"the question asks for {draft.limit} row(s), the plan for {view.query.limit}"


def _rows(evidence: Evidence, view: PlanView) -> Iterator[str]:
    """Values said together are shown apart, and periods as the shapes read them."""
    draft = evidence.draft
    for group in draft.groups:
        if is_split(draft, group) and not dimensions_of(draft, group) & set(view.query.dimensions):
            yield f"“{'、'.join(t.text for t in group.tokens)}” are to be shown apart: break down by their dimension"
    if draft.grain is not None and not draft.wants_trend and view.query.grain != draft.grain:
        yield f"the question asks for rows by {draft.grain}"


def _turned(evidence: Evidence, view: PlanView) -> Iterator[str]:
    """As many conditions on people are negated as the shapes read so, where they read all of them."""
    asked = [clause.negated for clause in evidence.draft.people]
    planned = [person.negated for person in view.query.people]
    if len(asked) == len(planned) and sorted(asked) != sorted(planned):
        yield "a condition on people is turned round: who did, and who did not"
    measured = {(p.op, p.values) for p in view.query.people}
    for clause in evidence.draft.people:
        if clause.op == "eq" and ("eq", clause.values) not in measured:
            yield f"the question asks for exactly {clause.values[0]:g}"
