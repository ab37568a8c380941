"""The program while it runs: every flow over one warehouse."""

import logging
import threading
from dataclasses import dataclass, field

from app.core.actor import Actor
from app.core.collector import keep_for_good
from app.core.errors import AppError
from app.flows.answer_question import AnswerQuestion
from app.flows.catalogue import ModelCatalogue
from app.flows.examine_warehouse import ExamineWarehouse
from app.flows.interface import Status
from app.flows.read_terms import ReadTerms
from app.flows.remembering import Memory
from app.flows.suggest import SuggestFollowUps
from app.guard.execute import GuardedExecutor
from app.semantic.model import SemanticModel
from app.store.deferred import DeferredStore
from app.warehouse.duckdb_engine import DuckDBEngine
from app.wiring.planner import ScopedPlanner

logger = logging.getLogger(__name__)


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
    terms: ReadTerms
    suggestions: SuggestFollowUps
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
