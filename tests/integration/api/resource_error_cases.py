"""Cases of the errors of HTTP calls, authorization and resources."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import uuid4

import httpx

from api.app import create_app
from api.events.live import LiveEvents
from api.http import errors as call
from api.http.auth import Scope
from api.http.context import ApiLimits
from api.labels.turns import MergeTurns
from domain import errors, operation_errors
from domain.ports.stores import TEST_PREFIX
from domain.users import Role
from tests.fixtures.builders import SHIP_TO, build_order, build_purchase
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.fixtures.rows import now
from tests.integration.api.error_cases import OPERATIONS, Case, Cases

CASES = Cases()
SOME = "00000000-0000-4000-8000-000000000000"
RATES = {"carrier": "fedex", "ship_to": SHIP_TO}


CASES.add_call(errors.InvalidInput, "POST", "/api/orders", {})
CASES.add_call(errors.UnknownOperationType, "POST", OPERATIONS, {"type": "buy", "input": {}})
CASES.add_call(errors.OperationNotFound, "GET", f"{OPERATIONS}/{SOME}")
CASES.add_call(errors.BulkActionNotFound, "GET", f"/api/bulk-actions/{SOME}")
CASES.add_call(errors.OrderNotFound, "GET", f"/api/orders/{SOME}")
CASES.add_call(errors.EventNotFound, "GET", f"/api/events/{SOME}")
CASES.add_call(errors.ShipmentNotFound, "GET", f"/api/shipments/{SOME}")
CASES.add_call(errors.CarrierAccountNotFound, "GET", f"/api/carrier-accounts/{SOME}")
CASES.add_call(errors.CarrierNotFound, "GET", "/api/carriers/pigeon")
CASES.add_call(errors.BridgeNotFound, "GET", f"/api/bridges/{SOME}")
CASES.add_call(errors.UserNotFound, "GET", f"/api/users/{SOME}")
CASES.add_call(errors.ApiKeyNotFound, "DELETE", f"/api/api-keys/{SOME}")
CASES.add_call(errors.WebhookEndpointNotFound, "GET", f"/api/webhook-endpoints/{SOME}")
CASES.add_call(errors.OperationTypeNotFound, "GET", f"{OPERATIONS}/types/buy")
CASES.add_call(errors.WebhookRefused, "POST", f"/webhooks/carriers/{SOME}", {})
CASES.add_call(call.InvalidParameters, "GET", f"{OPERATIONS}?limit=101")
CASES.add_call(call.UnexpectedBody, "POST", f"{OPERATIONS}/{SOME}/execute", {"dry_run": True})
CASES.add_call(call.InvalidIdempotencyKey, "POST", "/api/orders", build_order(), Idempotency_Key="")
CASES.add_call(call.PathNotFound, "GET", "/api/operation")
CASES.add_call(call.MethodNotAllowed, "PUT", OPERATIONS)


def send(path: str, content: bytes, **headers: str) -> Case:
    """Send a raw body."""
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda shop: shop.client.http.post(path, content=content, headers=shop.client.authorization | fields)


CASES[call.MalformedJson] = send("/api/orders", b"")
CASES[call.BodyTooLarge] = send("/api/orders", b" " * 2_000_000)
CASES[call.UnsupportedMediaType] = send("/api/orders", b"{}", Content_Type="text/plain")


def with_key(**columns: Any) -> Case:
    """Make a call with an API key that has these columns."""

    async def case(shop: LiveShop) -> httpx.Response:
        secret = shop.rows.insert_key(**columns)
        return await shop.call("GET", OPERATIONS, Authorization=f"Bearer {secret}")

    return case


CASES[call.Unauthorized] = lambda shop: shop.client.http.get(OPERATIONS)
CASES[call.InvalidKey] = lambda shop: shop.call("GET", OPERATIONS, Authorization="Bearer ord_sk_x")
CASES[call.KeyRevoked] = with_key(revoked_at=now())
CASES[call.KeyExpired] = with_key(expires_at=now() - timedelta(seconds=1))


@CASES.provokes(call.UserDisabled)
async def use_the_key_of_a_disabled_user(shop: LiveShop) -> httpx.Response:
    secret = shop.rows.insert_key(membership_id=shop.rows.insert_user(disabled_at=now()))
    return await shop.call("GET", OPERATIONS, Authorization=f"Bearer {secret}")


@CASES.provokes(errors.OrderInUse)
async def erase_an_order_in_use(shop: LiveShop) -> httpx.Response:
    order_id = shop.rows.insert_order()
    shop.rows.insert_operation(order_id=order_id)
    return await shop.call("POST", f"/api/orders/{order_id}/erase", {"reason": "asked by the customer"})


@CASES.provokes(errors.UserExists)
async def add_a_user_twice(shop: LiveShop) -> httpx.Response:
    await shop.call("POST", "/api/users", {"email": "ann@example.com", "role": "viewer"})
    return await shop.call("POST", "/api/users", {"email": "Ann@Example.com", "role": "viewer"})


@CASES.provokes(errors.UserRemoved)
async def change_a_removed_user(shop: LiveShop) -> httpx.Response:
    user_id = shop.rows.insert_user(removed_at=now())
    return await shop.call("PATCH", f"/api/users/{user_id}", {"role": "viewer"})


@CASES.provokes(errors.LastAdmin)
async def remove_the_last_admin(shop: LiveShop) -> httpx.Response:
    return await shop.call("DELETE", f"/api/users/{shop.rows.insert_user(Role.ADMIN)}")


@CASES.provokes(call.InsufficientScope)
async def lack_a_scope(shop: LiveShop) -> httpx.Response:
    secret = shop.rows.insert_key(Scope.ORDERS_READ)
    return await shop.call("GET", OPERATIONS, Authorization=f"Bearer {secret}")


@CASES.provokes(call.ExpiryTooLate)
async def outlive_the_key(shop: LiveShop) -> httpx.Response:
    secret = shop.rows.insert_key(expires_at=now() + timedelta(hours=1))
    body = {"name": "more", "scopes": ["operations:read"]}
    return await shop.call("POST", "/api/api-keys", body, Authorization=f"Bearer {secret}")


@CASES.provokes(call.LiveModeRefused)
async def use_a_live_account_with_a_test_key(shop: LiveShop) -> httpx.Response:
    secret = shop.rows.insert_key(prefix=f"{TEST_PREFIX}abcdef")
    path = f"/api/carrier-accounts/{shop.rows.insert_account(mode='live')}"
    return await shop.call("DELETE", path, Authorization=f"Bearer {secret}")


@CASES.provokes(call.TooManyRequests)
async def call_too_often(shop: LiveShop) -> httpx.Response:
    shop.client.use_app(shop.client.new_app(requests_per_second=0.1, burst=1))
    await shop.call("GET", OPERATIONS)
    return await shop.call("GET", OPERATIONS)


@CASES.provokes(call.EventsPruned)
async def follow_deleted_events(shop: LiveShop) -> httpx.Response:
    answer = await shop.call("GET", "/api/events?order=asc&limit=1")
    position = shop.rows.value("select max(position) from events where organization_id = %s", shop.rows.organization_id)
    shop.rows.insert("pruned_events", position=position)
    return await shop.call("GET", f"/api/events?order=asc&limit=1&cursor={answer.json()['pagination']['nextCursor']}")


@CASES.provokes(call.EventsRestored)
async def follow_events_that_a_backup_lacks(shop: LiveShop) -> httpx.Response:
    answer = await shop.call("GET", "/api/events?order=asc&limit=100")
    shop.rows.run("update events set id = gen_random_uuid() where organization_id = %s", shop.rows.organization_id)
    return await shop.call("GET", f"/api/events?order=asc&limit=100&cursor={answer.json()['pagination']['nextCursor']}")


async def open_stream_with(shop: LiveShop, **limits: int) -> httpx.Response:
    service = shop.client.service
    events = LiveEvents(service.container.event_feed, **limits)
    context = replace(service.context, live_events=events, limits=ApiLimits(requests_per_second=10))
    shop.client.use_app(create_app(context))
    return await shop.call("GET", "/api/events/stream")


@CASES.provokes(call.TooManyStreams)
async def open_too_many_streams(shop: LiveShop) -> httpx.Response:
    return await open_stream_with(shop, max_streams=0)


@CASES.provokes(call.TooManyOrganizationStreams)
async def open_too_many_streams_of_an_organization(shop: LiveShop) -> httpx.Response:
    return await open_stream_with(shop, max_of_organization=0)


@CASES.provokes(call.IdempotencyKeyReused)
async def reuse_a_key(shop: LiveShop) -> httpx.Response:
    await shop.call("POST", "/api/orders", build_order(), Idempotency_Key="a")
    return await shop.call("POST", "/api/orders", build_order(total="1"), Idempotency_Key="a")


@CASES.provokes(call.IdempotencyKeyInUse)
async def repeat_while_it_runs(shop: LiveShop) -> httpx.Response:
    await shop.sandbox.script("labels.create", "slow:30")
    path = f"{OPERATIONS}/{await shop.create()}/execute"
    first = asyncio.create_task(shop.call("POST", path, Prefer="wait=30", Idempotency_Key="a"))

    async def is_stored() -> bool:
        return bool(shop.rows.select("idempotency_keys"))

    await eventually(is_stored, 60.0, "the first call has begun")
    response = await shop.call("POST", path, Prefer="wait=30", Idempotency_Key="a")
    await shop.sandbox.clear_faults()
    await first
    return response


async def create_webhook_endpoint(shop: LiveShop, **fields: Any) -> str:
    """Create a webhook endpoint; return its path."""
    body = {"url": "https://hooks.example.com/", "event_types": ["order.*"], **fields}
    return f"/api/webhook-endpoints/{(await shop.data('POST', '/api/webhook-endpoints', body))['id']}"


@CASES.provokes(errors.WebhookDeliveryNotFound)
async def get_an_unknown_delivery(shop: LiveShop) -> httpx.Response:
    return await shop.call("GET", f"{await create_webhook_endpoint(shop)}/deliveries/{SOME}")


@CASES.provokes(errors.WebhookEndpointDisabled)
async def send_to_a_disabled_endpoint(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{await create_webhook_endpoint(shop, enabled=False)}/test")


@CASES.provokes(operation_errors.ReplayCountChanged)
async def replay_another_count(shop: LiveShop) -> httpx.Response:
    body = {"filter": {"state": "failed"}, "expected_count": 240}
    return await shop.call("POST", f"{await create_webhook_endpoint(shop)}/replay", body)


def ship_an_order(status: str) -> Case:
    """Create the purchase of a label for an order with this status."""

    async def case(shop: LiveShop) -> httpx.Response:
        order_id = str(shop.rows.insert_order(status=status))
        body = build_purchase(order_id)
        return await shop.call("POST", OPERATIONS, body)

    return case


CASES[errors.OrderCancelled] = ship_an_order("cancelled")
CASES[errors.OrderOnHold] = ship_an_order("on_hold")


@CASES.provokes(errors.LabelNotFound)
async def get_no_label(shop: LiveShop) -> httpx.Response:
    return await shop.call("GET", f"/api/shipments/{shop.rows.insert_shipment()}/label")


@CASES.provokes(errors.DocumentNotFound)
async def get_no_document(shop: LiveShop) -> httpx.Response:
    return await shop.call("GET", f"/api/shipments/{shop.rows.insert_shipment()}/documents/{uuid4()}")


@CASES.provokes(call.LabelVoided)
async def get_a_voided_label(shop: LiveShop) -> httpx.Response:
    return await shop.call("GET", f"/api/shipments/{shop.rows.insert_shipment(status='voided')}/label")


@CASES.provokes(call.TooManyMerges)
async def merge_beside_others(shop: LiveShop) -> httpx.Response:
    context = replace(shop.client.service.context, label_merges=MergeTurns(0, 0))
    shop.client.use_app(create_app(context))
    return await shop.call("POST", "/api/labels/merge", {"ids": [SOME]})


@CASES.provokes(errors.CarrierAccountInUse)
async def delete_an_account_in_use(shop: LiveShop) -> httpx.Response:
    await shop.create()
    return await shop.call("DELETE", f"/api/carrier-accounts/{shop.account_id}")


@CASES.provokes(errors.BridgeInUse)
async def delete_a_bridge_in_use(shop: LiveShop) -> httpx.Response:
    await shop.order()
    return await shop.call("DELETE", f"/api/bridges/{shop.bridge_id}")


@CASES.provokes(errors.OrderBridgeFixed)
async def move_an_order(shop: LiveShop) -> httpx.Response:
    order_id = shop.rows.insert_order(bridge_id=shop.bridge_id)
    return await shop.call("PATCH", f"/api/orders/{order_id}", {"bridge_id": str(shop.rows.insert_bridge())})


@CASES.provokes(errors.OrderExists)
async def join_a_bridge_that_has_the_order(shop: LiveShop) -> httpx.Response:
    shop.rows.insert_order(external_id="7", bridge_id=shop.bridge_id)
    order_id = shop.rows.insert_order(external_id="7")
    return await shop.call("PATCH", f"/api/orders/{order_id}", {"bridge_id": str(shop.bridge_id)})


@CASES.provokes(errors.OrderIsTest)
async def send_a_test_order_with_operations(shop: LiveShop) -> httpx.Response:
    shop.rows.insert_operation(order_id=shop.rows.insert_order(external_id="7", mode="test"))
    return await shop.call("POST", "/api/orders", build_order(external_id="7"))


def rates_after(*faults: str) -> Case:
    """Fetch rates from a carrier with these faults."""

    async def case(shop: LiveShop) -> httpx.Response:
        await shop.sandbox.script("labels.rates", *faults)
        return await shop.call("POST", "/api/rates", RATES)

    return case


CASES[call.CarrierRefused] = rates_after("reject")
CASES[call.CarrierAuthFailed] = rates_after("auth_failed", "auth_failed")
CASES[call.CarrierUnavailable] = rates_after("drop")
CASES[call.CarrierBusy] = rates_after("rate_limited:2")


@CASES.provokes(call.InternalError)
async def violate_a_constraint(shop: LiveShop) -> httpx.Response:
    shop.superuser.execute("alter table orders add constraint ck_forbidden check (external_id <> 'forbidden')")
    return await shop.call("POST", "/api/orders", build_order(external_id="forbidden"))


@CASES.provokes(errors.Unavailable)
async def call_during_an_outage(shop: LiveShop) -> httpx.Response:
    with shop.outage():
        return await shop.call("GET", OPERATIONS)
