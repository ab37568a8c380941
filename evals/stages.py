"""Where a case was lost: time, lexicon, reading, compile or result. A pointer for whoever mends it, not a score.

A refusal says so by its code. For a wrong table it is read off the two statements: days of the gold SQL that ours lacks
→ time; quoted values that ours lacks → lexicon; other columns, rows or keys → reading; only other numbers → result.
"""

import re
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Literal

from app.flows.answer import Answer
from evals.tables import Difference

Stage = Literal["time", "lexicon", "reading", "compile", "result"]

_OF_CODE: dict[str, Stage] = {
    "not_understood": "lexicon", "unknown_value": "lexicon", "unreadable_question": "lexicon", "no_metric": "reading",
    "out_of_scope": "reading", "needs_previous": "reading", "bad_window": "time", "window_outside_data": "time",
    "unknown_name": "compile", "impossible_split": "compile", "ambiguous_role": "compile", "missing_data": "compile",
    "sql_rejected": "compile", "too_doubtful": "reading",
}  # fmt: skip
_QUOTED = re.compile(r"'([^']*)'")
_DAY = re.compile(r"(\d{4}-\d{2}-\d{2})")
_FORMAT_OR_UNIT = re.compile(r"%|^(day|week|month|quarter|year|hour)$")


def stage_of_failure(answer: Answer) -> Stage:
    """Of an answer without a number; a question asked back is a matter of reading."""
    return _OF_CODE.get(answer.refusal.code, "result") if answer.refusal else "reading"


def stage_of_wrong_table(answer: Answer, gold: Sequence[str], found: Difference) -> Stage:
    """Of an answer with wrong rows."""
    days, values = _literals(answer.sql or "")
    wanted = [_literals(sql) for sql in gold]
    if not any(_has_days(days, each) for each, _ in wanted):
        return "time"
    if not any(each <= values for _, each in wanted):
        return "lexicon"
    return "result" if found.problem == "numbers" else "reading"


def _literals(sql: str) -> tuple[frozenset[str], frozenset[str]]:
    quoted = _QUOTED.findall(sql)
    days = frozenset(found[1] for text in quoted if (found := _DAY.match(text)))
    return days, frozenset(text for text in quoted if not _DAY.match(text) and not _FORMAT_OR_UNIT.search(text))


def _has_days(ours: frozenset[str], wanted: frozenset[str]) -> bool:
    """Whether each day is there, or a neighbour of it: one side may state last days, the other the days after."""
    return all(
        {(date.fromisoformat(day) + timedelta(days=shift)).isoformat() for shift in (-1, 0, 1)} & ours for day in wanted
    )
