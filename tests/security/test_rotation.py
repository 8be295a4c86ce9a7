"""Credentials at rest: encrypted, and put under a new key by one command while the service runs."""

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

import psycopg
import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from adapters.encryption import CipherError, CredentialCipher
from adapters.postgres.database import Database
from adapters.postgres.ledger.activity_reads import PostgresActivityReads
from adapters.postgres.maintenance import rotate_credentials as rotation
from adapters.postgres.maintenance.rotate_credentials import rotate
from bootstrap.cli.main import main
from domain.plan import Plan
from tests.fixtures.builders import build_account_columns, build_bridge_columns, build_order_columns
from tests.integration.postgres.records import record_operation

SECRET = "rotate-me-0b1c"
COUNT = 7


def a_key() -> str:
    return Fernet.generate_key().decode()


async def filled(url: str, key: str, count: int = COUNT) -> UUID:
    """Make an organization with so many accounts, one bridge, and an operation; return the operation's organization."""
    database = Database(url, CredentialCipher([key]))
    await database.open()
    try:
        organization = await database.create_organization("Ours")
        async with database.organization(organization) as data:
            for number in range(count - 1):
                await data.carrier_accounts.create(
                    build_account_columns(name=str(number)), {"api_key": f"{SECRET}-{number}"}
                )
            await data.bridges.create(build_bridge_columns(), {"api_key": f"{SECRET}-bridge"})
        return organization
    finally:
        await database.close()


def stored(url: str) -> list[bytes]:
    """Return every token as the superuser sees it."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("select credentials from carrier_accounts union all select credentials from bridges")
        return [bytes(row[0]) for row in rows]


def others(url: str) -> list[Any]:
    """Return everything else of the rows."""
    with psycopg.connect(url) as connection:
        return [
            connection.execute(f"select to_jsonb(t) - 'credentials' from {table} as t order by id".encode()).fetchall()
            for table in rotation.TABLES
        ]


def readable(tokens: list[bytes], *keys: str) -> list[str]:
    """Return what the keys can read."""
    found = []
    for token in tokens:
        try:
            found.append(CredentialCipher(keys).decrypt(token)["api_key"])
        except CipherError:
            continue
    return sorted(found)


@pytest.fixture
def run(database_url: str) -> Callable[..., Result]:
    def call(*keys: str) -> Result:
        env = {"DATABASE_URL": database_url, "ORDERLY_ENCRYPTION_KEYS": ",".join(keys)}
        return CliRunner().invoke(main, ["credentials", "rotate"], env=env)

    return call


def test_afterwards_the_old_key_reads_nothing_and_may_go(database_url: str, run: Callable[..., Result]) -> None:
    """All rows, in batches too; nothing else of them changes; and a second time there is nothing to do."""
    old, new = a_key(), a_key()
    asyncio.run(filled(database_url, old))
    secrets, rest = readable(stored(database_url), old), others(database_url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotation, "BATCH", 2)
        done = run(new, old)

    assert (done.exit_code, done.output) == (
        0,
        f"{COUNT} of {COUNT} credentials re-encrypted; {COUNT} use the newest key\n",
    )
    tokens = stored(database_url)
    assert len(secrets) == COUNT
    assert readable(tokens, new) == secrets
    assert readable(tokens, old) == []
    assert others(database_url) == rest
    again = run(new, old)
    assert again.output == f"0 of {COUNT} credentials re-encrypted; {COUNT} use the newest key\n"
    assert stored(database_url) == tokens
    assert run(new).exit_code == 0


def test_what_no_key_reads_is_told_and_the_rest_goes_on(database_url: str, run: Callable[..., Result]) -> None:
    lost, old, new = a_key(), a_key(), a_key()
    asyncio.run(filled(database_url, lost, 2))
    asyncio.run(filled(database_url, old, 3))

    done = run(new, old)

    assert done.exit_code == 1
    assert done.output.startswith("3 of 5 credentials re-encrypted; 3 use the newest key\n")
    assert done.output.count("no key decrypts its credentials") == 2
    assert len(readable(stored(database_url), new)) == 3
    assert not any(key in done.output for key in (lost, old, new, SECRET))


@pytest.mark.parametrize("keys", [[], ["sesame"], [a_key(), "sesame"]])
def test_a_bad_key_changes_nothing(database_url: str, run: Callable[..., Result], keys: list[str]) -> None:
    old = a_key()
    asyncio.run(filled(database_url, old, 2))

    refused = run(*keys)

    assert refused.exit_code == 1
    assert refused.output.startswith("Error: ORDERLY_ENCRYPTION_KEYS: ")
    assert "sesame" not in refused.output
    assert len(readable(stored(database_url), old)) == 2


async def test_a_running_service_loses_nothing(database_url: str) -> None:
    """Credentials that somebody replaces meanwhile stay replaced, and every one can be read all the time."""
    old, new = a_key(), a_key()
    organization = await filled(database_url, old)
    cipher = CredentialCipher([new, old])
    service = Database(database_url, cipher)
    await service.open()
    try:
        async with service.organization(organization) as data:
            accounts = [
                row["id"]
                for row in await data.fetch_all(dict, "select id from carrier_accounts where %(org)s is not null")
            ]
            order = await data.orders.create(build_order_columns())
        operation = await record_operation(
            service, organization, order_id=order.id, plan=Plan(carrier_account_id=accounts[0])
        )
        facts = PostgresActivityReads(service, cipher)

        async def replaced(round_: int) -> None:
            for account in accounts:
                async with service.organization(organization) as data:
                    await data.carrier_accounts.update(account, {}, {"api_key": f"fresh-{round_}"})
                assert (await facts.shipping(organization, operation.id)).connection.credentials["api_key"]

        await asyncio.gather(*(replaced(round_) for round_ in range(5)), *(rotate(service, cipher) for _ in range(5)))
        last = await rotate(service, cipher)
    finally:
        await service.close()
    assert (last.found, last.renewed, last.unreadable) == (COUNT, 0, [])
    tokens = stored(database_url)
    assert len(readable(tokens, new)) == COUNT
    assert readable(tokens, old) == []
    assert sum(secret.startswith("fresh-") for secret in readable(tokens, new)) == len(accounts)


async def test_a_row_that_changes_under_its_hand_is_looked_at_again(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other side writes between the read and the write: with the old key, as a service that is not restarted."""
    old, new = a_key(), a_key()
    await filled(database_url, old, 2)
    cipher = CredentialCipher([new, old])
    late = CredentialCipher([old]).encrypt({"api_key": "late"})
    reencrypt = cipher.reencrypt

    def meddled(token: bytes) -> bytes | None:
        monkeypatch.undo()
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("update carrier_accounts set credentials = %s", (late,))
        return reencrypt(token)

    monkeypatch.setattr(cipher, "reencrypt", meddled)
    database = Database(database_url, cipher)
    await database.open()
    try:
        done = await rotate(database, cipher)
    finally:
        await database.close()
    assert done.renewed == 2
    assert readable(stored(database_url), new) == ["late", f"{SECRET}-bridge"]


def test_what_is_stored_is_a_fernet_token(database_url: str) -> None:
    """AES and HMAC, no two alike, and nothing of the secret in any row."""
    asyncio.run(filled(database_url, a_key()))
    tokens = stored(database_url)
    assert all(token.startswith(b"gAAAA") for token in tokens)
    assert len(set(tokens)) == COUNT
    assert SECRET not in json.dumps(others(database_url))
