"""Models of the data sent to carriers and sales channels, which later changes of the order do not alter."""

from pydantic import Field

from api.http.types import ResponseModel, Timestamp


class SentAddress(ResponseModel):
    """A postal address."""

    name: str
    company: str | None = None
    street1: str
    street2: str | None = None
    city: str
    state: str | None = None
    postal_code: str
    country: str
    phone: str | None = None
    residential: bool | None = None


class SentParcel(ResponseModel):
    """A parcel; measures are decimal strings."""

    weight: str
    weight_unit: str
    length: str | None = None
    width: str | None = None
    height: str | None = None
    dimension_unit: str | None = None


class SentLabel(ResponseModel):
    """The data sent to buy a label; `options` are the carrier account's."""

    service: str
    label_format: str
    ship_from: SentAddress
    ship_to: SentAddress
    parcels: list[SentParcel]
    options: dict[str, str] = Field(default_factory=dict)


class SentLineItem(ResponseModel):
    """A quantity of an order's line item."""

    id: str | None = None
    sku: str | None = None
    quantity: int


class SentFulfillment(ResponseModel):
    """The data pushed to a sales channel; `line_items` is null for all remaining items."""

    external_id: str
    tracking_number: str
    carrier: str
    channel_carrier: str | None = None
    line_items: list[SentLineItem] | None = None
    notify_customer: bool


class SentRead(ResponseModel):
    """The last data that one step sent, and when: a label or a fulfillment."""

    step: str
    at: Timestamp
    label: SentLabel | None = None
    fulfillment: SentFulfillment | None = None
