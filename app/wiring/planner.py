"""The rule planner of an asker: over what is in the warehouse now, and only that part of it the asker may see."""

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlglot import exp

from app.core.actor import Actor
from app.flows.live_model import LiveModel
from app.flows.vocabulary import MAX_VALUES, cache_key, load_tags, load_vocabulary
from app.guard.execute import GuardedExecutor
from app.knowledge.glossary import Glossary
from app.planning.calendar import PromoCalendar
from app.planning.context import PlanContext
from app.planning.plan import PlanResult
from app.planning.rule_planner import RulePlanner, build_planner
from app.semantic.model import SemanticModel
from app.semantic.stored_values import as_stored
from app.semantic.tags import tag_dimension
from app.warehouse.duckdb_engine import DuckDBEngine
from app.warehouse.engine import QueryLimits

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


def planner_with(planner: ScopedPlanner, glossary: Glossary) -> ScopedPlanner:
    """The same planner with another glossary: to compare what a change would do."""
    return ScopedPlanner(
        planner.models, planner.calendar, planner.engine, planner.executor, planner.cache_dir, lambda: glossary
    )
