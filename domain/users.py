"""Users of an organization, and their roles."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from domain.codes import Code

EMAIL_PATTERN = r"^[^@\s\x00-\x1f\x7f]+@[^@\s\x00-\x1f\x7f]+$"


class Role(Code):
    """The role of a user in an organization. `api.http.auth.ROLE_SCOPES` has the scopes of each role."""

    VIEWER = "viewer", "reads everything except keys and settings"
    OPERATOR = "operator", "also creates, executes and undoes operations, and changes orders"
    ADMIN = "admin", "also manages accounts, bridges, users, keys and settings"


@dataclass(frozen=True, slots=True)
class User:
    """A member of an organization; a person has another `id` in each organization."""

    id: UUID
    organization_id: UUID
    email: str
    name: str | None
    role: Role
    disabled_at: datetime | None
    removed_at: datetime | None
    created_at: datetime
    updated_at: datetime
