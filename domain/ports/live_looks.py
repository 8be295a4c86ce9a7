"""The port for live look-ups: is a label or fulfillment still live that a person reports as voided or cancelled?"""

from typing import Protocol
from uuid import UUID

from domain.effects import Effect
from domain.results import LabelResult, PushResult
from domain.shipping import Shipment


class LiveLooks(Protocol):
    """Each look-up describes in one line what is live; None if nothing is known to be. None of them raises."""

    async def find_label(self, organization_id: UUID, purchase: Effect, label: LabelResult) -> str | None:
        """Look up the label of a purchase."""

    async def find_shipment(self, organization_id: UUID, shipment: Shipment) -> str | None:
        """Look up the label of a shipment."""

    async def find_fulfillment(self, organization_id: UUID, push: Effect, fulfillment: PushResult) -> str | None:
        """Look up the fulfillment of a push."""
