"""Webhooks of carriers: no key of ours, but the carrier's signature."""

from collections import Counter
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.context import ApiContext
from api.http.contract import Contract, Success, promises
from api.http.responses import Envelope, one
from api.http.types import Shown, path_id
from domain.errors import CarrierAccountNotFound

router = APIRouter(prefix="/webhooks", tags=["webhooks"])

GIVEN: dict[str, Any] = {
    "object": "Event",
    "description": "tracker.updated",
    "result": {"object": "Tracker", "tracking_code": "9400100000000000000000", "status": "in_transit"},
}


class WebhookHeard(Shown):
    """How many shipments are asked about because of it."""

    shipments: int


@router.post("/carriers/{carrier_account_id}")
@promises(
    Contract(
        "Take a carrier's webhook",
        {202: Success("It is genuine.", Envelope[WebhookHeard], {"data": {"shipments": 1}})},
        "For carriers to call, not for clients: it takes no API key, but `X-Hmac-Signature`, made of the body with the "
        "account's `webhook_secret` (EasyPost's way). Nothing in it is believed but that something happened: the "
        "carrier is asked about the parcels that it names.",
        {
            403: ("webhook_refused",),
            404: ("carrier_account_not_found",),
            413: ("body_too_large",),
            503: ("service_unavailable",),
        },
        given=GIVEN,
        raw=True,
    )
)
async def hear_carrier(request: Request, carrier_account_id: str) -> Response:
    """See the contract."""
    context: ApiContext = request.app.state.context
    account_id = path_id(carrier_account_id, CarrierAccountNotFound)
    # Counted once: asking for each name would read every header anew, and anybody may send thousands.
    times = Counter(name for name, _ in request.headers.raw)
    headers = {name: value for name, value in request.headers.items() if times[name.encode("latin-1")] == 1}
    count = await context.carrier_queries.handle_webhook(account_id, headers, await request.body())
    return one(WebhookHeard(shipments=count), 202).response()
