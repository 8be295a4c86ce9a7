"""Request and response models of carrier accounts."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, ConfigDict, Field

from api.connections.schemas import (
    ConnectionCreate,
    ConnectionLogRead,
    ConnectionRead,
    ConnectionUpdate,
    SettingsFields,
    schema_of_live,
)
from api.http.pagination import ListQuery
from api.http.types import Flag, ResponseModel, ShownAs, Value
from domain.postal.phones import DEFAULT_REGION, read_phone
from domain.shipping import AccountStatus
from domain.vendors.catalogue import CARRIERS
from workflows.operations.common_inputs import Address, CarrierName, LabelFormat, Parcel, Text
from workflows.operations.customs import CustomsDefaultFields
from workflows.operations.shipping_options import DefaultOptions


def _check_phone(text: str) -> str:
    if read_phone(text, DEFAULT_REGION) is None:
        raise ValueError("must be a phone number; outside North America, start with + and the country code")
    return text


DefaultPhone = Annotated[Text, AfterValidator(_check_phone)]


class AccountSettings(SettingsFields):
    """How to reach the carrier, and defaults for shipments."""

    ship_from: Address | None = None
    """Sender address of shipments that have no `ship_from`."""
    default_parcel: Parcel | None = None
    """Parcel of shipments that have no `parcels`."""
    default_phone: DefaultPhone | None = None
    """Phone number to send for an address without a usable phone number."""
    label_format: LabelFormat = "PDF"
    """Label format of shipments that have no `label_format`."""
    shipping_defaults: DefaultOptions | None = None
    """Shipping options of shipments that do not set them."""
    customs_defaults: CustomsDefaultFields | None = None
    """Customs data that shipments with customs data do not set themselves."""


class AccountCreate(ConnectionCreate):
    """A carrier account to create."""

    model_config = ConfigDict(json_schema_extra=schema_of_live("carrier", CARRIERS))

    carrier: CarrierName
    """The carrier."""
    is_default: Flag = False
    """Whether operations that name only the carrier use this account. It replaces the earlier default of its mode.

    A carrier's first live account and its first test account always become the default of their mode.
    """
    settings: AccountSettings = Field(default_factory=AccountSettings)
    """Settings of the account."""


class AccountUpdate(ConnectionUpdate):
    """Changes of a carrier account. Settings are merged; credentials are replaced as a whole."""

    is_default: Flag = False
    """Whether operations that name only the carrier use this account. It replaces the earlier default of its mode."""


class AccountQuery(ListQuery):
    """Filters of the list of carrier accounts."""

    carrier: Annotated[CarrierName | None, Field(description="Only accounts of this carrier.")] = None
    status: Annotated[AccountStatus | None, Field(description="Only accounts with this status.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by.")] = "created_at"


class AccountRead(ConnectionRead):
    """A carrier account. `credentials` shows which secrets are set, never their values."""

    settings: Annotated[Value, ShownAs(AccountSettings)]
    """The settings."""
    carrier: str
    """The carrier."""
    is_default: bool
    """Whether live or test operations, by the account's mode, use this account if they name only the carrier."""


class AccountTestRead(ResponseModel):
    """A successful test of an account's credentials."""

    carrier_account_id: UUID
    """Id of the account."""
    message: str
    """What the carrier answered, in one line."""


class AccountDetail(AccountRead):
    """A carrier account with its log."""

    logs: list[ConnectionLogRead]
    """The newest 100 log entries, oldest first."""
