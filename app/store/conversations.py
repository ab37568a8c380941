"""Turns of conversations. Every read and delete is by asker: another's conversation is as if it were not there."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, delete, func, insert, select

from app.core.actor import Actor
from app.flows.memory import ConversationSummary, PendingOption, Turn, scope_key
from app.store.codec import optional_query, query_from_json, query_to_json
from app.store.models import turns


@dataclass(frozen=True, slots=True)
class SqlConversations:
    """`ConversationRepository` over one transaction."""

    connection: Connection

    def append(self, actor: Actor, turn: Turn) -> None:
        self.connection.execute(
            insert(turns).values(
                actor_id=actor.id,
                brand_scope=scope_key(actor.brand_ids),
                conversation_id=turn.conversation_id,
                request_id=turn.request_id,
                question=turn.question,
                language=turn.language,
                status=turn.status,
                query=query_to_json(turn.query),
                row_keys=[dict(row) for row in turn.rows],
                options=[_option_to_json(option) for option in turn.options],
                clarification=turn.clarification,
                asked_at=turn.asked_at,
            )
        )

    def last(self, conversation_id: str, actor: Actor) -> Turn | None:
        return self._newest(actor, turns.c.conversation_id == conversation_id)

    def last_answered(self, conversation_id: str, actor: Actor) -> Turn | None:
        return self._newest(actor, turns.c.conversation_id == conversation_id, turns.c.status == "answered")

    def turns(self, conversation_id: str, actor: Actor) -> Sequence[Turn]:
        mine = select(turns).where(_own(actor), turns.c.conversation_id == conversation_id).order_by(turns.c.number)
        return tuple(_record(row) for row in self.connection.execute(mine).mappings())

    def turn(self, request_id: str, actor: Actor) -> Turn | None:
        return self._newest(actor, turns.c.request_id == request_id)

    def list(self, actor: Actor, *, limit: int = 100) -> Sequence[ConversationSummary]:
        ends = (
            select(
                turns.c.conversation_id,
                func.min(turns.c.number).label("first"),
                func.max(turns.c.number).label("newest"),
                func.count().label("turns"),
            )
            .where(_own(actor), turns.c.conversation_id.is_not(None))
            .group_by(turns.c.conversation_id)
            .order_by(func.max(turns.c.number).desc())
            .limit(limit)
            .subquery()
        )
        first, newest = turns.alias("first_turn"), turns.alias("newest_turn")
        found = (
            select(ends.c.conversation_id, first.c.question, ends.c.turns, first.c.asked_at, newest.c.asked_at)
            .join(first, first.c.number == ends.c.first)
            .join(newest, newest.c.number == ends.c.newest)
            .order_by(ends.c.newest.desc())
        )
        return tuple(ConversationSummary(*row) for row in self.connection.execute(found))

    def delete(self, conversation_id: str, actor: Actor) -> int:
        return self._delete(and_(_own(actor), turns.c.conversation_id == conversation_id))

    def delete_before(self, moment: datetime) -> int:
        return self._delete(turns.c.asked_at < moment)

    def _delete(self, condition: ColumnElement[bool]) -> int:
        return self.connection.execute(delete(turns).where(condition)).rowcount

    def _newest(self, actor: Actor, *conditions: ColumnElement[bool]) -> Turn | None:
        wanted = select(turns).where(_own(actor), *conditions).order_by(turns.c.number.desc()).limit(1)
        row = self.connection.execute(wanted).mappings().one_or_none()
        return None if row is None else _record(row)


def _own(actor: Actor) -> ColumnElement[bool]:
    return and_(turns.c.actor_id == actor.id, turns.c.brand_scope == scope_key(actor.brand_ids))


def _record(row: RowMapping) -> Turn:
    return Turn(
        request_id=row["request_id"],
        conversation_id=row["conversation_id"],
        question=row["question"],
        language=row["language"],
        status=row["status"],
        asked_at=row["asked_at"],
        query=optional_query(row["query"]),
        rows=tuple(row["row_keys"]),
        options=tuple(_option_from_json(raw) for raw in row["options"]),
        clarification=row["clarification"],
    )


def _option_to_json(option: PendingOption) -> dict[str, Any]:
    return {
        "label": option.label,
        "query": query_to_json(option.query),
        "term": option.term,
        "sense": option.sense,
        "names": list(option.names),
    }


def _option_from_json(raw: dict[str, Any]) -> PendingOption:
    names = tuple(raw.get("names", ()))  # absent in turns that were kept before options had names
    return PendingOption(raw["label"], query_from_json(raw["query"]), raw["term"], raw["sense"], names)
