"""Several readings, several results: do they differ, and if so, what to ask back."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.flows.answer import Answer, Clarification, ClarifyOption, Language
from app.flows.format import format_change, format_value
from app.flows.restate import Chip, chips
from app.knowledge.entries import Sense, Term
from app.planning.plan import ChosenSense, Reading
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery

MAX_READINGS = 6
_TOLERANCE = 1e-9


def same_result(first: Answer, second: Answer) -> bool:
    """The same table: as many columns of the same kind, and equal cells (names of columns may differ)."""
    if [c.kind for c in first.columns] != [c.kind for c in second.columns] or len(first.rows) != len(second.rows):
        return False
    pairs = zip(_ordered(first), _ordered(second), strict=True)
    return all(_same_cell(a, b) for one, other in pairs for a, b in zip(one, other, strict=True))


def _ordered(answer: Answer) -> list[tuple[object, ...]]:
    keys = [i for i, column in enumerate(answer.columns) if column.kind == "dimension"]
    return sorted(answer.rows, key=lambda row: [str(row[k]) for k in keys])


def _same_cell(a: object, b: object) -> bool:
    if isinstance(a, int | float) and isinstance(b, int | float):
        return abs(a - b) <= _TOLERANCE * max(1.0, abs(a), abs(b))
    return a == b


@dataclass(frozen=True, slots=True)
class Tried:
    """A reading and what came of it."""

    reading: Reading
    answer: Answer


def distinct_results(tried: Sequence[Tried]) -> list[Tried]:
    """One for each result: readings that agree are no choice."""
    kept: list[Tried] = []
    for one in tried:
        if not any(same_result(one.answer, other.answer) for other in kept):
            kept.append(one)
    return kept


def ask_back(
    tried: Sequence[Tried], model: SemanticModel, language: Language, missing: Sequence[tuple[Term, Sense]] = ()
) -> Clarification:
    """One question; each option says in words what differs, with its number and how far it is from the first.

    Args:
        tried: Answered readings with different results.
        model: For labels.
        language: The asker's.
        missing: Senses that may be meant and can't be computed here: said in the question, never offered.
    """
    queries = [one.reading.query for one in tried]
    differences = difference_labels(queries, model, language)
    first = tried[0].answer
    open_terms = terms_in_play(tried)
    options = tuple(
        _option(one, difference, _preview(one.answer, first, language), open_terms, language)
        for one, difference in zip(tried, differences, strict=True)
    )
    return Clarification(question=_question(tried, missing, language), options=options)


def terms_in_play(tried: Sequence[Tried]) -> tuple[str, ...]:
    """The open terms whose sense is not the same in every reading, in the order they were said; else all open ones."""
    senses: dict[str, set[str]] = {}
    for chosen in (s for one in tried for s in one.reading.senses if s.by == "open"):
        senses.setdefault(chosen.term, set()).add(chosen.sense)
    return tuple(term for term, said in senses.items() if len(said) > 1) or tuple(senses)


def _option(one: Tried, difference: str, preview: str, open_terms: Sequence[str], language: Language) -> ClarifyOption:
    """Named by the senses of the terms that are open, else by what differs in the plan."""
    senses = [s for s in one.reading.senses if s.by == "open" and s.term in open_terms]
    if not senses:
        return ClarifyOption(label=difference, query=one.reading.query, preview=preview)
    if len(senses) > 1:  # two words are open at once: every option says both, and settles neither for good
        parts = [f"「{s.word.label.zh}」{_said_sense(s, language)}" if language == "zh" else
                 f'"{s.word.label.en}" {_said_sense(s, language)}' for s in senses]  # fmt: skip
        return ClarifyOption(label=";".join(parts) if language == "zh" else "; ".join(parts),
                             query=one.reading.query, preview=preview)  # fmt: skip
    meant = senses[0]
    return ClarifyOption(
        label=_said_sense(meant, language), query=one.reading.query, preview=preview, term=meant.term,
        sense=meant.sense, who=meant.meaning.who.in_(language), meaning=meant.meaning.meaning.in_(language),
        names=(*meant.meaning.names, meant.meaning.who.zh, meant.meaning.who.en),
    )  # fmt: skip


def _said_sense(chosen: ChosenSense, language: Language) -> str:
    who, meaning = chosen.meaning.who.in_(language), chosen.meaning.meaning.in_(language)
    return f"{who}:{meaning}" if language == "zh" else f"{who}: {meaning}"


def _question(tried: Sequence[Tried], missing: Sequence[tuple[Term, Sense]], language: Language) -> str:
    zh = language == "zh"
    open_terms = [s.word for one in tried for s in one.reading.senses if s.by == "open" and s.word.ask_back]
    asked = open_terms[0].ask_back if open_terms else None
    general = "这个问题有不止一种理解,结果不同。你指的是哪一种?" if zh else (
        "This can be read in more than one way, and the results differ. Which one do you mean?"
    )  # fmt: skip
    question = asked.in_(language) if asked else general
    absent = [
        f"{sense.who.in_(language)}({sense.not_computable.in_(language)})"
        for _, sense in missing
        if sense.not_computable
    ]
    if not absent:
        return question
    said = "、".join(absent) if zh else "; ".join(absent)
    return f"{question} 这份数据算不出的口径:{said}" if zh else f"{question} Senses this data can't compute: {said}"


def difference_labels(queries: Sequence[SemanticQuery], model: SemanticModel, language: Language) -> list[str]:
    """For each query the parts that not all of them share."""
    parts = [chips(query, model, language) for query in queries]
    shared = set.intersection(*(set(own) for own in parts)) if parts else set()
    separator = ";" if language == "zh" else "; "
    return [
        separator.join(_said(chip, language) for chip in own if chip not in shared) or _none(language) for own in parts
    ]


def _said(chip: Chip, language: Language) -> str:
    return f"{chip.label}:{chip.text}" if language == "zh" else f"{chip.label}: {chip.text}"


def _none(language: Language) -> str:
    return "不加其他条件" if language == "zh" else "without further conditions"


def _preview(answer: Answer, first: Answer, language: Language) -> str:
    number, unit = _lead_number(answer)
    if number is None:
        return answer.headline
    text = format_value(number, unit, language)
    base, base_unit = _lead_number(first)
    if answer is first or not base or unit != base_unit:
        return text
    # Between two rates the difference is in points: +387 % of a share says less than +50 pp.
    is_rate = unit == "rate"
    change = format_change(number - base if is_rate else number / base - 1, "pp" if is_rate else "rate", language)
    return f"{text} · 比第一种 {change}" if language == "zh" else f"{text} · {change} vs the first"


def _lead_number(answer: Answer) -> tuple[float | None, str | None]:
    """The number of a one-row answer."""
    position = next((i for i, column in enumerate(answer.columns) if column.kind == "metric"), None)
    if position is None or len(answer.rows) != 1:
        return None, None
    value = answer.rows[0][position]
    return (value if isinstance(value, int | float) else None), answer.columns[position].unit
