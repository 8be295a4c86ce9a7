"""Routes of API keys."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.api_keys import service
from api.api_keys.schemas import KeyCreate, KeyCreated, KeyQuery, KeyRead
from api.http.auth import ApiKeysManage
from api.http.body import Body
from api.http.contract import Contract, Success, promises
from api.http.pagination import Query
from api.http.responses import Envelope, Page

router = APIRouter(prefix="/api/api-keys", tags=["API keys"])

EXAMPLE: dict[str, Any] = {
    "id": "aa0e8400-e29b-41d4-a716-446655440000",
    "name": "warehouse",
    "prefix": "ord_sk_Zk3v9Q",
    "scopes": ["operations:execute", "operations:read"],
    "expires_at": None,
    "revoked_at": None,
    "created_at": "2026-01-15T09:00:00Z",
}
SECRET = "ord_sk_Zk3v9Q" + "0" * 37


@router.get("")
@promises(
    Contract(
        "List API keys",
        {
            200: Success(
                "A page of keys, revoked ones too.",
                Page[KeyRead],
                {
                    "data": [EXAMPLE],
                    "pagination": {"page": 1, "limit": 20, "total": 1, "totalPages": 1, "hasMore": False},
                },
            )
        },
    )
)
async def list_keys(caller: ApiKeysManage, query: Annotated[KeyQuery, Depends(Query(KeyQuery))]) -> Response:
    """See the contract."""
    return (await service.list_keys(caller, query)).response()


@router.post("")
@promises(
    Contract(
        "Create an API key",
        {
            201: Success(
                "Created. `secret` is shown this once; null in a replay by Idempotency-Key.",
                Envelope[KeyCreated],
                {"data": {**EXAMPLE, "secret": SECRET}},
                headers=("Location",),
                links={"api_key_id": ("revoke_key",)},
            )
        },
        "A key can only be given scopes that the calling key has. Only a hash of the secret is kept.",
        {422: ("invalid_input",)},
        keyed=True,
        given={"name": "warehouse", "scopes": ["operations:read", "operations:execute"], "expires_at": None},
    )
)
async def create_key(caller: ApiKeysManage, body: Annotated[KeyCreate, Depends(Body(KeyCreate))]) -> Response:
    """See the contract."""
    return (await service.create_key(caller, body)).response()


@router.delete("/{api_key_id}")
@promises(
    Contract(
        "Revoke an API key",
        {200: Success("Revoked.", Envelope[KeyRead], {"data": {**EXAMPLE, "revoked_at": "2026-01-16T09:00:00Z"}})},
        "At once and for good; the key stays in the list.",
        {404: ("api_key_not_found",)},
        keyed=True,
    )
)
async def revoke_key(caller: ApiKeysManage, api_key_id: str) -> Response:
    """See the contract."""
    return (await service.revoke_key(caller, api_key_id)).response()
