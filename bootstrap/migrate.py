"""Migrates the database's schema to this version."""

from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

MIGRATIONS = Path(__file__).resolve().parent.parent / "migrations"
LOCK = 4_711_508_224_318
"""The advisory lock that serializes concurrent starts."""


class MigrationError(Exception):
    """The migration failed; the message is one line for an operator."""


def run(database_url: str) -> None:
    """Migrate the database of a libpq URL in one transaction; do nothing if it is up to date.

    Raises:
        MigrationError: the database is unreachable, was migrated by a newer version, or refuses a change.
    """
    engine = create_engine("postgresql+psycopg://", creator=lambda: _connect(database_url), poolclass=NullPool)
    try:
        with engine.begin() as connection:
            connection.execute(text("select pg_advisory_xact_lock(:lock)"), {"lock": LOCK})
            _upgrade(connection)
    except DBAPIError as error:
        raise MigrationError(f"the migration failed and changed nothing: {_line(error.orig)}") from error
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Return Alembic's configuration for a connection with an open transaction."""
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _upgrade(connection: Connection) -> None:
    config = alembic_config(connection)
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    for revision in MigrationContext.configure(connection).get_current_heads():
        if revision not in known:
            raise MigrationError(
                f"the database was migrated by a newer version of this service (to {revision}): upgrade the service"
            )
    command.upgrade(config, "head")


def _connect(database_url: str) -> psycopg.Connection:
    try:
        return psycopg.connect(database_url, connect_timeout=10)
    except psycopg.OperationalError as error:
        raise MigrationError(f"can't connect to the database: {_line(error)}") from error
    except psycopg.Error as error:  # its message repeats the URL with the password
        raise MigrationError("DATABASE_URL is not a valid PostgreSQL URL") from error


def _line(error: BaseException | None) -> str:
    return str(error).strip().partition("\n")[0]
