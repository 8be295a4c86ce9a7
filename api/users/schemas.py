"""Request and response models of users."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints

from api.http.pagination import ListQuery
from api.http.types import Flag, Label, PatchModel, RequestModel, ResponseModel, Timestamp
from domain.users import EMAIL_PATTERN, Role

MAX_EMAIL = 254

Email = Annotated[str, StringConstraints(max_length=MAX_EMAIL, pattern=EMAIL_PATTERN)]
"""An e-mail address; only mail that arrives can prove more than its shape."""


class UserCreate(RequestModel):
    """A user to add to the organization."""

    email: Email
    """E-mail address, which identifies the person in any case of its letters."""
    role: Role
    """What the user may do."""
    name: Label | None = None
    """Name of the user in this organization."""


class UserUpdate(PatchModel):
    """Changes of a user. Missing fields keep their value."""

    name: Label | None = None
    """Name of the user in this organization."""
    role: Role = Role.VIEWER
    """What the user may do. Keys of the user lose the scopes that the role lacks, at once."""
    is_disabled: Flag = False
    """Whether the keys of the user are refused."""


class UserQuery(ListQuery):
    """Filters of the list of users."""

    email: Annotated[Email | None, Field(description="Only the user with this e-mail address, in any case.")] = None
    role: Annotated[Role | None, Field(description="Only users with this role.")] = None
    sort: Annotated[Literal["created_at"], Field(description="Field to sort by.")] = "created_at"


class UserRead(ResponseModel):
    """A user of the organization."""

    id: UUID
    """Id of the user; the same person has another id in each organization."""
    email: str
    """E-mail address."""
    name: str | None
    """Name of the user in this organization."""
    role: Role
    """What the user may do."""
    disabled_at: Timestamp | None
    """Since when the keys of the user are refused; null if they are not."""
    removed_at: Timestamp | None
    """When the user was removed; null if the user was not."""
    created_at: Timestamp
    """When the user was added."""
    updated_at: Timestamp
    """When the user last changed."""
