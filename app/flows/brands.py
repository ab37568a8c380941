"""The brands of the warehouse, read through the guard once per snapshot."""

from dataclasses import dataclass, field
from typing import Any

from app.core.actor import LOCAL_OPERATOR
from app.core.errors import AppError
from app.flows.ports import Executor

BRANDS_SQL = "SELECT brand_id, name FROM brands ORDER BY brand_id"


@dataclass(slots=True)
class BrandDirectory:
    """Brand id → name of every brand, whoever asks: a face shows only those its actor may see.

    Empty where the warehouse has no brands table: then there is nothing to say about brands.
    """

    executor: Executor
    _known: tuple[str, dict[str, str]] = field(default=("", {}))

    def names(self, snapshot_id: str) -> dict[str, str]:
        """All brands of the snapshot; cached, since a snapshot never changes."""
        cached_id, cached = self._known
        if cached_id == snapshot_id:
            return cached
        found = self._read()
        self._known = (snapshot_id, found)
        return found

    def _read(self) -> dict[str, str]:
        try:
            rows: Any = self.executor.run(BRANDS_SQL, LOCAL_OPERATOR).rows
        except AppError:
            return {}
        return {str(brand): str(name or brand) for brand, name in rows}
