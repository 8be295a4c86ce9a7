"""Routes of webhook endpoints."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import WebhooksRead, WebhooksWrite
from api.http.body import Body
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from api.operations.read_models import CountRead
from api.webhook_endpoints import service
from api.webhook_endpoints.schemas import (
    DeliveryDetail,
    DeliveryQuery,
    DeliveryRead,
    ReplayCreate,
    TestEventRead,
    WebhookEndpointCreate,
    WebhookEndpointCreated,
    WebhookEndpointQuery,
    WebhookEndpointRead,
    WebhookEndpointUpdate,
)
from domain.errors import WebhookDeliveryNotFound, WebhookEndpointDisabled, WebhookEndpointNotFound
from domain.operation_errors import ReplayCountChanged

router = APIRouter(prefix=service.PATH, tags=["webhook endpoints"])


@router.get("", response_model=Page[WebhookEndpointRead], response_description="A page of webhook endpoints.")
async def list_webhook_endpoints(
    caller: WebhooksRead, query: Annotated[WebhookEndpointQuery, Depends(Query(WebhookEndpointQuery))]
) -> Response:
    """List webhook endpoints."""
    return (await service.list_endpoints(caller, query)).to_response()


@router.post(
    "",
    status_code=201,
    response_model=Envelope[WebhookEndpointCreated],
    response_description="Created. `secret` is shown only once; null in a replay by Idempotency-Key.",
)
@raises(keyed=True)
async def create_webhook_endpoint(
    caller: WebhooksWrite, body: Annotated[WebhookEndpointCreate, Depends(Body(WebhookEndpointCreate))]
) -> Response:
    """Create a webhook endpoint.

    It receives the events from now on, signed as Standard Webhooks describes.
    """
    return (await service.create_endpoint(caller, body)).to_response()


@router.get(
    "/{webhook_endpoint_id}", response_model=Envelope[WebhookEndpointRead], response_description="The endpoint."
)
@raises(WebhookEndpointNotFound)
async def get_webhook_endpoint(caller: WebhooksRead, webhook_endpoint_id: PathId) -> Response:
    """Get a webhook endpoint."""
    return (await service.get_endpoint(caller, webhook_endpoint_id)).to_response()


@router.patch(
    "/{webhook_endpoint_id}", response_model=Envelope[WebhookEndpointRead], response_description="The changed endpoint."
)
@raises(WebhookEndpointNotFound, keyed=True)
async def update_webhook_endpoint(
    caller: WebhooksWrite,
    webhook_endpoint_id: PathId,
    body: Annotated[WebhookEndpointUpdate, Depends(Body(WebhookEndpointUpdate))],
) -> Response:
    """Change a webhook endpoint.

    An endpoint that is enabled again receives the events that it missed, the oldest first.
    """
    return (await service.update_endpoint(caller, webhook_endpoint_id, body)).to_response()


@router.delete("/{webhook_endpoint_id}", status_code=204, response_description="Deleted.")
@raises(WebhookEndpointNotFound, keyed=True)
async def delete_webhook_endpoint(caller: WebhooksWrite, webhook_endpoint_id: PathId) -> Response:
    """Delete a webhook endpoint.

    Deletes the log of its deliveries too.
    """
    return (await service.delete_endpoint(caller, webhook_endpoint_id)).to_response()


@router.post(
    "/{webhook_endpoint_id}/rotate-secret",
    response_model=Envelope[WebhookEndpointCreated],
    response_description="Rotated. `secret` is shown only once; null in a replay by Idempotency-Key.",
)
@raises(WebhookEndpointNotFound, keyed=True)
async def rotate_webhook_secret(caller: WebhooksWrite, webhook_endpoint_id: PathId) -> Response:
    """Rotate the secret.

    For 24 hours each request also has a signature with each of the last two secrets.
    """
    return (await service.rotate_secret(caller, webhook_endpoint_id)).to_response()


@router.post(
    "/{webhook_endpoint_id}/test",
    status_code=202,
    response_model=Envelope[TestEventRead],
    response_description="Recorded; the service sends it in the background.",
)
@raises(WebhookEndpointNotFound, WebhookEndpointDisabled, keyed=True)
async def send_test_event(caller: WebhooksWrite, webhook_endpoint_id: PathId) -> Response:
    """Send a test event.

    Only this endpoint receives it, and needs no subscription. Its delivery shows the answer.
    """
    return (await service.send_test_event(caller, webhook_endpoint_id)).to_response()


@router.get(
    "/{webhook_endpoint_id}/deliveries",
    response_model=Page[DeliveryRead],
    response_description="A page of the endpoint's deliveries.",
)
@raises(WebhookEndpointNotFound)
async def list_webhook_deliveries(
    caller: WebhooksRead, webhook_endpoint_id: PathId, query: Annotated[DeliveryQuery, Depends(Query(DeliveryQuery))]
) -> Response:
    """List an endpoint's deliveries.

    At most 1,000 deliveries wait in order; they follow when the endpoint accepts events. Settled deliveries stay for
    30 days.
    """
    return (await service.list_deliveries(caller, webhook_endpoint_id, query)).to_response()


@router.get(
    "/{webhook_endpoint_id}/deliveries/{webhook_delivery_id}",
    response_model=Envelope[DeliveryDetail],
    response_description="The delivery.",
)
@raises(WebhookEndpointNotFound, WebhookDeliveryNotFound)
async def get_webhook_delivery(
    caller: WebhooksRead, webhook_endpoint_id: PathId, webhook_delivery_id: PathId
) -> Response:
    """Get a delivery with its attempts."""
    return (await service.get_delivery(caller, webhook_endpoint_id, webhook_delivery_id)).to_response()


@router.post(
    "/{webhook_endpoint_id}/replay",
    status_code=202,
    response_model=Envelope[CountRead],
    response_description="Recorded; the service sends the events in the background.",
    responses={200: {"model": Envelope[CountRead], "description": "The count; nothing is sent."}},
)
@raises(WebhookEndpointNotFound, ReplayCountChanged, keyed=True)
async def replay_webhook_events(
    caller: WebhooksWrite, webhook_endpoint_id: PathId, body: Annotated[ReplayCreate, Depends(Body(ReplayCreate))]
) -> Response:
    """Send events again.

    By `ids`, at most 500, or by `filter`, at most 50,000: first call with `dry_run` to get the count, then send that
    count as `expected_count`. Replays have the same `webhook-id` as before, and keep no order.
    """
    return (await service.replay(caller, webhook_endpoint_id, body)).to_response()
