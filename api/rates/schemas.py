"""Request and response models of rates."""

from uuid import UUID

from pydantic import ConfigDict, model_validator

from api.http.types import InputId, ResponseModel
from workflows.operations.common_inputs import AccountChoice, Address, Parcels, refuse_fields
from workflows.operations.customs import Customs
from workflows.operations.shipping_options import ShippingOptions


class RateRequest(AccountChoice):
    """The shipment to price. Missing fields are taken from the order or the account."""

    model_config = ConfigDict(use_attribute_docstrings=True)

    order_id: InputId | None = None
    """Order whose address and items to use."""
    ship_to: Address | None = None
    """Delivery address, instead of an order."""
    ship_from: Address | None = None
    """Sender address; default: the account's own."""
    parcels: Parcels | None = None
    """The parcels; default: the account's default parcel."""

    shipping_options: ShippingOptions | None = None
    """Options of the label, in place of the account's `shipping_defaults` of the same name."""
    customs: Customs | None = None
    """Customs data, for carriers whose prices to other countries depend on them."""

    @model_validator(mode="after")
    def _require_one_address(self) -> "RateRequest":
        if (self.order_id is None) == (self.ship_to is None):
            raise refuse_fields("ship_to", "send exactly one of order_id and ship_to")
        return self


class RateRead(ResponseModel):
    """Price of one service. An operation that buys a label accepts `carrier_account_id` and `service` unchanged."""

    carrier_account_id: UUID
    """The account to pass to an operation that buys this service."""
    carrier: str
    """The carrier."""
    service: str
    """The service to pass to an operation."""
    amount: str
    """Price as a decimal string."""
    currency: str
    """Currency of `amount`."""
