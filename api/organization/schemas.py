"""Request and response models of the organization."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.http.types import PatchModel, RequestModel, ResponseModel, Timestamp

MAX_GUARD_SECONDS = 30 * 86_400


class SettingsUpdate(PatchModel):
    """Settings to change. Missing settings keep their value."""

    duplicate_guard_seconds: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=MAX_GUARD_SECONDS,
            description="How many seconds after a purchase the same purchase is refused; 0 means never.",
        ),
    ] = 0


class OrganizationUpdate(RequestModel):
    """Changes of the organization."""

    settings: SettingsUpdate
    """Settings to change."""


class SettingsRead(ResponseModel):
    """Settings of the organization."""

    duplicate_guard_seconds: int
    """How long after a purchase the same purchase is refused; 0 means never."""


class OrganizationRead(ResponseModel):
    """The organization of the API key."""

    id: UUID
    """Id of the organization."""
    name: str
    """Name of the organization."""
    settings: SettingsRead
    """Every setting."""
    created_at: Timestamp
    """When it was created."""
