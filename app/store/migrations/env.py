"""What Alembic runs: every step on the connection, and in the transaction, that `app.store.migrate` opened."""

from alembic import context

from app.store.models import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite too: our own BEGIN IMMEDIATE surrounds the steps
)
with context.begin_transaction():
    context.run_migrations()
