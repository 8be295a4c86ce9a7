"""Request and response models of carrier accounts."""

from typing import Annotated, Literal

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
from api.http.types import Flag
from domain.postal.phones import DEFAULT_REGION, read_phone
from domain.shipping import AccountStatus
from domain.vendors.catalogue import CARRIERS
from workflows.operations.common_inputs import Address, CarrierName, LabelFormat, Parcel, Text


def _check_phone(text: str) -> str:
    if read_phone(text, DEFAULT_REGION) is None:
        raise ValueError("must be a phone number, outside of North America with + and the country's code")
    return text


DefaultPhone = Annotated[
    Text, AfterValidator(_check_phone), Field(description="Sent for an address that has no usable phone number.")
]


class AccountSettings(SettingsFields):
    """How the service reaches the carrier, and the defaults for shipments whose input leaves these fields out."""

    ship_from: Address | None = None
    default_parcel: Parcel | None = None
    default_phone: DefaultPhone | None = None
    label_format: LabelFormat = "PDF"


class AccountCreate(ConnectionCreate):
    """A carrier account to create; a new default account replaces the carrier's previous default."""

    model_config = ConfigDict(json_schema_extra=schema_of_live("carrier", CARRIERS))

    carrier: CarrierName
    is_default: Flag = False
    settings: AccountSettings = Field(default_factory=AccountSettings)


class AccountUpdate(ConnectionUpdate):
    """Changes of an account; settings are merged, credentials are replaced as a whole."""

    is_default: Flag = False


class AccountQuery(ListQuery):
    """Filters of the list of carrier accounts."""

    carrier: Annotated[CarrierName | None, Field(description="Filter by carrier.")] = None
    status: Annotated[AccountStatus | None, Field(description="Filter by status.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Sort field.")] = "created_at"


class AccountRead(ConnectionRead):
    """A carrier account; `credentials` lists the names of the stored secrets, never their values."""

    carrier: str
    is_default: bool


class AccountDetail(AccountRead):
    """A carrier account with its log: the newest 100 lines, oldest first."""

    logs: list[ConnectionLogRead]
