"""Webhooks of carriers: no key of ours, but the carrier's signature."""

from collections import Counter

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.context import ApiContext
from api.http.errors import BodyTooLarge
from api.http.responses import Envelope, answer_one
from api.http.types import PathId, ResponseModel, parse_path_id
from api.openapi.errors import raises
from domain.errors import CarrierAccountNotFound, Unavailable, WebhookRefused

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


class WebhookRead(ResponseModel):
    """How many shipments are asked about because of it."""

    shipments: int


@router.post(
    "/carriers/{carrier_account_id}",
    status_code=202,
    response_model=Envelope[WebhookRead],
    response_description="It is genuine.",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
@raises(WebhookRefused, CarrierAccountNotFound, BodyTooLarge, Unavailable)
async def receive_carrier_webhook(request: Request, carrier_account_id: PathId) -> Response:
    """Take a carrier's webhook.

    For carriers to call, not for clients: it takes no API key, but `X-Hmac-Signature`, made of the body with the
    account's `webhook_secret` (EasyPost's way). Nothing in it is believed but that something happened: the carrier is
    asked about the parcels that it names.
    """
    context: ApiContext = request.app.state.context
    account_id = parse_path_id(carrier_account_id, CarrierAccountNotFound)
    # Counted once: asking for each name would read every header anew, and anybody may send thousands.
    times = Counter(name for name, _ in request.headers.raw)
    headers = {name: value for name, value in request.headers.items() if times[name.encode("latin-1")] == 1}
    count = await context.carrier_queries.handle_webhook(account_id, headers, await request.body())
    return answer_one(WebhookRead(shipments=count), 202).to_response()
