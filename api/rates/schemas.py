"""Request and response models of rates."""

from uuid import UUID

from pydantic import model_validator

from api.http.types import InputId, ResponseModel
from workflows.operations.common_inputs import AccountChoice, Address, Parcels


class RateRequest(AccountChoice):
    """The shipment and the account; fields left out come from the order or the account."""

    order_id: InputId | None = None
    ship_to: Address | None = None
    ship_from: Address | None = None
    parcels: Parcels | None = None

    @model_validator(mode="after")
    def _require_one_address(self) -> "RateRequest":
        if (self.order_id is None) == (self.ship_to is None):
            raise ValueError("exactly one of order_id and ship_to is given")
        return self


class RateRead(ResponseModel):
    """The price of one service, with the account and service for an operation that buys the label."""

    carrier_account_id: UUID
    carrier: str
    service: str
    amount: str
    currency: str
