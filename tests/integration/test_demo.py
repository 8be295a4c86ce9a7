"""The demo of `orderly up`: whatever people do to it, the stack starts, and its banner works."""

from uuid import UUID

from cryptography.fernet import Fernet

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from api.http.auth import hash_secret
from bootstrap.embedded.demo import ensure_demo
from bootstrap.settings import Settings
from domain.shipping import Mode


async def test_the_demo_is_made_once(database_url: str) -> None:
    """The key of the first start leads to the same things."""
    settings = Settings(database_url=database_url, encryption_keys=[Fernet.generate_key().decode()])
    first = await ensure_demo(settings, None)
    assert await ensure_demo(settings, first.api_key) == first


async def test_what_is_gone_of_the_demo_is_made_anew(database_url: str) -> None:
    """A deleted account or bridge and a revoked key do not keep the stack from starting."""
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


async def test_the_demos_fedex_is_the_real_adapter_at_its_simulator(database_url: str) -> None:
    """Where the sandbox is on this machine; and it follows the sandbox to another port."""
    key = Fernet.generate_key().decode()

    def settings(port: int) -> Settings:
        url = f"http://127.0.0.1:{port}"
        return Settings(database_url=database_url, encryption_keys=[key], sandbox_url=url, allow_loopback=True)

    first = await ensure_demo(settings(8090), None)
    second = await ensure_demo(settings(8091), first.api_key)
    assert second == first
    database = Database(database_url, CredentialCipher([key]))
    await database.open()
    async with database.organization(UUID(first.organization_id)) as data:
        account = await data.carrier_accounts.get(UUID(first.carrier_account_id))
    await database.close()
    assert account is not None
    assert account.mode is Mode.LIVE
    assert account.settings.base_url == "http://127.0.0.1:8091/sim/fedex"
    assert account.credential_names == ["account_number", "client_id", "client_secret"]
