"""A migration killed at every instant: the next one goes on, and what is stored stays."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.crash.cases import MIGRATIONS
from tests.crash.process import ServiceProcess
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import TEMPLATE, PostgresServer
from tests.schema.catalog import read_catalog


@pytest.fixture
def empty_url(postgres_server: PostgresServer) -> Iterator[str]:
    """A database without any table."""
    url = postgres_server.create(template="template0")
    yield url
    postgres_server.drop(url)


def tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert found is not None
    return int(found[0])


async def migrate(url: str, folder: Path, crash_at: str | None = None) -> ServiceProcess:
    """Run `orderly migrate` to its end."""
    process = ServiceProcess("migrate", {"DATABASE_URL": url}, folder / "migrate.log", crash_at=crash_at)

    async def has_ended() -> bool:
        return process.exit_code is not None

    await eventually(has_ended, 30, "the migration ends")
    return process


@pytest.mark.parametrize("point", MIGRATIONS)
async def test_a_killed_migration_changes_all_or_nothing(
    point: str, empty_url: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """Killed before its commit it leaves nothing, after it everything; either way the next one brings it up."""
    killed = await migrate(empty_url, tmp_path, crash_at=point)
    assert killed.was_killed, killed.read_output()
    assert f"crash point {point} is reached" in killed.read_output()
    whole = point == "migration.commit.after"
    assert (tables(empty_url) > 0) is whole

    again = await migrate(empty_url, tmp_path)
    assert again.exit_code == 0, again.read_output()
    assert read_catalog(empty_url) == read_catalog(postgres_server.url(TEMPLATE))


async def test_a_killed_migration_keeps_what_is_stored(database_url: str, tmp_path: Path) -> None:
    """The same on a database in use: nothing is lost, nothing is done twice."""
    with psycopg.connect(database_url) as connection:
        connection.execute("insert into organizations (id, name) values (gen_random_uuid(), 'Ours')")
    before = read_catalog(database_url)

    killed = await migrate(database_url, tmp_path, crash_at="migration.commit.before")
    assert killed.was_killed, killed.read_output()
    again = await migrate(database_url, tmp_path)

    assert again.exit_code == 0, again.read_output()
    assert read_catalog(database_url) == before
    with psycopg.connect(database_url) as connection:
        assert connection.execute("select name from organizations").fetchall() == [("Ours",)]
