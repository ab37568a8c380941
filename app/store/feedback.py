"""Thumbs on answers."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, insert, select

from app.core.actor import Actor
from app.flows.memory import Feedback, scope_key
from app.store.codec import optional_query, query_to_json
from app.store.models import feedback


@dataclass(frozen=True, slots=True)
class SqlFeedback:
    """`FeedbackRepository` over one transaction."""

    connection: Connection

    def add(self, actor: Actor, given: Feedback) -> None:
        self.connection.execute(
            insert(feedback).values(
                id=given.id,
                actor_id=actor.id,
                brand_scope=scope_key(actor.brand_ids),
                request_id=given.request_id,
                verdict=given.verdict,
                comment=given.comment,
                correction=query_to_json(given.correction),
                proposal_id=given.proposal_id,
                given_at=given.given_at,
            )
        )

    def list(self, actor: Actor) -> Sequence[Feedback]:
        own = (feedback.c.actor_id == actor.id, feedback.c.brand_scope == scope_key(actor.brand_ids))
        newest = (feedback.c.given_at.desc(), feedback.c.id)
        rows = self.connection.execute(select(feedback).where(*own).order_by(*newest)).mappings()
        return tuple(
            Feedback(
                id=row["id"],
                request_id=row["request_id"],
                verdict=row["verdict"],
                given_at=row["given_at"],
                comment=row["comment"],
                correction=optional_query(row["correction"]),
                proposal_id=row["proposal_id"],
            )
            for row in rows
        )
