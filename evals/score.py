"""Verdicts → the numbers of the report: rates with Wilson intervals, by category and form; calibration; latency."""

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from app.flows.answer import Answer
from evals.cases import Case
from evals.grade import Outcome, Verdict
from evals.stages import Stage

_WORST_FIRST: tuple[Outcome, ...] = ("wrong", "failed", "asked_back", "refused", "right")


@dataclass(frozen=True, slots=True)
class CaseResult:
    """One case over all warehouses: as good as on its worst."""

    case: Case
    verdicts: Mapping[str, Verdict]
    """Warehouse → verdict; a warehouse that the case has no meaning on is missing."""
    answers: Mapping[str, Answer | None] = field(default_factory=dict)
    ms: Mapping[str, float] = field(default_factory=dict)
    cost: float = 0.0
    """Of the model calls behind it, in the currency of the price settings."""
    model_calls: int = 0

    @property
    def worst(self) -> str:
        """The warehouse that decides."""
        return min(self.verdicts, key=lambda name: _WORST_FIRST.index(self.verdicts[name].outcome))

    @property
    def verdict(self) -> Verdict:
        """The verdict that counts."""
        return self.verdicts[self.worst]

    @property
    def outcome(self) -> Outcome:
        """The outcome that counts."""
        return self.verdict.outcome

    @property
    def stage(self) -> Stage | None:
        """Where it was lost."""
        return self.verdict.stage

    @property
    def is_right(self) -> bool:
        return self.outcome == "right"

    @property
    def is_answered(self) -> bool:
        """Whether a table was stated, right or wrong, where one was expected."""
        return self.outcome == "wrong" or (self.is_right and self.case.expect.kind == "sql")


@dataclass(frozen=True, slots=True)
class Rate:
    """`hits` of `total`."""

    hits: int
    total: int

    @property
    def value(self) -> float | None:
        return self.hits / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """95 % (Wilson 1927, score interval without continuity correction)."""
        return wilson(self.hits, self.total) if self.total else None


def wilson(hits: int, total: int, z: float = 1.959964) -> tuple[float, float]:
    """The shares that would not be rejected at two-sided 5 %: stays inside 0–1, also for no hits and for all."""
    share, square = hits / total, z * z
    middle = (share + square / (2 * total)) / (1 + square / total)
    half = z * math.sqrt(share * (1 - share) / total + square / (4 * total * total)) / (1 + square / total)
    return max(0.0, middle - half), min(1.0, middle + half)


def rate(results: Iterable[CaseResult], counts: Callable[[CaseResult], bool]) -> Rate:
    """How many of `results` count."""
    kept = list(results)
    return Rate(sum(map(counts, kept)), len(kept))


@dataclass(frozen=True, slots=True)
class Summary:
    """The numbers that are promised and compared with the baseline."""

    cases: int
    answer_rate: Rate
    """Stated a table / expected to."""
    accuracy: Rate
    """Right tables / all tables stated, also those stated where none should have been."""
    silent_wrong: Rate
    """Wrong tables stated / all cases."""
    correct_clarify: Rate
    correct_refuse: Rate
    right: Rate

    @property
    def rates(self) -> dict[str, Rate]:
        """By name, as reports and baselines have them."""
        return {
            "right": self.right, "answer_rate": self.answer_rate, "accuracy": self.accuracy,
            "silent_wrong": self.silent_wrong, "correct_clarify": self.correct_clarify,
            "correct_refuse": self.correct_refuse,
        }  # fmt: skip


def summarise(results: Sequence[CaseResult]) -> Summary:
    """The promised numbers of some cases."""
    kinds = {kind: [r for r in results if r.case.expect.kind == kind] for kind in ("sql", "clarify", "refuse")}
    stated = [r for r in results if r.is_answered]
    return Summary(
        cases=len(results),
        answer_rate=rate(kinds["sql"], lambda r: r.is_answered),
        accuracy=rate(stated, lambda r: r.is_right),
        silent_wrong=rate(results, lambda r: r.outcome == "wrong"),
        correct_clarify=rate(kinds["clarify"], lambda r: r.is_right),
        correct_refuse=rate(kinds["refuse"], lambda r: r.is_right),
        right=rate(results, lambda r: r.is_right),
    )


def grouped(results: Iterable[CaseResult], name: Callable[[CaseResult], str]) -> dict[str, list[CaseResult]]:
    """Results by a name, in order of name."""
    groups: dict[str, list[CaseResult]] = {}
    for result in results:
        groups.setdefault(name(result), []).append(result)
    return dict(sorted(groups.items()))


def by_form(results: Sequence[CaseResult]) -> dict[str, Rate]:
    """Right answers among questions with an answer, by how they are put. The drop is against `written`."""
    asked = [r for r in results if r.case.expect.kind == "sql"]
    return {form: rate(group, lambda r: r.is_right) for form, group in grouped(asked, lambda r: r.case.form).items()}


def paraphrase_drop(forms: Mapping[str, Rate]) -> float | None:
    """How much less of what is not written language is answered right, in parts of one."""
    written = forms.get("written")
    rest = [found for form, found in forms.items() if form != "written"]
    other = Rate(sum(found.hits for found in rest), sum(found.total for found in rest))
    if written is None or written.value is None or other.value is None:
        return None
    return written.value - other.value


def calibration(results: Sequence[CaseResult], warehouse: str) -> dict[str, Rate]:
    """Accuracy of stated tables by what the answer said of its own reliability, as seen on `warehouse`."""
    buckets: dict[str, list[CaseResult]] = {}
    for result, answer in _stated(results, warehouse):
        for name in _self_assessment(answer):
            buckets.setdefault(name, []).append(result)
    return {name: rate(group, lambda r: r.is_right) for name, group in sorted(buckets.items())}


def _stated(results: Sequence[CaseResult], warehouse: str) -> list[tuple[CaseResult, Answer]]:
    return [(r, answer) for r in results if r.is_answered and (answer := r.answers.get(warehouse)) is not None]


def _self_assessment(answer: Answer) -> list[str]:
    evidence = answer.evidence
    if answer.status != "answered" or evidence is None:
        return [f"status {answer.status}"]
    coverage = "1" if evidence.coverage >= 0.9995 else "0.9–1" if evidence.coverage >= 0.9 else "below 0.9"
    failed = evidence.checks_passed < evidence.checks_total
    doubts = "none" if not evidence.reasons else "one" if len(evidence.reasons) == 1 else "several"
    return [
        f"trust {answer.trust}", f"coverage {coverage}", f"words {'approximate' if evidence.fuzzy else 'exact'}",
        f"path {evidence.path}", f"checks {'one failed' if failed else 'all passed'}", f"doubts {doubts}",
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Bucket:
    """Stated tables whose confidence lies in one range: what was said of them, and how many were right."""

    name: str
    said: float
    """Mean confidence."""
    found: Rate


_EDGES = (0.0, 0.7, 0.8, 0.9, 0.95, 0.97, 1.0)


def confidence_buckets(results: Sequence[CaseResult], warehouse: str) -> list[Bucket]:
    """Said confidence beside found accuracy, lowest range first; each range holds its lower end, the last both."""
    told = [
        (answer.evidence.confidence, result)
        for result, answer in _stated(results, warehouse)
        if answer.evidence is not None and answer.evidence.confidence is not None
    ]
    buckets = []
    for low, high in pairwise(_EDGES):
        inside = [(said, r) for said, r in told if low <= said < high or (said == high == 1.0)]
        if inside:
            mean = sum(said for said, _ in inside) / len(inside)
            buckets.append(Bucket(f"confidence {low:g}–{high:g}", mean, rate((r for _, r in inside), _is_right)))
    return buckets


def _is_right(result: CaseResult) -> bool:
    return result.is_right


def calibration_error(buckets: Sequence[Bucket]) -> float | None:
    """Expected calibration error: the mean distance of said and found, weighted by answers (Naeini et al. 2015)."""
    total = sum(bucket.found.total for bucket in buckets)
    off = sum(abs(bucket.said * bucket.found.total - bucket.found.hits) for bucket in buckets)
    return off / total if total else None


def percentile(values: Sequence[float], share: float) -> float | None:
    """Nearest rank."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else None
