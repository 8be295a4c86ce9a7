"""Adds, changes, lists and removes users."""

from api.http.auth import ROLE_SCOPES, Caller
from api.http.idempotency import run_once
from api.http.resources import find_row, list_rows
from api.http.responses import Answer, answer_one
from api.http.types import dump_sent_fields, parse_path_id
from api.users.schemas import UserCreate, UserQuery, UserRead, UserUpdate
from domain.errors import UserNotFound
from domain.ports.stores import OrganizationData
from domain.users import User


async def list_users(caller: Caller, query: UserQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.users, UserRead.model_validate)


async def get_user(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(UserRead.model_validate(await find_row(data.users, raw_id, UserNotFound)))


async def add_user(caller: Caller, body: UserCreate) -> Answer:
    caller.require(*ROLE_SCOPES[body.role])
    person_id = await caller.context.database.register_person(body.email)

    async def add(data: OrganizationData) -> Answer:
        user = await data.users.add(person_id, body.role, body.name)
        return answer_one(UserRead.model_validate(user), 201, f"/api/users/{user.id}")

    return await run_once(caller, add)


async def update_user(caller: Caller, raw_id: str, body: UserUpdate) -> Answer:
    changes = dump_sent_fields(body)

    async def update(data: OrganizationData) -> Answer:
        user = await _lock_user(caller, data, raw_id)
        if "role" in changes:
            caller.require(*ROLE_SCOPES[body.role])
        return answer_one(UserRead.model_validate(await data.users.update(user, changes) if changes else user))

    return await run_once(caller, update)


async def remove_user(caller: Caller, raw_id: str) -> Answer:
    async def remove(data: OrganizationData) -> Answer:
        user = await _lock_user(caller, data, raw_id)
        return answer_one(UserRead.model_validate(await data.users.remove(user)))

    return await run_once(caller, remove)


async def _lock_user(caller: Caller, data: OrganizationData, raw_id: str) -> User:
    """Return the user that the caller may change.

    Raises:
        UserNotFound: the user does not exist.
        InsufficientScope: the user's role has a scope that the caller lacks.
    """
    user_id = parse_path_id(raw_id, UserNotFound)
    user = await data.users.lock(user_id)
    if user is None:
        raise UserNotFound(user_id)
    caller.require(*ROLE_SCOPES[user.role])
    return user
