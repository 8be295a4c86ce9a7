"""Every success in the OpenAPI document has a recorded example: `make docs` records them."""

import os
from collections.abc import Iterator
from typing import Any

import jsonschema

from adapters.carriers.easypost.webhooks import sign
from tests.fixtures.builders import SHIP_TO, build_account, build_purchase
from tests.fixtures.customs import PARIS, build_customs
from tests.fixtures.examples import Recorder, difference, read_examples, stream_difference, write_examples
from tests.fixtures.http_server import follow, serve
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import BRIDGE, LiveShop

HOOK_SECRET = "secret-of-the-hook"
HOOK_BODY = (
    b'{"object": "Event", "description": "tracker.updated",'
    b' "result": {"object": "Tracker", "tracking_code": "9400100000000000000000", "status": "in_transit"}}'
)
OPERATIONS = "/api/operations"
BULK_ACTIONS = "/api/bulk-actions"


async def walk_through(shop: LiveShop) -> None:
    """Make calls that produce every successful answer."""
    await connections(shop, "/api/carrier-accounts", build_account(name="FedEx"), {"settings": {"label_format": "ZPL"}})
    await connections(shop, "/api/bridges", BRIDGE, {"settings": {"can_cancel": False}})
    await shop.data("PATCH", f"/api/carrier-accounts/{shop.account_id}", {"is_default": True})
    await shop.data("POST", f"/api/carrier-accounts/{shop.account_id}/test")
    order_id = await orders(shop)
    shipment_id = await one_operation(shop, order_id)
    await many_operations(shop, order_id)
    await bulk_actions(shop)
    await failures(shop)
    await shipments(shop, shipment_id)
    await shop.data("POST", f"/api/orders/{await shop.order()}/erase", {"reason": "the customer asked for it"})
    await users(shop)
    await events(shop)
    await keys(shop)
    await organization(shop)
    await webhook(shop)
    await webhook_endpoints(shop)
    for path in ("/api/carriers", "/api/carriers/ups"):
        await shop.data("GET", path)
    for path in ("/healthz", "/readyz", f"{OPERATIONS}/types/void_shipment", f"{OPERATIONS}/types"):
        await shop.call("GET", path)


async def connections(shop: LiveShop, path: str, body: dict[str, Any], changes: dict[str, Any]) -> None:
    connection_id = (await shop.data("POST", path, body))["id"]
    await shop.data("GET", f"{path}/{connection_id}")
    await shop.data("GET", f"{path}?limit=1")
    await shop.data("PATCH", f"{path}/{connection_id}", changes)
    await shop.data("POST", f"{path}/{connection_id}/pause", {"reason": "The warehouse counts its stock."})
    await shop.data("POST", f"{path}/{connection_id}/resume", {"reason": "The stock is counted."})
    await shop.call("DELETE", f"{path}/{connection_id}")


async def orders(shop: LiveShop) -> str:
    body = {
        "external_id": "1001",
        "order_number": "#1001",
        "total": "49.90",
        "customer": {"name": "Ada Buyer", "email": "ada@example.com"},
        "ship_to": SHIP_TO,
        "line_items": [{"id": "1", "sku": "MUG-1", "name": "Mug", "quantity": 2, "price": "24.95"}],
    }
    order_id: str = (await shop.data("POST", "/api/orders", body))["id"]
    await shop.data("POST", "/api/orders", body)
    await shop.data("GET", f"/api/orders/{order_id}")
    await shop.data("GET", "/api/orders?limit=1")
    await shop.data("PATCH", f"/api/orders/{order_id}", {"status": "processing"})
    abroad = {name: value for name, value in PARIS.items() if value is not None}
    goods = build_customs(incoterm="DAP")
    await shop.data("POST", "/api/rates", {"carrier": "fedex", "ship_to": abroad, "customs": goods})
    return order_id


async def one_operation(shop: LiveShop, order_id: str) -> str:
    """Buy a label, and void another."""
    label = build_purchase(order_id)
    path = f"{OPERATIONS}/{(await shop.data('POST', OPERATIONS, label))['id']}"
    bought = await shop.data("POST", f"{path}/execute", Prefer="wait=30")
    await shop.data("GET", path)
    await shop.data("GET", f"{path}/undo")
    await shop.data("GET", f"{OPERATIONS}?limit=1")
    forced = {"force": True, "reason": "the courier never came"}
    await shop.data("POST", f"{OPERATIONS}/{await shop.complete()}/undo", forced, Prefer="wait=30")
    undone_later = await shop.complete()
    await shop.data("POST", f"{OPERATIONS}/{undone_later}/undo", Prefer="wait=0")
    await shop.wait_for_end(undone_later)
    cancelled = await shop.create("update_order_status")
    await shop.data("POST", f"{OPERATIONS}/{cancelled}/cancel")
    executed_later = await shop.create()
    await shop.data("POST", f"{OPERATIONS}/{executed_later}/execute")
    await shop.wait_for_end(executed_later)
    return str(bought["output"]["shipment_id"])


async def many_operations(shop: LiveShop, order_id: str) -> None:
    label = build_purchase(order_id)
    status = {"type": "update_order_status", "order_id": order_id, "input": {"status": "shipped"}}
    created = await shop.data("POST", f"{OPERATIONS}/batch", {"operations": [label, status]})
    ids = [operation["id"] for operation in created]
    await shop.data("POST", f"{OPERATIONS}/{ids[1]}/cancel")
    await shop.data("POST", f"{OPERATIONS}/execute", {"ids": ids})
    await shop.wait_for_end(ids[0])
    await shop.create()
    await shop.data("POST", f"{OPERATIONS}/execute", {"filter": {"type": "create_shipment"}, "dry_run": True})


async def bulk_actions(shop: LiveShop) -> None:
    """Cancel an operation by a filter, and then two by their ids; one of the two is no longer pending."""
    first = await shop.create("update_order_status")
    wanted = {"action": "cancel", "filter": {"type": "update_order_status"}}
    created = await shop.data("POST", BULK_ACTIONS, {**wanted, "expected_count": 1})
    await wait_for_bulk_action(shop, created["id"])
    second = await shop.create("update_order_status")
    skipping = await shop.data("POST", BULK_ACTIONS, {"action": "cancel", "ids": [first, second]})
    await wait_for_bulk_action(shop, skipping["id"])
    path = f"{BULK_ACTIONS}/{created['id']}"
    await shop.data("GET", BULK_ACTIONS)
    await shop.data("GET", path)
    await shop.data("POST", f"{path}/stop")
    await shop.data("GET", f"{BULK_ACTIONS}/{skipping['id']}/items?order=asc")
    await shop.data("POST", BULK_ACTIONS, {**wanted, "dry_run": True})


async def wait_for_bulk_action(shop: LiveShop, bulk_action_id: str) -> None:
    """Wait with the rows, because the first answers of the API become the examples."""

    async def has_ended() -> bool:
        return shop.rows.select_one("bulk_actions", id=bulk_action_id)["ended_at"] is not None

    await eventually(has_ended, 60.0, "the bulk action has ended")


async def failures(shop: LiveShop) -> None:
    """Retry a failed operation, and resolve an unknown outcome."""
    for prefer in ("wait=0", "wait=30"):
        await shop.sandbox.script("labels.create", "reject")
        failed = await shop.execute(await shop.create())
        assert failed["status"] == "failed"
        await shop.data("POST", f"{OPERATIONS}/{failed['id']}/retry", Prefer=prefer)
        await shop.wait_for_end(failed["id"])
        happened = {
            "outcome": "happened",
            "reason": "seen in the carrier's portal",
            "result": {"tracking_number": "794644790132", "carrier_shipment_id": "794644790132"},
        }
        uncertain = await shop.create_uncertain()
        await shop.data("POST", f"{OPERATIONS}/{uncertain}/resolve", happened, Prefer=prefer)
        await shop.wait_for_end(uncertain)


async def shipments(shop: LiveShop, shipment_id: str) -> None:
    path = f"/api/shipments/{shipment_id}"
    await shop.data("POST", f"{path}/tracking")
    await shop.sandbox.scan(shop.rows.select_one("shipments", id=shipment_id)["tracking_number"], "in_transit")

    async def is_scanned() -> bool:
        return shop.rows.select_one("shipments", id=shipment_id)["scanned_at"] is not None

    await eventually(is_scanned, 60.0, "the carrier was asked")
    await shop.data("GET", f"{path}/tracking")
    await shop.data("GET", path)
    await shop.data("GET", "/api/shipments?limit=1")
    (document,) = await shop.data("GET", f"{path}/documents")
    await shop.call("GET", f"{path}/documents/{document['id']}")
    await shop.call("POST", "/api/labels/merge", {"ids": [shipment_id], "sort": "order_number"})


async def users(shop: LiveShop) -> None:
    await shop.data("POST", "/api/users", {"email": "admin@example.com", "role": "admin"})
    body = {"email": "ann@example.com", "role": "viewer", "name": "Ann"}
    user_id = (await shop.data("POST", "/api/users", body))["id"]
    await shop.data("GET", "/api/users?limit=1")
    await shop.data("PATCH", f"/api/users/{user_id}", {"role": "operator"})
    await shop.data("GET", f"/api/users/{user_id}")
    await shop.data("DELETE", f"/api/users/{user_id}")


def insert_event(shop: LiveShop) -> None:
    data = {"id": shop.account_id, "carrier": "fedex", "status": "paused"}
    changes = [{"field": "status", "before": "active", "after": "paused"}]
    kind = {"type": "carrier_account.paused", "subject_type": "carrier_account", "subject_id": shop.account_id}
    shop.rows.insert("events", **kind, actor="user:example", request_id="example", data=data, changes=changes)


async def events(shop: LiveShop) -> None:
    insert_event(shop)
    (event,) = await shop.data("GET", "/api/events?actor=user:example")
    await shop.data("GET", f"/api/events/{event['id']}")


async def follow_events(shop: LiveShop) -> str:
    """Return the start of a stream, with one event."""
    service = shop.client.service
    async with serve(service.app) as url, follow(url, shop.client.secret, "?actor=user:example") as source:
        insert_event(shop)
        await source.next()
        return source.text


async def keys(shop: LiveShop) -> None:
    body = {"name": "warehouse", "scopes": ["operations:execute", "operations:read"]}
    key_id = (await shop.data("POST", "/api/api-keys", body))["id"]
    await shop.data("GET", "/api/api-keys?limit=1")
    await shop.data("GET", f"/api/api-keys/{key_id}")
    await shop.data("DELETE", f"/api/api-keys/{key_id}")


async def organization(shop: LiveShop) -> None:
    await shop.data("GET", "/api/organization")
    await shop.data("PATCH", "/api/organization", {"settings": {"duplicate_guard_seconds": 600}})


async def webhook(shop: LiveShop) -> None:
    secrets = {"api_key": "k", "webhook_secret": HOOK_SECRET}
    body = {"carrier": "easypost", "name": "EasyPost", "mode": "live", "credentials": secrets}
    account_id = (await shop.data("POST", "/api/carrier-accounts", body))["id"]
    headers = {"X-Hmac-Signature": sign(HOOK_SECRET, HOOK_BODY)}
    await shop.client.http.post(f"/webhooks/carriers/{account_id}", content=HOOK_BODY, headers=headers)


async def webhook_endpoints(shop: LiveShop) -> None:
    body = {"url": "https://hooks.example.com/orderly", "event_types": ["order.*"], "description": "Warehouse"}
    path = f"/api/webhook-endpoints/{(await shop.data('POST', '/api/webhook-endpoints', body))['id']}"
    await shop.data("GET", "/api/webhook-endpoints?limit=1")
    await shop.data("GET", path)
    await shop.data("PATCH", path, {"description": "Warehouse in Lyon"})
    await shop.data("POST", f"{path}/rotate-secret")
    event_id = (await shop.data("POST", f"{path}/test"))["event_id"]
    await shop.client.service.container.deliveries.fan_out()
    delivery = (await shop.data("GET", f"{path}/deliveries?limit=1"))[0]
    await shop.data("GET", f"{path}/deliveries/{delivery['id']}")
    await shop.data("POST", f"{path}/replay", {"filter": {"state": "failed"}, "dry_run": True})
    await shop.data("POST", f"{path}/replay", {"ids": [event_id]})
    await shop.call("DELETE", path)


def documented(document: Any) -> Iterator[tuple[str, str, Any]]:
    """Yield each successful answer's operationId, status and schema."""
    for operations in document["paths"].values():
        for operation in operations.values():
            for status, response in operation["responses"].items():
                content = response.get("content", {}).get("application/json")
                if content is not None and "examples" not in content:
                    yield operation["operationId"], status, content["schema"]


async def test_every_example_is_a_real_answer(live_shop: LiveShop) -> None:
    """Each body has the same keys, types and enumeration values."""
    document = (await live_shop.call("GET", "/openapi.json")).json()
    recorder = Recorder(document, live_shop.sandbox.url)
    live_shop.client.http.event_hooks = {"response": [recorder.record]}
    await walk_through(live_shop)
    recorder.record_stream("stream_events", await follow_events(live_shop))
    with live_shop.outage():
        await live_shop.call("GET", "/readyz")
    real = recorder.normalized()
    if "RECORD_EXAMPLES" in os.environ:
        write_examples(real)
    examples = read_examples()

    assert set(examples) == set(real)
    streams = [found["stream_events"]["responses"]["200"] for found in (examples, real)]
    assert stream_difference(*streams) is None, "run `make docs`"
    for name, status, schema in documented(document):
        answer = real[name]["responses"][status]
        whole = {**schema, "components": document["components"]}
        jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(answer)
        assert difference(examples[name]["responses"][status], answer) is None, f"{name} {status}: run `make docs`"
