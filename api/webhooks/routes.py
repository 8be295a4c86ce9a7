"""Routes of carriers' webhooks, authenticated by the carrier's signature instead of an API key."""

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
from domain.origin import name_actor

router = APIRouter(prefix="/webhooks", tags=["webhooks"])


class WebhookRead(ResponseModel):
    """Result of a webhook."""

    shipments: int
    """How many shipments the service checks because of the webhook."""


@router.post(
    "/carriers/{carrier_account_id}",
    status_code=202,
    response_model=Envelope[WebhookRead],
    response_description="The webhook is genuine.",
    openapi_extra={"requestBody": {"required": True, "content": {"application/json": {"schema": {"type": "object"}}}}},
)
@raises(WebhookRefused, CarrierAccountNotFound, BodyTooLarge, Unavailable)
async def receive_carrier_webhook(request: Request, carrier_account_id: PathId) -> Response:
    """Receive a carrier's webhook.

    For carriers, not for clients. The call takes no API key, but a header `X-Hmac-Signature`, which EasyPost computes
    from the body with the account's `webhook_secret`. The service trusts nothing in the body: it asks the carrier about
    the parcels that the body names.
    """
    context: ApiContext = request.app.state.context
    name_actor("service:webhooks")
    account_id = parse_path_id(carrier_account_id, CarrierAccountNotFound)
    # Headers are counted once, because a lookup per name would scan all headers again, and a request may have
    # thousands.
    times = Counter(name for name, _ in request.headers.raw)
    headers = {name: value for name, value in request.headers.items() if times[name.encode("latin-1")] == 1}
    count = await context.carrier_queries.handle_webhook(account_id, headers, await request.body())
    return answer_one(WebhookRead(shipments=count), 202).to_response()
