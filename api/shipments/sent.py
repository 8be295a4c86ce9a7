"""Models of the data sent to carriers and sales channels, which later changes of the order do not alter."""

from pydantic import Field

from api.http.types import ResponseModel, Timestamp
from api.shipments.sent_address import SentAddress
from api.shipments.sent_customs import SentCustoms
from api.shipments.sent_options import OptionsSent


class SentParcel(ResponseModel):
    """A parcel."""

    weight: str
    """Weight as a decimal string."""
    weight_unit: str
    """Unit of `weight`."""
    length: str | None = None
    """Length as a decimal string."""
    width: str | None = None
    """Width as a decimal string."""
    height: str | None = None
    """Height as a decimal string."""
    dimension_unit: str | None = None
    """Unit of the dimensions."""


class SentLabel(ResponseModel):
    """The label request."""

    service: str
    """Service that was requested."""
    label_format: str
    """Label format that was requested."""
    ship_from: SentAddress
    """Sender address."""
    ship_to: SentAddress
    """Delivery address."""
    parcels: list[SentParcel]
    """The parcels."""
    options: dict[str, str] = Field(default_factory=dict)
    """Options of the carrier account."""
    shipping_options: OptionsSent = None
    """Shipping options of the label; null if there were none."""
    customs: SentCustoms | None = None
    """Customs data; null if there were none."""


class SentLineItem(ResponseModel):
    """Pieces of one line item."""

    id: str | None = None
    """Id of the line item."""
    sku: str | None = None
    """SKU of the line item."""
    quantity: int
    """Pieces in the parcel."""


class SentFulfillment(ResponseModel):
    """The fulfillment that was pushed to a sales channel."""

    external_id: str
    """The shop's id of the order."""
    tracking_number: str
    """Tracking number."""
    carrier: str
    """Carrier of the parcel."""
    channel_carrier: str | None = None
    """Carrier name that the client chose for the channel."""
    line_items: list[SentLineItem] | None = None
    """Line items in the parcel; null for all remaining items."""
    notify_customer: bool
    """Whether the channel was asked to notify the customer."""


class SentRead(ResponseModel):
    """Data that one step sent: a label request or a fulfillment."""

    step: str
    """The step."""
    at: Timestamp
    """When it was last sent."""
    label: SentLabel | None = None
    """The label request; null for other steps."""
    fulfillment: SentFulfillment | None = None
    """The fulfillment; null for other steps."""
