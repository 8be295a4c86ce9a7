"""Keeping carrier accounts."""

from api.carrier_accounts.schemas import AccountRead, AccountSettings
from api.connections.schemas import masked
from api.connections.service import ConnectionService
from domain.errors import CarrierAccountNotFound
from domain.shipping import CarrierAccount
from domain.vendors.catalogue import CARRIERS


def view(account: CarrierAccount) -> AccountRead:
    return AccountRead.of(account, credentials=masked(account.credential_names))


ACCOUNTS: ConnectionService[CarrierAccount] = ConnectionService(
    missing=CarrierAccountNotFound,
    path="/api/carrier-accounts",
    settings=AccountSettings,
    store=lambda data: data.carrier_accounts,
    view=view,
    profile=lambda account: CARRIERS[account.carrier],
)
