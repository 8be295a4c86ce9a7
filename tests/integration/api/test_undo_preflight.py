"""The preflight, the undo and the operation agree on whether an undo is possible, and why not."""

from typing import Any
from uuid import UUID, uuid4

import pytest
from psycopg.types.json import Jsonb

from domain.json_values import to_json
from domain.orders import OrderStatus
from domain.results import StatusResult
from domain.shipping import ConnectionSettings, Mode
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import FEDEX_KEYS, build_own_account
from tests.fixtures.in_process_api import ApiClient, Temporal, refused_paths
from tests.fixtures.rows import Rows, now


def path_of(operation_id: UUID) -> str:
    return f"/api/operations/{operation_id}/undo"


def insert_status_change(rows: Rows, *, current_status: str) -> UUID:
    """Insert an operation that set an order to shipped; the order now has `current_status`."""
    order_id = rows.insert_order(status=current_status)
    operation_id = rows.insert_operation("completed", order_id=order_id, current_run=1)
    result = StatusResult(order_id, OrderStatus.PROCESSING, OrderStatus.SHIPPED)
    effect_id = rows.insert_effect(operation_id, "set_order_status", result=result)
    rows.insert("order_status_changes", order_id=order_id, status="processing")
    rows.insert(
        "order_status_changes", order_id=order_id, operation_id=operation_id, effect_id=effect_id, status="shipped"
    )
    return operation_id


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"status": "pending"}, "not_completed"),
        ({"status": "failed"}, "not_completed"),
        ({"status": "cancelled"}, "not_completed"),
        ({"type": "void_shipment"}, "type_not_undoable"),
        ({"type": "push_fulfillment", "plan": {"can_undo": False}}, "type_not_undoable"),
        ({"status": "undone"}, "already_undone"),
        ({"undo_status": "in_progress"}, "in_progress"),
        ({"days": -1}, "window_closed"),
    ],
)
async def test_an_undo_that_is_not_available_has_a_reason(
    client: ApiClient, rows: Rows, temporal: Temporal, changes: dict[str, Any], reason: str
) -> None:
    operation_id = rows.insert_purchase(**changes)

    response = await client.call("POST", path_of(operation_id))
    operation = await client.data("GET", f"/api/operations/{operation_id}")

    error = response.json()["error"]
    assert (response.status_code, error["code"]) == (422, "undo_not_available")
    assert error["details"]["reason"] == reason
    assert error["details"]["status"] == changes.get("status", "completed")
    assert (operation["undo"]["available"], operation["undo"]["reason"]) == (False, reason)
    assert temporal.offered == []


@pytest.mark.parametrize(
    ("later", "sees"), [(None, "the order is processing again"), ("delivered", "the order stays delivered")]
)
async def test_the_preflight_names_the_status_after_the_undo(
    client: ApiClient, rows: Rows, later: str | None, sees: str
) -> None:
    """A later status of the order stays."""
    operation_id = insert_status_change(rows, current_status="shipped")
    if later is not None:
        order_id = rows.value("select order_id from operations where id = %s", operation_id)
        await client.data("PATCH", f"/api/orders/{order_id}", {"status": later})

    preflight = await client.data("GET", path_of(operation_id))

    assert (preflight["available"], preflight["reason"]) == (True, None)
    assert [step["customer_sees"] for step in preflight["steps"]] == [sees]


async def test_the_preflight_shows_each_step(client: ApiClient, rows: Rows) -> None:
    operation_id = rows.insert_purchase()
    bought = rows.select_one("effects")["id"]
    rows.insert_effect(
        operation_id, direction="undo", undoes=bought, run=2, state="rejected",
        error={"code": "rejected", "message": "the carrier was busy"},
    )  # fmt: skip

    preflight = await client.data("GET", path_of(operation_id))

    assert (preflight["available"], preflight["reason"], preflight["status"]) == (True, None, "none")
    assert preflight["until"].endswith("Z")
    done, undone = preflight["steps"]
    assert (done["direction"], done["available"]) == ("do", True)
    assert "shows no parcel" in done["customer_sees"]
    assert (undone["direction"], undone["available"]) == ("undo", None)
    assert (undone["message"], undone["customer_sees"]) == ("the carrier was busy", None)


async def test_the_preflight_of_an_unknown_operation_is_not_found(client: ApiClient) -> None:
    assert (await client.call("GET", path_of(uuid4()))).status_code == 404


@pytest.mark.parametrize("status", ["in_transit", "delivered", "exception"])
async def test_a_scanned_label_is_not_voided(client: ApiClient, rows: Rows, temporal: Temporal, status: str) -> None:
    operation_id = rows.insert_purchase(shipment={"tracking_status": status, "scanned_at": now()})

    refused = await client.call("POST", path_of(operation_id))
    preflight = await client.data("GET", path_of(operation_id))
    operation = await client.data("GET", f"/api/operations/{operation_id}")

    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (422, "undo_not_available")
    assert (error["details"]["reason"], error["details"]["tracking_status"]) == ("in_transit", status)
    assert (preflight["available"], preflight["reason"]) == (False, "in_transit")
    (step,) = preflight["steps"]
    assert (step["available"], step["customer_sees"]) == (False, None)
    assert status in step["message"]
    assert (operation["undo"]["available"], operation["undo"]["reason"]) == (False, "in_transit")
    assert temporal.offered == []


async def test_force_lets_the_carrier_decide(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    """The scan may belong to another parcel."""
    operation_id = rows.insert_purchase(shipment={"scanned_at": now()})
    body = {"force": True, "reason": "it is on my desk"}

    forced = await client.call("POST", path_of(operation_id), body, Prefer="wait=0")

    assert forced.status_code == 202
    assert temporal.offered[0].options.to_json() == body


async def insert_sent_purchase(client: ApiClient, rows: Rows) -> tuple[UUID, str]:
    """Insert a purchase through a new account; return its id and the account's path."""
    account = await client.data("POST", "/api/carrier-accounts", build_own_account())
    settings = ConnectionSettings(base_url=account["settings"]["base_url"])
    fingerprint = CARRIERS["fedex"].fingerprint(Mode.TEST, settings, FEDEX_KEYS)
    operation_id = rows.insert_purchase(touches=[UUID(account["id"])])
    effect = rows.select_one("effects")
    result = {**effect["result"], "carrier_account_id": account["id"]}
    rows.update("effects", effect["id"], result=result, fingerprint=Jsonb(to_json(fingerprint)))
    return operation_id, f"/api/carrier-accounts/{account['id']}"


async def test_an_undo_at_another_account_needs_force(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    """The undo is available again once the old account number is back; a rotated key changes nothing."""
    operation_id, account = await insert_sent_purchase(client, rows)
    await client.data("PATCH", account, {"credentials": {**FEDEX_KEYS, "account_number": "111222333"}})

    preflight = await client.data("GET", path_of(operation_id))
    operation = await client.data("GET", f"/api/operations/{operation_id}")
    refused = await client.call("POST", path_of(operation_id), Prefer="wait=0")
    await client.data("PATCH", account, {"credentials": {**FEDEX_KEYS, "client_secret": "rotated"}})
    restored = await client.data("GET", path_of(operation_id))

    assert preflight == operation["undo"]
    assert (preflight["available"], preflight["reason"]) == (False, "connection_changed")
    assert (preflight["steps"][0]["available"], preflight["steps"][0]["message"]) == (
        False,
        "the identity (such as the account number) of the account or bridge changed after buy_label was sent",
    )
    error = refused.json()["error"]
    assert (refused.status_code, error["code"], error["details"]["reason"]) == (
        422,
        "undo_not_available",
        "connection_changed",
    )
    assert temporal.offered == []
    assert (restored["available"], restored["reason"]) == (True, None)


async def test_force_sends_the_undo_to_another_account(client: ApiClient, rows: Rows, temporal: Temporal) -> None:
    operation_id, account = await insert_sent_purchase(client, rows)
    await client.data("PATCH", account, {"credentials": {**FEDEX_KEYS, "account_number": "111222333"}})

    forced = await client.call("POST", path_of(operation_id), {"force": True, "reason": "it moved"}, Prefer="wait=0")

    assert forced.status_code == 202
    assert [run.options.force for run in temporal.offered] == [True]


async def test_credentials_that_no_key_decrypts_do_not_block_the_preflight(client: ApiClient, rows: Rows) -> None:
    operation_id, account = await insert_sent_purchase(client, rows)
    rows.update("carrier_accounts", UUID(account.rpartition("/")[2]), credentials=b"of another key", updated_at=now())

    assert (await client.data("GET", path_of(operation_id)))["available"] is True


@pytest.mark.parametrize("status", ["unknown", "pre_transit", "exception"])
async def test_the_carrier_decides_on_a_label_without_a_scan(client: ApiClient, rows: Rows, status: str) -> None:
    path = path_of(rows.insert_purchase(shipment={"tracking_status": status}))

    assert (await client.data("GET", path))["available"] is True
    assert (await client.call("POST", path, Prefer="wait=0")).status_code == 202


async def test_the_scan_of_a_voided_label_blocks_no_undo(client: ApiClient, rows: Rows) -> None:
    """That step is already compensated."""
    operation_id = rows.insert_purchase(shipment={"scanned_at": now()})
    rows.update("effects", rows.select_one("effects")["id"], reversed_at=now())

    assert (await client.data("GET", path_of(operation_id)))["reason"] is None


async def test_a_step_with_an_unknown_outcome_cannot_be_undone(client: ApiClient, rows: Rows) -> None:
    """The preview promises nothing about it."""
    operation_id = rows.insert_operation("executing", current_run=1)
    rows.insert_effect(operation_id, state="unknown")

    undo = await client.data("GET", path_of(operation_id))

    [step] = undo["steps"]
    assert (undo["available"], step["state"], step["available"]) == (False, "unknown", False)
    assert (step["message"], step["customer_sees"]) == ("the outcome of the step is unknown", None)


async def test_void_shipment_refuses_a_scanned_label(client: ApiClient, rows: Rows) -> None:
    shipment_id = rows.insert_shipment(tracking_status="out_for_delivery", scanned_at=now())
    body = {"type": "void_shipment", "order_id": None, "input": {"shipment_id": str(shipment_id)}}

    response = await client.call("POST", "/api/operations", body)

    assert refused_paths(response) == ["input.shipment_id"]
    message = response.json()["error"]["details"]["fields"][0]["message"]
    assert message == "the carrier has scanned the parcel (out_for_delivery)"
