"""The tables as the program of this version sees them. `migrations/` makes them; a test compares the two."""

from datetime import UTC, datetime

from sqlalchemy import (
    JSON,
    BigInteger,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
)


class UtcMoment(TypeDecorator[datetime]):
    """An aware moment, kept in UTC. SQLite keeps no time zone, so there it is written without one."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"{value!r} has no time zone")
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData()

_Id = String(64)
_Number = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only in an INTEGER key

choices = Table(
    "choices",
    metadata,
    Column("actor_id", Text, primary_key=True),
    Column("department", Text, primary_key=True),
    Column("brand_scope", Text, primary_key=True),
    Column("term", Text, primary_key=True),
    Column("sense", Text, nullable=False),
    Column("chosen_at", UtcMoment, nullable=False),
)

verified = Table(
    "verified",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("question", Text, nullable=False),
    Column("query", JSON, nullable=False),
    Column("plan_hash", String(64), nullable=False),
    Column("model_version", Text, nullable=False),
    Column("brand_scope", Text, nullable=False),
    Column("approved_by", Text, nullable=False),
    Column("approved_at", UtcMoment, nullable=False),
    Column("proposal_id", _Id),
    Column("withdrawn_by", Text),
    Column("withdrawn_at", UtcMoment),
    Index("verified_by_plan", "plan_hash"),
)

feedback = Table(
    "feedback",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("actor_id", Text, nullable=False),
    Column("brand_scope", Text, nullable=False),
    Column("request_id", _Id, nullable=False),
    Column("verdict", String(8), nullable=False),
    Column("comment", Text, nullable=False),
    Column("correction", JSON(none_as_null=True)),
    Column("proposal_id", _Id),
    Column("given_at", UtcMoment, nullable=False),
    Index("feedback_by_actor", "actor_id", "given_at"),
)

proposals = Table(
    "proposals",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("title", Text, nullable=False),
    Column("payload", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("brand_scope", Text, nullable=False),
    Column("proposed_by", Text, nullable=False),
    Column("proposed_at", UtcMoment, nullable=False),
    Column("state", String(16), nullable=False),
    Column("decided_by", Text),
    Column("decided_at", UtcMoment),
    Column("reason", Text, nullable=False),
    Index("proposals_by_state", "state", "proposed_at"),
)

turns = Table(
    "turns",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=True),
    Column("actor_id", Text, nullable=False),
    Column("brand_scope", Text, nullable=False),
    Column("conversation_id", _Id),
    Column("request_id", _Id, nullable=False),
    Column("question", Text, nullable=False),
    Column("language", String(8), nullable=False),
    Column("status", String(32), nullable=False),
    Column("query", JSON(none_as_null=True)),
    Column("row_keys", JSON, nullable=False),
    Column("options", JSON, nullable=False),
    Column("clarification", Text, nullable=False),
    Column("asked_at", UtcMoment, nullable=False),
    UniqueConstraint("request_id", name="turns_request_once"),
    Index("turns_by_conversation", "actor_id", "brand_scope", "conversation_id", "number"),
    Index("turns_by_age", "asked_at"),
)

audit_entries = Table(
    "audit_entries",
    metadata,
    Column("number", _Number, primary_key=True, autoincrement=False),
    Column("at", UtcMoment, nullable=False),
    Column("actor", Text, nullable=False),
    Column("action", Text, nullable=False),
    Column("object", Text, nullable=False),
    Column("before_hash", String(64)),
    Column("after_hash", String(64)),
    Column("previous", String(64), nullable=False),
    Column("hash", String(64), nullable=False),
    Index("audit_entries_by_object", "object"),
)

audit_head = Table(
    "audit_head",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("number", _Number, nullable=False),
    Column("hash", String(64), nullable=False),
)
"""One row: where the chain ends. Without it a chain that lost its last entries would still look whole."""
