"""A carrier's scan reaches the shipment's tracking and blocks the undo."""

from collections.abc import Callable
from typing import Any

from tests.e2e.tracking import tracking, until
from tests.fixtures.api import LABEL, Api, data, paths, refused
from tests.fixtures.builders import Json


def look(api: Api, shipment_id: str, holds: Callable[[Json], object], timeout: float = 45) -> Json:
    """Request a tracking update, and poll until a condition is true."""
    data(api.http.post(f"/api/shipments/{shipment_id}/tracking"), 202)
    return until(api, shipment_id, holds, timeout)


def buy(api: Api, **fields: Any) -> Json:
    """Return a completed purchase."""
    return api.done(api.label(**fields))


def test_a_scan_blocks_the_undo(api: Api) -> None:
    """Both the undo and a void_shipment are rejected before the carrier gets a call."""
    operation = buy(api)
    shipment = operation["output"]["shipment_id"]
    fresh = tracking(api, shipment)
    assert (fresh["status"], fresh["events"], fresh["checked_at"]) == ("unknown", [], None)
    assert api.get(operation["id"])["undo"]["available"] is True

    api.sandbox.scan(operation["output"]["tracking_number"], "in_transit")
    known = look(api, shipment, lambda tracking: tracking["scanned_at"])

    assert (known["status"], known["problem"]) == ("in_transit", None)
    assert [event["status"] for event in known["events"]] == ["pre_transit", "in_transit"]
    found = data(api.http.get(f"/api/shipments/{shipment}"))
    assert (found["status"], found["tracking"]["status"]) == ("label_created", "in_transit")
    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo"), 422, "undo_not_available")
    assert (error["details"]["reason"], error["details"]["tracking_status"]) == ("in_transit", "in_transit")
    undo = api.get(operation["id"])["undo"]
    assert (undo["available"], undo["reason"]) == (False, "in_transit")
    void = {"type": "void_shipment", "order_id": None, "input": {"shipment_id": shipment}}
    assert paths(refused(api.http.post("/api/operations", json=void), 422, "invalid_input")) == ["input.shipment_id"]


def test_a_forced_undo_asks_the_carrier(api: Api) -> None:
    """The carrier rejects the void because it has the parcel, and the label stays live."""
    operation = buy(api)
    api.sandbox.scan(operation["output"]["tracking_number"], "in_transit")
    look(api, operation["output"]["shipment_id"], lambda tracking: tracking["scanned_at"])

    force = {"force": True, "reason": "it is on my desk"}
    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo", json=force), 422, "undo_not_available")

    assert error["details"]["reason"] == "window_closed"
    assert "it is on my desk" in str(api.get(operation["id"])["logs"])
    assert api.get(operation["id"])["status"] == "completed"


def test_the_carrier_rejects_a_void_after_an_unseen_scan(api: Api) -> None:
    """The scan is newer than the last tracking update: the carrier rejects the void, and the label stays live."""
    operation = buy(api)
    api.sandbox.scan(operation["output"]["tracking_number"], "in_transit")

    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo"), 422, "undo_not_available")

    assert error["details"]["reason"] == "window_closed"
    assert data(api.http.get(f"/api/shipments/{operation['output']['shipment_id']}"))["status"] == "label_created"


def test_a_scanned_parcel_blocks_the_whole_undo(api: Api) -> None:
    """The order's status and the fulfillment stay, because the label can't be voided."""
    bridge = api.bridge()
    order = api.order(bridge_id=bridge["id"])
    fields = {**LABEL, "bridge_id": bridge["id"]}
    operation = api.done(api.create("fulfill_order", order["id"], **fields))
    (shipment,) = api.http.get("/api/shipments", params={"order_id": order["id"]}).json()["data"]
    api.sandbox.scan(shipment["reference"], "delivered")
    look(api, shipment["id"], lambda tracking: tracking["status"] == "delivered")

    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo"), 422, "undo_not_available")

    assert error["details"]["reason"] == "in_transit"
    assert data(api.http.get(f"/api/orders/{order['id']}"))["status"] == "shipped", "tracking leaves the order alone"
    effects = [step["outcome"] for step in api.get(operation["id"])["undo"]["steps"]]
    assert effects == [None] * 3


def test_tracking_ends_with_the_delivery(api: Api) -> None:
    """A later scan does not change the status."""
    output = buy(api)["output"]
    api.sandbox.scan(output["tracking_number"], "delivered")
    assert look(api, output["shipment_id"], lambda tracking: tracking["status"] == "delivered")["next_check_at"] is None

    api.sandbox.scan(output["tracking_number"], "in_transit")
    data(api.http.post(f"/api/shipments/{output['shipment_id']}/tracking"), 202)

    assert tracking(api, output["shipment_id"])["status"] == "delivered"
    assert tracking(api, output["shipment_id"])["next_check_at"] is None


def test_a_voided_label_is_not_tracked(api: Api) -> None:
    operation = buy(api)
    data(api.http.post(f"/api/operations/{operation['id']}/undo"))

    asked = data(api.http.post(f"/api/shipments/{operation['output']['shipment_id']}/tracking"), 202)

    assert asked["next_check_at"] is None
