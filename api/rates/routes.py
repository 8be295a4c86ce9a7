"""The route of rates."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import ShipmentsRead
from api.http.body import Body
from api.http.errors import CarrierAuthFailed, CarrierBusy, CarrierRefused, CarrierUnavailable, LiveModeRefused
from api.http.responses import Several
from api.openapi.errors import raises
from api.rates import service
from api.rates.schemas import RateRead, RateRequest
from domain.errors import OrderNotFound

router = APIRouter(prefix="/api/rates", tags=["rates"])


@router.post("", response_model=Several[RateRead], response_description="The price of each service, cheapest first.")
@raises(OrderNotFound, LiveModeRefused, CarrierRefused, CarrierAuthFailed, CarrierUnavailable, CarrierBusy)
async def get_rates(caller: ShipmentsRead, body: Annotated[RateRequest, Depends(Body(RateRequest))]) -> Response:
    """Get a carrier's prices.

    Buys and stores nothing. Without `ship_to`, `ship_from` or `parcels` the call uses the order's delivery address, the
    account's sender address and the account's default parcel. The carrier has 20 s to answer.
    """
    return (await service.get_rates(caller, body)).to_response()
