"""Request and response models of bridges."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

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
from domain.shipping import AccountStatus
from domain.shop_orders import ALLOWABLE_STATES
from domain.vendors.catalogue import CHANNELS


def _known_channel(name: str) -> str:
    if name not in CHANNELS:
        raise ValueError(f"must be one of {', '.join(CHANNELS)}")
    return name


AllowableState = Literal["pending", "on_hold"]
"""The states in `domain.shop_orders.ALLOWABLE_STATES`."""

Channel = Annotated[str, AfterValidator(_known_channel), WithJsonSchema({"type": "string", "enum": list(CHANNELS)})]


class BridgeSettings(SettingsFields):
    """How the service reaches the channel, and what it does there.

    `can_cancel`: the service may cancel fulfillments. `check_before_label`: the service checks the shop's order before
    it buys a label. `allowed_order_states`: orders in these states of the shop are shipped all the same.
    """

    can_cancel: Flag = True
    check_before_label: Flag = True
    allowed_order_states: Annotated[list[AllowableState], Field(max_length=len(ALLOWABLE_STATES))] = Field(
        default_factory=list
    )


class BridgeCreate(ConnectionCreate):
    """A bridge to create."""

    model_config = ConfigDict(json_schema_extra=schema_of_live("channel", CHANNELS))

    channel: Channel
    settings: BridgeSettings = Field(default_factory=BridgeSettings)


class BridgeUpdate(ConnectionUpdate):
    """Changes of a bridge; settings are merged, credentials are replaced as a whole."""


class BridgeQuery(ListQuery):
    """Filters of the list of bridges."""

    channel: Annotated[Channel | None, Field(description="Filter by channel.")] = None
    status: Annotated[AccountStatus | None, Field(description="Filter by status.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Sort field.")] = "created_at"


class BridgeRead(ConnectionRead):
    """A bridge; `credentials` lists the names of the stored secrets, never their values."""

    channel: str


class BridgeDetail(BridgeRead):
    """A bridge with its log: the newest 100 lines, oldest first."""

    logs: list[ConnectionLogRead]
