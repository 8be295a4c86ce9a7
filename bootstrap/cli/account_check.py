"""Verifies a carrier account's credentials, read from the database."""

from uuid import UUID

from adapters.encryption import CredentialCipher
from adapters.http.guarded_network import GuardedNetwork
from adapters.postgres.database import Database
from adapters.postgres.ledger.activity_reads import PostgresActivityReads
from bootstrap.container import Adapters
from bootstrap.settings import Settings
from bootstrap.vendors import carrier_adapter
from domain.addresses import AddressRule
from domain.errors import CarrierAccountNotFound
from domain.shipping import Connection
from domain.vendors.catalogue import CARRIERS


async def check_account(database: Database, cipher: CredentialCipher, settings: Settings, account_id: UUID) -> str:
    """Verify an account's credentials without buying anything; return the result in one line.

    Raises:
        CarrierAccountNotFound: no organization has such an account.
        CipherError: its credentials cannot be decrypted.
        EffectError: the carrier refused them or could not be reached.
    """
    connection = await _connection(database, cipher, account_id)
    network = GuardedNetwork(AddressRule(allow_loopback=settings.allow_loopback))
    carriers = Adapters(carrier_adapter, settings.sandbox_url, network, CARRIERS)
    try:
        return await carriers.open(connection).verify()
    finally:
        await carriers.aclose()


async def _connection(database: Database, cipher: CredentialCipher, account_id: UUID) -> Connection:
    reads = PostgresActivityReads(database, cipher)
    for organization_id in await database.organizations():
        try:
            return await reads.account(organization_id, account_id)
        except CarrierAccountNotFound:
            continue
    raise CarrierAccountNotFound(account_id)
