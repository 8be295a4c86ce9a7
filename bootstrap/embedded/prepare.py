"""Bring the database of a stack up to date and make the rehearsal data."""

import asyncio
import time

import psycopg

from bootstrap.embedded.demo import ensure_demo
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.stackfile import read_demo, write_demo
from bootstrap.migrate import MigrationError, run
from bootstrap.settings import Settings


def prepare(folder: DataFolder, settings: Settings, patience: float) -> None:
    """Wait `patience` seconds for the database, migrate it, then make or find the demo of the data folder.

    Raises:
        MigrationError: the database is not there, or can't be brought up to date.
    """
    wait_for_database(settings.database_url, patience)
    run(settings.database_url)
    known = read_demo(folder)
    demo = asyncio.run(ensure_demo(settings, known.api_key if known else None))
    if demo != known:
        write_demo(folder, demo)


def wait_for_database(database_url: str, patience: float) -> None:
    """Return once the database takes connections.

    Raises:
        MigrationError: it does not within `patience` seconds, or its URL is none.
    """
    deadline = time.monotonic() + patience
    while True:
        try:
            psycopg.connect(database_url, connect_timeout=5).close()
        except psycopg.OperationalError as error:
            if time.monotonic() > deadline:
                raise MigrationError(f"can't connect to the database: {' '.join(str(error).split())}") from error
            time.sleep(0.05)
        except psycopg.Error as error:  # its words repeat the URL, password and all
            raise MigrationError("DATABASE_URL is not a valid PostgreSQL URL") from error
        else:
            return
