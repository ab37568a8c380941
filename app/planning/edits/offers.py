"""Refusals of follow-ups, each with what would work."""

from collections.abc import Sequence

from app.planning.draft import Draft
from app.planning.edits.problems import NothingToDropError, UnresolvedError
from app.planning.lattice import Token
from app.planning.linking import Reach
from app.planning.plan import PlanResult, RefusalCode, Unplanned
from app.semantic.query import SemanticQuery

_SPLITS = ("channel", "store", "category", "member_tier", "customer_type")


def _refused(draft: Draft, code: RefusalCode, reason: str, instead: tuple[str, ...] = ()) -> PlanResult:
    return PlanResult(draft.language, unplanned=Unplanned(code, reason, instead))


def no_previous(draft: Draft) -> PlanResult:
    """A fragment with nothing before it."""
    reason = draft.say(
        "这句话要接着上一问才完整,但没有收到上一问;请把指标和时间一起说出来",
        "This only makes sense after another question, and there is none; say metric and time in one question",
    )
    example = draft.say("上个月天猫的销售额", "Paid GMV of Tmall last month")
    return _refused(draft, "needs_previous", reason, (example,))


def needs_rows(draft: Draft) -> PlanResult:
    """It points at rows, and only the plan came along."""
    reason = draft.say(
        "这句话指向上一答里的行,但没有收到那些行", "This points at rows of the last answer, which did not come along"
    )
    ask = draft.say("请直接说出要看的值,或连同上一答的结果一起提问", "Name the values, or send the rows too")
    return _refused(draft, "needs_previous", reason, (ask,))


def unresolved(draft: Draft, problem: UnresolvedError) -> PlanResult:
    """It points at something that the last answer does not settle."""
    ask = draft.say("可以说“第一个”“第二个”,或直接说名称", "Say “the first one”, “the second one”, or the name")
    return _refused(draft, "not_understood", draft.say(problem.zh, problem.en), (ask,))


def nothing_to_drop(draft: Draft, problem: NothingToDropError) -> PlanResult:
    """去掉京东 where only 抖音 was asked."""
    words = draft.say("、", ", ").join(f"“{word}”" for word in problem.words)
    reason = draft.say(f"上一问没有包含{words},没有可去掉的", f"The question before did not include {words}")
    return _refused(draft, "not_understood", reason)


def cannot_explain(draft: Draft, query: SemanticQuery, reach: Reach) -> PlanResult:
    """为什么: causes are not explained; what narrows them down is offered, as follow-ups that work."""
    reason = draft.say(
        "现在还不会解释原因;可以先看和谁比、变化出在哪里",
        "I can't explain causes yet; compare and split to see where",
    )
    offers = [] if query.compare else [draft.say("环比呢", "versus the prior period")]
    return _refused(draft, "out_of_scope", reason, (*offers, *_split_offers(draft, query, reach)))


def needs_split(draft: Draft, words: Sequence[Token], query: SemanticQuery, reach: Reach) -> PlanResult:
    """前五名 after one single number: there are no rows to rank, share out or keep."""
    quoted = draft.text[words[0].start : words[-1].end]
    reason = draft.say(
        f"上一问只有一个数,“{quoted}”要先按某个维度拆分",
        f"The question before has a single number; “{quoted}” needs it split first",
    )
    return _refused(draft, "not_understood", reason, _split_offers(draft, query, reach))


def _split_offers(draft: Draft, query: SemanticQuery, reach: Reach) -> tuple[str, ...]:
    """Follow-ups that split the plan before, and that work."""
    names = [n for n in _SPLITS if n in reach.model.dimensions and n not in query.dimensions]
    labels = [reach.model.dimensions[n].label.in_(draft.language) for n in names if _splits(query, n, reach)]
    return tuple(draft.say(f"按{label}拆", f"split by {label.lower()}") for label in labels[:3])


def _splits(query: SemanticQuery, dimension: str, reach: Reach) -> bool:
    return all(reach.distance(metric, dimension) is not None for metric in query.metrics)
