"""Questions with the plan that a named person approved."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select, update

from app.flows.memory import Verified, covers, scope_key
from app.store.codec import query_from_json, query_to_json, scope_from_key
from app.store.models import verified


@dataclass(frozen=True, slots=True)
class SqlVerified:
    """`VerifiedRepository` over one transaction."""

    connection: Connection

    def find(self, plan_hash: str, brand_ids: frozenset[str] | None) -> Sequence[Verified]:
        same = self._select(verified.c.plan_hash == plan_hash, verified.c.withdrawn_at.is_(None))
        return tuple(pair for pair in same if covers(pair.brand_ids, brand_ids))

    def get(self, verified_id: str) -> Verified | None:
        return next(iter(self._select(verified.c.id == verified_id)), None)

    def list(self) -> Sequence[Verified]:
        return self._select(verified.c.withdrawn_at.is_(None))

    def add(self, pair: Verified) -> None:
        self.connection.execute(
            insert(verified).values(
                id=pair.id,
                question=pair.question,
                query=query_to_json(pair.query),
                plan_hash=pair.plan_hash,
                model_version=pair.model_version,
                brand_scope=scope_key(pair.brand_ids),
                approved_by=pair.approved_by,
                approved_at=pair.approved_at,
                proposal_id=pair.proposal_id,
            )
        )

    def withdraw(self, verified_id: str, by: str, now: datetime) -> bool:
        changed = self.connection.execute(
            update(verified)
            .where(verified.c.id == verified_id, verified.c.withdrawn_at.is_(None))
            .values(withdrawn_by=by, withdrawn_at=now)
        )
        return changed.rowcount == 1

    def _select(self, *conditions: Any) -> Sequence[Verified]:
        newest = (verified.c.approved_at.desc(), verified.c.id)
        rows = self.connection.execute(select(verified).where(*conditions).order_by(*newest)).mappings()
        return tuple(_record(row) for row in rows)


def _record(row: RowMapping) -> Verified:
    return Verified(
        id=row["id"],
        question=row["question"],
        query=query_from_json(row["query"]),
        plan_hash=row["plan_hash"],
        model_version=row["model_version"],
        brand_ids=scope_from_key(row["brand_scope"]),
        approved_by=row["approved_by"],
        approved_at=row["approved_at"],
        proposal_id=row["proposal_id"],
        withdrawn_by=row["withdrawn_by"],
        withdrawn_at=row["withdrawn_at"],
    )
