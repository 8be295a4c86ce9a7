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
from api.http.types import Flag, ShownAs, Value
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
    """How to reach the channel, and what the service may do there."""

    can_cancel: Flag = True
    """Whether the service may cancel fulfillments in the channel."""
    check_before_label: Flag = True
    """Whether the service reads the shop's order before it buys a label."""
    allowed_order_states: Annotated[list[AllowableState], Field(max_length=len(ALLOWABLE_STATES))] = Field(
        default_factory=list
    )
    """States of the shop in which an order may be shipped although the shop has it on hold or unpaid."""


class BridgeCreate(ConnectionCreate):
    """A bridge to create: a connection to a sales channel."""

    model_config = ConfigDict(json_schema_extra=schema_of_live("channel", CHANNELS))

    channel: Channel
    """The sales channel."""
    settings: BridgeSettings = Field(default_factory=BridgeSettings)
    """Settings of the bridge."""


class BridgeUpdate(ConnectionUpdate):
    """Changes of a bridge. Settings are merged; credentials are replaced as a whole."""


class BridgeQuery(ListQuery):
    """Parameters of the list of bridges."""

    channel: Annotated[Channel | None, Field(description="Only bridges of this channel.")] = None
    status: Annotated[AccountStatus | None, Field(description="Only bridges with this status.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by.")] = "created_at"


class BridgeRead(ConnectionRead):
    """A bridge. `credentials` shows which secrets are set, never their values."""

    settings: Annotated[Value, ShownAs(BridgeSettings)]
    """The settings."""
    channel: str
    """The sales channel."""


class BridgeDetail(BridgeRead):
    """A bridge with its log."""

    logs: list[ConnectionLogRead]
    """The newest 100 log entries, oldest first."""
