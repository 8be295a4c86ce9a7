"""Operations and shipments show the data that was sent, even if the order changes later."""

from typing import Any

from tests.fixtures.builders import FEDEX_GROUND, SHIP_TO, Json
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop

OPERATIONS = "/api/operations"
SENT_TO = {**SHIP_TO, "phone": "+15035550199"}
"""The normal form that the carrier gets."""
MOVED = {**SENT_TO, "name": "Ada Lovelace", "street1": "2 Open Sea"}


async def create(shop: LiveShop, kind: str, order_id: str, **fields: Any) -> Json:
    """Create an operation on an order."""
    body = {"type": kind, "order_id": order_id, "input": fields}
    return dict(await shop.data("POST", OPERATIONS, body))


async def bought(shop: LiveShop, order_id: str) -> Json:
    """Buy a label and return the operation."""
    operation: Json = await shop.execute((await create(shop, "create_shipment", order_id, **FEDEX_GROUND))["id"])
    assert operation["status"] == "completed", operation["error"]
    return operation


def drop_empty(address: Json) -> Json:
    """Return the address without its empty fields."""
    return {name: value for name, value in address.items() if value is not None}


async def test_a_label_keeps_its_address_and_items(live_shop: LiveShop) -> None:
    """The order changes afterwards."""
    order_id = await live_shop.order()
    operation = await bought(live_shop, order_id)
    await live_shop.data("PATCH", f"/api/orders/{order_id}", {"ship_to": MOVED, "line_items": []})

    (sent,) = (await live_shop.data("GET", f"{OPERATIONS}/{operation['id']}"))["sent"]
    shipment = await live_shop.data("GET", f"/api/shipments/{operation['output']['shipment_id']}")

    assert (sent["step"], sent["fulfillment"]) == ("buy_label", None)
    assert drop_empty(sent["label"]["ship_to"]) == SENT_TO
    assert sent["label"]["ship_from"]["city"]
    assert [parcel["weight_unit"] for parcel in sent["label"]["parcels"]] == ["lb"]
    assert (sent["label"]["service"], sent["label"]["label_format"]) == ("GROUND", "PDF")
    assert shipment["sent"] == sent["label"]


async def test_a_label_shows_its_options_and_those_of_the_account(live_shop: LiveShop) -> None:
    """The carrier gets them, and prints them."""
    defaults = {"signature": "direct", "references": {"department": "TOYS"}}
    path = f"/api/carrier-accounts/{live_shop.account_id}"
    await live_shop.data("PATCH", path, {"settings": {"shipping_defaults": defaults}})
    options = {"signature": "adult", "references": {"po": "PO-4711"}}
    operation = await create(
        live_shop, "create_shipment", await live_shop.order(), **FEDEX_GROUND, shipping_options=options
    )

    completed = await live_shop.execute(operation["id"])

    (sent,) = completed["sent"]
    wanted = {"signature": "adult", "references": {"po": "PO-4711", "department": "TOYS"}}
    shown = drop_empty(sent["label"]["shipping_options"])
    assert {**shown, "references": drop_empty(shown["references"])} == wanted
    shipment = await live_shop.data("GET", f"/api/shipments/{completed['output']['shipment_id']}")
    assert shipment["sent"] == sent["label"]
    (sold,) = await live_shop.sandbox.labels(shipment["reference"])
    assert sold["options"] == {
        "signature": "ADULT",
        "references.po": "PO-4711",
        "references.department": "TOYS",
    }


async def test_a_label_is_bought_with_the_orders_latest_address(live_shop: LiveShop) -> None:
    """The address changes between create and execute."""
    order_id = await live_shop.order()
    operation = await create(live_shop, "create_shipment", order_id, **FEDEX_GROUND)
    assert (await live_shop.data("GET", f"{OPERATIONS}/{operation['id']}"))["sent"] == []
    await live_shop.data("PATCH", f"/api/orders/{order_id}", {"ship_to": MOVED})

    completed = await live_shop.execute(operation["id"])

    assert drop_empty(completed["sent"][0]["label"]["ship_to"]) == MOVED


async def test_a_lookup_uses_the_address_that_was_sent(live_shop: LiveShop) -> None:
    """The order changes while the outcome is unknown; the label is found and adopted."""
    order_id = await live_shop.order()
    operation = await create(live_shop, "create_shipment", order_id, **FEDEX_GROUND)
    await live_shop.sandbox.script("labels.create", "accept_then_drop")
    await live_shop.sandbox.script("labels.find", "slow:30")
    await live_shop.data("POST", f"{OPERATIONS}/{operation['id']}/execute")

    async def is_sent() -> bool:
        return bool((await live_shop.data("GET", f"{OPERATIONS}/{operation['id']}"))["sent"])

    await eventually(is_sent, 60.0, "the purchase is sent")
    elsewhere = {**MOVED, "postal_code": "10001", "city": "New York", "state": "NY"}
    await live_shop.data("PATCH", f"/api/orders/{order_id}", {"ship_to": elsewhere})
    await live_shop.sandbox.clear_faults()
    await live_shop.wait_for_end(operation["id"])

    completed = await live_shop.data("GET", f"{OPERATIONS}/{operation['id']}")
    assert completed["status"] == "completed", completed["error"]
    assert drop_empty(completed["sent"][0]["label"]["ship_to"]) == SENT_TO


async def test_a_push_shows_the_pushed_data(live_shop: LiveShop) -> None:
    order_id = await live_shop.order()
    shipment_id = (await bought(live_shop, order_id))["output"]["shipment_id"]
    items = [{"sku": "MUG-1", "quantity": 1}]
    push = await create(live_shop, "push_fulfillment", order_id, shipment_id=shipment_id, line_items=items)

    completed = await live_shop.execute(push["id"])

    (sent,) = completed["sent"]
    assert (sent["step"], sent["label"]) == ("push_fulfillment", None)
    assert sent["fulfillment"]["tracking_number"] == completed["output"]["tracking_number"]
    assert sent["fulfillment"]["notify_customer"] is False
    assert [(item["sku"], item["quantity"]) for item in sent["fulfillment"]["line_items"]] == [("MUG-1", 1)]
