"""`orderly keys` on a real database."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from click.testing import CliRunner, Result
from cryptography.fernet import Fernet

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from api.http.auth import Scope, hash_secret
from bootstrap.cli.keys import keys
from domain.ports.stores import ApiKey
from domain.shipping import Mode

Run = Callable[..., Result]


@pytest.fixture
def run(database_url: str) -> Run:
    def call(*arguments: str) -> Result:
        return CliRunner().invoke(keys, arguments, env={"DATABASE_URL": database_url, "ORDERLY_ORGANIZATION": None})

    return call


def find_key(database_url: str, secret: str) -> ApiKey | None:
    async def look(database: Database) -> ApiKey | None:
        return await database.authenticate(hash_secret(secret))

    return asyncio.run(_with(database_url, look))


async def _with(database_url: str, work: Callable[[Database], Awaitable[ApiKey | None]]) -> ApiKey | None:
    database = Database(database_url, CredentialCipher([Fernet.generate_key().decode()]))
    await database.open()
    try:
        return await work(database)
    finally:
        await database.close()


def test_a_key_is_created_listed_and_revoked(run: Run, database_url: str) -> None:
    made = run("create", "--name", "warehouse", "--scope", "operations:read", "--scope", "orders:read")
    secret = made.stdout.strip()
    key = find_key(database_url, secret)

    assert made.exit_code == 0
    assert key is not None
    assert sorted(key.scopes) == ["operations:read", "orders:read"]
    listed = run("list")
    assert "warehouse" in listed.stdout
    assert "active" in listed.stdout
    assert secret not in listed.stdout

    assert run("revoke", str(key.id)).exit_code == 0

    revoked = find_key(database_url, secret)
    assert revoked is not None
    assert revoked.revoked_at is not None
    assert "revoked" in run("list").stdout


def test_a_key_has_every_scope_and_the_given_expiry(run: Run, database_url: str) -> None:
    key = find_key(database_url, run("create", "--expires-in-days", "1").stdout.strip())

    assert key is not None
    assert set(key.scopes) == set(Scope)
    assert key.expires_at is not None


def test_a_test_key(run: Run, database_url: str) -> None:
    secret = run("create", "--test").stdout.strip()
    key = find_key(database_url, secret)

    assert secret.startswith("ord_sk_test_")
    assert key is not None
    assert key.mode is Mode.TEST


def test_several_organizations_need_an_organization_option(run: Run) -> None:
    for name in ("Acme", "Bolt", "Acme"):
        assert run("create", "--organization", name).exit_code == 0

    assert "Acme, Bolt" in run("create").output
    assert len(run("list", "--organization", "Acme").stdout.splitlines()) == 2
    assert run("list", "--organization", "Nobody").exit_code == 1


def test_an_error_is_one_line(run: Run) -> None:
    unknown = run("revoke", "550e8400-e29b-41d4-a716-446655440000")
    unset = CliRunner().invoke(keys, ["list"], env={"DATABASE_URL": None})

    assert (unknown.exit_code, unset.exit_code) == (1, 1)
    assert unknown.output.strip().splitlines() == ["Error: there is no key 550e8400-e29b-41d4-a716-446655440000"]
    assert "DATABASE_URL is not set" in unset.output
    assert "scopes: operations:read" in run("create", "--scope", "everything").output
