"""The route of rates."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import ShipmentsRead
from api.http.body import Body
from api.http.contract import Contract, Success, promises
from api.http.responses import Several
from api.rates import service
from api.rates.schemas import RateRead, RateRequest

router = APIRouter(prefix="/api/rates", tags=["shipments"])

EXAMPLE: dict[str, Any] = {
    "carrier_account_id": "880e8400-e29b-41d4-a716-446655440000",
    "carrier": "fedex",
    "service": "GROUND",
    "amount": "11.09",
    "currency": "USD",
}


@router.post("")
@promises(
    Contract(
        "Ask a carrier for its prices",
        {200: Success("The price of each service, the cheapest first.", Several[RateRead], {"data": [EXAMPLE]})},
        "Nothing is bought, and nothing is kept. The ship-to is the order's, the ship-from and the parcel are the "
        "account's, unless they are given. The carrier is given 20 s to answer.",
        {
            404: ("order_not_found",),
            422: ("invalid_input", "carrier_refused", "carrier_auth_failed"),
            502: ("carrier_unavailable",),
            503: ("carrier_rate_limited",),
        },
        given={"order_id": "660e8400-e29b-41d4-a716-446655440000", "carrier": "fedex"},
    )
)
async def get_rates(caller: ShipmentsRead, body: Annotated[RateRequest, Depends(Body(RateRequest))]) -> Response:
    """See the contract."""
    return (await service.get_rates(caller, body)).response()
