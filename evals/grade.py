"""One case, what came back, and the gold rows → a verdict. Strict: a case is right or it is not."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from app.flows.answer import Answer
from evals.ask import Asked
from evals.cases import Case
from evals.cells import Cell
from evals.stages import Stage, stage_of_failure, stage_of_wrong_table
from evals.tables import Difference, difference

Outcome = Literal["right", "wrong", "asked_back", "refused", "failed"]
GoldRows = Sequence[Sequence[Cell]]

_NOTHING_THERE = frozenset({"window_outside_data", "zero_denominator", "immature_cohort"})


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one case went on one warehouse.

    `right` for a refusal or a question asked back too, where that was expected; `wrong` only for a number that was
    stated and should not have been; the rest says nothing false and gives no answer.
    """

    outcome: Outcome
    stage: Stage | None = None
    detail: tuple[str, ...] = ()


RIGHT = Verdict("right")


def grade(
    case: Case, asked: Asked, gold: Sequence[GoldRows], names: Mapping[str, str] = MappingProxyType({})
) -> Verdict:
    """Judge one answer. `gold` = the rows of each of the case's readings, in order; `names` = what ids are called."""
    answer = asked.answer
    if answer is None:
        return Verdict("failed", "result", (asked.crash,))
    if answer.status == "failed":
        return Verdict("failed", stage_of_failure(answer), said(answer))
    match case.expect.kind:
        case "sql":
            return _grade_table(case, answer, gold, names)
        case "clarify":
            return _grade_clarification(answer, asked.options, gold, names)
        case "refuse":
            return _grade_refusal(case, answer)


def _grade_table(case: Case, answer: Answer, gold: Sequence[GoldRows], names: Mapping[str, str]) -> Verdict:
    if answer.status == "answered":
        problems = [difference(answer, rows, ordered=case.expect.ordered, names=names) for rows in gold]
        if any(problem is None for problem in problems):
            return RIGHT
        found = _nearest([problem for problem in problems if problem is not None])
        stage = stage_of_wrong_table(answer, case.expect.readings, found)
        return Verdict("wrong", stage, (found.text, f"answer {brief(answer.rows)}", f"expected {brief(gold[0])}"))
    if answer.refusal and answer.refusal.code in _NOTHING_THERE and any(map(_is_void, gold)):
        return RIGHT
    outcome: Outcome = "asked_back" if answer.status == "needs_clarification" else "refused"
    return Verdict(outcome, stage_of_failure(answer), said(answer))


def _grade_clarification(
    answer: Answer, options: Sequence[Answer], gold: Sequence[GoldRows], names: Mapping[str, str]
) -> Verdict:
    """Two of the listed readings (one, where they agree or only one is listed) must be offered, by their numbers."""
    if answer.status == "answered":
        return Verdict("wrong", "reading", ("a number, where it should be asked back", f"answer {brief(answer.rows)}"))
    if answer.status == "refused":
        return Verdict("refused", stage_of_failure(answer), said(answer))
    offered = [option for option in options if option.status == "answered"]
    covered = [
        i for i, rows in enumerate(gold) if any(difference(option, rows, names=names) is None for option in offered)
    ]
    if len({repr(gold[i]) for i in covered}) >= min(2, len({repr(rows) for rows in gold})):
        return RIGHT
    shown = [f"option {brief(option.rows)}" for option in options]
    listed = [f"reading {brief(rows)}" for rows in gold]
    return Verdict(
        "asked_back", "reading", (f"{len(covered)} of the readings are offered", *said(answer), *shown, *listed)
    )


def _grade_refusal(case: Case, answer: Answer) -> Verdict:
    if answer.status == "refused" or (answer.status == "needs_clarification" and case.expect.may_ask_back):
        return RIGHT
    if answer.status == "needs_clarification":
        return Verdict("asked_back", "reading", ("asked back, where no reading can be answered", *said(answer)))
    detail = ("a number, where there is none to give", f"answer {brief(answer.rows)}", *answer.notes[:3])
    return Verdict("wrong", "reading", detail)


def _is_void(rows: GoldRows) -> bool:
    """No rows, or no number in any: there is nothing to state."""
    return all(row[-1] is None for row in rows)


_NEARNESS = ("shape", "rows", "keys", "order", "numbers")


def _nearest(problems: Sequence[Difference]) -> Difference:
    """The reading that came closest says most about what went wrong."""
    return max(problems, key=lambda each: _NEARNESS.index(each.problem))


def brief(rows: Sequence[Sequence[object]], limit: int = 4) -> str:
    """The first rows, short."""
    texts = [
        ", ".join(f"{cell:,.6g}" if isinstance(cell, float) else str(cell) for cell in row) for row in rows[:limit]
    ]
    return " | ".join(texts) + (f" … {len(rows)} rows" if len(rows) > limit else "") if texts else "no rows"


def said(answer: Answer) -> tuple[str, ...]:
    """What the answer said instead of a number."""
    if answer.refusal:
        return (f"{answer.refusal.code}: {answer.refusal.reason}",)
    if answer.clarification:
        return tuple(f"offered {option.label} = {option.preview}" for option in answer.clarification.options)
    return ()
