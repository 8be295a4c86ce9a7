"""A push of a shipment of several parcels names all tracking numbers."""

from typing import Any

import pytest

from tests.fixtures.builders import PARCEL, Json
from tests.fixtures.real_service import LiveShop

PARCELS: list[Json] = [PARCEL, {**PARCEL, "weight": "7"}, {**PARCEL, "weight": "4"}]


async def pushed(shop: LiveShop, operation: Any) -> Any:
    """Return the fulfillment of a completed operation in the channel."""
    assert operation["status"] == "completed", operation["error"]
    [fulfillment] = await shop.sandbox.fulfillments(operation["output"]["tracking_number"])
    return fulfillment


@pytest.mark.parametrize("fault", ["ok", "accept_then_drop"])
async def test_fulfill_order_pushes_the_numbers_of_all_parcels(live_shop: LiveShop, fault: str) -> None:
    """A lost answer is found by the first number; undo cancels the fulfillment and voids all labels."""
    await live_shop.sandbox.script("fulfillments.create", fault)
    operation = await live_shop.execute(await live_shop.create("fulfill_order", parcels=PARCELS))

    fulfillment = await pushed(live_shop, operation)

    numbers = operation["output"]["tracking_numbers"]
    assert len(numbers) == 3
    assert fulfillment["tracking_number"] == ", ".join(numbers)
    undone = await live_shop.data("POST", f"/api/operations/{operation['id']}/undo", Prefer="wait=30")
    assert undone["status"] == "undone", undone


async def test_push_fulfillment_pushes_the_numbers_of_all_parcels(live_shop: LiveShop) -> None:
    bought = await live_shop.execute(await live_shop.create(parcels=PARCELS))
    inputs = {"bridge_id": live_shop.bridge_id, "shipment_id": bought["output"]["shipment_id"]}
    body = {"type": "push_fulfillment", "order_id": bought["order_id"], "input": inputs}
    made = await live_shop.data("POST", "/api/operations", body)

    fulfillment = await pushed(live_shop, await live_shop.execute(made["id"]))

    assert fulfillment["tracking_number"] == ", ".join(bought["output"]["tracking_numbers"])
