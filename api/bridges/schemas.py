"""What bridges look like outside."""

from typing import Annotated, Literal

from pydantic import AfterValidator, ConfigDict, Field, WithJsonSchema

from api.connections.schemas import (
    ConnectionCreate,
    ConnectionRead,
    ConnectionUpdate,
    SettingsFields,
    schema_of_live,
)
from api.http.pagination import ListQuery
from api.http.types import Flag
from domain.shipping import AccountStatus
from domain.vendors.catalogue import CHANNELS


def _known_channel(name: str) -> str:
    if name not in CHANNELS:
        raise ValueError(f"must be one of {', '.join(CHANNELS)}")
    return name


Channel = Annotated[str, AfterValidator(_known_channel), WithJsonSchema({"type": "string", "enum": list(CHANNELS)})]


class BridgeSettings(SettingsFields):
    """How the channel is reached, and whether the service cancels fulfillments there."""

    can_cancel: Flag = True


class BridgeCreate(ConnectionCreate):
    """A connection to a sales channel."""

    model_config = ConfigDict(json_schema_extra=schema_of_live("channel", CHANNELS))

    channel: Channel
    settings: BridgeSettings = Field(default_factory=BridgeSettings)


class BridgeUpdate(ConnectionUpdate):
    """What is to change of a bridge; settings are merged, credentials are replaced as a whole."""


class BridgeQuery(ListQuery):
    """Filters of the list of bridges."""

    channel: Annotated[Channel | None, Field(description="Filter by channel.")] = None
    status: Annotated[AccountStatus | None, Field(description="Filter by status.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Sort field.")] = "created_at"


class BridgeRead(ConnectionRead):
    """A bridge; `credentials` shows which secrets are set, never what they are."""

    channel: str
