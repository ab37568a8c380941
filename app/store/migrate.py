"""Brings a database to the schema of this program: numbered steps, forward only, each at most once.

Alembic is imported only when there is a step to run: a program that finds its own schema starts without it.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from app.core.errors import StoreError

HEAD = "0002"
"""The newest step; a test holds it against the files in `migrations/versions`."""

_LOCK = 7_250_119
"""Any number; two programs that start together on one PostgreSQL wait for each other at it."""


def migrate(connection: Connection) -> None:
    """Run what is missing, inside the caller's write transaction.

    Raises:
        StoreError: the database is newer than this program.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:number)"), {"number": _LOCK})
    found = current_revision(connection)
    if found == HEAD:
        return
    if found is not None and found > HEAD:
        raise StoreError(
            f"the app database has schema {found}, which is newer than this program's {HEAD}",
            hint="start the newer version of Qianmian, or point QIANMIAN_DATABASE_URL at another database",
            zh=f"应用数据库的版本 {found} 比当前程序的 {HEAD} 新",
            zh_hint="请使用更新版本的千面,或把 QIANMIAN_DATABASE_URL 指向别的数据库",
        )
    upgrade(connection, HEAD)


def current_revision(connection: Connection) -> str | None:
    """The last step that ran; None for an empty database."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return None if found is None else str(found)


def upgrade(connection: Connection, revision: str) -> None:
    """Run the steps up to `revision`."""
    from alembic import command  # noqa: PLC0415 - only a database that is behind pays for Alembic
    from alembic.config import Config  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.attributes["connection"] = connection
    command.upgrade(config, revision)
