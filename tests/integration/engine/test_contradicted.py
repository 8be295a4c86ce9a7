"""A person resolves a void or a cancellation as happened: the vendor is asked whether the item is still live."""

import httpx

from tests.chaos.vendors import void_label
from tests.fixtures.builders import Json
from tests.fixtures.real_service import LiveShop
from tests.fixtures.sandboxes import count_live

HAPPENED = {"outcome": "happened", "reason": "voided in the carrier's portal"}


async def leave_label(shop: LiveShop) -> Json:
    """Create a failed operation whose label could not be voided."""
    await shop.sandbox.script("fulfillments.create", "reject")
    await shop.sandbox.script("labels.void", "reject")
    operation: Json = await shop.execute(await shop.create("fulfill_order"))
    assert operation["attention"]["reason"] == "compensation_failed", operation
    return operation


def reference_of(operation: Json) -> str:
    """Return the reference of the operation's purchase."""
    return str(next(step["reference"] for step in operation["undo"]["steps"] if step["step"] == "buy_label"))


async def test_a_live_label_contradicts_a_claimed_void(live_shop: LiveShop) -> None:
    """The carrier refused the void as too late; without the check a live label would be reported as undone."""
    operation = await leave_label(live_shop)
    path = f"/api/operations/{operation['id']}"

    refused = await live_shop.call("POST", f"{path}/resolve", HAPPENED)

    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "contradicted")
    assert "is live at fedex" in error["details"]["seen"]
    after = await live_shop.data("GET", path)
    assert after["attention"] == operation["attention"]

    forced = await live_shop.data("POST", f"{path}/resolve", {**HAPPENED, "force": True}, Prefer="wait=30")

    assert (forced["status"], forced["attention"]) == ("failed", None)
    assert any(entry["message"].endswith("(forced)") for entry in forced["logs"])


async def test_a_label_voided_by_hand_confirms_the_claim(live_shop: LiveShop) -> None:
    operation = await leave_label(live_shop)
    (label,) = await live_shop.sandbox.labels(reference_of(operation))
    async with httpx.AsyncClient() as http:
        assert await void_label(http, {**label, "sandbox": live_shop.sandbox.url})
    assert count_live(await live_shop.sandbox.labels(reference_of(operation))) == 0

    path = f"/api/operations/{operation['id']}/resolve"
    settled = await live_shop.data("POST", path, HAPPENED, Prefer="wait=30")

    assert (settled["status"], settled["attention"]) == ("failed", None)


async def test_a_failed_lookup_does_not_contradict_the_claim(live_shop: LiveShop) -> None:
    operation = await leave_label(live_shop)
    await live_shop.sandbox.script("labels.find", "error_500")

    path = f"/api/operations/{operation['id']}/resolve"
    settled = await live_shop.data("POST", path, HAPPENED, Prefer="wait=30")

    assert settled["attention"] is None


async def test_a_claim_about_an_unknown_void_is_checked_as_well(live_shop: LiveShop) -> None:
    bought = await live_shop.execute(await live_shop.create())
    void = {"type": "void_shipment", "input": {"shipment_id": bought["output"]["shipment_id"]}}
    operation_id = (await live_shop.data("POST", "/api/operations", void))["id"]
    attention = {"reason": "outcome_unknown", "step": "void_shipment", "choices": ["happened", "did_not_happen"]}
    live_shop.rows.update("operations", operation_id, status="executing", attention=attention, current_run=1)
    live_shop.rows.insert_effect(operation_id, "void_shipment", state="unknown")

    refused = await live_shop.call("POST", f"/api/operations/{operation_id}/resolve", HAPPENED)

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "contradicted")
