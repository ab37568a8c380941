"""Why a question has no trusted reading, said so that the asker can mend it."""

from collections.abc import Sequence
from typing import Literal

from app.core.errors import QuestionError, WindowError
from app.planning.draft import Draft
from app.planning.fuzzy import FuzzyIndex
from app.planning.jargon import Spoken
from app.planning.lattice import Token
from app.planning.lexicon import ValueIndex
from app.planning.linking import Reach, Unlinkable
from app.planning.plan import PlanResult, Unplanned

_SCOPE = {
    "contacts": (
        "我不提供任何人的姓名、电话或其他联系方式,只给人数和人群",
        "I never give anybody's name, phone or other contact details, only counts and audiences",
    ),
    "why": (
        "现在还不会解释原因,只能给出数字和对比",
        "I can't explain causes yet, only show the numbers and comparisons",
    ),
    "write": ("现在还不会写文案", "I can't write copy yet"),
    "act": (
        "我只回答问题,不会发送、修改或删除任何东西",
        "I only answer questions; I never send, change or delete anything",
    ),
    "predict": ("我只回答已经发生的数字,不做预测", "I only answer with what has happened; I don't predict"),
    "causal": (
        "没有实验就不能说因果,只能给出数字和对比",
        "Without an experiment I can't speak of causes, only of numbers",
    ),
}


def unreadable(error: QuestionError, question: str) -> PlanResult:
    """The question could not be read at all."""
    language = "zh" if any("\u3400" <= c <= "\u9fff" for c in question) or question.isspace() or not question else "en"
    if not any(c.isascii() and c.isalpha() for c in question):
        language = "zh"
    examples = ("上个月各渠道的销售额",) if language == "zh" else ("Paid GMV by channel last month",)
    return PlanResult(language, unplanned=Unplanned("unreadable_question", _reason(error, language), examples))  # type: ignore[arg-type]


def bad_window(error: WindowError, language: Literal["zh", "en"]) -> PlanResult:
    """A date that does not exist, a reversed range, an event the calendar does not know."""
    reason = error.hint if language == "zh" and error.hint else error.message
    instead = (
        ("上个月的销售额", "2026年9月的销售额") if language == "zh" else ("Paid GMV last month", "Paid GMV in 2026-09")
    )
    return PlanResult(language, unplanned=Unplanned("bad_window", reason, instead))


def _reason(error: QuestionError, language: str) -> str:
    return error.hint if language == "zh" and error.hint else error.message


def out_of_scope(draft: Draft) -> PlanResult | None:
    """Questions for what this version does not do are refused, not half-answered."""
    for token in draft.tokens:
        intents = token.of("intent")
        if intents and not token.is_business:
            zh, en = _SCOPE[intents[0].target]
            example = draft.say("上个月各渠道的销售额,环比怎么样", "Paid GMV by channel last month, vs prior period")
            return PlanResult(draft.language, unplanned=Unplanned("out_of_scope", draft.say(zh, en), (example,)))
    return None


def not_understood(draft: Draft, missing: Sequence[Token], fuzzy: FuzzyIndex, *, detail: str = "") -> PlanResult:
    """Words that nothing explains, with the nearest names; or no metric at all."""
    if not missing:
        reason = detail or draft.say("没有听出要看哪个指标", "I could not tell which metric you want")
        examples = _metric_examples(draft)
        return PlanResult(draft.language, unplanned=Unplanned("no_metric", reason, examples))
    words = [draft.text[t.start : t.end] for t in missing]
    quoted = draft.say("、".join(f"“{w}”" for w in words), ", ".join(f"“{w}”" for w in words))
    near = list(dict.fromkeys(name for word in words for name in fuzzy.nearest(word, draft.language)))[:5]
    reason = draft.say(
        f"没有听懂{quoted},为避免答错,没有给出数字", f"I did not understand {quoted}, so I give no number"
    )
    instead = tuple(draft.say(f"你是不是想说“{n}”?", f"Did you mean “{n}”?") for n in near)
    return PlanResult(draft.language, unplanned=Unplanned("not_understood", reason, instead or _metric_examples(draft)))


def no_such_sense(result: PlanResult, spoken: Spoken) -> PlanResult | None:
    """A term whose meaning this warehouse can't express: its definition and the reason, instead of a number."""
    found = next(iter(spoken.uncomputable), None)
    if found is None or result.readings:
        return None
    zh = result.language == "zh"
    why = "; ".join(s.not_computable.in_(result.language) for s in found.unavailable if s.not_computable)
    name, text = found.term.label.in_(result.language), found.term.text.in_(result.language)
    because = why or ("它是一个概念,没有可计算的口径" if zh else "it is a concept without a computable definition")
    reason = (
        f"“{name}”:{text} 这里算不出来:{because}" if zh else f"“{name}”: {text} It can't be computed here: {because}"
    )
    return PlanResult(result.language, unplanned=Unplanned("term_not_computable", reason))


def impossible(draft: Draft, unlinkable: Unlinkable, reach: Reach) -> PlanResult:
    """The asked metric cannot be split or filtered so; name those that can."""
    dimension = unlinkable.dimensions[0] if unlinkable.dimensions else ""
    word = draft.text[unlinkable.token.start : unlinkable.token.end] or unlinkable.token.text
    asked = draft.say("、", ", ").join(_label(draft, m) for m in draft.metrics)
    reaching = [m for m in draft.model.metrics if dimension and reach.distance(m, dimension) is not None]
    able = _metrics_like(draft, reaching)
    names = draft.say("、", ", ").join(_label(draft, m) for m in able)
    reason = draft.say(f"“{asked}”不能按“{word}”拆分或筛选", f"“{asked}” can't be split or filtered by “{word}”")
    instead = (draft.say(f"可以按“{word}”看的指标:{names}", f"Metrics that can: {names}"),) if names else ()
    return PlanResult(draft.language, unplanned=Unplanned("impossible_split", reason, instead))


def unknown_value(draft: Draft, dimension: str, value: str, values: ValueIndex) -> PlanResult:
    """A known code that this warehouse does not hold: no number is better than a zero that looks like one."""
    entry = draft.model.dimensions[dimension]

    def shown(code: str) -> str:
        return entry.values[code].in_(draft.language) if code in entry.values else code

    some = draft.say("、", ", ").join(shown(code) for code in values[dimension][:8])
    name = entry.label.in_(draft.language)
    reason = draft.say(f"这份数据里没有{name}“{shown(value)}”", f"There is no {name} “{shown(value)}” in this data")
    instead = (draft.say(f"有:{some}", f"It has: {some}"),)
    return PlanResult(draft.language, unplanned=Unplanned("unknown_value", reason, instead))


def held_elsewhere(draft: Draft, dimension: str, value: str) -> PlanResult:
    """The value exists, but never in the data of this metric: its number would always be empty."""
    entry = draft.model.dimensions[dimension]
    shown = entry.values[value].in_(draft.language) if value in entry.values else value
    asked = draft.say("、", ", ").join(_label(draft, m) for m in draft.metrics)
    name = entry.label.in_(draft.language)
    reason = draft.say(f"“{asked}”的数据里没有{name}“{shown}”", f"The data of “{asked}” has no {name} “{shown}”")
    return PlanResult(draft.language, unplanned=Unplanned("impossible_split", reason))


def _metrics_like(draft: Draft, names: list[str]) -> list[str]:
    """Six metrics, those of the asked unit and area first."""
    asked = [draft.metric(m) for m in draft.metrics]
    units, areas = {m.unit for m in asked}, {m.area for m in asked}

    def likeness(name: str) -> int:
        metric = draft.metric(name)
        return -2 * (metric.unit in units) - (metric.area in areas)

    return sorted(names, key=likeness)[:6]


def _label(draft: Draft, metric: str) -> str:
    return draft.metric(metric).label.in_(draft.language)


def _metric_examples(draft: Draft) -> tuple[str, ...]:
    roles = [m for m in map(draft.role, ("purchase_amount", "buyers", "members")) if m]
    labels = [_label(draft, m) for m in roles or list(draft.model.metrics)[:3]]
    return tuple(draft.say(f"上个月的{label}", f"{label} last month") for label in labels)
