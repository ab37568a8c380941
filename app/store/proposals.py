"""Changes that wait for another person."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, insert, select, update

from app.flows.memory import Proposal, ProposalKind, ProposalState, scope_key
from app.store.codec import scope_from_key
from app.store.models import proposals


@dataclass(frozen=True, slots=True)
class SqlProposals:
    """`ProposalRepository` over one transaction."""

    connection: Connection

    def add(self, proposal: Proposal) -> None:
        self.connection.execute(
            insert(proposals).values(
                id=proposal.id,
                kind=proposal.kind,
                title=proposal.title,
                payload=dict(proposal.payload),
                content_hash=proposal.content_hash,
                brand_scope=scope_key(proposal.brand_ids),
                proposed_by=proposal.proposed_by,
                proposed_at=proposal.proposed_at,
                state=proposal.state,
                reason=proposal.reason,
            )
        )

    def get(self, proposal_id: str) -> Proposal | None:
        return next(iter(self._select(proposals.c.id == proposal_id)), None)

    def list(self, *, state: ProposalState | None = None, kind: ProposalKind | None = None) -> Sequence[Proposal]:
        wanted = {proposals.c.state: state, proposals.c.kind: kind}
        return self._select(*(column == value for column, value in wanted.items() if value is not None))

    def decide(self, proposal_id: str, state: ProposalState, *, by: str, now: datetime, reason: str) -> bool:
        changed = self.connection.execute(
            update(proposals)
            .where(proposals.c.id == proposal_id, proposals.c.state == "open")
            .values(state=state, decided_by=by, decided_at=now, reason=reason)
        )
        return changed.rowcount == 1

    def _select(self, *conditions: Any) -> Sequence[Proposal]:
        newest = (proposals.c.proposed_at.desc(), proposals.c.id)
        rows = self.connection.execute(select(proposals).where(*conditions).order_by(*newest)).mappings()
        return tuple(
            Proposal(
                **{k: v for k, v in row.items() if k != "brand_scope"}, brand_ids=scope_from_key(row["brand_scope"])
            )
            for row in rows
        )
