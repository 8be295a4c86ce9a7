"""Organizations and their settings."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrganizationSettings:
    """What an organization decides for all of its operations.

    For `duplicate_guard_seconds` after a purchase the same one is refused; 0: never.
    """

    duplicate_guard_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization."""

    id: UUID
    name: str
    settings: OrganizationSettings
    created_at: datetime
