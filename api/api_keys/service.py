"""Creates, shows, lists and revokes API keys."""

from dataclasses import replace
from datetime import UTC

from api.api_keys.schemas import KeyCreate, KeyCreated, KeyQuery, KeyRead
from api.http.auth import ROLE_SCOPES, Caller, cut_prefix, hash_secret, new_secret
from api.http.errors import ExpiryTooLate
from api.http.idempotency import run_once
from api.http.resources import find_row, list_rows
from api.http.responses import Answer, answer_one
from api.http.types import parse_path_id
from domain.errors import ApiKeyNotFound, FieldError, InvalidInput
from domain.ports.stores import OrganizationData


async def list_keys(caller: Caller, query: KeyQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.api_keys, KeyRead.model_validate)


async def get_key(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(KeyRead.model_validate(await find_row(data.api_keys, raw_id, ApiKeyNotFound)))


async def create_key(caller: Caller, body: KeyCreate) -> Answer:
    """Create a key and return its secret, which is never shown again."""
    caller.require(*body.scopes)
    if body.expires_at is not None and body.expires_at <= caller.context.database.clock.now():
        raise InvalidInput([FieldError(("expires_at",), "must be in the future")])
    limit = caller.key.expires_at
    if limit is not None and (body.expires_at is None or body.expires_at > limit):
        raise ExpiryTooLate(limit.astimezone(UTC).isoformat().replace("+00:00", "Z"))
    caller.require_mode(body.mode, "mode live for a new key")
    secret = new_secret(body.mode)
    row = {
        "user_id": body.user_id,
        "name": body.name,
        "prefix": cut_prefix(secret),
        "scopes": sorted({scope.value for scope in body.scopes}),
        "expires_at": body.expires_at,
    }

    async def create(data: OrganizationData) -> Answer:
        await _check_owner(data, body)
        key = await data.api_keys.create(row, hash_secret(secret))
        known = KeyRead.model_validate(key).model_dump()
        answer = answer_one(KeyCreated(**known, secret=secret), 201, f"/api/api-keys/{key.id}")
        return replace(answer, stored_body=answer_one(KeyCreated(**known, secret=None)).body)

    return await run_once(caller, create)


async def _check_owner(data: OrganizationData, body: KeyCreate) -> None:
    """Check the user who will own the key; the user can't be removed until the transaction ends.

    Raises:
        InvalidInput: there is no such active user, or the user's role lacks a scope.
    """
    if body.user_id is None:
        return
    user = await data.users.lock(body.user_id)
    if user is None:
        raise InvalidInput([FieldError(("user_id",), f"there is no user {body.user_id}")])
    if user.removed_at is not None or user.disabled_at is not None:
        raise InvalidInput([FieldError(("user_id",), "the user is disabled or removed")])
    allowed = ROLE_SCOPES[user.role]
    wrong = [place for place, scope in enumerate(body.scopes) if scope not in allowed]
    if wrong:
        raise InvalidInput([FieldError(("scopes", place), f"the role {user.role} lacks this scope") for place in wrong])


async def revoke_key(caller: Caller, raw_id: str) -> Answer:
    key_id = parse_path_id(raw_id, ApiKeyNotFound)

    async def revoke(data: OrganizationData) -> Answer:
        key = await data.api_keys.revoke(key_id)
        if key is None:
            raise ApiKeyNotFound(key_id)
        caller.require_mode(key.mode, f"the key {key_id}, whose mode is live")
        return answer_one(KeyRead.model_validate(key))

    return await run_once(caller, revoke)
