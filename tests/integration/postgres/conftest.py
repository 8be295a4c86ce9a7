"""The service's parts on empty tables, and two organizations."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

import psycopg
import pytest

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from adapters.postgres.schema.tables import Table
from adapters.postgres.stores.tracking import PostgresTrackingStore
from bootstrap.container import Container
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.rows import Rows
from tests.integration.postgres.fleet import Fleet, new_fleet


@pytest.fixture
def superuser(module_database_url: str) -> Iterator[psycopg.Connection[Any]]:
    """The superuser's connection with settings for one test; the module's tables are empty."""
    with psycopg.connect(module_database_url, autocommit=True) as connection:
        connection.execute(f"truncate {', '.join(Table.metadata.tables)}".encode())
        yield connection


@pytest.fixture
def database(container: Container, superuser: psycopg.Connection[Any]) -> Database:  # noqa: ARG001 (empties the tables)
    """The module's database."""
    return container.database


@pytest.fixture
def cipher(container: Container) -> CredentialCipher:
    """The cipher of the database."""
    return CredentialCipher(container.settings.encryption_keys)


@pytest.fixture
def organization(rows: Rows) -> UUID:
    """The organization of the rows."""
    return rows.organization_id


@pytest.fixture
def stranger(other_rows: Rows) -> UUID:
    """Another organization."""
    return other_rows.organization_id


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    """A server that a test may stop."""
    server = PostgresServer()
    try:
        server.start()
        yield server
    finally:
        server.remove()


@pytest.fixture
def tracking_store(container: Container) -> PostgresTrackingStore:
    """The store of tracked shipments."""
    return container.tracking_store


@pytest.fixture
async def fleet(database: Database, rows: Rows) -> Fleet:
    """An account of the organization with shipments to track."""
    return await new_fleet(database, rows)
