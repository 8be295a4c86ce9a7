"""Queries carriers while the API's client waits: prices, and the parcels that a webhook names."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import TypeVar
from uuid import UUID

from domain.errors import Ambiguous, CarrierAccountNotFound, NotActive, WebhookRefused
from domain.ports.carrier import Carriers
from domain.ports.ledger import ActivityReads
from domain.ports.stores import Database
from domain.ports.tracking import TrackingStore
from domain.postal.normal_form import normalize_shipment
from domain.shipping import CarrierAccount, Connection, Rate, ShipmentRequest

QUERY_SECONDS = 20.0
"""Time limit for a carrier's answer, because an API client waits for it."""
MAX_NUMBERS = 100

T = TypeVar("T")
WebhookReader = Callable[[Connection, Mapping[str, str], bytes], Sequence[str]]
"""Returns the tracking numbers that a webhook names; raises `WebhookRefused` if its signature is not the account's."""


class AdapterCarrierQueries:
    """Implements `domain.ports.tracking.CarrierQueries`."""

    def __init__(
        self,
        database: Database,
        tracking_store: TrackingStore,
        reads: ActivityReads,
        carriers: Carriers,
        readers: Mapping[str, WebhookReader],
    ) -> None:
        """`readers`: one webhook reader per carrier; webhooks of other carriers are refused."""
        self._database = database
        self._tracking_store = tracking_store
        self._reads = reads
        self._carriers = carriers
        self._readers = readers

    def check(self, account: CarrierAccount, request: ShipmentRequest) -> None:
        self._carriers.check(account.carrier, normalize_shipment(request, account.settings))

    async def rates(self, organization_id: UUID, account_id: UUID, request: ShipmentRequest) -> list[Rate]:
        account = await self._reads.account(organization_id, account_id)
        if not account.may_be_asked:
            raise NotActive("the carrier account is not active")
        normalized = normalize_shipment(request, account.settings)
        return await _limit_time(self._carriers.open(account).rates(normalized))

    async def verify(self, organization_id: UUID, account_id: UUID) -> str:
        account = await self._reads.account(organization_id, account_id)
        return await _limit_time(self._carriers.open(account).verify())

    async def handle_webhook(self, account_id: UUID, headers: Mapping[str, str], body: bytes) -> int:
        organization_id = await self._tracking_store.organization_of(account_id)
        if organization_id is None:
            raise WebhookRefused
        try:
            account = await self._reads.account(organization_id, account_id)
        except CarrierAccountNotFound:  # deleted since the lookup above
            raise WebhookRefused from None
        read = self._readers.get(account.vendor)
        if read is None:
            raise WebhookRefused
        numbers = [number for number in read(account, headers, body) if number.isascii() and number.isprintable()]
        async with self._database.autocommit(organization_id) as data:
            return await data.shipments.track_numbers_soon(account_id, numbers[:MAX_NUMBERS])


async def _limit_time(answer: Awaitable[T]) -> T:
    """Raise Ambiguous if the carrier does not answer in time."""
    try:
        async with asyncio.timeout(QUERY_SECONDS):
            return await answer
    except TimeoutError:
        raise Ambiguous(f"the carrier did not answer within {QUERY_SECONDS:.0f} s") from None
