"""Runs a command's work on the database of DATABASE_URL."""

import asyncio
import logging
import os
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, TypeVar

import click

if TYPE_CHECKING:
    from adapters.encryption import CredentialCipher
    from adapters.postgres.database import Database

T = TypeVar("T")


def run_on_database(work: "Callable[[Database], Awaitable[T]]", cipher: "CredentialCipher | None" = None) -> T:
    """Run a command's work on the opened database; without a cipher, stored credentials stay unreadable.

    Raises:
        click.ClickException: DATABASE_URL is not set or its server is unreachable; the message is one line.
    """
    from cryptography.fernet import Fernet  # noqa: PLC0415 - the service is not imported for --help

    from adapters.encryption import CredentialCipher  # noqa: PLC0415
    from adapters.postgres.core.pools import PoolSettings  # noqa: PLC0415
    from adapters.postgres.database import Database  # noqa: PLC0415
    from domain.errors import Unavailable  # noqa: PLC0415
    from domain.origin import run_as_service  # noqa: PLC0415

    database_url = os.environ.get("DATABASE_URL")
    if not database_url:
        raise click.ClickException(
            "DATABASE_URL is not set: set it to postgresql://user:password@host/database;"
            " for a running orderly up, use database_url in .orderly/stack.json"
        )

    # The command reports one line, so the pool must not log every attempt.
    logging.getLogger("psycopg.pool").setLevel(logging.CRITICAL)
    cipher = cipher or CredentialCipher([Fernet.generate_key().decode()])
    database = Database(database_url, cipher, PoolSettings(max_size=2, application_name="orderly command"))

    async def run() -> T:
        await database.open()
        try:
            return await run_as_service("cli", work(database))
        finally:
            await database.close()

    try:
        return asyncio.run(run())
    except Unavailable as error:
        raise click.ClickException(f"{error.message} See DATABASE_URL.") from None
