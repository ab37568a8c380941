"""Settings → everything joined, over one warehouse and one app database."""

from collections.abc import Callable
from pathlib import Path

from app.core.clock import Clock, system_clock
from app.core.errors import WarehouseError
from app.flows.answer_question import AnswerQuestion
from app.flows.brands import BrandDirectory
from app.flows.catalogue import ModelCatalogue
from app.flows.edit_knowledge import KNOWLEDGE
from app.flows.examine_warehouse import ExamineWarehouse
from app.flows.live_model import LiveModel
from app.flows.ports import Compile
from app.flows.read_terms import ReadTerms
from app.flows.remember_choice import RememberChoice
from app.flows.remembering import join_memory
from app.flows.suggest import SuggestFollowUps
from app.flows.verify_question import VerifyQuestion
from app.guard.execute import GuardedExecutor
from app.llm.client import ChatModel
from app.planning.auto_planner import AutoPlanner
from app.semantic.fitting import FittedCompiler
from app.semantic.query import SemanticQuery
from app.semantic.request import CompileContext
from app.settings import Settings
from app.store.deferred import DeferredStore
from app.warehouse import snapshots
from app.warehouse.duckdb_engine import DuckDBEngine
from app.warehouse.engine import QueryLimits
from app.wiring.application import Application
from app.wiring.knowledge import glossary_of, knowledge_editor, load_knowledge
from app.wiring.language_model import chat_model, llm_planner, raw_answer
from app.wiring.planner import ScopedPlanner


def build(
    settings: Settings, *, warehouse: Path | None = None, clock: Clock = system_clock, model: ChatModel | None = None
) -> Application:
    """Everything joined, over `warehouse` or what the settings name.

    `model` takes the place of the configured language model: a recording, a script.

    Raises:
        ConfigurationError: a knowledge file is wrong; all problems at once.
        WarehouseError: there is no warehouse to open.
    """
    limits = QueryLimits(seconds=settings.query_timeout_seconds, memory_mb=settings.query_memory_mb)
    # The worker starts in the background while the model loads.
    engine = DuckDBEngine(warehouse or find_warehouse(settings), workers=settings.workers, limits=limits)
    try:
        chat = model or chat_model(settings)
        base, calendar = load_knowledge(settings)
    except Exception:
        engine.close()
        raise
    executor = GuardedExecutor(engine, limits=limits)
    cache = settings.data_dir / "cache"
    models = LiveModel(base, engine.snapshot, executor, cache)
    glossary = glossary_of(settings)
    planner = ScopedPlanner(models, calendar, engine, executor, cache, glossary)
    compile_query = FittedCompiler(engine.tables)
    store = open_store(settings)
    choices = RememberChoice(store, glossary, clock)
    editor = knowledge_editor(settings, store, glossary, clock)
    check = _plan_check(compile_query, models, engine)
    verified = VerifyQuestion(store, check, lambda: base.version, clock)
    flow = AnswerQuestion(
        planner=AutoPlanner(planner, llm_planner(settings, chat, base, check), settings.planner),
        compile_query=compile_query,
        models=models,
        executor=executor,
        engine=engine,
        clock=clock,
        brands=BrandDirectory(executor),
        match=verified.match,
        remembered=choices.of,
        raw=raw_answer(settings, chat, executor, clock),
    )
    return Application(
        flow,
        ExamineWarehouse(base, executor, engine),
        ModelCatalogue(models),
        base,
        engine,
        executor,
        planner,
        join_memory(flow, choices, verified, keep_days=settings.conversation_days, apply={KNOWLEDGE: editor.apply}),
        store,
        ReadTerms(glossary, choices.of, lambda: engine.snapshot().data_as_of),
        SuggestFollowUps(planner, models, choices.of),
    )


def _plan_check(compile_query: Compile, models: LiveModel, engine: DuckDBEngine) -> Callable[[SemanticQuery], object]:
    """Compiles a plan and throws the SQL away: what is wrong with the plan is raised."""

    def check(query: SemanticQuery) -> object:
        snapshot = engine.snapshot()
        context = CompileContext(engine.dialect, snapshot.data_as_of, snapshot.first_day)
        return compile_query(query, models(), context)

    return check


def find_warehouse(settings: Settings) -> Path:
    """The warehouse to serve: the configured file, else the newest import, else the demo brand.

    Raises:
        WarehouseError: none of them exists.
    """
    if settings.warehouse is not None:
        return settings.warehouse
    folder = settings.snapshot_dir
    if snapshots.current(folder) is not None:
        return folder
    if settings.demo_warehouse.exists():
        return settings.demo_warehouse
    raise WarehouseError(
        f"there is no warehouse in {str(settings.data_dir)!r} yet",
        hint="build the demo brand with `qianmian demo`, import data with `qianmian import`, or pass --warehouse FILE",
        zh=f"{str(settings.data_dir)!r} 里还没有数据仓库",
        zh_hint="用 `qianmian demo` 生成演示品牌,用 `qianmian import` 载入数据,或指定 --warehouse FILE",
    )


def open_store(settings: Settings) -> DeferredStore:
    """The app database; nothing is opened before its first use."""
    return DeferredStore(settings.store_url)
