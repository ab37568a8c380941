"""Asks every case on every warehouse in one warm process and grades what comes back."""

import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from app import wiring
from app.llm.cassette import RecordingModel, ReplayingModel
from app.llm.client import ChatModel
from app.semantic.model import SemanticModel
from app.settings import Settings
from evals.ask import Asked, can_be_renamed, put, renamed
from evals.cases import Case, CasesError
from evals.gold import Gold
from evals.grade import Verdict, grade
from evals.score import CaseResult
from evals.spending import Spending, watched
from evals.warehouses import MUTATIONS, Warehouse

TODAY = date(2026, 10, 31)
"""The last day of the demo, and what every relative phrase of the cases counts from."""
_MEMORY_MB = 768
Tick = Callable[[int], None]


@dataclass(frozen=True, slots=True)
class Setup:
    """How the application under examination is built."""

    settings: Settings
    cache: Path
    planner: str = "rule"
    knowledge: bool = True
    """Off: without the jargon, so that the report shows what it is worth."""
    record: Path | None = None
    """Keep every model call in this file."""
    replay: Path | None = None
    """Answer model calls from this file and from nowhere else."""
    threads: int = 2


@dataclass(frozen=True, slots=True)
class Graded:
    """One case on one warehouse."""

    case: Case
    warehouse: str
    asked: Asked
    verdict: Verdict


def run(
    cases: Sequence[Case], warehouses: Sequence[Warehouse], setup: Setup, tick: Tick = lambda _n: None
) -> list[CaseResult]:
    """Results in the order of `cases`; two warehouses are examined at a time.

    Raises:
        CasesError: gold SQL does not run; every such statement is named.
    """
    with ThreadPoolExecutor(max(1, min(setup.threads, len(warehouses)))) as pool, watched() as spending:
        found = list(pool.map(lambda warehouse: _examine(cases, warehouse, setup, tick), warehouses))
    by_case: dict[str, list[Graded]] = {case.id: [] for case in cases}
    for graded in (one for each in found for one in each):
        by_case[graded.case.id].append(graded)
    return [_result(case, by_case[case.id], spending) for case in cases if by_case[case.id]]


def _result(case: Case, graded: Sequence[Graded], spending: Spending) -> CaseResult:
    spent = [spending.of(one.asked.answer.trace.request_id) for one in graded if one.asked.answer]
    return CaseResult(
        case,
        cost=sum(each.cost for each in spent),
        model_calls=sum(each.calls for each in spent),
        verdicts={one.warehouse: one.verdict for one in graded},
        answers={one.warehouse: one.asked.answer for one in graded},
        ms={one.warehouse: one.asked.ms for one in graded},
    )


def _examine(cases: Sequence[Case], warehouse: Warehouse, setup: Setup, tick: Tick) -> list[Graded]:
    gold = Gold(warehouse.path, setup.cache / f"{warehouse.id}.gold.json")
    try:
        with application(warehouse.path, setup) as app:
            _same_today(app, warehouse)
            aliases = value_aliases(app.model)
            fitting = [case for case in cases if can_be_renamed(case, warehouse.renames, aliases)]
            _run_gold(fitting, warehouse, gold)
            tick(len(cases) - len(fitting))
            return [_examine_one(case, warehouse, app, gold, tick) for case in fitting]
    finally:
        gold.close()


def _same_today(app: wiring.Application, warehouse: Warehouse) -> None:
    """Gold SQL states days: on a warehouse with another last day 上个月 would mean other ones."""
    today = app.engine.snapshot().data_as_of
    if today != TODAY:
        raise CasesError(
            f"{str(warehouse.path)!r} ends on {today}; the cases are about a warehouse that ends on {TODAY}"
        )


def value_aliases(model: SemanticModel) -> dict[str, tuple[str, ...]]:
    """What the brand's knowledge also calls a stored value."""
    found: dict[str, tuple[str, ...]] = {}
    for dimension in model.dimensions.values():
        for value, words in dimension.value_synonyms.items():
            found[value] = (*found.get(value, ()), *words)
    return found


def _run_gold(cases: Sequence[Case], warehouse: Warehouse, gold: Gold) -> None:
    """All gold ahead of the questions: a statement that does not run is a fault of the suite and ends the run."""
    owner = {renamed(sql, warehouse.renames): case.id for case in cases for sql in case.expect.readings}
    broken = gold.run_all(owner)
    if broken:
        raise CasesError("\n".join(f"{owner[sql]} on {warehouse.name}: {error}" for sql, error in broken.items()))


def _examine_one(case: Case, warehouse: Warehouse, app: wiring.Application, gold: Gold, tick: Tick) -> Graded:
    asked = put(case, app.answer_question, warehouse.renames)
    expected = [gold.rows(renamed(sql, warehouse.renames)) for sql in case.expect.readings]
    tick(1)
    return Graded(case, warehouse.name, asked, grade(case, asked, expected, gold.names()))


@contextmanager
def application(warehouse: Path, setup: Setup) -> Iterator[wiring.Application]:
    """The application over one warehouse, with a data folder of its own: nobody's remembered choices, nothing kept."""
    with tempfile.TemporaryDirectory(prefix="qianmian-eval-") as folder:
        known = setup.settings.knowledge_dir
        changes = {
            "data_dir": Path(folder), "workers": 1, "query_memory_mb": _MEMORY_MB, "warehouse": warehouse,
            "planner": setup.planner,
            "knowledge_dir": known if setup.knowledge else without_jargon(known, Path(folder)),
        }  # fmt: skip
        settings = setup.settings.model_copy(update=changes)
        app = wiring.build(settings, warehouse=warehouse, model=recorded_model(settings, setup))
        try:
            yield app
        finally:
            app.close()


def recorded_model(settings: Settings, setup: Setup) -> ChatModel | None:
    """A model that is replayed or recorded; None leaves the choice to the settings.

    Raises:
        CasesError: there is no model whose calls could be recorded.
    """
    if setup.replay is not None:
        return ReplayingModel(setup.replay)
    if setup.record is None:
        return None
    inner = wiring.chat_model(settings)
    if inner is None:
        raise CasesError("--record needs a language model: set QIANMIAN_LLM_BASE_URL and QIANMIAN_LLM_MODEL")
    return RecordingModel(inner, setup.record)


def without_jargon(known: Path, folder: Path) -> Path:
    """A copy of the knowledge whose jargon is one word that nobody says; metrics, dimensions and calendar stay."""
    target = folder / "knowledge"
    shutil.copytree(known, target, ignore=lambda _path, names: {"jargon"} & set(names))
    (target / "jargon").mkdir()
    shutil.copy(MUTATIONS / "no_jargon.yaml", target / "jargon")
    return target
