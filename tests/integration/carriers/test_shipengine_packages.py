"""Several parcels in one label of ShipEngine, from the API to the simulator."""

from tests.fixtures.builders import PARCEL
from tests.integration.carriers.buyer import Buyer

UPS = "se-123891"
"""The simulator's connected carrier that sells several packages in one label."""


async def test_a_lost_answer_buys_one_label_for_all_parcels(buyer: Buyer) -> None:
    """An undo voids all of them."""
    await buyer.account("shipengine", options={"carrier_id": UPS})
    await buyer.shop.sandbox.script("labels.create", "accept_then_drop")
    parcels = [{**PARCEL, "weight": weight} for weight in ("2.5", "4", "6.25")]

    operation, label = await buyer.buy("shipengine", {}, service="ups_ground", parcels=parcels)

    numbers = operation["output"]["tracking_numbers"]
    assert numbers == label["tracking_numbers"]
    assert len(set(numbers)) == 3
    shipment = await buyer.shop.data("GET", f"/api/shipments/{operation['output']['shipment_id']}")
    assert [parcel["tracking_number"] for parcel in shipment["parcels"]] == numbers
    undone = await buyer.shop.data("POST", f"/api/operations/{operation['id']}/undo", Prefer="wait=30")
    assert undone["status"] == "undone", undone


async def test_usps_at_shipengine_sells_one_parcel(buyer: Buyer) -> None:
    assert await buyer.refuse("shipengine", {}, parcels=[PARCEL, PARCEL]) == ["input.parcels"]
