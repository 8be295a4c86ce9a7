"""Routes of users."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import UsersRead, UsersWrite
from api.http.body import Body
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from api.users import service
from api.users.schemas import UserCreate, UserQuery, UserRead, UserUpdate
from domain.errors import LastAdmin, UserExists, UserNotFound, UserRemoved

router = APIRouter(prefix="/api/users", tags=["users"])


@router.get("", response_model=Page[UserRead], response_description="A page of users, including removed users.")
async def list_users(caller: UsersRead, query: Annotated[UserQuery, Depends(Query(UserQuery))]) -> Response:
    """List users."""
    return (await service.list_users(caller, query)).to_response()


@router.post("", status_code=201, response_model=Envelope[UserRead], response_description="Added.")
@raises(UserExists, keyed=True)
async def add_user(caller: UsersWrite, body: Annotated[UserCreate, Depends(Body(UserCreate))]) -> Response:
    """Add a user.

    The calling key needs every scope of the user's role. The person may belong to other organizations, which neither
    see nor influence this user.
    """
    return (await service.add_user(caller, body)).to_response()


@router.get("/{user_id}", response_model=Envelope[UserRead], response_description="The user.")
@raises(UserNotFound)
async def get_user(caller: UsersRead, user_id: PathId) -> Response:
    """Get a user."""
    return (await service.get_user(caller, user_id)).to_response()


@router.patch("/{user_id}", response_model=Envelope[UserRead], response_description="The changed user.")
@raises(UserNotFound, UserRemoved, LastAdmin, keyed=True)
async def update_user(
    caller: UsersWrite, user_id: PathId, body: Annotated[UserUpdate, Depends(Body(UserUpdate))]
) -> Response:
    """Change a user.

    The calling key needs every scope of the user's role, before and after the change.
    """
    return (await service.update_user(caller, user_id, body)).to_response()


@router.delete("/{user_id}", response_model=Envelope[UserRead], response_description="Removed.")
@raises(UserNotFound, LastAdmin, keyed=True)
async def remove_user(caller: UsersWrite, user_id: PathId) -> Response:
    """Remove a user from the organization.

    The keys of the user are revoked: they stop working immediately and permanently. The user stays in the list.
    """
    return (await service.remove_user(caller, user_id)).to_response()
