"""Request and response models of API keys."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field

from api.http.auth import Scope
from api.http.pagination import ListQuery
from api.http.types import InputTime, Label, RequestModel, ResponseModel, Timestamp


class KeyCreate(RequestModel):
    """A key to create. Its scopes and expiry must be within those of the calling key."""

    name: Label
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=50)]
    expires_at: Annotated[
        InputTime | None, Field(description="In the future, and not after the calling key expires; null: never.")
    ] = None


class KeyQuery(ListQuery):
    """Query of the list of keys, which has no filters."""

    sort: Annotated[Literal["created_at"], Field(description="Sort field.")] = "created_at"


class KeyRead(ResponseModel):
    """A key; `prefix` is the start of its secret."""

    id: UUID
    name: str
    prefix: str
    scopes: list[str]
    expires_at: Timestamp | None
    revoked_at: Timestamp | None
    created_at: Timestamp


class KeyCreated(KeyRead):
    """A new key with its secret. The secret appears only in this response; a replay by Idempotency-Key has null."""

    secret: str | None
