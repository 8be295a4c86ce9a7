"""A killed migration changes all or nothing, and the next one completes it."""

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
    """A database without tables."""
    url = postgres_server.create(template="template0")
    yield url
    postgres_server.drop(url)


def count_tables(url: str) -> int:
    with psycopg.connect(url) as connection:
        found = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert found is not None
    return int(found[0])


async def migrate(url: str, folder: Path, crash_at: str | None = None) -> ServiceProcess:
    """Run `orderly migrate` until it ends."""
    process = ServiceProcess("migrate", {"DATABASE_URL": url}, folder / "migrate.log", crash_at=crash_at)

    async def has_ended() -> bool:
        return process.exit_code is not None

    await eventually(has_ended, 100, "the migration ends")
    return process


@pytest.mark.parametrize("point", MIGRATIONS)
async def test_a_killed_migration_changes_all_or_nothing(
    point: str, empty_url: str, postgres_server: PostgresServer, tmp_path: Path
) -> None:
    """The database is empty before the commit and complete after it; the next migration succeeds in both cases."""
    killed = await migrate(empty_url, tmp_path, crash_at=point)
    assert killed.was_killed, killed.read_output()
    assert f"crash point {point} is reached" in killed.read_output()
    is_complete = point == "migration.commit.after"
    assert (count_tables(empty_url) > 0) is is_complete

    again = await migrate(empty_url, tmp_path)
    assert again.exit_code == 0, again.read_output()
    assert read_catalog(empty_url) == read_catalog(postgres_server.url(TEMPLATE))


async def test_a_killed_migration_keeps_the_rows(database_url: str, tmp_path: Path) -> None:
    """A killed migration of a database in use keeps its rows and its schema."""
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
