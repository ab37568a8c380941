"""A semantic query in words: complete, canonical, in the asker's language and script.

The sentence is `planning.canonical`'s, so asking it again gives the very same plan. `chips` are its parts one by one
(the web page lets each be changed).
"""

from dataclasses import dataclass
from typing import Literal

from app.flows.answer import Language
from app.planning.canonical.script import to_traditional
from app.planning.canonical.vocabulary import plain_number
from app.planning.canonical.writer import Sentence, window_text
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

__all__ = ["Chip", "ChipKind", "chips", "plain_number", "restate", "window_text"]

ChipKind = Literal[
    "time", "compare", "filter", "segment", "people", "metric", "breakdown", "share", "having", "order", "audience"
]

_LABELS: dict[Language, dict[ChipKind, str]] = {
    "zh": {"time": "时间", "compare": "对比", "filter": "筛选", "segment": "人群", "people": "行为条件",
           "metric": "指标", "breakdown": "拆分",
           "share": "占比", "having": "结果条件", "order": "排序", "audience": "输出"},
    "en": {"time": "Time", "compare": "Compare", "filter": "Filter", "segment": "Segment", "people": "Behaviour",
           "metric": "Metric", "breakdown": "By", "share": "Share", "having": "Rows kept", "order": "Order",
           "audience": "Output"},
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Chip:
    """One understood part: what kind it is, what to call that kind, and what was understood."""

    kind: ChipKind
    label: str
    text: str


def restate(query: SemanticQuery, model: SemanticModel, language: Language, *, traditional: bool = False) -> str:
    """The whole query as one sentence that reads back to it; nothing is left out.

    Args:
        query: Any plan over `model`.
        model: What it names.
        language: "zh" or "en".
        traditional: The asker writes traditional characters; stored values stay as they are stored.
    """
    sentence = str(Sentence(query, model, language))
    return to_traditional(sentence) if traditional and language == "zh" else sentence


def chips(query: SemanticQuery, model: SemanticModel, language: Language) -> tuple[Chip, ...]:
    """The parts of the query in reading order: time, comparisons, filters, people, metrics, breakdowns, the rest."""
    words = Sentence(query, model, language)
    parts: list[tuple[ChipKind, str]] = [("time", words.window())]
    parts += [("compare", words.comparison(c)) for c in query.compare]
    parts += [("filter", words.named_filter(f)) for f in query.filters]
    parts += [("segment", words.segment(s)) for s in query.segments]
    parts += [("people", words.person(p)) for p in query.people]
    parts += [("metric", words.metric(m)) for m in query.metrics]
    parts += [("breakdown", text) for text in words.breakdowns()]
    parts += [("share", text) for text in words.share()]
    parts += [("having", words.having(h)) for h in query.having]
    parts += [("order", text) for text in words.ordering()]
    parts += [("audience", text) for text in words.audience()]
    return tuple(Chip(kind, _LABELS[language][kind], text) for kind, text in parts)
