"""Cases of the errors of operations: create, execute, undo and resolve."""

import httpx
from psycopg.types.json import Jsonb

from domain import operation_errors
from domain.json_values import Json
from tests.fixtures.builders import FEDEX_KEYS, build_purchase
from tests.fixtures.real_service import LiveShop
from tests.integration.api.error_cases import OPERATIONS, Cases

CASES = Cases()


@CASES.provokes(operation_errors.DuplicatePurchase)
async def buy_the_same_twice(shop: LiveShop) -> httpx.Response:
    await shop.data("PATCH", "/api/organization", {"settings": {"duplicate_guard_seconds": 600}})
    body = build_purchase(await shop.order())
    await shop.data("POST", OPERATIONS, body)
    return await shop.call("POST", OPERATIONS, body)


@CASES.provokes(operation_errors.CountChanged)
async def expect_another_count(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/execute", {"filter": {}, "expected_count": 240})


@CASES.provokes(operation_errors.OperationNotPending)
async def cancel_twice(shop: LiveShop) -> httpx.Response:
    path = f"{OPERATIONS}/{await shop.create()}/cancel"
    await shop.data("POST", path)
    return await shop.call("POST", path)


@CASES.provokes(operation_errors.OperationNotFailed)
async def retry_a_pending_operation(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{await shop.create()}/retry")


async def fail_with_a_label(shop: LiveShop) -> str:
    """Create a failed operation whose label could not be voided."""
    await shop.sandbox.script("fulfillments.create", "reject")
    await shop.sandbox.script("labels.void", "reject")
    operation = await shop.execute(await shop.create("fulfill_order"))
    assert (operation["status"], operation["attention"]["reason"]) == ("failed", "compensation_failed")
    return str(operation["id"])


@CASES.provokes(operation_errors.CompensationUnsettled)
async def retry_before_resolving(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{await fail_with_a_label(shop)}/retry")


@CASES.provokes(operation_errors.CompensationRunning)
async def retry_during_the_rollback(shop: LiveShop) -> httpx.Response:
    operation_id = await fail_with_a_label(shop)
    await shop.sandbox.script("labels.void", "slow:30")
    await shop.data("POST", f"{OPERATIONS}/{operation_id}/resolve", {"outcome": "retry", "reason": "once more"})
    response = await shop.call("POST", f"{OPERATIONS}/{operation_id}/retry")
    await shop.sandbox.clear_faults()
    await shop.wait_for_end(operation_id)
    return response


@CASES.provokes(operation_errors.NothingToResolve)
async def resolve_nothing(shop: LiveShop) -> httpx.Response:
    body = {"outcome": "happened", "reason": "I saw it"}
    return await shop.call("POST", f"{OPERATIONS}/{await shop.create()}/resolve", body)


@CASES.provokes(operation_errors.Contradicted)
async def claim_a_void_of_a_live_label(shop: LiveShop) -> httpx.Response:
    body = {"outcome": "happened", "reason": "voided in the portal"}
    return await shop.call("POST", f"{OPERATIONS}/{await fail_with_a_label(shop)}/resolve", body)


@CASES.provokes(operation_errors.TooEarly)
async def deny_a_call_at_work(shop: LiveShop) -> httpx.Response:
    body = {"outcome": "did_not_happen", "reason": "not in the portal"}
    return await shop.call("POST", f"{OPERATIONS}/{await shop.create_uncertain()}/resolve", body)


@CASES.provokes(operation_errors.OperationChanged)
async def change_meanwhile(shop: LiveShop) -> httpx.Response:
    """A trigger ignores changes of this operation, as if another call had changed it back and forth."""
    operation_id = await shop.complete()
    shop.superuser.execute(
        "create function keep() returns trigger language plpgsql as 'begin return null; end';"
        f" create trigger keep before update on operations for each row when (old.id = '{operation_id}')"
        " execute function keep()"
    )
    try:
        return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo")
    finally:
        shop.superuser.execute("drop function keep cascade")


@CASES.provokes(operation_errors.UndoNotAvailable)
async def undo_a_pending_operation(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{await shop.create()}/undo")


@CASES.provokes(operation_errors.UndoBlocked)
async def undo_what_the_channel_keeps(shop: LiveShop) -> httpx.Response:
    """The label has a last day for its void, as an installed carrier may report."""
    await shop.data("PATCH", f"/api/bridges/{shop.bridge_id}", {"settings": {"can_cancel": False}})
    operation_id = await shop.complete("fulfill_order")
    dated = "update effects set result = result || %s where operation_id = %s and step = 'buy_label'"
    shop.rows.run(dated, Jsonb({"void_until": "2099-01-01T00:00:00Z"}), operation_id)
    return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo")


@CASES.provokes(operation_errors.UndoConnectionChanged)
async def undo_at_another_account(shop: LiveShop) -> httpx.Response:
    operation_id = await shop.complete()
    credentials = {**FEDEX_KEYS, "account_number": "111222333"}
    await shop.data("PATCH", f"/api/carrier-accounts/{shop.account_id}", {"credentials": credentials})
    return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo")


async def push_a_shipment(shop: LiveShop) -> Json:
    """Push the shipment of an operation to the channel; return the operation."""
    order_id = await shop.order()
    purchase = build_purchase(order_id)
    bought: Json = await shop.execute((await shop.data("POST", OPERATIONS, purchase))["id"])
    fields = {"shipment_id": bought["output"]["shipment_id"], "bridge_id": shop.bridge_id}
    body = {"type": "push_fulfillment", "order_id": order_id, "input": fields}
    pushed = await shop.execute((await shop.data("POST", OPERATIONS, body))["id"])
    assert pushed["status"] == "completed", pushed["error"]
    return bought


@CASES.provokes(operation_errors.UndoInUse)
async def undo_what_was_pushed(shop: LiveShop) -> httpx.Response:
    return await shop.call("POST", f"{OPERATIONS}/{(await push_a_shipment(shop))['id']}/undo")


@CASES.provokes(operation_errors.ShipmentInUse)
async def void_what_was_pushed(shop: LiveShop) -> httpx.Response:
    fields = {"shipment_id": (await push_a_shipment(shop))["output"]["shipment_id"]}
    return await shop.call("POST", OPERATIONS, {"type": "void_shipment", "input": fields})


@CASES.provokes(operation_errors.VendorSaysTooLate)
async def undo_too_late(shop: LiveShop) -> httpx.Response:
    operation_id = await shop.complete()
    await shop.sandbox.script("labels.void", "too_late")
    return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo", Prefer="wait=30")


@CASES.provokes(operation_errors.UndoFailed)
async def undo_what_the_carrier_refuses(shop: LiveShop) -> httpx.Response:
    operation_id = await shop.complete()
    await shop.sandbox.script("labels.void", "reject")
    return await shop.call("POST", f"{OPERATIONS}/{operation_id}/undo", Prefer="wait=30")
