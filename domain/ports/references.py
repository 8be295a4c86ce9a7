"""The port for references: an operation type's reads while it checks an input."""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from domain.channels import Bridge
from domain.errors import FieldError
from domain.operations import ShipmentUser
from domain.orders import Order
from domain.shipping import CarrierAccount, Mode, Shipment, ShipmentRequest


class References(Protocol):
    """One organization's resources; a method returns None if there is no such resource."""

    async def order(self, order_id: UUID) -> Order | None:
        """Return an order."""

    async def account(self, account_id: UUID) -> CarrierAccount | None:
        """Return a carrier account."""

    async def default_account(self, carrier: str, mode: Mode) -> CarrierAccount | None:
        """Return the default account of a carrier for work of a mode; a test key's work is always `test`."""

    async def bridge(self, bridge_id: UUID) -> Bridge | None:
        """Return a bridge."""

    async def shipment_users(self, shipment: Shipment) -> Sequence[ShipmentUser]:
        """Return the open or live operations that use a shipment."""

    async def shipment(self, shipment_id: UUID) -> Shipment | None:
        """Return a shipment."""

    def find_option_problems(self, account: CarrierAccount, request: ShipmentRequest) -> list[FieldError]:
        """Return an error for each shipping option that the account's carrier does not support today."""

    def check_shipment(self, account: CarrierAccount, request: ShipmentRequest) -> None:
        """Raise Rejected, naming the field, if the account's carrier would not accept the shipment. Sends nothing."""
