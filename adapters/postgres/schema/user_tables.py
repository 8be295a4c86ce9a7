"""The tables of users and API keys."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKeyConstraint, UniqueConstraint, text
from sqlmodel import Field

from adapters.postgres.schema.base import Dated, Owned, Table
from adapters.postgres.schema.column_types import (
    bytes_column,
    index,
    names_column,
    now_column,
    one_of,
    organization,
    text_column,
    time_column,
    within,
)
from domain.users import Role


class Users(Table, table=True):
    """A person, who may belong to several organizations; an organization sees its own members only."""

    __table_args__ = (index(text("lower(email)"), unique=True, name="uq_users_email"),)

    id: UUID = Field(primary_key=True)
    email: str = text_column()
    created_at: datetime = now_column()


class Memberships(Dated, table=True):
    """A user in an organization; `id` is the user's id in the API. The row of a removed user stays, for the audit."""

    __table_args__ = (
        organization(),
        ForeignKeyConstraint(["user_id"], ["users.id"]),
        one_of("role", Role),
        UniqueConstraint("organization_id", "id"),
        index("organization_id", "created_at", "id"),
        index("organization_id", "user_id", unique=True, where="removed_at is null", name="uq_memberships_user"),
        index("user_id"),
    )

    user_id: UUID
    name: str | None = text_column()
    role: str = text_column()
    disabled_at: datetime | None = time_column()
    removed_at: datetime | None = time_column()


class ApiKeys(Owned, table=True):
    """A key of a service, or of a user if it has a `membership_id`."""

    __table_args__ = (
        organization(),
        within("memberships", "membership_id"),
        UniqueConstraint("secret_hash"),
        index("organization_id", "created_at", "id"),
        index("organization_id", "membership_id", where="membership_id is not null"),
    )

    membership_id: UUID | None
    name: str = text_column()
    prefix: str = text_column()
    secret_hash: bytes = bytes_column()
    scopes: list[str] = names_column()
    expires_at: datetime | None = time_column()
    revoked_at: datetime | None = time_column()
    created_at: datetime = now_column()
