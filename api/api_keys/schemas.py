"""Request and response models of API keys."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.http.auth import Scope
from api.http.pagination import ListQuery
from api.http.types import InputId, InputTime, Label, RequestModel, ResponseModel, Timestamp
from domain.shipping import Mode


class KeyCreate(RequestModel):
    """An API key to create. Its scopes and its expiry can't exceed those of the calling key."""

    user_id: InputId | None = None
    """Id of the user who owns the key; null for the key of a service. The role of the user must have the scopes."""

    name: Label
    """Name of the key, for people."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50)]
    """What the key may do."""
    mode: Mode = Mode.LIVE
    """A `test` key uses and changes only accounts, bridges, orders and keys with mode `test`."""
    expires_at: Annotated[
        InputTime | None,
        Field(description="When the key expires, at the latest when the calling key expires; null: never."),
    ] = None


class KeyQuery(ListQuery):
    """Filters of the list of keys."""

    user_id: Annotated[InputId | None, Field(description="Only keys of this user.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by.")] = "created_at"


class KeyRead(ResponseModel):
    """An API key."""

    id: UUID
    """Id of the key."""
    user_id: UUID | None
    """Id of the user who owns the key; null for the key of a service."""
    name: str
    """Name of the key, for people."""
    mode: Mode
    """A `test` key uses and changes only accounts, bridges, orders and keys with mode `test`."""
    prefix: str
    """First characters of the secret, to recognize the key."""
    scopes: list[str]
    """What the key may do; for the key of a user, as far as the role of the user allows it."""
    expires_at: Timestamp | None
    """When the key expires; null if it never expires."""
    revoked_at: Timestamp | None
    """When the key was revoked; null if it was not."""
    created_at: Timestamp
    """When it was created."""


class KeyCreated(KeyRead):
    """A new API key with its secret."""

    secret: str | None
    """The secret of the key. It is shown only once; null in a replay by `Idempotency-Key`."""
