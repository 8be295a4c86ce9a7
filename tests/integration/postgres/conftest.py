"""Organizations with something in them."""

from collections.abc import Iterator
from uuid import UUID

import psycopg
import pytest

from adapters.postgres.database import Database
from tests.fixtures.postgres import PostgresServer, running_server
from tests.integration.postgres.rows import Admin


@pytest.fixture
async def organization(database: Database) -> UUID:
    """An organization."""
    return await database.create_organization("Ours")


@pytest.fixture
async def stranger(database: Database) -> UUID:
    """Another organization."""
    return await database.create_organization("Theirs")


@pytest.fixture
def admin(database_url: str) -> Iterator[Admin]:
    """The superuser, whom no wall holds."""
    with psycopg.connect(database_url, autocommit=True) as connection:
        yield Admin(connection)


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    with running_server() as server:
        yield server
