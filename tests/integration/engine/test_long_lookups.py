"""The operation shows a long lookup, and a person can end it."""

from tests.fixtures.builders import Json, build_account, build_account_settings
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop

DENIAL = {"outcome": "did_not_happen", "reason": "not in the carrier's portal"}


async def look_long(shop: LiveShop) -> Json:
    """Create an operation whose purchase FedEx does not show for an hour."""
    body = build_account(is_default=False, settings=build_account_settings(read_timeout_seconds=1))
    account = await shop.data("POST", "/api/carrier-accounts", body)
    await shop.sandbox.script("labels.create", "drop")
    operation_id = await shop.create(carrier_account_id=account["id"])
    await shop.data("POST", f"/api/operations/{operation_id}/execute")

    async def is_shown() -> Json | None:
        operation: Json = await shop.data("GET", f"/api/operations/{operation_id}")
        return operation if operation["progress"] else None

    operation = await eventually(is_shown, 60.0, "the look-up is shown")
    assert operation is not None
    return operation


async def test_an_operation_shows_a_long_lookup(live_shop: LiveShop) -> None:
    operation = await look_long(live_shop)

    progress = operation["progress"]
    assert (operation["status"], operation["attention"]) == ("executing", None)
    assert (progress["state"], progress["step"]) == ("looking", "buy_label")
    assert progress["since"] < progress["next_look_at"] < progress["until"]
    assert progress["not_before"] < progress["until"]
    listed = await live_shop.data("GET", "/api/operations?status=executing")
    assert [found["progress"]["state"] for found in listed] == ["looking"]


async def test_a_person_can_end_a_lookup(live_shop: LiveShop) -> None:
    """The call must be over first, unless the person forces it."""
    operation = await look_long(live_shop)
    path = f"/api/operations/{operation['id']}"

    refused = await live_shop.call("POST", f"{path}/resolve", DENIAL)
    settled = await live_shop.data("POST", f"{path}/resolve", {**DENIAL, "force": True})
    await live_shop.wait_for_end(operation["id"])

    assert (refused.status_code, refused.json()["error"]["code"]) == (409, "too_early")
    assert settled["status"] == "executing"
    failed = await live_shop.data("GET", path)
    assert (failed["status"], failed["error"]["code"], failed["progress"]) == ("failed", "did_not_happen", None)


async def test_a_person_can_report_the_label_during_a_lookup(live_shop: LiveShop) -> None:
    operation = await look_long(live_shop)
    path = f"/api/operations/{operation['id']}"
    result = {"tracking_number": "794644790132", "carrier_shipment_id": "794644790132"}

    await live_shop.data(
        "POST", f"{path}/resolve", {"outcome": "happened", "reason": "in the portal", "result": result}
    )
    await live_shop.wait_for_end(operation["id"])

    completed = await live_shop.data("GET", path)
    assert (completed["status"], completed["output"]["tracking_number"]) == ("completed", "794644790132")
