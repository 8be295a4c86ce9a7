"""Erasure of the personal data of an order."""

import json
from typing import Any
from uuid import UUID

import pytest

from api.http.auth import Caller
from api.http.idempotency import store_final_answer
from api.http.responses import Answer
from api.operations import wait_for_run
from tests.fixtures.builders import FEDEX_GROUND, Json, build_order, build_ship_to, new_external_id
from tests.fixtures.customs import build_customs, build_item
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.real_service import LiveShop
from tests.fixtures.rows import Rows, now
from tests.fixtures.temporal import TemporalServer
from tests.security.secret_search import dump_tables, find_places, read_histories

REASON = {"reason": "asked by the customer"}
MARKS = {
    "name": "Erika Farnsworth",
    "street1": "17 Quiet Meadow Lane",
    "phone": "5035550142",
    "customer": "E. Farnsworth-Quill",
    "email": "erika.quill@example.com",
    "item": "Mug for Erika",
    "note": "ring twice at the green door",
    "metadata": "leave with Mrs Pettigrew",
    "sender": "Quill & Daughters",
    "undo": "Erika called again",
    "place": "NEW TOWN OF ERIKA",
    "signed": "Signed by PETTIGREW",
    "vendor": "no house 17 in Quiet Meadow",
    "notified": "pettigrew@example.com",
    "payer": "QX-4711-Z",
    "returns": "Farnsworth Returns",
    "reference": "Erika's purchase order",
    "own": "for E. Quill",
    "signer": "Ida Farnsworth",
    "tax id": "GB987654321000",
    "goods": "Engraved ring for Erika",
    "invoice": "INV-Erika-1",
    "duties": "DX-0815-Q",
}


def path_of(order_id: object) -> str:
    return f"/api/orders/{order_id}/erase"


def marked_order(bridge_id: str) -> Json:
    return build_order(
        external_id=new_external_id(),
        bridge_id=bridge_id,
        customer={"name": MARKS["customer"], "email": MARKS["email"]},
        ship_to=build_ship_to(name=MARKS["name"], street1=MARKS["street1"], phone=MARKS["phone"]),
        line_items=[{"id": "1", "sku": "MUG-1", "name": MARKS["item"], "quantity": 2, "price": "9.50"}],
        metadata={"note": MARKS["metadata"]},
    )


async def run(shop: LiveShop, order_id: str, kind: str, **fields: Any) -> Json:
    body = {"type": kind, "order_id": order_id, "input": fields, "execute": True}
    done: Json = await shop.data("POST", "/api/operations", body, Prefer="wait=30", Idempotency_Key=f"key {kind}")
    assert done["status"] == "completed", done["error"]
    return done


async def create_order(shop: LiveShop) -> str:
    """Create a marked order here and in the shop; return its id."""
    body = marked_order(shop.bridge_id)
    await shop.sandbox.put_order(body["external_id"], [{"id": "1", "sku": "MUG-1", "quantity": 2}])
    order_id: str = (await shop.data("POST", "/api/orders", body, Idempotency_Key="key order"))["id"]
    return order_id


async def leave_marks(shop: LiveShop) -> tuple[str, Json, Json]:
    """Run operations on a new order that leave each mark; return the order's id and the operations."""
    order_id = await create_order(shop)
    sender = build_ship_to(name=MARKS["sender"])
    bought = await run(shop, order_id, "create_shipment", **FEDEX_GROUND, ship_from=sender)
    fulfilled = await run(shop, order_id, "fulfill_order", **FEDEX_GROUND, bridge_id=shop.bridge_id)
    undo = {"force": True, "reason": MARKS["undo"]}
    await shop.data("POST", f"/api/operations/{bought['id']}/undo", undo, Prefer="wait=30")
    tracking = "insert into tracking_events (shipment_id, organization_id, digest, status, code, description, place)"
    shop.rows.run(
        f"{tracking} values (%s, %s, 'd', 'in_transit', 'X', %s, %s)",
        fulfilled["output"]["shipment_id"], shop.rows.organization_id, MARKS["signed"], MARKS["place"],
    )  # fmt: skip
    error = {"code": "rejected", "message": MARKS["vendor"], "step": "buy_label", "retryable": False}
    options = {
        "notifications": {"emails": [MARKS["notified"]]},
        "billing": {"payer": "third_party", "account": MARKS["payer"]},
        "return_address": build_ship_to(name=MARKS["returns"]),
        "references": {"po": MARKS["reference"]},
        "carrier_options": {"note": MARKS["own"]},
    }
    customs = build_customs(
        items=[build_item(description=MARKS["goods"])],
        signer=MARKS["signer"],
        sender_tax_ids=[{"type": "eori", "number": MARKS["tax id"], "country": "GB"}],
        invoice_number=MARKS["invoice"],
        duties={"payer": "third_party", "account": MARKS["duties"]},
    )
    inputs = {
        **FEDEX_GROUND,
        "reason": MARKS["note"],
        "allow_order_status": True,
        "shipping_options": options,
        "customs": customs,
    }
    failed = shop.rows.insert_operation(
        "failed", type="create_shipment", order_id=UUID(order_id), input=inputs, error=error, undo_error=error
    )
    shop.rows.insert_effect(failed, state="rejected", error=error, answer=MARKS["vendor"].encode())
    return order_id, bought, fulfilled


async def test_no_erased_value_remains(
    live_shop: LiveShop, module_database_url: str, temporal_server: TemporalServer
) -> None:
    """Postgres and Temporal have none, ids and amounts stay, and a finished operation can still be undone."""
    order_id, bought, fulfilled = await leave_marks(live_shop)
    shipment_id = fulfilled["output"]["shipment_id"]
    before = dump_tables(module_database_url)
    histories = await read_histories(temporal_server.address, module_database_url)

    order = await live_shop.data("POST", path_of(order_id), REASON, Idempotency_Key="key erase")
    again = await live_shop.data("POST", path_of(order_id), REASON)
    after = dump_tables(module_database_url)

    for mark in MARKS.values():
        assert find_places(mark, before), mark
        assert find_places(mark, histories) == set(), mark
        assert find_places(mark, after) == set(), mark
    assert (order["customer"], order["ship_to"], order["total"]) == (None, None, "0.00")
    assert order["line_items"] == [{"id": "1", "sku": "MUG-1", "quantity": 2, "price": "9.50"}]
    assert again["erased_at"] > order["erased_at"]
    assert [event["actor"][:4] for event in live_shop.rows.select("events", type="order.erased")] == ["key:"] * 2
    assert (await live_shop.call("GET", f"/api/shipments/{shipment_id}/label")).status_code == 404
    shipment = await live_shop.data("GET", f"/api/shipments/{shipment_id}")
    assert shipment["tracking_number"] == fulfilled["output"]["tracking_number"]
    shown = await live_shop.data("GET", f"/api/operations/{bought['id']}")
    assert (shown["status"], shown["output"]) == ("undone", bought["output"])
    assert {entry["event"] for entry in shown["logs"]} >= {"operation.completed", "operation.undone"}
    undone = await live_shop.data("POST", f"/api/operations/{fulfilled['id']}/undo", Prefer="wait=30")
    assert undone["status"] == "undone", undone


async def test_a_call_that_waits_stores_no_erased_data(
    live_shop: LiveShop, module_database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The erasure comes after the end of the run, and before the answer is stored for its repeat."""
    order_id = await create_order(live_shop)

    async def erase_first(caller: Caller, answer: Answer, operation_id: UUID) -> None:
        await live_shop.data("POST", path_of(order_id), REASON)
        await store_final_answer(caller, answer, operation_id)

    monkeypatch.setattr(wait_for_run, "store_final_answer", erase_first)
    sender = build_ship_to(name=MARKS["sender"])
    answered = await run(live_shop, order_id, "create_shipment", **FEDEX_GROUND, ship_from=sender)
    repeated = await run(live_shop, order_id, "create_shipment", **FEDEX_GROUND, ship_from=sender)
    after = dump_tables(module_database_url)

    assert answered["input"]["ship_from"]["name"] == MARKS["sender"]
    assert (repeated["id"], repeated["output"]) == (answered["id"], answered["output"])
    assert "name" not in repeated["input"]["ship_from"]
    for mark in MARKS.values():
        assert find_places(mark, after) == set(), mark


async def test_answers_of_receivers_and_of_failed_calls_are_erased(client: ApiClient, rows: Rows) -> None:
    """A receiver may answer with data that it fetched, and a failed undo is answered with the vendor's words."""
    order_id = rows.insert_order()
    operation_id = rows.insert_operation("completed", order_id=order_id)
    details = {"status": "completed", "undo": {"error": {"code": "rejected", "message": MARKS["vendor"]}}}
    body = json.dumps({"error": {"code": "undo_failed", "message": "The undo is incomplete.", "details": details}})
    rows.insert(
        "idempotency_keys", key="undo", fingerprint="f", status=422, headers={}, body=body, running_until=now(),
        operation_id=operation_id,
    )  # fmt: skip
    hook = {"url": "https://hooks.example.com/", "event_types": ["order.*"]}
    await client.data("POST", "/api/webhook-endpoints", hook)
    rows.insert("events", type="order.changed", subject_type="order", subject_id=order_id)
    await client.service.container.deliveries.fan_out()
    rows.run("update webhook_deliveries set last_answer = %s", MARKS["name"])
    delivery_id = rows.select("webhook_deliveries")[0]["id"]
    rows.insert("webhook_attempts", delivery_id=delivery_id, status=200, latency_ms=1, answer=MARKS["name"])

    await client.data("POST", path_of(order_id), REASON)

    details["undo"] = {"error": {"code": "rejected"}}
    kept = {"code": "undo_failed", "message": "The undo is incomplete.", "details": details}
    assert json.loads(rows.select_one("idempotency_keys", key="undo")["body"]) == {"error": kept}
    assert {row["last_answer"] for row in rows.select("webhook_deliveries")} == {None}
    assert rows.value("select answer from webhook_attempts where delivery_id = %s", delivery_id) is None


async def test_a_failed_purchase_of_an_erased_order_fails_again(live_shop: LiveShop) -> None:
    """Its retry is rejected, and so is a new purchase: there is no address."""
    await live_shop.sandbox.script("labels.create", "reject")
    failed = await live_shop.execute(await live_shop.create())
    await live_shop.data("POST", path_of(failed["order_id"]), REASON)

    again = await live_shop.data("POST", f"/api/operations/{failed['id']}/retry", Prefer="wait=30")
    body = {"type": "create_shipment", "order_id": failed["order_id"], "input": FEDEX_GROUND}
    new = await live_shop.call("POST", "/api/operations", body)

    assert failed["error"]["code"] == "rejected"
    assert (again["status"], again["error"]["code"]) == ("failed", "rejected")
    assert new.status_code == 422


@pytest.mark.parametrize(
    "columns",
    [
        {"status": "pending"},
        {"status": "executing"},
        {"status": "completed", "undo_status": "in_progress"},
        {"status": "failed", "attention": {"reason": "compensation_failed", "step": "x", "since": None}},
    ],
    ids=["pending", "executing", "undo", "attention"],
)
async def test_an_order_in_use_is_not_erased(client: ApiClient, rows: Rows, columns: Json) -> None:
    order_id = rows.insert_order(customer={"name": MARKS["customer"]})
    operation_id = rows.insert_operation(order_id=order_id, **columns)

    response = await client.call("POST", path_of(order_id), REASON)

    error = response.json()["error"]
    assert (response.status_code, error["code"], error["details"]["id"]) == (409, "order_in_use", str(operation_id))
    assert rows.select_one("orders", id=order_id)["customer"] == {"name": MARKS["customer"]}


async def test_an_operation_that_uses_its_shipment_counts(client: ApiClient, rows: Rows) -> None:
    """It may have no order of its own."""
    order_id = rows.insert_order()
    bought = rows.insert_operation("completed", order_id=order_id)
    shipment_id = rows.insert_shipment(order_id=order_id, operation_id=bought)
    voiding = rows.insert_operation(type="void_shipment", input={"shipment_id": str(shipment_id)})
    rows.insert("shipment_uses", operation_id=voiding, shipment_id=shipment_id, depends_on=bought, removes=True)

    response = await client.call("POST", path_of(order_id), REASON)

    assert response.json()["error"]["details"] == {"id": str(voiding), "type": "void_shipment", "status": "pending"}


async def test_an_undo_that_needs_erased_data_is_refused(client: ApiClient, rows: Rows) -> None:
    order_id = rows.insert_order()
    operation_id = rows.insert_operation("completed", order_id=order_id)
    rows.insert_effect(operation_id, step="set_order_status", result={"hold_id": "7", "note": MARKS["note"]})
    await client.data("POST", path_of(order_id), REASON)

    preflight = await client.data("GET", f"/api/operations/{operation_id}/undo")

    assert (preflight["available"], preflight["reason"]) == (False, "erased")


@pytest.mark.parametrize("body", [{}, {"reason": " "}, {"reason": "x", "force": True}])
async def test_a_reason_is_needed(client: ApiClient, rows: Rows, body: Json) -> None:
    response = await client.call("POST", path_of(rows.insert_order()), body)

    assert (response.status_code, response.json()["error"]["code"]) == (422, "invalid_input")


async def test_another_organizations_order_is_not_erased(client: ApiClient, other_rows: Rows) -> None:
    order_id = other_rows.insert_order(customer={"name": MARKS["customer"]})

    response = await client.call("POST", path_of(order_id), REASON)

    assert response.status_code == 404
    assert other_rows.select_one("orders", id=order_id)["customer"] == {"name": MARKS["customer"]}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"carrier": "ups", "ship_from": {"name": "A", "country": "US"}}, {"carrier": "ups", "ship_from": {}}),
        ({"items": [{"sku": "A", "quantity": 2}], "note": "x"}, {"items": [{"sku": "A", "quantity": 2}]}),
        ({"hold_id": "7", "tax_id": "DE1", "customer_id": "a@example.com"}, {"hold_id": "7"}),
        ({"sent_at": "2026-01-01T00:00:00Z", "said_at": "Ann's"}, {"sent_at": "2026-01-01T00:00:00Z"}),
        ({"names": ["Ann", {"id": 1}], "ok": True, "none": None}, {"names": [{"id": 1}], "ok": True, "none": None}),
    ],
)
def test_only_texts_of_known_meaning_stay(rows: Rows, value: Json, expected: Json) -> None:
    assert rows.value("select erase_texts(%s::jsonb)", json.dumps(value)) == expected
