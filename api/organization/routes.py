"""Routes of the organization of the calling key."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import OrganizationChange, OrganizationManage
from api.http.body import Body
from api.http.responses import Envelope
from api.openapi.errors import raises
from api.organization import service
from api.organization.schemas import OrganizationRead, OrganizationUpdate

router = APIRouter(prefix="/api/organization", tags=["organization"])


@router.get("", response_model=Envelope[OrganizationRead], response_description="The organization of the API key.")
async def get_organization(caller: OrganizationManage) -> Response:
    """Get the organization."""
    return (await service.get_organization(caller)).to_response()


@router.patch("", response_model=Envelope[OrganizationRead], response_description="The changed organization.")
@raises(keyed=True)
async def update_organization(
    caller: OrganizationChange, body: Annotated[OrganizationUpdate, Depends(Body(OrganizationUpdate))]
) -> Response:
    """Change the organization's settings."""
    return (await service.update_organization(caller, body)).to_response()
