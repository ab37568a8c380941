"""How far an answer may be believed: a grade, a confidence, and in words what lowered it. Pure.

The grade says what the numbers rest on, the confidence how likely the question was read as it was meant. Each doubt
multiplies the confidence by its factor (`trust_weights`), so that no evidence can make up for a doubt. Below
`MAY_BE_STATED` the number is withheld and the reading offered instead: a refusal costs less than a wrong number.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from app.flows.answer import Answer, Check, Language, Refusal, Trust, TrustEvidence
from app.flows.table import ResultTable
from app.flows.trust_weights import BASE, MAY_BE_STATED, WEIGHTS, DoubtKind
from app.flows.trust_words import reason_of
from app.planning.plan import Reading, SignKind
from app.semantic.query import SemanticQuery

INVARIANTS = frozenset({"parts_sum_to_total", "shares_sum_to_whole", "rate_in_range", "rows_unique"})
"""Checks that no true result fails. The others tell what the reader should know, such as a small group."""
_CONFIRMED_BY_MODEL: frozenset[SignKind] = frozenset(
    {"by_sound", "by_spelling", "by_part", "by_loose_part", "no_metric"}
)
"""Guesses at words, which a second planner that came to the same plan has made too."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """One piece of evidence against an answer, with the words that it is about."""

    kind: DoubtKind
    words: tuple[str, ...] = ()


def assess(
    reading: Reading | None, *, table: ResultTable, checks: Sequence[Check], fuzzy: tuple[str, ...], language: Language
) -> tuple[Trust, TrustEvidence]:
    """Grade and evidence of an answer through the semantic layer; `reading` None = the query came typed."""
    doubts = tuple(doubts_of(reading, table=table, checks=checks))
    return grade(reading, doubts), TrustEvidence(
        coverage=reading.coverage if reading else 1.0,
        path=reading.path if reading else "rule",
        fuzzy=fuzzy,
        checks_passed=sum(check.passed for check in checks),
        checks_total=len(checks),
        confidence=confidence(doubts, is_written=is_written(reading)),
        reasons=tuple(reason_of(doubt.kind, doubt.words, language) for doubt in by_weight(doubts)),
        assumed=reading.assumptions if reading else (),
        agreed=reading is not None and reading.agreed,
    )


def is_written(reading: Reading | None) -> bool:
    """Typed, or said in the canonical language: nothing was left to be read in one way or another."""
    return reading is None or (reading.path == "rule" and not reading.links)


def doubts_of(reading: Reading | None, *, table: ResultTable, checks: Sequence[Check]) -> Iterable[Doubt]:
    """Everything that speaks against the answer: how it was read, what the checks found, an empty result."""
    failed = tuple(check.name for check in checks if check.name in INVARIANTS and not check.passed)
    if failed:
        yield Doubt("check_failed", failed)
    if reading is None or is_written(reading):
        return
    if is_nobody(reading.query, table):
        yield Doubt("nobody_found")
    yield from _of_reading(reading)


def _of_reading(reading: Reading) -> Iterable[Doubt]:
    confirmed = _CONFIRMED_BY_MODEL if reading.agreed else frozenset()
    yield from (Doubt(sign.kind, sign.words) for sign in reading.signs if sign.kind not in confirmed)
    settled = tuple(s.word.label.zh for s in reading.senses if s.by == "department")
    if settled:
        yield Doubt("department_sense", settled)
    if reading.unexplained:
        yield Doubt("not_explained", reading.unexplained)
    if reading.path == "llm" and not reading.agreed:
        guessed = tuple(link.text for link in reading.links if link.fuzzy)
        yield Doubt("model_guessed", guessed) if guessed else Doubt("model_alone")


def is_nobody(query: SemanticQuery, table: ResultTable) -> bool:
    """Conditions on people that not one person met: now and then true, more often two that exclude each other.

    A plain 0 (no order of that channel) is no doubt: there is nothing in it that could exclude itself.
    """
    cells = [row[position] for row in table.rows for position in table.number_positions]
    return bool(query.people or query.segments) and bool(cells) and not any(cells)


def grade(reading: Reading | None, doubts: Sequence[Doubt]) -> Trust:
    """`governed` unless a check that must hold failed, or a model alone said what words mean that no lexicon has.

    `verified` is never given here: only a person's approval of the plan gives it.
    """
    kinds = {doubt.kind for doubt in doubts}
    is_guess = reading is not None and reading.path == "llm" and not reading.agreed
    return "unverified" if "check_failed" in kinds or (is_guess and kinds & {"model_guessed", "not_explained"}) else (
        "governed"
    )  # fmt: skip


def confidence(doubts: Iterable[Doubt], *, is_written: bool = False) -> float:
    """0–1: the share of answers with such evidence that were right, as far as it was measured."""
    share = 1.0 if is_written else BASE
    for kind in {doubt.kind for doubt in doubts}:
        share *= WEIGHTS[kind].factor
    return round(share, 3)


def by_weight(doubts: Iterable[Doubt]) -> list[Doubt]:
    """The doubts that lower the confidence, heaviest first."""
    return sorted((d for d in doubts if WEIGHTS[d.kind].factor < 1), key=lambda d: WEIGHTS[d.kind].factor)


def withheld(answer: Answer) -> Refusal | None:
    """The refusal that takes the place of an answer with too many doubts; None where it may be stated.

    Its offer is the restatement, which says the whole plan and is read back literally: to ask it is to confirm it.
    """
    evidence = answer.evidence
    if answer.status != "answered" or evidence is None or evidence.confidence is None or answer.trust == "verified":
        return None
    if evidence.path == "raw" or evidence.confidence >= MAY_BE_STATED:
        return None
    reasons = "".join(evidence.reasons) if answer.language == "zh" else " ".join(evidence.reasons)
    reason = (
        f"这句话的理解不够可靠,所以没有给出数字:{reasons}" if answer.language == "zh"
        else f"The reading is too doubtful to state a number: {reasons}"
    )  # fmt: skip
    return Refusal(code="too_doubtful", reason=reason, instead=(answer.restatement,))


def shared_evidence(answers: Sequence[Answer]) -> TrustEvidence | None:
    """The evidence for a result that several legal readings share: as sure as the surest, for one suffices."""
    told = [answer.evidence for answer in answers if answer.evidence is not None]
    if not told:
        return None
    surest = max(told, key=lambda evidence: evidence.confidence or 0.0)
    return surest.model_copy(update={"readings": len(answers)})
