"""Request and response models of the organization."""

from typing import Annotated
from uuid import UUID

from pydantic import Field

from api.http.types import PatchModel, RequestModel, ResponseModel, Timestamp

MAX_GUARD_SECONDS = 30 * 86_400


class SettingsUpdate(PatchModel):
    """The settings to change; those left out keep their value."""

    duplicate_guard_seconds: Annotated[
        int,
        Field(
            strict=True,
            ge=0,
            le=MAX_GUARD_SECONDS,
            description="For so long after a purchase the same one is refused; 0: never.",
        ),
    ] = 0


class OrganizationUpdate(RequestModel):
    """Changes of the organization."""

    settings: SettingsUpdate


class SettingsRead(ResponseModel):
    """Every setting of the organization."""

    duplicate_guard_seconds: int


class OrganizationRead(ResponseModel):
    """The organization of the calling key."""

    id: UUID
    name: str
    settings: SettingsRead
    created_at: Timestamp
