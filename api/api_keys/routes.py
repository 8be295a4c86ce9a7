"""Routes of API keys."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.api_keys import service
from api.api_keys.schemas import KeyCreate, KeyCreated, KeyQuery, KeyRead
from api.http.auth import ApiKeysManage
from api.http.body import Body
from api.http.errors import ExpiryTooLate, LiveModeRefused
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from domain.errors import ApiKeyNotFound

router = APIRouter(prefix="/api/api-keys", tags=["API keys"])


@router.get("", response_model=Page[KeyRead], response_description="A page of API keys, including revoked keys.")
async def list_api_keys(caller: ApiKeysManage, query: Annotated[KeyQuery, Depends(Query(KeyQuery))]) -> Response:
    """List API keys."""
    return (await service.list_keys(caller, query)).to_response()


@router.post(
    "",
    status_code=201,
    response_model=Envelope[KeyCreated],
    response_description="Created. `secret` is shown only once; null in a replay by Idempotency-Key.",
)
@raises(ExpiryTooLate, LiveModeRefused, keyed=True)
async def create_api_key(caller: ApiKeysManage, body: Annotated[KeyCreate, Depends(Body(KeyCreate))]) -> Response:
    """Create an API key.

    The new key can have only scopes that the calling key has, and can't expire later. The service stores only a hash of
    the secret.
    """
    return (await service.create_key(caller, body)).to_response()


@router.get("/{api_key_id}", response_model=Envelope[KeyRead], response_description="The key.")
@raises(ApiKeyNotFound)
async def get_api_key(caller: ApiKeysManage, api_key_id: PathId) -> Response:
    """Get an API key.

    The actor of an event, such as `key:<id>`, has the id.
    """
    return (await service.get_key(caller, api_key_id)).to_response()


@router.delete("/{api_key_id}", response_model=Envelope[KeyRead], response_description="Revoked.")
@raises(ApiKeyNotFound, keyed=True)
async def revoke_api_key(caller: ApiKeysManage, api_key_id: PathId) -> Response:
    """Revoke an API key.

    The key stops working immediately and permanently. It stays in the list.
    """
    return (await service.revoke_key(caller, api_key_id)).to_response()
