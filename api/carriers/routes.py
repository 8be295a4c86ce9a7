"""Routes of carriers."""

from fastapi import APIRouter
from starlette.responses import Response

from api.carriers.schemas import CarrierRead
from api.http.auth import CarrierAccountsRead
from api.http.responses import Envelope, Several, answer_many, answer_one
from api.openapi.errors import raises
from domain.errors import CarrierNotFound
from domain.vendors.catalogue import CARRIERS

router = APIRouter(prefix="/api/carriers", tags=["carriers"])


@router.get("", response_model=Several[CarrierRead], response_description="Every installed carrier.")
async def list_carriers(caller: CarrierAccountsRead) -> Response:  # noqa: ARG001 - it requires the key
    """List carriers.

    Lists what the service supports of each carrier: services, routes, formats, shipping options, customs data, limits.
    """
    return answer_many([CarrierRead.of_profile(profile) for profile in CARRIERS.values()]).to_response()


@router.get("/{carrier}", response_model=Envelope[CarrierRead], response_description="The carrier.")
@raises(CarrierNotFound)
async def get_carrier(caller: CarrierAccountsRead, carrier: str) -> Response:  # noqa: ARG001 - it requires the key
    """Get a carrier."""
    profile = CARRIERS.get(carrier)
    if profile is None:
        raise CarrierNotFound(carrier[:100])
    return answer_one(CarrierRead.of_profile(profile)).to_response()
