"""Authentication by API key, and the scopes of keys."""

import hashlib
import math
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends
from starlette.requests import Request

from api.http.context import ApiContext
from api.http.errors import (
    InsufficientScope,
    InvalidKey,
    KeyExpired,
    KeyRevoked,
    LiveModeRefused,
    TooManyRequests,
    Unauthorized,
    UserDisabled,
)
from api.http.rate_limit import RateLimiter
from api.http.request_log import ORGANIZATION
from api.http.strict_requests import refuse_unread
from domain.codes import Code
from domain.origin import name_actor
from domain.ports.stores import TEST_PREFIX, CallingKey
from domain.shipping import Mode
from domain.users import Role

SECRET_PREFIX = "ord_sk_"  # noqa: S105 - the fixed start of every secret
SHOWN_CHARACTERS = 6
MAX_SECRET = 200


class Scope(Code):
    """What a key is allowed to do."""

    OPERATIONS_READ = "operations:read", "read operations and operation types"
    OPERATIONS_WRITE = "operations:write", "create operations"
    OPERATIONS_EXECUTE = "operations:execute", "execute, cancel, undo, retry and resolve operations"
    ORDERS_READ = "orders:read", "read orders"
    ORDERS_WRITE = "orders:write", "create, change and erase orders"
    SHIPMENTS_READ = (
        "shipments:read",
        "read shipments, their labels and tracking, refresh tracking, and get prices",
    )
    CARRIER_ACCOUNTS_READ = "carrier-accounts:read", "read carriers and carrier accounts"
    CARRIER_ACCOUNTS_WRITE = "carrier-accounts:write", "create, change and delete carrier accounts"
    BRIDGES_READ = "bridges:read", "read bridges"
    BRIDGES_WRITE = "bridges:write", "create, change and delete bridges"
    EVENTS_READ = "events:read", "read and follow the events of all resources"
    API_KEYS_MANAGE = (
        "api-keys:manage",
        "create, list and revoke keys whose scopes and expiry do not exceed those of the calling key",
    )
    USERS_READ = "users:read", "read users"
    USERS_WRITE = "users:write", "add, change and remove users whose role has no scope that the calling key lacks"
    ORGANIZATION_MANAGE = "organization:manage", "read the organization and change its settings"
    WEBHOOKS_READ = "webhooks:read", "read webhook endpoints and their deliveries"
    WEBHOOKS_WRITE = "webhooks:write", "create, change, test and delete webhook endpoints, and replay events"


_VIEWER = frozenset(scope for scope in Scope if scope.endswith(":read"))
_OPERATOR = _VIEWER | {Scope.OPERATIONS_WRITE, Scope.OPERATIONS_EXECUTE, Scope.ORDERS_WRITE}

ROLE_SCOPES: Mapping[Role, frozenset[Scope]] = {
    Role.VIEWER: _VIEWER,
    Role.OPERATOR: _OPERATOR,
    Role.ADMIN: frozenset(Scope),
}
"""What a user's role allows: no key of the user has another scope."""


def new_secret(mode: Mode = Mode.LIVE) -> str:
    """Return a new key's secret: `ord_sk_` or `ord_sk_test_`, and 43 URL-safe characters, 256 random bits."""
    if mode is Mode.TEST:
        return TEST_PREFIX + secrets.token_urlsafe(32)
    secret = SECRET_PREFIX + secrets.token_urlsafe(32)
    return new_secret() if secret.startswith(TEST_PREFIX) else secret


def cut_prefix(secret: str) -> str:
    """Return the start of a secret, which helps people to recognize it."""
    known = TEST_PREFIX if secret.startswith(TEST_PREFIX) else SECRET_PREFIX
    return secret[: len(known) + SHOWN_CHARACTERS]


def hash_secret(secret: str) -> bytes:
    """Return the stored hash of a secret; 256 random bits need no slow hash."""
    return hashlib.sha256(secret.encode()).digest()


def require_mode(key_mode: Mode, mode: Mode, what: str) -> None:
    """Check that a key may use or change something that has a mode: an account, a bridge, an order or another key.

    Raises:
        LiveModeRefused: the mode is `live`, and the key is a test key.
    """
    if key_mode is Mode.TEST and mode is Mode.LIVE:
        raise LiveModeRefused(what)


@dataclass(frozen=True, slots=True)
class Caller:
    """A request with a valid key."""

    key: CallingKey
    request: Request
    context: ApiContext

    @property
    def organization_id(self) -> UUID:
        return self.key.organization_id

    @property
    def actor(self) -> str:
        return f"key:{self.key.id}"

    def require(self, *scopes: Scope) -> None:
        """Check scopes that only some bodies of a call need, or that the call grants.

        Raises:
            InsufficientScope: the key lacks one of them.
        """
        lacking = sorted(set(scopes).difference(self.key.scopes))
        if lacking:
            raise InsufficientScope(lacking[0])

    def require_mode(self, mode: Mode, what: str) -> None:
        """Check as `require_mode` that the caller's key may use something of a mode."""
        require_mode(self.key.mode, mode, what)

    async def is_still_allowed(self, scope: Scope) -> bool:
        """Whether the key is still valid and has the scope, for an answer that takes long.

        Raises:
            Unavailable: Postgres can't be reached.
        """
        try:
            return scope in (await _find_key(self.request, self.context)).scopes
        except Unauthorized:
            return False


class Require:
    """Dependency: requires a valid key with the scope.

    `only_live` refuses test keys, because live and test work share the resource. Other calls that change
    something must check its mode with `Caller.require_mode`.
    """

    def __init__(self, scope: Scope, *, only_live: bool = False) -> None:
        self.scope = scope
        self.only_live = only_live

    async def __call__(self, request: Request) -> Caller:
        """Return the caller.

        Raises:
            Unauthorized: the key is missing, unknown, revoked or expired, or its user is disabled.
            TooManyRequests: the key calls too often; refused calls count too.
            InsufficientScope: the key lacks the scope.
            LiveModeRefused: it is a test key, and the endpoint is only for live keys.
            UnexpectedBody: the route reads no body, or no such query parameter.
        """
        state = request.app.state
        context: ApiContext = state.context
        key = await _find_key(request, context)
        caller = Caller(key, request, context)
        name_actor(caller.actor)
        request.scope[ORGANIZATION] = str(key.organization_id)
        if state.rate_limiter is not None:
            _take_token(request, state.rate_limiter, key)
        if self.scope not in key.scopes:
            raise InsufficientScope(self.scope)
        if self.only_live:
            caller.require_mode(Mode.LIVE, "this endpoint, because live work uses the same resource")
        await refuse_unread(request)
        return caller


async def _find_key(request: Request, context: ApiContext) -> CallingKey:
    key = await context.database.authenticate(hash_secret(_read_secret(request)))
    if key is None:
        raise InvalidKey
    _refuse_ended(key, context.database.clock.now())
    return _limit_to_role(key)


def _read_secret(request: Request) -> str:
    headers = request.headers.getlist("authorization")
    if not headers:
        raise Unauthorized
    if len(headers) > 1:  # a proxy may have checked the other one
        raise InvalidKey
    scheme, _, secret = headers[0].partition(" ")
    secret = secret.strip()
    well_formed = secret.startswith(SECRET_PREFIX) and secret.isascii() and len(secret) <= MAX_SECRET
    if scheme.lower() != "bearer" or not well_formed:
        raise InvalidKey
    return secret


def _take_token(request: Request, limiter: RateLimiter, key: CallingKey) -> None:
    quota = limiter.take_token(key.id)
    request.scope["response_headers"] += limiter.to_headers(quota)
    if quota.wait > 0:
        raise TooManyRequests(math.ceil(quota.wait))


def _refuse_ended(key: CallingKey, now: datetime) -> None:
    is_removed = key.user_id is not None and key.role is None
    if key.revoked_at is not None or is_removed:
        raise KeyRevoked
    if key.expires_at is not None and key.expires_at <= now:
        raise KeyExpired
    if key.is_user_disabled:
        raise UserDisabled


def _limit_to_role(key: CallingKey) -> CallingKey:
    """Return a user's key without the scopes that the role lacks: the role may have changed since the key exists."""
    if key.role is None:
        return key
    allowed = ROLE_SCOPES[key.role]
    return replace(key, scopes=[scope for scope in key.scopes if scope in allowed])


OperationsRead = Annotated[Caller, Depends(Require(Scope.OPERATIONS_READ))]
OperationsWrite = Annotated[Caller, Depends(Require(Scope.OPERATIONS_WRITE))]
OperationsExecute = Annotated[Caller, Depends(Require(Scope.OPERATIONS_EXECUTE))]
OperationsExecuteInBulk = Annotated[Caller, Depends(Require(Scope.OPERATIONS_EXECUTE, only_live=True))]
OrdersRead = Annotated[Caller, Depends(Require(Scope.ORDERS_READ))]
OrdersWrite = Annotated[Caller, Depends(Require(Scope.ORDERS_WRITE))]
ShipmentsRead = Annotated[Caller, Depends(Require(Scope.SHIPMENTS_READ))]
CarrierAccountsRead = Annotated[Caller, Depends(Require(Scope.CARRIER_ACCOUNTS_READ))]
CarrierAccountsWrite = Annotated[Caller, Depends(Require(Scope.CARRIER_ACCOUNTS_WRITE))]
BridgesRead = Annotated[Caller, Depends(Require(Scope.BRIDGES_READ))]
BridgesWrite = Annotated[Caller, Depends(Require(Scope.BRIDGES_WRITE))]
UsersRead = Annotated[Caller, Depends(Require(Scope.USERS_READ))]
UsersWrite = Annotated[Caller, Depends(Require(Scope.USERS_WRITE, only_live=True))]
EventsRead = Annotated[Caller, Depends(Require(Scope.EVENTS_READ))]
ApiKeysManage = Annotated[Caller, Depends(Require(Scope.API_KEYS_MANAGE))]
OrganizationManage = Annotated[Caller, Depends(Require(Scope.ORGANIZATION_MANAGE))]
OrganizationChange = Annotated[Caller, Depends(Require(Scope.ORGANIZATION_MANAGE, only_live=True))]
WebhooksRead = Annotated[Caller, Depends(Require(Scope.WEBHOOKS_READ))]
WebhooksWrite = Annotated[Caller, Depends(Require(Scope.WEBHOOKS_WRITE, only_live=True))]
