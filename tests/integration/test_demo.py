"""The demo of `orderly up` starts after any change that people make to it."""

from uuid import UUID

from cryptography.fernet import Fernet

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from api.http.auth import hash_secret
from bootstrap.embedded.demo import ensure_demo
from bootstrap.embedded.demo_order import ORDER
from bootstrap.settings import Settings
from domain.channels import Bridge
from domain.ports.rows import PageQuery
from domain.shipping import CarrierAccount, Mode


async def test_the_demo_is_created_once(database_url: str) -> None:
    """A second start finds the same resources."""
    settings = Settings(database_url=database_url, encryption_keys=[Fernet.generate_key().decode()])
    first = await ensure_demo(settings, None)
    assert await ensure_demo(settings, first.api_key) == first


async def test_deleted_parts_of_the_demo_are_created_again(database_url: str) -> None:
    """A deleted account, a deleted bridge or a revoked key does not stop the start."""
    settings = Settings(database_url=database_url, encryption_keys=[Fernet.generate_key().decode()])
    first = await ensure_demo(settings, None)
    database = Database(database_url, CredentialCipher(settings.encryption_keys))
    await database.open()
    key = await database.authenticate(hash_secret(first.api_key))
    assert key is not None
    async with database.organization(UUID(first.organization_id)) as data:
        await data.orders.update(UUID(first.order_id), {"bridge_id": None})
        assert await data.bridges.delete(UUID(first.bridge_id))
        assert await data.carrier_accounts.delete(UUID(first.carrier_account_id))
        await data.api_keys.revoke(key.id)
    second = await ensure_demo(settings, first.api_key)
    assert (second.organization_id, second.order_id) == (first.organization_id, first.order_id)
    assert second.bridge_id != first.bridge_id
    assert second.carrier_account_id != first.carrier_account_id
    known = await database.authenticate(hash_secret(second.api_key))
    assert known is not None
    assert known.revoked_at is None
    await database.close()


async def test_the_demo_uses_the_sandbox(database_url: str) -> None:
    """It stores neither an address nor credentials."""
    settings = Settings(database_url=database_url, encryption_keys=[Fernet.generate_key().decode()])
    demo = await ensure_demo(settings, None)
    database = Database(database_url, CredentialCipher(settings.encryption_keys))
    await database.open()
    async with database.organization(UUID(demo.organization_id)) as data:
        accounts, _ = await data.carrier_accounts.list_({}, PageQuery(page=1, limit=9, sort="name", descending=False))
        bridge = await data.bridges.get(UUID(demo.bridge_id))
        order = await data.orders.get(UUID(demo.order_id))
    await database.close()
    assert [account.carrier for account in accounts] == ["fedex", "ups", "usps"]
    assert bridge is not None
    rows: list[CarrierAccount | Bridge] = [*accounts, bridge]
    assert {(row.mode, row.settings.base_url, tuple(row.credential_names)) for row in rows} == {(Mode.TEST, None, ())}
    assert order is not None
    assert order.external_id == ORDER, "the shop has it under the same id"
