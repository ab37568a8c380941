"""Flow: a question becomes an answer. plan → compile → guard → execute → check → present, each stage timed."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any

from app.core.actor import Actor
from app.core.clock import Clock
from app.core.errors import AppError
from app.core.ids import new_id
from app.flows.answer import Answer, Check, Language, ModelCall, Refusal, Stage, Trace
from app.flows.brands import BrandDirectory
from app.flows.checks import (
    Facts,
    absent_comparisons,
    all_ratios_undefined,
    is_outside_data,
    latest_mature_day,
    says_nothing,
)
from app.flows.clarify import MAX_READINGS, Tried, ask_back, distinct_results
from app.flows.definitions import defined
from app.flows.failures import as_findings, bug_refusal, findings_of, refusal_of, status_of
from app.flows.limits_of_data import immature, no_denominator, nothing_there, only_stocks, outside_data
from app.flows.notes import unapplied_notes
from app.flows.ports import Compile, Executor, Planner, Remembered, Result
from app.flows.present import present
from app.flows.previous import row_keys
from app.flows.raw_answer import RawAnswer
from app.flows.restate import restate
from app.flows.table import ResultTable, build_table, meanings_of, without_comparisons
from app.flows.totals import totals_in_shares, wants_total
from app.flows.trust import shared_evidence, withheld
from app.flows.verified_mark import Match, mark_verified, nothing_verified
from app.llm.meter import CallRecord
from app.planning.canonical.script import to_traditional, writes_traditional
from app.planning.context import PlanContext, Previous
from app.planning.plan import Gap, PlanResult, Reading, Unplanned
from app.semantic.compiler import CompiledQuery
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery
from app.semantic.request import CompileContext
from app.warehouse.engine import Engine, Snapshot

logger = logging.getLogger(__name__)

IdMaker = Callable[[str], str]


def _nothing_remembered(_: Actor) -> dict[str, str]:
    return {}


# A trade: after a slow query the total, a second scan, would about double the wait, so `parts_sum_to_total` is left
# out. Nothing replaces it: `attest` checks keys and references, not totals. Decision 7 in CONTRIBUTING.md.
_TOTAL_WITHIN_MS = 100.0


@dataclass(slots=True)
class _Run:
    """One question on its way: who asked, how long each stage took, what is known so far."""

    request_id: str
    actor: Actor
    language: Language
    traditional: bool = False
    """The asker writes traditional characters, so restatement and headline do too."""
    stages: dict[str, float] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    planned: PlanResult | None = None
    raw_calls: tuple[CallRecord, ...] = ()
    planner: str = "rule"
    known: dict[str, Any] = field(default_factory=dict)
    """Fields of the answer that hold whatever its outcome: query, restatement, sql."""

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        started = perf_counter()
        try:
            yield
        finally:
            self.add(name, (perf_counter() - started) * 1000)

    def add(self, name: str, ms: float) -> None:
        self.stages[name] = self.stages.get(name, 0.0) + ms

    @property
    def calls(self) -> tuple[CallRecord, ...]:
        """Model calls so far."""
        return (*(self.planned.calls if self.planned else ()), *self.raw_calls)

    def trace(self) -> Trace:
        return Trace(
            request_id=self.request_id,
            data_as_of=self.snapshot.data_as_of if self.snapshot else None,
            snapshot=self.snapshot.id if self.snapshot else None,
            planner=self.planner,
            model_calls=tuple(ModelCall.of(call) for call in self.calls),
            stages=tuple(Stage(name=name, ms=round(ms, 2)) for name, ms in self.stages.items()),
        )


@dataclass(frozen=True, slots=True)
class AnswerQuestion:
    """Answers questions and typed queries over one model and one engine. Safe to call from many threads."""

    planner: Planner
    compile_query: Compile
    models: Callable[[], SemanticModel]
    """The model of the snapshot that serves now."""
    executor: Executor
    engine: Engine
    clock: Clock
    brands: BrandDirectory
    match: Match = nothing_verified
    """The approved pair with the plan of an answer, if there is one for its asker."""
    make_id: IdMaker = new_id
    remembered: Remembered = _nothing_remembered
    raw: RawAnswer | None = None
    """What answers a gap of the model; None = nothing does."""

    @property
    def model(self) -> SemanticModel:
        """What a query may name now."""
        return self.models()

    def ask(
        self,
        question: str,
        actor: Actor,
        *,
        language: Language | None = None,
        previous: Previous | SemanticQuery | None = None,
    ) -> Answer:
        """Plan `question`, then answer its reading; several readings are answered as one where their results agree.

        What goes wrong comes back as an answer with status `refused` or `failed`; nothing is raised for it.
        """
        run = _Run(self.make_id("req"), actor, language or "zh")
        before = Previous("", previous) if isinstance(previous, SemanticQuery) else previous
        return self._guarded(run, lambda: self._ask(question, run, language, before))

    def run(self, query: SemanticQuery, actor: Actor, *, language: Language, reading: Reading | None = None) -> Answer:
        """Answer a query that is already typed, like the chosen option of a clarification: same path, same checks."""
        run = _Run(self.make_id("req"), actor, language)
        return self._guarded(run, lambda: self._answer(query, run, reading))

    def _ask(self, question: str, run: _Run, language: Language | None, previous: Previous | None) -> Answer:
        run.snapshot = self.engine.snapshot()
        with run.stage("plan"):
            planned = self.planner.plan(question, run.actor, self._context(run, previous))
        if previous is not None and not previous.rows and _needs_rows(planned):
            seen = self.run(previous.query, run.actor, language=run.language)
            with run.stage("plan"):
                before = replace(previous, rows=row_keys(seen))
                planned = self.planner.plan(question, run.actor, self._context(run, before))
        run.planned, run.language = planned, language or planned.language
        run.traditional = run.language == "zh" and writes_traditional(question)
        run.planner = _planner_of(planned)
        if planned.defined:
            return self._close(run, status="answered", **defined(planned.defined, run.language))
        if planned.gap is not None and self.raw is not None:
            return self._answer_gap(planned, planned.gap, self.raw, run)
        if planned.unplanned is not None or not planned.readings:
            return self._unplanned(planned.unplanned, run)
        if len(planned.readings) == 1 and not planned.missing:
            return self._unless_doubtful(self._answer(planned.readings[0].query, run, planned.readings[0]), run)
        return self._answer_readings(planned, run)

    def _unless_doubtful(self, answer: Answer, run: _Run) -> Answer:
        """`answer`, or its reading offered without the number where the evidence for it is too thin."""
        refusal = withheld(answer)
        if refusal is None:
            return answer
        return self._close(run, status="refused", refusal=refusal, evidence=answer.evidence)

    def _context(self, run: _Run, previous: Previous | None) -> PlanContext:
        """What planning depends on beside the question; from the actor and from memory, never from a body."""
        actor = run.actor
        return PlanContext(actor.department, actor.brand_ids, self.remembered(actor), previous, run.request_id)

    def _answer_gap(self, planned: PlanResult, gap: Gap, raw: RawAnswer, run: _Run) -> Answer:
        """No metric expresses the question: SQL that a model wrote and the guard let pass, else the rules' refusal."""
        snapshot = run.snapshot or self.engine.snapshot()
        with run.stage("raw"):
            found = raw.run(gap, run.actor, snapshot, language=run.language, answer_id=run.request_id,
                            earlier=run.calls)  # fmt: skip
        run.raw_calls = found.calls
        if found.fields is None:
            return self._unplanned(planned.unplanned, run)
        run.planner = "raw"
        return self._close(run, status="answered", dialect=self.engine.dialect, **found.fields)

    def _guarded(self, run: _Run, work: Callable[[], Answer]) -> Answer:
        """The one place where an error turns into an answer, so that every face shows the same."""
        try:
            return work()
        except AppError as error:
            if error.status >= 500:
                logger.error("answer.failed", extra={"request_id": run.request_id, "code": error.code})
            return self._failed(error, run)
        except Exception:  # the edge that all faces share: a bug must carry a request id, not a stack trace
            logger.exception("answer.crashed", extra={"request_id": run.request_id})
            return self._close(run, status="failed", refusal=bug_refusal(run.language, run.request_id))

    def _failed(self, error: AppError, run: _Run) -> Answer:
        refusal = refusal_of(error, self.model, run.language, run.request_id)
        return self._close(run, status=status_of(error), refusal=refusal, findings=findings_of(error))

    def _unplanned(self, unplanned: Unplanned | None, run: _Run) -> Answer:
        if unplanned is None:
            raise ValueError("the planner returned neither a reading nor a reason")
        refusal = Refusal(code=unplanned.code, reason=unplanned.reason, instead=unplanned.instead)
        return self._close(run, status="refused", refusal=refusal)

    def _close(self, run: _Run, **fields: Any) -> Answer:
        told = {"notes": (*fields.get("notes", ()), *(run.planned.notes if run.planned else ()))}
        return Answer(language=run.language, trace=run.trace(), **{**run.known, **fields, **told})

    # one query -------------------------------------------------------------------------------------------------------
    def _answer(self, query: SemanticQuery, run: _Run, reading: Reading | None) -> Answer:
        run.snapshot = snapshot = run.snapshot or self.engine.snapshot()
        run.known = {"query": query, "dialect": self.engine.dialect,
                     "restatement": restate(query, self.model, run.language, traditional=run.traditional)}  # fmt: skip
        compiled = self._compile(query, run, snapshot)
        run.known["sql"] = compiled.sql
        refusal = self._early_refusal(query, run, snapshot)
        if refusal is not None:
            return self._close(run, status="refused", refusal=refusal)
        result = self._execute(compiled, run)
        run.known["sql"] = result.sql
        with run.stage("assemble"):
            table = self._table(query, compiled, result, run)
            table = without_comparisons(table, absent_comparisons(query, table, snapshot))
        facts = self._facts(query, table, run, snapshot)
        refusal = self._late_refusal(facts)
        if refusal is not None:
            return self._close(run, status="refused", refusal=refusal)
        brands = self.brands.names(snapshot.id)
        with run.stage("assemble"):
            shown = present(facts, reading=reading, actor=run.actor, brands=brands, extra_checks=_checks_of(result))
        shown["notes"] = (*shown["notes"], *unapplied_notes(compiled.unapplied, self.model, run.language))
        if run.traditional:
            shown["headline"] = to_traditional(shown["headline"])
        self._log(run, table)
        answer = self._close(run, status="answered", findings=as_findings(result.findings), **shown)
        return mark_verified(answer, self.match(query, run.actor))

    def _early_refusal(self, query: SemanticQuery, run: _Run, snapshot: Snapshot) -> Refusal | None:
        """Windows that can't have a right answer, whatever the rows say."""
        if query.start > snapshot.data_as_of and only_stocks(query, self.model):
            return outside_data(query, snapshot, run.language)
        mature = latest_mature_day(query, self.model, snapshot)
        if mature is not None and query.start > mature:
            return immature(query, mature, self.model, run.language)
        return None

    def _late_refusal(self, facts: Facts) -> Refusal | None:
        """Results that would be read as a number and are none."""
        if is_outside_data(facts.query, facts.snapshot) and says_nothing(facts.table):
            return outside_data(facts.query, facts.snapshot, facts.language)
        if all_ratios_undefined(facts):
            return no_denominator(facts)
        cells = [row[p] for row in facts.table.rows for p in facts.table.number_positions]
        if cells and all(cell is None for cell in cells):
            return nothing_there(facts)
        return None

    def _compile(self, query: SemanticQuery, run: _Run, snapshot: Snapshot) -> CompiledQuery:
        context = CompileContext(self.engine.dialect, snapshot.data_as_of, snapshot.first_day)
        with run.stage("compile"):
            return self.compile_query(query, self.model, context)

    def _execute(self, compiled: CompiledQuery, run: _Run) -> Result:
        started = perf_counter()
        result = self.executor.run(compiled.tree, run.actor)
        run.add("guard", result.guard_ms)
        run.add("execute", result.elapsed_ms)
        run.add("transport", max(0.0, (perf_counter() - started) * 1000 - result.elapsed_ms - result.guard_ms))
        return result

    def _table(self, query: SemanticQuery, compiled: CompiledQuery, result: Result, run: _Run) -> ResultTable:
        meanings = meanings_of(compiled.columns, query)
        return build_table(meanings, result.rows, query, self.model, run.language, truncated=result.truncated)

    def _facts(self, query: SemanticQuery, table: ResultTable, run: _Run, snapshot: Snapshot) -> Facts:
        totals = self._totals(query, table, run, snapshot)
        today = self.clock().date()
        return Facts(query, table, self.model, snapshot, today, run.language, totals)

    def _totals(self, query: SemanticQuery, table: ResultTable, run: _Run, snapshot: Snapshot) -> dict[str, Any] | None:
        """The same metrics without the breakdown: what the parts must add up to. Asked for, unless shares tell it."""
        metrics = wants_total(query, table, self.model)
        if metrics and (known := totals_in_shares(query, table, metrics)):
            return known
        if not metrics or run.stages.get("execute", 0.0) > _TOTAL_WITHIN_MS:
            return None
        whole = query.model_copy(update={
            "metrics": metrics, "dimensions": (), "compare": (), "share": None, "order": None, "rest_as_other": False,
            "limit_within": (), "limit": 1,
        })  # fmt: skip
        started = perf_counter()
        side = _Run(run.request_id, run.actor, run.language)  # timed as one stage of its own
        compiled = self._compile(whole, side, snapshot)
        total = self._table(whole, compiled, self._execute(compiled, side), side)
        run.add("check", (perf_counter() - started) * 1000)
        if not total.rows:
            return None
        return {meaning.about: total.rows[0][i] for i, meaning in enumerate(total.meanings) if meaning.role == "value"}

    def _log(self, run: _Run, table: ResultTable) -> None:
        timings = {f"{name}_ms": round(ms, 1) for name, ms in run.stages.items()}
        logger.info("answer.made", extra={"request_id": run.request_id, "rows": len(table.rows), **timings})

    # several readings ------------------------------------------------------------------------------------------------
    def _answer_readings(self, planned: PlanResult, run: _Run) -> Answer:
        """Run every reading; ask back only where the results differ, or where a sense in play can't be computed."""
        tried = [
            Tried(reading, self._guarded(run, lambda r=reading: self._answer(r.query, run, r)))  # type: ignore[misc]
            for reading in planned.readings[:MAX_READINGS]
        ]
        run.known = {}
        answered = [one for one in tried if one.answer.status == "answered"]
        if not answered:
            return tried[0].answer
        first, distinct = answered[0].answer, distinct_results(answered)
        more = len(planned.readings) > MAX_READINGS
        # Senses that agree settle the question even where a further one can't be computed. One sense alone does so
        # where it is the term's first meaning and another was tried; else the asker may well mean what has no result.
        lost = (bool(planned.missing) and len(tried) == 1) or _is_lost_sense(tried[0])
        alone = len(answered) == 1 and lost
        if len(distinct) == 1 and not alone and not more:
            shared = first.model_copy(update={
                "notes": (*first.notes, *self._other_readings([t.answer for t in answered[1:]], run.language),
                          *_without_result(tried, run.language)),
                "trace": run.trace(),
                "evidence": shared_evidence([one.answer for one in answered]),
            })  # fmt: skip
            return self._unless_doubtful(shared, run)
        asked = ask_back(distinct, self.model, run.language, planned.missing)
        notes = tuple(_without_result(tried, run.language))
        return self._close(run, status="needs_clarification", clarification=asked, notes=notes)

    def _other_readings(self, others: list[Answer], language: Language) -> Iterator[str]:
        for other in others:
            text = other.restatement
            yield (
                f"另一种理解「{text}」结果相同。"
                if language == "zh"
                else f'Another reading, "{text}", gives the same result.'
            )


def _is_lost_sense(one: Tried) -> bool:
    """A sense that the asker may have meant and that has no result: what is left is then no answer by itself."""
    return one.answer.status != "answered" and any(sense.by == "open" for sense in one.reading.senses)


def _without_result(tried: Sequence[Tried], language: Language) -> Iterator[str]:
    """Readings that were fair and gave nothing: the asker may have meant one of them."""
    for one in tried:
        if one.answer.status == "answered" or one.answer.refusal is None:
            continue
        sense = next((s for s in one.reading.senses if s.by == "open"), None)
        meant = sense.meaning.who.in_(language) if sense else one.answer.restatement
        reason = one.answer.refusal.reason.rstrip("。.")
        yield (
            f"还有一种理解「{meant}」这次算不出:{reason}。"
            if language == "zh"
            else (f'One more reading, "{meant}", has no result here: {reason}.')
        )


def _planner_of(planned: PlanResult) -> str:
    """Whose reading this is; where both came to it, both."""
    paths = dict.fromkeys("rule+llm" if reading.agreed else reading.path for reading in planned.readings)
    return "+".join(paths) or "rule"


def _needs_rows(planned: PlanResult) -> bool:
    """It points at rows of the last answer (第二个), of which only the plan came along."""
    return planned.unplanned is not None and planned.unplanned.code == "needs_previous"


def _checks_of(result: Result) -> tuple[Check, ...]:
    """What the guard looked for in the rows, beside our own checks."""
    return tuple(Check(name=check.name, passed=check.passed, detail=check.detail) for check in result.checks)
