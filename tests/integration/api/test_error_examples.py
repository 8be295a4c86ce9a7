"""Every declared error is provoked: the answer has the code, message, details and status that its class declares."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import httpx
import pytest
from psycopg.types.json import Jsonb
from pydantic_core import to_jsonable_python

from api.http import errors as call
from api.http.auth import Scope
from api.http.errors import list_errors, status_of
from domain import errors, operation_errors
from domain.errors import DomainError
from domain.json_values import Json
from tests.fixtures.builders import SHIP_TO, build_order
from tests.fixtures.examples import Recorder, difference
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.fixtures.rows import now

SOME = "00000000-0000-4000-8000-000000000000"
OPERATIONS = "/api/operations"
RATES = {"carrier": "fedex", "ship_to": SHIP_TO}

Case = Callable[[LiveShop], Awaitable[httpx.Response]]
CASES: dict[type[DomainError], Case] = {}


def provokes(error: type[DomainError]) -> Callable[[Case], Case]:
    """Register how an error is provoked."""

    def register(case: Case) -> Case:
        CASES[error] = case
        return case

    return register


def simple(error: type[DomainError], method: str, path: str, body: Any = None, **headers: str) -> None:
    """Register an error that one call provokes."""
    CASES[error] = lambda shop: shop.call(method, path, body, **headers)


simple(errors.InvalidInput, "POST", "/api/orders", {})
simple(errors.UnknownOperationType, "POST", OPERATIONS, {"type": "buy", "input": {}})
simple(errors.OperationNotFound, "GET", f"{OPERATIONS}/{SOME}")
simple(errors.OrderNotFound, "GET", f"/api/orders/{SOME}")
simple(errors.ShipmentNotFound, "GET", f"/api/shipments/{SOME}")
simple(errors.CarrierAccountNotFound, "GET", f"/api/carrier-accounts/{SOME}")
simple(errors.BridgeNotFound, "GET", f"/api/bridges/{SOME}")
simple(errors.ApiKeyNotFound, "DELETE", f"/api/api-keys/{SOME}")
simple(errors.OperationTypeNotFound, "GET", f"{OPERATIONS}/types/buy")
simple(errors.WebhookRefused, "POST", f"/webhooks/carriers/{SOME}", {})
simple(call.InvalidParameters, "GET", f"{OPERATIONS}?limit=101")
simple(call.UnexpectedBody, "POST", f"{OPERATIONS}/{SOME}/execute", {"dry_run": True})
simple(call.InvalidIdempotencyKey, "POST", "/api/orders", build_order(), Idempotency_Key="")
simple(call.PathNotFound, "GET", "/api/operation")
simple(call.MethodNotAllowed, "PUT", OPERATIONS)


def send(path: str, content: bytes, **headers: str) -> Case:
    """Make a call with these very bytes."""
    given = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda shop: shop.client.http.post(path, content=content, headers=shop.client.authorization | given)


CASES[call.MalformedJson] = send("/api/orders", b"")
CASES[call.BodyTooLarge] = send("/api/orders", b" " * 2_000_000)
CASES[call.UnsupportedMediaType] = send("/api/orders", b"{}", Content_Type="text/plain")


def with_key(**columns: Any) -> Case:
    """Make a call with a key of this kind."""

    async def case(shop: LiveShop) -> httpx.Response:
        secret = shop.rows.insert_key(**columns)
        return await shop.call("GET", OPERATIONS, Authorization=f"Bearer {secret}")

    return case


CASES[call.Unauthorized] = lambda shop: shop.client.http.get(OPERATIONS)
CASES[call.InvalidKey] = lambda shop: shop.call("GET", OPERATIONS, Authorization="Bearer ord_sk_x")
CASES[call.KeyRevoked] = with_key(revoked_at=now())
CASES[call.KeyExpired] = with_key(expires_at=now() - timedelta(seconds=1))


@provokes(call.InsufficientScope)
async def lack_a_scope(shop: LiveShop) -> httpx.Response:
    secret = shop.rows.insert_key(Scope.ORDERS_READ)
    return await shop.call("GET", OPERATIONS, Authorization=f"Bearer {secret}")


@provokes(call.ExpiryTooLate)
async def outlive_the_key(shop: LiveShop) -> httpx.Response:
    secret = shop.rows.insert_key(expires_at=now() + timedelta(hours=1))
    body = {"name": "more", "scopes": ["operations:read"]}
    return await shop.call("POST", "/api/api-keys", body, Authorization=f"Bearer {secret}")


@provokes(call.TooManyRequests)
async def call_too_often(shop: LiveShop) -> httpx.Response:
    shop.client.use_app(shop.client.new_app(requests_per_second=0.1, burst=1))
    await shop.call("GET", OPERATIONS)
    return await shop.call("GET", OPERATIONS)


@provokes(call.IdempotencyKeyReused)
async def reuse_a_key(shop: LiveShop) -> httpx.Response:
    await shop.call("POST", "/api/orders", build_order(), Idempotency_Key="a")
    return await shop.call("POST", "/api/orders", build_order(total="1"), Idempotency_Key="a")


@provokes(call.IdempotencyKeyInUse)
async def repeat_while_it_runs(shop: LiveShop) -> httpx.Response:
    await shop.sandbox.script("labels.create", "slow:1")
    path = f"{OPERATIONS}/{await shop.create()}/execute"
    first = asyncio.create_task(shop.call("POST", path, Prefer="wait=30", Idempotency_Key="a"))

    async def is_stored() -> bool:
        return bool(shop.rows.select("idempotency_keys"))

    await eventually(is_stored, 10.0, "the first call has begun")
    response = await shop.call("POST", path, Prefer="wait=30", Idempotency_Key="a")
    await first
    return response


def ship_an_order(status: str) -> Case:
    """Record the purchase of a label for an order of this status."""

    async def case(shop: LiveShop) -> httpx.Response:
        order_id = str(shop.rows.insert_order(status=status))
        body = {"type": "create_shipment", "order_id": order_id, "input": {"carrier": "fedex", "service": "GROUND"}}
        return await shop.call("POST", OPERATIONS, body)

    return case


CASES[errors.OrderCancelled] = ship_an_order("cancelled")
CASES[errors.OrderOnHold] = ship_an_order("on_hold")


@provokes(errors.LabelNotFound)
async def get_no_label(shop: LiveShop) -> httpx.Response:
    return await shop.call("GET", f"/api/shipments/{shop.rows.insert_shipment()}/label")


@provokes(errors.CarrierAccountInUse)
async def delete_an_account_in_use(shop: LiveShop) -> httpx.Response:
    await shop.create()
    return await shop.call("DELETE", f"/api/carrier-accounts/{shop.account_id}")


@provokes(errors.BridgeInUse)
async def delete_a_bridge_in_use(shop: LiveShop) -> httpx.Response:
    await shop.order()
    return await shop.call("DELETE", f"/api/bridges/{shop.bridge_id}")


@provokes(errors.OrderBridgeFixed)
async def move_an_order(shop: LiveShop) -> httpx.Response:
    order_id = shop.rows.insert_order(bridge_id=shop.bridge_id)
    return await shop.call("PATCH", f"/api/orders/{order_id}", {"bridge_id": str(shop.rows.insert_bridge())})


@provokes(errors.OrderExists)
async def join_a_bridge_that_has_the_order(shop: LiveShop) -> httpx.Response:
    shop.rows.insert_order(external_id="7", bridge_id=shop.bridge_id)
    order_id = shop.rows.insert_order(external_id="7")
    return await shop.call("PATCH", f"/api/orders/{order_id}", {"bridge_id": str(shop.bridge_id)})


@provokes(operation_errors.DuplicatePurchase)
async def buy_the_same_twice(shop: LiveShop) -> httpx.Response:
    await shop.data("PATCH", "/api/organization", {"settings": {"duplicate_guard_seconds": 600}})
    label = {"carrier": "fedex", "service": "GROUND"}
    body = {"type": "create_shipment", "order_id": await shop.order(), "input": label}
    await shop.data("POST", OPERATIONS, body)
    return await shop.call("POST", OPERATIONS, body)


@provokes(operation_errors.CountChanged)
async def expect_another_count(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/execute", {"filter": {}, "expected_count": 240})


@provokes(operation_errors.OperationNotPending)
async def cancel_twice(shop: LiveShop) -> httpx.Response:
    path = f"{OPERATIONS}/{await shop.create()}/cancel"
    await shop.data("POST", path)
    return await shop.call("POST", path)


@provokes(operation_errors.OperationNotFailed)
async def retry_a_pending_operation(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{await shop.create()}/retry")


async def fail_with_a_label(shop: LiveShop) -> str:
    """Leave a failed operation whose label could not be voided."""
    await shop.sandbox.script("fulfillments.create", "reject")
    await shop.sandbox.script("labels.void", "reject")
    operation = await shop.execute(await shop.create("fulfill_order"))
    assert (operation["status"], operation["attention"]["reason"]) == ("failed", "compensation_failed")
    return str(operation["id"])


@provokes(operation_errors.CompensationUnsettled)
async def retry_before_resolving(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{await fail_with_a_label(shop)}/retry")


@provokes(operation_errors.CompensationRunning)
async def retry_during_the_rollback(shop: LiveShop) -> httpx.Response:
    operation_id = await fail_with_a_label(shop)
    await shop.sandbox.script("labels.void", "slow:1")
    await shop.data("POST", f"{OPERATIONS}/{operation_id}/resolve", {"outcome": "retry", "reason": "once more"})
    response = await shop.call("POST", f"{OPERATIONS}/{operation_id}/retry")
    await shop.wait_for_end(operation_id)
    return response


@provokes(operation_errors.NothingToResolve)
async def resolve_nothing(shop: LiveShop) -> httpx.Response:
    body = {"outcome": "happened", "reason": "I saw it"}
    return await shop.call("POST", f"{OPERATIONS}/{await shop.create()}/resolve", body)


@provokes(operation_errors.Contradicted)
async def claim_a_void_of_a_live_label(shop: LiveShop) -> httpx.Response:
    body = {"outcome": "happened", "reason": "voided in the portal"}
    return await shop.call("POST", f"{OPERATIONS}/{await fail_with_a_label(shop)}/resolve", body)


@provokes(operation_errors.TooEarly)
async def deny_a_call_at_work(shop: LiveShop) -> httpx.Response:
    body = {"outcome": "did_not_happen", "reason": "not in the portal"}
    return await shop.call("POST", f"{OPERATIONS}/{await shop.uncertain()}/resolve", body)


@provokes(operation_errors.OperationChanged)
async def change_meanwhile(shop: LiveShop) -> httpx.Response:
    """Postgres takes no change of this operation, as if another call had changed it and changed it back."""
    operation_id = await shop.done()
    shop.superuser.execute(
        "create function keep() returns trigger language plpgsql as 'begin return null; end';"
        f" create trigger keep before update on operations for each row when (old.id = '{operation_id}')"
        " execute function keep()"
    )
    try:
        return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo")
    finally:
        shop.superuser.execute("drop function keep cascade")


@provokes(operation_errors.UndoNotAvailable)
async def undo_a_pending_operation(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{await shop.create()}/undo")


@provokes(operation_errors.UndoBlocked)
async def undo_what_the_channel_keeps(shop: LiveShop) -> httpx.Response:
    """The label has a last day, as a carrier of one's own may tell."""
    await shop.data("PATCH", f"/api/bridges/{shop.bridge_id}", {"settings": {"can_cancel": False}})
    operation_id = await shop.done("fulfill_order")
    dated = "update effects set result = result || %s where operation_id = %s and step = 'buy_label'"
    shop.rows.run(dated, Jsonb({"void_until": "2099-01-01T00:00:00Z"}), operation_id)
    return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo")


async def push_a_shipment(shop: LiveShop) -> Json:
    """Push the shipment of an operation to the channel; return that operation."""
    order_id = await shop.order()
    purchase = {"type": "create_shipment", "order_id": order_id, "input": {"carrier": "fedex", "service": "GROUND"}}
    bought: Json = await shop.execute((await shop.data("POST", OPERATIONS, purchase))["id"])
    given = {"shipment_id": bought["output"]["shipment_id"], "bridge_id": shop.bridge_id}
    body = {"type": "push_fulfillment", "order_id": order_id, "input": given}
    pushed = await shop.execute((await shop.data("POST", OPERATIONS, body))["id"])
    assert pushed["status"] == "completed", pushed["error"]
    return bought


@provokes(operation_errors.UndoInUse)
async def undo_what_was_pushed(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{(await push_a_shipment(shop))['id']}/undo")


@provokes(operation_errors.ShipmentInUse)
async def void_what_was_pushed(shop: LiveShop) -> httpx.Response:
    given = {"shipment_id": (await push_a_shipment(shop))["output"]["shipment_id"]}
    return await shop.call("POST", OPERATIONS, {"type": "void_shipment", "input": given})


@provokes(operation_errors.VendorSaysTooLate)
async def undo_too_late(shop: LiveShop) -> httpx.Response:
    operation_id = await shop.done()
    await shop.sandbox.script("labels.void", "too_late")
    return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo", Prefer="wait=30")


@provokes(operation_errors.UndoFailed)
async def undo_what_the_carrier_refuses(shop: LiveShop) -> httpx.Response:
    operation_id = await shop.done()
    await shop.sandbox.script("labels.void", "reject")
    return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo", Prefer="wait=30")


def rates_after(*faults: str) -> Case:
    """Ask for rates of a carrier that answers like this."""

    async def case(shop: LiveShop) -> httpx.Response:
        await shop.sandbox.script("labels.rates", *faults)
        return await shop.call("POST", "/api/rates", RATES)

    return case


CASES[call.CarrierRefused] = rates_after("reject")
CASES[call.CarrierAuthFailed] = rates_after("auth_failed", "auth_failed")
CASES[call.CarrierUnavailable] = rates_after("drop")
CASES[call.CarrierBusy] = rates_after("rate_limited:2")


@provokes(call.InternalError)
async def violate_a_constraint(shop: LiveShop) -> httpx.Response:
    shop.superuser.execute("alter table orders add constraint ck_forbidden check (external_id <> 'forbidden')")
    return await shop.call("POST", "/api/orders", build_order(external_id="forbidden"))


@provokes(errors.Unavailable)
async def call_during_an_outage(shop: LiveShop) -> httpx.Response:
    with shop.outage():
        return await shop.call("GET", OPERATIONS)


def test_every_declared_error_is_provoked() -> None:
    assert set(CASES) == set(list_errors())


@pytest.mark.parametrize("error", list(list_errors()), ids=lambda error: error.__name__)
async def test_the_example_is_a_real_answer(error: type[DomainError], live_shop: LiveShop) -> None:
    document = (await live_shop.call("GET", "/openapi.json")).json()
    response = await CASES[error](live_shop)
    real, example = response.json()["error"], error(**error.example)

    assert (response.status_code, real["code"]) == (status_of(error), error.code)
    assert fits(error, real["message"])
    assert fits(error, example.message)
    assert difference(to_jsonable_python(example.details), real["details"]) is None
    assert real["request_id"] == response.headers["X-Request-Id"]
    if error not in (call.PathNotFound, call.MethodNotAllowed):
        documented = Recorder(document, "").operation(response.request)["responses"][str(response.status_code)]
        assert error.code in documented["content"]["application/json"]["examples"]
        assert {name.lower() for name in documented["headers"]} <= set(response.headers)


def fits(error: type[DomainError], message: str) -> bool:
    """Whether a message is one that the template gives."""
    return re.fullmatch(re.sub(r"\\{.*?\\}", ".+", re.escape(error.template)), message) is not None
