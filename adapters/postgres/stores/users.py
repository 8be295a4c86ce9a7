"""The store of users."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import columns
from adapters.postgres.core.rows import PostgresRows
from adapters.postgres.core.transaction import Transaction
from domain.errors import LastAdmin, UserExists, UserRemoved
from domain.users import Role, User

COLUMNS = columns(User, email="(select email from users where users.id = user_id)")
LISTING = Listing(
    row=User,
    table="memberships",
    columns=COLUMNS,
    sorts={"created_at": ("created_at",)},
    filters={"email": "user_id = (select id from users where lower(email) = lower({}))", "role": "role = {}"},
)

TAKE_TURNS = "select pg_advisory_xact_lock(hashtextextended(%(org)s::text, 5))"
"""Two admins who remove each other take turns, so that one of them stays."""

OTHER_ADMINS = """
    select exists (
        select from memberships
        where organization_id = %(org)s and id <> %(id)s and role = 'admin' and disabled_at is null
            and removed_at is null
    )
"""
MEMBER = "select id from memberships where organization_id = %(org)s and user_id = %(person)s and removed_at is null"
ASSIGNMENTS = {
    "name": "name = %(name)s",
    "role": "role = %(role)s",
    "is_disabled": "disabled_at = case when %(is_disabled)s then coalesce(disabled_at, now()) end",
    "removed_at": "removed_at = now()",
}
REVOKE = """
    update api_keys set revoked_at = now()
    where organization_id = %(org)s and membership_id = %(id)s and revoked_at is null
"""

REGISTER = "insert into users (id, email) values (%(id)s, %(email)s) on conflict (lower(email)) do nothing"
FIND = "select id from users where lower(email) = lower(%(email)s)"


class PostgresUsers(PostgresRows[User]):
    """Implements `domain.ports.stores.UserStore` in Postgres."""

    listing = LISTING

    async def lock(self, user_id: UUID) -> User | None:
        await self._transaction.execute(TAKE_TURNS)
        return await self.get(user_id)

    async def add(self, person_id: UUID, role: Role, name: str | None) -> User:
        await self._transaction.execute(TAKE_TURNS)
        known = await self._transaction.fetch_value(MEMBER, person=person_id)
        if known is not None:
            raise UserExists(known)
        created = await self._insert({"user_id": person_id, "role": role.value, "name": name})
        # Read again: a statement does not see its own new row, so the policy of `users` hid the e-mail address.
        return await self.get(created.id) or created

    async def update(self, user: User, changes: Mapping[str, Any]) -> User:
        if user.removed_at is not None:
            raise UserRemoved(user.id)
        if changes.get("role", Role.ADMIN) != Role.ADMIN or changes.get("is_disabled"):
            await self._refuse_last_admin(user)
        return await self._update(user, changes)

    async def remove(self, user: User) -> User:
        if user.removed_at is not None:
            return user
        await self._refuse_last_admin(user)
        await self._transaction.execute(REVOKE, id=user.id)
        return await self._update(user, {"removed_at": None})

    async def _refuse_last_admin(self, user: User) -> None:
        if user.role is not Role.ADMIN or user.disabled_at is not None:
            return
        if not await self._transaction.fetch_value(OTHER_ADMINS, id=user.id):
            raise LastAdmin(user.id)

    async def _update(self, user: User, changes: Mapping[str, Any]) -> User:
        sql = f"""
            update memberships set {", ".join(ASSIGNMENTS[name] for name in changes)}, updated_at = now()
            where organization_id = %(org)s and id = %(id)s
            returning {COLUMNS}
        """
        updated = await self._transaction.fetch_one(User, sql, id=user.id, **changes)
        assert updated is not None  # noqa: S101 (users are never deleted)
        return updated


async def register_person(transaction: Transaction, person_id: UUID, email: str) -> UUID:
    """Insert a person unless the e-mail address is known, in any case; return the person's id."""
    await transaction.execute(REGISTER, id=person_id, email=email)
    known: UUID = await transaction.fetch_value(FIND, email=email)
    return known
