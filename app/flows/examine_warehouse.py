"""Flow: is this warehouse fit to answer from? The contract, declared keys and references, freshness."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.core.actor import LOCAL_OPERATOR
from app.flows.ports import Executor
from app.semantic.attest import AttestResult, attest
from app.semantic.model import SemanticModel
from app.warehouse.engine import Engine


@dataclass(frozen=True, slots=True)
class ExamineWarehouse:
    """Runs `attest` through the guard, as the local operator."""

    model: SemanticModel
    executor: Executor
    engine: Engine

    def run(self) -> Sequence[AttestResult]:
        """Every check with its outcome; failed ones say what is wrong."""

        def query(sql: str) -> list[tuple[Any, ...]]:
            return [tuple(row) for row in self.executor.run(sql, LOCAL_OPERATOR).rows]

        snapshot = self.engine.snapshot()
        columns = {name: table.columns for name, table in self.engine.tables().items()}
        served = AttestResult("data", True, f"{snapshot.first_day} to {snapshot.data_as_of}, snapshot {snapshot.id}", 0)
        return [served, *attest(query, self.model, columns)]
