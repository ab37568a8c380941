"""Turns of conversations, which a person continues after a restart."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    op.create_table(
        "turns",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True, autoincrement=True),
        sa.Column("actor_id", sa.Text, nullable=False),
        sa.Column("brand_scope", sa.Text, nullable=False),
        sa.Column("conversation_id", sa.String(64)),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("question", sa.Text, nullable=False),
        sa.Column("language", sa.String(8), nullable=False),
        sa.Column("status", sa.String(32), nullable=False),
        sa.Column("query", sa.JSON),
        sa.Column("row_keys", sa.JSON, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("clarification", sa.Text, nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.UniqueConstraint("request_id", name="turns_request_once"),
    )
    op.create_index("turns_by_conversation", "turns", ["actor_id", "brand_scope", "conversation_id", "number"])
    op.create_index("turns_by_age", "turns", ["asked_at"])
