"""Senses that people settled on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, delete, insert, select

from app.core.actor import Actor
from app.flows.memory import Choice, scope_key
from app.store.models import choices

_COLUMNS = (choices.c.term, choices.c.sense, choices.c.chosen_at)


@dataclass(frozen=True, slots=True)
class SqlChoices:
    """`ChoiceRepository` over one transaction."""

    connection: Connection

    def of(self, actor: Actor) -> Mapping[str, str]:
        return {choice.term: choice.sense for choice in self.list(actor)}

    def list(self, actor: Actor) -> Sequence[Choice]:
        rows = self.connection.execute(select(*_COLUMNS).where(_own(actor)).order_by(choices.c.term))
        return tuple(Choice(*row) for row in rows)

    def remember(self, actor: Actor, term: str, sense: str, now: datetime) -> Choice | None:
        before = self.revoke(actor, term)
        self.connection.execute(
            insert(choices).values(
                actor_id=actor.id,
                department=actor.department or "",
                brand_scope=scope_key(actor.brand_ids),
                term=term,
                sense=sense,
                chosen_at=now,
            )
        )
        return before

    def revoke(self, actor: Actor, term: str) -> Choice | None:
        wanted = and_(_own(actor), choices.c.term == term)
        row = self.connection.execute(select(*_COLUMNS).where(wanted)).one_or_none()
        if row is None:
            return None
        self.connection.execute(delete(choices).where(wanted))
        return Choice(*row)


def _own(actor: Actor) -> ColumnElement[bool]:
    return and_(
        choices.c.actor_id == actor.id,
        choices.c.department == (actor.department or ""),
        choices.c.brand_scope == scope_key(actor.brand_ids),
    )
