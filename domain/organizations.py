"""Organizations and their settings."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class OrganizationSettings:
    """An organization's settings for all of its operations.

    `duplicate_guard_seconds` is how long after a purchase an equal one is refused; 0 turns the check off.
    """

    duplicate_guard_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization."""

    id: UUID
    name: str
    settings: OrganizationSettings
    created_at: datetime
