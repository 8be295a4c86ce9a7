"""Prepares a stack's database: migrations and demo data."""

import asyncio
import time

import psycopg

from bootstrap.embedded.demo import ensure_demo
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.stackfile import read_demo, write_demo
from bootstrap.migrate import MigrationError, run
from bootstrap.settings import Settings


def prepare(folder: DataFolder, settings: Settings, patience: float) -> None:
    """Wait up to `patience` seconds for the database, migrate it, then create or find the data folder's demo.

    Raises:
        MigrationError: the database is unreachable, or the migration failed.
    """
    wait_for_database(settings.database_url, patience)
    run(settings.database_url)
    known = read_demo(folder)
    demo = asyncio.run(ensure_demo(settings, known.api_key if known else None))
    if demo != known:
        write_demo(folder, demo)


def wait_for_database(database_url: str, patience: float) -> None:
    """Return once the database accepts connections.

    Raises:
        MigrationError: it does not within `patience` seconds, or its URL is invalid.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            psycopg.connect(database_url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise MigrationError(f"can't connect to the database: {' '.join(str(error).split())}") from error
            time.sleep(0.05)
        except psycopg.Error as error:  # its message repeats the URL with the password
            raise MigrationError("DATABASE_URL is not a valid PostgreSQL URL") from error
        else:
            return
