"""The app database: one repository per noun over SQLite or PostgreSQL, migrations, and the hash-chained audit.

Nothing here imports SQLAlchemy before the first use of a `DeferredStore`: a question asked once must not pay for it.
"""
