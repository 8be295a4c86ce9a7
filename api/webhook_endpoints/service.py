"""Creates and changes webhook endpoints, and replays their events."""

import base64
import secrets
from dataclasses import replace

from api.http.auth import Caller
from api.http.body import MAX_ERRORS
from api.http.idempotency import run_once
from api.http.resources import find_row, list_rows
from api.http.responses import NO_CONTENT, Answer, answer_one, answer_page
from api.http.types import dump_sent_fields, parse_path_id
from api.operations.read_models import CountRead
from api.webhook_endpoints.schemas import (
    MAX_REPLAYED,
    AttemptRead,
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
from domain.errors import (
    FieldError,
    InvalidInput,
    WebhookDeliveryNotFound,
    WebhookEndpointDisabled,
    WebhookEndpointNotFound,
)
from domain.operation_errors import ReplayCountChanged
from domain.ports.stores import OrganizationData
from domain.webhooks import SECRET_PREFIX, WebhookEndpoint

PATH = "/api/webhook-endpoints"
SECRET_BYTES = 32


def new_secret() -> str:
    """Return a new secret in the form of Standard Webhooks: `whsec_` and 256 random bits in base64."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


async def list_endpoints(caller: Caller, query: WebhookEndpointQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.webhook_endpoints, WebhookEndpointRead.model_validate)


async def get_endpoint(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(WebhookEndpointRead.model_validate(await _find(data, raw_id)))


async def create_endpoint(caller: Caller, body: WebhookEndpointCreate) -> Answer:
    """Create an endpoint and return its secret, which is never shown again."""
    _check_url(caller, body.url)
    secret = new_secret()

    async def create(data: OrganizationData) -> Answer:
        created = await data.webhook_endpoints.create(body.model_dump(), secret)
        return _show_secret(created, secret, 201)

    return await run_once(caller, create)


async def update_endpoint(caller: Caller, raw_id: str, body: WebhookEndpointUpdate) -> Answer:
    changes = dump_sent_fields(body)
    if "url" in changes:
        _check_url(caller, body.url)

    async def change(data: OrganizationData) -> Answer:
        found = await _find(data, raw_id)
        updated = await data.webhook_endpoints.update(found.id, changes) if changes else found
        return answer_one(WebhookEndpointRead.model_validate(updated or found))

    return await run_once(caller, change)


async def rotate_secret(caller: Caller, raw_id: str) -> Answer:
    """Replace the secret and return the new one; the last two sign for 24 more hours."""
    ident, secret = parse_path_id(raw_id, WebhookEndpointNotFound), new_secret()

    async def rotate(data: OrganizationData) -> Answer:
        rotated = await data.webhook_endpoints.rotate_secret(ident, secret)
        if rotated is None:
            raise WebhookEndpointNotFound(ident)
        return _show_secret(rotated, secret, 200)

    return await run_once(caller, rotate)


async def delete_endpoint(caller: Caller, raw_id: str) -> Answer:
    ident = parse_path_id(raw_id, WebhookEndpointNotFound)

    async def delete(data: OrganizationData) -> Answer:
        if not await data.webhook_endpoints.delete(ident):
            raise WebhookEndpointNotFound(ident)
        return NO_CONTENT

    return await run_once(caller, delete)


async def send_test_event(caller: Caller, raw_id: str) -> Answer:
    async def send(data: OrganizationData) -> Answer:
        endpoint = await _find(data, raw_id)
        if not endpoint.enabled:
            raise WebhookEndpointDisabled
        return answer_one(TestEventRead(event_id=await data.webhook_endpoints.insert_test_event(endpoint)), 202)

    return await run_once(caller, send)


async def list_deliveries(caller: Caller, raw_id: str, query: DeliveryQuery) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        endpoint = await _find(data, raw_id)
        page_query = query.to_page_query(caller.organization_id, endpoint.id)
        rows, total = await data.webhook_endpoints.list_deliveries(endpoint.id, query.to_filters(), page_query)
    page_rows, place = query.paginate(page_query, rows, total, caller.organization_id, endpoint.id)
    return answer_page([DeliveryRead.model_validate(row) for row in page_rows], place)


async def get_delivery(caller: Caller, raw_id: str, raw_delivery_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        endpoint = await _find(data, raw_id)
        delivery_id = parse_path_id(raw_delivery_id, WebhookDeliveryNotFound)
        delivery = await data.webhook_endpoints.get_delivery(endpoint.id, delivery_id)
        if delivery is None:
            raise WebhookDeliveryNotFound(delivery_id)
        attempts = await data.webhook_endpoints.attempts(delivery_id)
    return answer_one(DeliveryDetail.of(delivery, log=[AttemptRead.model_validate(one) for one in attempts]))


async def replay(caller: Caller, raw_id: str, body: ReplayCreate) -> Answer:
    """Send events again, or count those that the filter matches."""
    filters = body.filter.to_filters() if body.filter is not None else {}

    async def send(data: OrganizationData) -> Answer:
        endpoint, store = await _find(data, raw_id), data.webhook_endpoints
        if body.dry_run:
            return answer_one(CountRead(count=await store.count_replayable(endpoint, filters)))
        if body.ids is not None:
            await _refuse_unknown(data, body)
            return answer_one(CountRead(count=await store.replay_events(endpoint, body.ids)), 202)
        # One more than the maximum, so that a larger number never equals the expected one.
        count = await store.replay_filtered(endpoint, filters, MAX_REPLAYED + 1)
        if body.expected_count is not None and count != body.expected_count:
            raise ReplayCountChanged(count, body.expected_count)
        return answer_one(CountRead(count=count), 202)

    return await run_once(caller, send)


async def _find(data: OrganizationData, raw_id: str) -> WebhookEndpoint:
    return await find_row(data.webhook_endpoints, raw_id, WebhookEndpointNotFound)


async def _refuse_unknown(data: OrganizationData, body: ReplayCreate) -> None:
    ids = body.ids or []
    missing = await data.webhook_endpoints.find_missing_events(ids)
    refused = [
        FieldError(("ids", index), f"there is no event {ident}") for index, ident in enumerate(ids) if ident in missing
    ]
    if refused:
        raise InvalidInput(refused[:MAX_ERRORS])


def _check_url(caller: Caller, url: str) -> None:
    problem = caller.context.outgoing.find_problem(url, allow_query=True)
    if problem is not None:
        raise InvalidInput([FieldError(("url",), problem)])


def _show_secret(endpoint: WebhookEndpoint, secret: str, status: int) -> Answer:
    """Return an answer with the secret; the answer stored with an idempotency key lacks it."""
    location = f"{PATH}/{endpoint.id}" if status == 201 else None  # noqa: PLR2004 - HTTP's own word for created
    shown = answer_one(WebhookEndpointCreated.of(endpoint, secret=secret), status, location)
    return replace(shown, stored_body=answer_one(WebhookEndpointCreated.of(endpoint, secret=None)).body)
