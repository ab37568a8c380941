"""Flow: an admin reads the audit, and has its chain recomputed."""

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.actor import Actor, Role
from app.core.errors import NotPermittedError
from app.flows.audit_chain import START
from app.flows.memory import AuditEntry, ChainReport, Store

_BATCH = 1000


@dataclass(frozen=True, slots=True)
class ReadAudit:
    """Who did what, when; nobody can change it here."""

    store: Store

    def entries(self, actor: Actor, *, after: int = 0, limit: int = 200) -> Sequence[AuditEntry]:
        """Entries numbered above `after`, oldest first.

        Raises:
            NotPermittedError: no admin.
        """
        _require_admin(actor)
        if not self.store.holds_something:
            return ()
        with self.store.reading() as kept:
            return kept.audit.entries(after=after, limit=limit)

    def verify(self, actor: Actor) -> ChainReport:
        """Whether every entry is as it was written.

        Raises:
            NotPermittedError: no admin.
        """
        _require_admin(actor)
        if not self.store.holds_something:
            return ChainReport(0, START)
        with self.store.reading() as kept:
            return kept.audit.verify()

    def holds(self, actor: Actor, entry_hash: str) -> bool:
        """Whether the chain has an entry with this hash: one that was noted before proves that the past stayed.

        Raises:
            NotPermittedError: no admin.
        """
        after, batch = 0, self.entries(actor, limit=_BATCH)
        while batch:
            if any(entry.hash == entry_hash for entry in batch):
                return True
            after = batch[-1].number
            batch = self.entries(actor, after=after, limit=_BATCH)
        return entry_hash == START


def _require_admin(actor: Actor) -> None:
    if Role.ADMIN not in actor.roles:
        raise NotPermittedError("only an admin may read the audit", hint="use a key with the scope 'admin'")
