"""The audit: append-only rows, each holding the hash of the one before, so that no past can be rewritten unseen."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Row, insert, select, update

from app.flows.audit_chain import START, ChainReader, entry_hash
from app.flows.memory import AuditEntry, ChainReport
from app.store.models import audit_entries, audit_head

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class SqlAudit:
    """`AuditLog` over one transaction."""

    connection: Connection

    def append(
        self,
        *,
        actor: str,
        action: str,
        object: str,
        now: datetime,
        before_hash: str | None = None,
        after_hash: str | None = None,
    ) -> AuditEntry:
        number, previous = self._head()
        at = now.astimezone(UTC)
        digest = entry_hash(number + 1, at, actor, action, object, before_hash, after_hash, previous)
        entry = AuditEntry(number + 1, at, actor, action, object, before_hash, after_hash, previous, digest)
        self.connection.execute(insert(audit_entries).values(asdict(entry)))
        self.connection.execute(update(audit_head).values(number=entry.number, hash=entry.hash))
        return entry

    def entries(self, *, after: int = 0, limit: int = 200, object: str | None = None) -> Sequence[AuditEntry]:
        wanted = select(audit_entries).where(audit_entries.c.number > after)
        if object is not None:
            wanted = wanted.where(audit_entries.c.object == object)
        rows = self.connection.execute(wanted.order_by(audit_entries.c.number).limit(limit))
        return tuple(_record(row) for row in rows)

    def verify(self) -> ChainReport:
        reader = ChainReader()
        # In the order they were numbered; read in batches, because an audit only grows.
        stored = self.connection.execute(select(audit_entries).order_by(audit_entries.c.number))
        for batch in stored.partitions(_BATCH):
            for row in batch:
                reader.read(_record(row))
        head = self.connection.execute(select(audit_head.c.number, audit_head.c.hash)).one_or_none()
        return reader.report(None if head is None else (head[0], head[1]))

    def _head(self) -> tuple[int, str]:
        # The row lock makes writers on PostgreSQL wait for each other; SQLite has one writer anyway.
        row = self.connection.execute(select(audit_head.c.number, audit_head.c.hash).with_for_update()).one_or_none()
        return (0, START) if row is None else (row[0], row[1])


def _record(row: Row[tuple[object, ...]]) -> AuditEntry:
    return AuditEntry(**row._mapping)
