"""What is asked and answered about prices."""

from uuid import UUID

from pydantic import model_validator

from api.http.types import InputId, ResponseModel
from workflows.operations.common_inputs import AccountChoice, Address, Parcels


class RateRequest(AccountChoice):
    """What is to be shipped, and by whose account; what is left out is the order's or the account's own."""

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
    """One service's price; an operation that buys a label takes the account and the service as they are here."""

    carrier_account_id: UUID
    carrier: str
    service: str
    amount: str
    currency: str
