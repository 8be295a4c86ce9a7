"""Checks with carriers and channels for live labels and fulfillments before a person resolves an unknown outcome."""

import asyncio
from collections.abc import Awaitable
from uuid import UUID

from domain.channels import FulfillmentStatus
from domain.effects import Effect
from domain.errors import DomainError, EffectError
from domain.json_values import Json
from domain.ports.carrier import Carriers
from domain.ports.channel import Channels
from domain.ports.ledger import ActivityReads
from domain.results import LabelResult, PushResult
from domain.shipping import Connection, PurchaseAttempt, SafetyClass, Shipment

LOOK_SECONDS = 20.0
"""A person waits for the answer."""
LIVE = (FulfillmentStatus.LIVE, FulfillmentStatus.PENDING)


class AdapterLiveLooks:
    """Implements `domain.ports.live_looks.LiveLooks`."""

    def __init__(self, reads: ActivityReads, carriers: Carriers, channels: Channels) -> None:
        self._reads = reads
        self._carriers = carriers
        self._channels = channels

    async def find_label(self, organization_id: UUID, purchase: Effect, label: LabelResult) -> str | None:
        async def look() -> str | None:
            account = await self._reads.account(organization_id, label.carrier_account_id)
            if _leads_elsewhere(purchase, account):
                return None
            sent = (purchase.sent or {}).get("label")
            attempt = PurchaseAttempt(purchase.created_at, purchase.sent_at or purchase.created_at, _is_abroad(sent))
            return await self._find_live(account, purchase.reference, attempt)

        return await _within_time(look())

    async def find_shipment(self, organization_id: UUID, shipment: Shipment) -> str | None:
        async def look() -> str | None:
            account = await self._reads.account(organization_id, shipment.carrier_account_id)
            attempt = PurchaseAttempt(shipment.created_at, shipment.created_at, _is_abroad(shipment.sent))
            return await self._find_live(account, shipment.reference, attempt)

        return await _within_time(look())

    async def find_fulfillment(self, organization_id: UUID, push: Effect, fulfillment: PushResult) -> str | None:
        async def look() -> str | None:
            bridge = await self._reads.bridge(organization_id, fulfillment.bridge_id)
            if _leads_elsewhere(push, bridge):
                return None
            found = await self._channels.open(bridge).status(fulfillment.fulfillment_id)
            if found is None or found.status not in LIVE:
                return None
            return f"fulfillment {found.fulfillment_id} is {found.status.value} at {bridge.vendor}"

        return await _within_time(look())

    async def _find_live(self, account: Connection, reference: str, attempt: PurchaseAttempt) -> str | None:
        carrier = self._carriers.open(account)
        if carrier.capabilities.safety is SafetyClass.NONE:
            return None
        found = await carrier.find_labels(reference, attempt)
        numbers = [label.tracking_number for label in found if label.live]
        return f"label {numbers[0]} is live at {account.vendor}" if numbers else None


def _is_abroad(sent: Json | None) -> bool:
    """Whether a label's stored request goes to another country; False if its addresses were erased."""
    sides = [(sent or {}).get(side) or {} for side in ("ship_from", "ship_to")]
    return sides[0].get("country") != sides[1].get("country")


def _leads_elsewhere(effect: Effect, connection: Connection) -> bool:
    known, now = effect.fingerprint, connection.fingerprint
    return known is not None and now is not None and known.find_change(now) is not None


async def _within_time(look: Awaitable[str | None]) -> str | None:
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await look
    except (EffectError, DomainError, TimeoutError):
        return None
