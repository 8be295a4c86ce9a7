"""Models of the shipping options that were sent to a carrier."""

from typing import Annotated, Any

from pydantic import BeforeValidator

from api.http.types import ResponseModel
from api.shipments.sent_address import SentAddress


class SentAmount(ResponseModel):
    """An amount of money."""

    amount: str
    """Decimal string."""
    currency: str
    """Currency code (ISO 4217)."""


class SentReferences(ResponseModel):
    """References that the carrier prints on the label."""

    order: str | None = None
    """Order number."""
    po: str | None = None
    """Purchase order number."""
    invoice: str | None = None
    """Invoice number."""
    department: str | None = None
    """Department."""


class SentHold(ResponseModel):
    """Place of collection by the recipient."""

    location_id: str | None = None
    """The carrier's id of the place."""
    address: SentAddress | None = None
    """Address of the place."""


class SentBilling(ResponseModel):
    """Party that pays for the transport."""

    payer: str
    """Who pays."""
    account: str | None = None
    """Account number at the carrier."""
    postal_code: str | None = None
    """Postal code of the account."""
    country: str | None = None
    """Country of the account."""


class SentNotifications(ResponseModel):
    """E-mails of the carrier about the parcel."""

    emails: list[str]
    """The e-mail addresses."""
    events: list[str]
    """Events to report."""


class SentStock(ResponseModel):
    """Paper and resolution of the label."""

    size: str | None = None
    """Width and height in inches, or a paper size."""
    dpi: int | None = None
    """Dots per inch of the printer."""


class SentOptions(ResponseModel):
    """Shipping options, with the account's defaults. Null: not requested."""

    signature: str | None = None
    """Signature that the carrier collects."""
    insurance: SentAmount | None = None
    """Insurance against loss and damage."""
    declared_value: SentAmount | None = None
    """The carrier's own liability."""
    packaging: str | None = None
    """Package of the carrier."""
    references: SentReferences | None = None
    """References on the label."""
    ship_date: str | None = None
    """Day on which the carrier receives the parcel."""
    saturday_delivery: bool | None = None
    """Whether to deliver on a Saturday."""
    hold_at_location: SentHold | None = None
    """Place of collection by the recipient."""
    billing: SentBilling | None = None
    """Who pays for the transport."""
    notifications: SentNotifications | None = None
    """E-mails that the carrier sends."""
    return_address: SentAddress | None = None
    """Address for undeliverable parcels."""
    address_validation: str | None = None
    """How the carrier checks the delivery address."""
    label: SentStock | None = None
    """Paper and resolution of the label."""
    carrier_options: dict[str, bool | int | float | str] | None = None
    """The carrier's own fields."""


def _drop_empty(value: Any) -> Any:
    return value or None


OptionsSent = Annotated[SentOptions | None, BeforeValidator(_drop_empty)]
"""The options; null if there were none."""
