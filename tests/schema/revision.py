"""Write a new migration with Alembic's autogenerate."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import psycopg
from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, create_engine
from sqlalchemy.pool import NullPool

from adapters.postgres.schema.tables import Table
from bootstrap import migrate
from tests.schema.catalog import create_declared, find_differences, read_catalog

VERSIONS = migrate.MIGRATIONS / "versions"


def write_revision(
    name: str,
    migrated_url: str,
    declared_url: str,
    *,
    metadata: MetaData = Table.metadata,
    versions: Path = VERSIONS,
) -> tuple[Path | None, list[str]]:
    """Write the migration that turns the migrated schema into the declared one.

    Args:
        name: the second part of the revision's id, after the day.
        migrated_url: an empty database for the migrations.
        declared_url: an empty database of another server for the declared schema.
        metadata: the declared tables.
        versions: the folder of the migrations.

    Returns:
        The file, or None without a difference; and the differences that remain after the migration.
    """
    create_declared(declared_url, metadata)
    declared = read_catalog(declared_url)
    migrate.run(migrated_url)
    if not find_differences(read_catalog(migrated_url), declared):
        return None, []
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(migrated_url), poolclass=NullPool)
    with engine.begin() as connection:
        path = _generate(_config(connection, metadata, versions), name)
    with engine.begin() as connection:
        command.upgrade(_config(connection, metadata, versions), "head")
    engine.dispose()
    return path, find_differences(read_catalog(migrated_url), declared)


def _config(connection: Connection, metadata: MetaData, versions: Path) -> Config:
    config = migrate.alembic_config(connection)
    config.attributes["metadata"] = metadata
    config.set_main_option("version_locations", str(versions).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("file_template", "%%(rev)s")
    return config


def _generate(config: Config, name: str) -> Path:
    day = datetime.now(UTC).strftime("%Y_%m_%d")
    message = name.replace("_", " ").capitalize()
    script = command.revision(config, message, autogenerate=True, rev_id=f"{day}_{name}")
    assert script is not None
    assert not isinstance(script, list)
    path = Path(script.path)
    for tidy in (("check", "--fix", "--silent", "--exit-zero"), ("format", "--silent")):
        subprocess.run([sys.executable, "-m", "ruff", *tidy, str(path)], check=True)
    return path
