"""Stored credentials are encrypted, and a command re-encrypts them with a new key while the service runs."""

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


def new_key() -> str:
    return Fernet.generate_key().decode()


async def fill(url: str, key: str, count: int = COUNT) -> UUID:
    """Create an organization with `count - 1` accounts and one bridge; return its id."""
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


def read_tokens(url: str) -> list[bytes]:
    """Return every encrypted value from the database."""
    with psycopg.connect(url) as connection:
        rows = connection.execute("select credentials from carrier_accounts union all select credentials from bridges")
        return [bytes(row[0]) for row in rows]


def read_other_columns(url: str) -> list[Any]:
    """Return the other columns of the rows, and all events."""
    with psycopg.connect(url) as connection:
        return [
            connection.execute(f"select to_jsonb(t) - 'credentials' from {table} as t order by id".encode()).fetchall()
            for table in (*rotation.TABLES, "events")
        ]


def decrypt_all(tokens: list[bytes], *keys: str) -> list[str]:
    """Return the secrets that the keys can decrypt."""
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


def test_the_old_key_is_not_needed_after_the_rotation(database_url: str, run: Callable[..., Result]) -> None:
    """The command re-encrypts all rows in batches, changes no other column, and does nothing the second time."""
    old, new = new_key(), new_key()
    asyncio.run(fill(database_url, old))
    secrets, rest = decrypt_all(read_tokens(database_url), old), read_other_columns(database_url)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(rotation, "BATCH", 2)
        done = run(new, old)

    assert (done.exit_code, done.output) == (
        0,
        f"{COUNT} of {COUNT} credentials re-encrypted; {COUNT} use the newest key\n",
    )
    tokens = read_tokens(database_url)
    assert len(secrets) == COUNT
    assert decrypt_all(tokens, new) == secrets
    assert decrypt_all(tokens, old) == []
    assert read_other_columns(database_url) == rest
    again = run(new, old)
    assert again.output == f"0 of {COUNT} credentials re-encrypted; {COUNT} use the newest key\n"
    assert read_tokens(database_url) == tokens
    assert run(new).exit_code == 0


def test_unreadable_credentials_are_reported_and_skipped(database_url: str, run: Callable[..., Result]) -> None:
    lost, old, new = new_key(), new_key(), new_key()
    asyncio.run(fill(database_url, lost, 2))
    asyncio.run(fill(database_url, old, 3))

    done = run(new, old)

    assert done.exit_code == 1
    assert done.output.startswith("3 of 5 credentials re-encrypted; 3 use the newest key\n")
    assert done.output.count("no key decrypts its credentials") == 2
    assert len(decrypt_all(read_tokens(database_url), new)) == 3
    assert not any(key in done.output for key in (lost, old, new, SECRET))


@pytest.mark.parametrize("keys", [[], ["sesame"], [new_key(), "sesame"]])
def test_a_bad_key_changes_nothing(database_url: str, run: Callable[..., Result], keys: list[str]) -> None:
    old = new_key()
    asyncio.run(fill(database_url, old, 2))

    rejected = run(*keys)

    assert rejected.exit_code == 1
    assert rejected.output.startswith("Error: ORDERLY_ENCRYPTION_KEYS: ")
    assert "sesame" not in rejected.output
    assert len(decrypt_all(read_tokens(database_url), old)) == 2


async def test_a_running_service_loses_nothing(database_url: str) -> None:
    """Credentials that change during the rotation keep their new value, and all remain readable."""
    old, new = new_key(), new_key()
    organization = await fill(database_url, old)
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

        async def replace_all(round_: int) -> None:
            for account in accounts:
                async with service.organization(organization) as data:
                    await data.carrier_accounts.update(account, {}, {"api_key": f"fresh-{round_}"})
                assert (await facts.shipping(organization, operation.id)).connection.credentials["api_key"]

        await asyncio.gather(
            *(replace_all(round_) for round_ in range(5)), *(rotate(service, cipher) for _ in range(5))
        )
        last = await rotate(service, cipher)
    finally:
        await service.close()
    assert (last.found, last.renewed, last.unreadable) == (COUNT, 0, [])
    tokens = read_tokens(database_url)
    assert len(decrypt_all(tokens, new)) == COUNT
    assert decrypt_all(tokens, old) == []
    assert sum(secret.startswith("fresh-") for secret in decrypt_all(tokens, new)) == len(accounts)


async def test_a_row_that_changes_during_the_rotation_is_retried(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A service with the old key writes between the rotation's read and write."""
    old, new = new_key(), new_key()
    await fill(database_url, old, 2)
    cipher = CredentialCipher([new, old])
    late = CredentialCipher([old]).encrypt({"api_key": "late"})
    reencrypt = cipher.reencrypt

    def reencrypt_late(token: bytes) -> bytes | None:
        monkeypatch.undo()
        with psycopg.connect(database_url, autocommit=True) as connection:
            connection.execute("update carrier_accounts set credentials = %s", (late,))
        return reencrypt(token)

    monkeypatch.setattr(cipher, "reencrypt", reencrypt_late)
    database = Database(database_url, cipher)
    await database.open()
    try:
        done = await rotate(database, cipher)
    finally:
        await database.close()
    assert done.renewed == 2
    assert decrypt_all(read_tokens(database_url), new) == ["late", f"{SECRET}-bridge"]


def test_credentials_are_stored_as_fernet_tokens(database_url: str) -> None:
    """All tokens differ, and no other column contains a secret."""
    asyncio.run(fill(database_url, new_key()))
    tokens = read_tokens(database_url)
    assert all(token.startswith(b"gAAAA") for token in tokens)
    assert len(set(tokens)) == COUNT
    assert SECRET not in json.dumps(read_other_columns(database_url))
