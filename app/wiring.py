"""Settings → Flows. The only module that picks engine, planner, model and store."""

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlglot import exp

from app.core.actor import Actor
from app.core.clock import Clock, system_clock
from app.core.collector import keep_for_good
from app.core.errors import AppError, ConfigurationError, WarehouseError
from app.flows.answer_question import AnswerQuestion
from app.flows.brands import BrandDirectory
from app.flows.catalogue import ModelCatalogue
from app.flows.edit_knowledge import KNOWLEDGE, EditKnowledge
from app.flows.examine_warehouse import ExamineWarehouse
from app.flows.gap_log import FileGapLog
from app.flows.interface import Status
from app.flows.live_model import LiveModel
from app.flows.memory import Store
from app.flows.ports import Compile
from app.flows.raw_answer import RawAnswer
from app.flows.raw_sql import SqlWriter
from app.flows.remember_choice import RememberChoice
from app.flows.remembering import Memory, join_memory
from app.flows.search_knowledge import model_names, search_entries
from app.flows.verify_question import VerifyQuestion
from app.flows.vocabulary import MAX_VALUES, cache_key, load_tags, load_vocabulary
from app.guard.execute import GuardedExecutor
from app.knowledge.glossary import Glossary
from app.knowledge.live import LiveGlossary
from app.llm.client import ChatModel
from app.llm.masking import MaskingModel
from app.llm.meter import Budget, Prices
from app.llm.prompts import PromptLibrary
from app.llm.resilience import ResilientModel
from app.planning.auto_planner import AutoPlanner
from app.planning.calendar import PromoCalendar, load_calendar
from app.planning.context import PlanContext
from app.planning.llm_planner import LlmPlanner
from app.planning.plan import PlanResult
from app.planning.proposed.candidates import LexicalSource, RetrieverSource
from app.planning.rule_planner import RulePlanner, build_planner
from app.planning.time_phrases import find_times
from app.semantic import loader
from app.semantic.fitting import FittedCompiler
from app.semantic.model import SemanticModel
from app.semantic.query import SemanticQuery
from app.semantic.request import CompileContext
from app.semantic.stored_values import as_stored
from app.semantic.tags import tag_dimension
from app.settings import Settings
from app.store.deferred import DeferredStore
from app.warehouse import snapshots
from app.warehouse.duckdb_engine import DuckDBEngine
from app.warehouse.engine import QueryLimits

if TYPE_CHECKING:
    from app.knowledge.chroma_index import ChromaIndex
    from app.knowledge.embeddings import Embedder
    from app.knowledge.retriever import Retriever
    from app.knowledge.search_entry import SearchEntry

logger = logging.getLogger(__name__)

_PLANNERS_KEPT = 8
_VOCABULARY = QueryLimits(seconds=60.0, max_rows=MAX_VALUES)


@dataclass(slots=True)
class ScopedPlanner:
    """One rule planner per snapshot and brand scope: the values it knows are only those its asker may see."""

    models: LiveModel
    calendar: PromoCalendar
    engine: DuckDBEngine
    executor: GuardedExecutor
    cache_dir: Path
    glossary: Callable[[], Glossary]
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _planners: OrderedDict[str, RulePlanner] = field(default_factory=OrderedDict)

    def plan(self, question: str, actor: Actor, context: PlanContext) -> PlanResult:
        """Plan as `actor`."""
        return self.planner_for(actor).plan(question, context)

    def planner_for(self, actor: Actor) -> RulePlanner:
        """The planner over what `actor` may see now; built on first use."""
        snapshot, model = self.engine.snapshot(), self.models()
        glossary = self.glossary()
        key = cache_key(f"{model.version}|{glossary.version}", snapshot.id, actor.brand_ids)
        with self._lock:
            if key not in self._planners:
                values = self._values(model, actor, key)
                self._planners[key] = build_planner(
                    as_stored(model, values),
                    values,
                    self.calendar,
                    as_of=snapshot.data_as_of,
                    first_day=snapshot.first_day,
                    glossary=glossary,
                )
                while len(self._planners) > _PLANNERS_KEPT:
                    self._planners.popitem(last=False)
            self._planners.move_to_end(key)
            return self._planners[key]

    def _values(self, model: SemanticModel, actor: Actor, key: str) -> dict[str, tuple[str, ...]]:
        def run(tree: exp.Expression) -> Sequence[Sequence[Any]]:
            return self.executor.run(tree, actor, limits=_VOCABULARY).rows

        values = load_vocabulary(model, run, self.cache_dir / f"values-{key}.json")
        tags = load_tags(model, run, self.cache_dir / f"values-tags-{key}.json")
        return values | {tag_dimension(tag): found for tag, found in tags.items()}


@dataclass(frozen=True, slots=True)
class Application:
    """Every flow over one warehouse. `close` stops the query workers."""

    answer_question: AnswerQuestion
    examine_warehouse: ExamineWarehouse
    catalogue: ModelCatalogue
    model: SemanticModel
    engine: DuckDBEngine
    executor: GuardedExecutor
    planner: ScopedPlanner
    memory: Memory
    store: DeferredStore
    _closing: threading.Event = field(default_factory=threading.Event)

    def status(self) -> Status:
        """What is being served."""
        snapshot = self.engine.snapshot()
        names = self.answer_question.brands.names(snapshot.id)
        planner = "rule" if self.answer_question.raw is None else "llm"
        return Status(snapshot.data_as_of, snapshot.id, planner, tuple(names.values()))

    def refresh(self) -> bool:
        """Serve a newly published snapshot, if there is one."""
        return self.engine.reopen_if_changed()

    def keep_fresh(self, seconds: float = 5.0) -> None:
        """Look for a new snapshot every few seconds, in the background, until `close`."""

        def look() -> None:
            while not self._closing.wait(seconds):
                try:
                    self.refresh()
                except AppError as error:
                    logger.warning("snapshot.not_opened code=%s", error.code)

        threading.Thread(target=look, name="snapshots", daemon=True).start()

    def warm_up(self, actor: Actor) -> None:
        """Build the planner before the first question arrives."""
        self.planner.planner_for(actor)

    def warm_up_meanwhile(self, actor: Actor) -> None:
        """The same in the background, while the server starts to listen; what was built then stays for good."""

        def prepare() -> None:
            try:
                self.warm_up(actor)
            except AppError as error:  # the first question says so in full
                logger.warning("warm_up.failed code=%s", error.code)
            keep_for_good()

        threading.Thread(target=prepare, name="warm-up", daemon=True).start()

    def open_memory(self) -> None:
        """Open the app database now, migrated, without what is past its time: a server fails here or not at all.

        Raises:
            StoreError: it can't be opened, or is newer than this program.
        """
        self.store.open()
        self.memory.conversations.purge()

    def close(self) -> None:
        """Stop the query workers and close the app database."""
        self._closing.set()
        self.engine.close()
        self.store.close()


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
        base, calendar = _load_knowledge(settings)
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
        planner=AutoPlanner(planner, _llm_planner(settings, chat, base, check), settings.planner),
        compile_query=compile_query,
        models=models,
        executor=executor,
        engine=engine,
        clock=clock,
        brands=BrandDirectory(executor),
        match=verified.match,
        remembered=choices.of,
        raw=_raw_answer(settings, chat, executor, clock),
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
    )


def chat_model(settings: Settings) -> ChatModel | None:
    """The configured language model, with retries and a circuit breaker; None = there is none, or it may not be asked.

    Raises:
        ConfigurationError: an address without a model, or a model without an address.
    """
    address, name = settings.llm_base_url, settings.llm_model
    if settings.planner == "rule" or not (address or name):
        return None
    if not address or not name:
        raise ConfigurationError(
            "the language model is configured by halves",
            problems=["QIANMIAN_LLM_BASE_URL and QIANMIAN_LLM_MODEL go together"],
            hint="set both, or neither",
        )
    from app.llm.openai_model import OpenAIModel  # noqa: PLC0415 - a question that asks no model should not pay for it

    key = settings.llm_api_key.get_secret_value()
    return ResilientModel(MaskingModel(OpenAIModel(address, name, key, max_seconds=settings.llm_seconds)))


def _llm_planner(
    settings: Settings, chat: ChatModel | None, base: SemanticModel, check: Callable[[SemanticQuery], object]
) -> LlmPlanner | None:
    if chat is None:
        return None
    sources = (LexicalSource(base), RetrieverSource(lambda: _names_search(settings, base)))
    return LlmPlanner(
        chat, PromptLibrary(settings.prompts_dir), base, check, sources, _budget(settings),
        _prices(settings), settings.llm_repairs,
    )  # fmt: skip


def _raw_answer(
    settings: Settings, chat: ChatModel | None, executor: GuardedExecutor, clock: Clock
) -> RawAnswer | None:
    if chat is None:
        return None
    writer = SqlWriter(PromptLibrary(settings.prompts_dir), executor, settings.llm_repairs)
    gaps = FileGapLog(settings.gap_log)
    return RawAnswer(
        chat, writer, gaps, clock, _budget(settings), _prices(settings), may_write_sql=settings.llm_raw_sql
    )


def _budget(settings: Settings) -> Budget:
    return Budget(settings.llm_tokens, settings.llm_cost, settings.llm_seconds)


def _prices(settings: Settings) -> Prices:
    return Prices(settings.llm_price_in, settings.llm_price_out)


def open_store(settings: Settings) -> DeferredStore:
    """The app database; nothing is opened before its first use."""
    return DeferredStore(settings.store_url)


def glossary_of(settings: Settings) -> Callable[[], Glossary]:
    """The glossary of the knowledge folder with what was accepted here, read again when a file changes."""
    return LiveGlossary(settings.knowledge_dir / "jargon", settings.jargon_overlay)


def planner_with(planner: ScopedPlanner, glossary: Glossary) -> ScopedPlanner:
    """The same planner with another glossary: to compare what a change would do."""
    return ScopedPlanner(
        planner.models, planner.calendar, planner.engine, planner.executor, planner.cache_dir, lambda: glossary
    )


def knowledge_editor(
    settings: Settings, store: Store, glossary: Callable[[], Glossary], clock: Clock = system_clock
) -> EditKnowledge:
    """Changes of terms and bindings; no warehouse is needed. The model and the calendar are read when they are used."""
    model = cache(lambda: load_model(settings))
    calendar = cache(lambda: load_calendar(settings.knowledge_dir / "calendar"))
    return EditKnowledge(
        store=store,
        glossary=glossary,
        overlay=settings.jargon_overlay,
        names=lambda: model_names(model()),
        reads_time=lambda phrase: bool(find_times(phrase, clock().date(), calendar())),
        clock=clock,
    )


def _names_search(settings: Settings, model: SemanticModel) -> "Retriever":
    """Search by name, sound and typo alone: a question can't wait for the vector index to open."""
    from app.knowledge.lexical_index import LexicalIndex  # noqa: PLC0415 - only questions that ask a model need it
    from app.knowledge.retriever import Retriever  # noqa: PLC0415

    return Retriever(LexicalIndex(search_entries(model, glossary_of(settings)())))


def knowledge_search(settings: Settings) -> "tuple[Retriever, ChromaIndex]":
    """The ranked search over model and glossary, and the vector index behind it."""
    from app.knowledge.chroma_index import ChromaIndex  # noqa: PLC0415 - questions are answered without these
    from app.knowledge.lexical_index import LexicalIndex  # noqa: PLC0415
    from app.knowledge.retriever import Retriever  # noqa: PLC0415

    entries = search_entries(load_model(settings), glossary_of(settings)())
    index = ChromaIndex(settings.index_dir, entries, _embedder(settings, entries))
    return Retriever(LexicalIndex(entries), index), index


def _embedder(settings: Settings, entries: "Sequence[SearchEntry]") -> "Embedder":
    from app.knowledge.embeddings import E5Embedder, EndpointEmbedder, NgramEmbedder  # noqa: PLC0415 - imports numpy

    if settings.embeddings == "endpoint":
        if not settings.embeddings_base_url or not settings.embeddings_model:
            raise ConfigurationError(
                "the embeddings endpoint is not set",
                problems=["QIANMIAN_EMBEDDINGS_BASE_URL and QIANMIAN_EMBEDDINGS_MODEL are needed"],
                hint="set both, or QIANMIAN_EMBEDDINGS=ngram",
            )
        key = settings.embeddings_api_key.get_secret_value()
        return EndpointEmbedder(settings.embeddings_base_url, settings.embeddings_model, key)
    known = [passage for entry in entries for passage in entry.passages]
    return E5Embedder(known) if settings.embeddings == "e5" else NgramEmbedder(known)


def _plan_check(compile_query: Compile, models: LiveModel, engine: DuckDBEngine) -> Callable[[SemanticQuery], object]:
    """Compiles a plan and throws the SQL away: what is wrong with the plan is raised."""

    def check(query: SemanticQuery) -> object:
        snapshot = engine.snapshot()
        context = CompileContext(engine.dialect, snapshot.data_as_of, snapshot.first_day)
        return compile_query(query, models(), context)

    return check


def _load_knowledge(settings: Settings) -> tuple[SemanticModel, PromoCalendar]:
    """Model and calendar; what is wrong in either is said together."""
    try:
        model = load_model(settings)
    except ConfigurationError as error:
        raise _joined(error, _calendar_problems(settings)) from error
    return model, load_calendar(settings.knowledge_dir / "calendar")


def _calendar_problems(settings: Settings) -> tuple[str, ...]:
    try:
        load_calendar(settings.knowledge_dir / "calendar")
    except ConfigurationError as error:
        return tuple(error.problems) or (error.message,)
    return ()


def _joined(error: ConfigurationError, more: tuple[str, ...]) -> ConfigurationError:
    return ConfigurationError(error.message, problems=(*error.problems, *more), hint=error.hint) if more else error


def load_model(settings: Settings) -> SemanticModel:
    """The semantic model of the knowledge folder."""
    return loader.load(settings.knowledge_dir / "semantic")


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
