"""Alembic environment: run by `app.store.migrate`, never by hand."""
