"""A person resolves a call as not happened while it may still be in progress."""

from datetime import datetime

from tests.fixtures.builders import Json
from tests.fixtures.real_service import LiveShop
from tests.fixtures.sandboxes import count_live

DENIAL = {"outcome": "did_not_happen", "reason": "not in the carrier's portal"}


async def test_a_denial_is_refused_until_the_call_is_over(live_shop: LiveShop) -> None:
    """Otherwise a purchase accepted shortly after a 504 could lead to a second live label."""
    operation_id = await live_shop.create_uncertain()
    path = f"/api/operations/{operation_id}"
    attention = (await live_shop.data("GET", path))["attention"]

    refused = await live_shop.call("POST", f"{path}/resolve", DENIAL)

    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (409, "too_early")
    assert datetime.fromisoformat(error["details"]["not_before"]) == datetime.fromisoformat(attention["not_before"])
    assert datetime.fromisoformat(attention["not_before"]) > datetime.fromisoformat(attention["since"])
    operation: Json = await live_shop.data("GET", path)
    assert (operation["status"], operation["attention"]) == ("executing", attention)

    effect = live_shop.rows.select_one("effects")
    live_shop.rows.run("update effects set settles_at = now() - interval '1 second' where id = %s", effect["id"])
    failed = await live_shop.data("POST", f"{path}/resolve", DENIAL, Prefer="wait=30")

    assert (failed["status"], failed["error"]["code"]) == ("failed", "did_not_happen")


async def test_a_forced_denial_counts_and_is_logged(live_shop: LiveShop) -> None:
    operation_id = await live_shop.create_uncertain()
    path = f"/api/operations/{operation_id}"

    failed = await live_shop.data("POST", f"{path}/resolve", {**DENIAL, "force": True}, Prefer="wait=30")

    (entry,) = [entry for entry in failed["logs"] if entry["event"] == "effect.settled"]
    assert failed["status"] == "failed"
    assert entry["message"].endswith("not in the carrier's portal (forced)")
    assert entry["actor"] not in ("system", "reconciler")


async def test_the_vendors_own_answer_ends_the_call(live_shop: LiveShop) -> None:
    """After a 500 of the carrier itself nothing is in flight, and a denial is accepted at once."""
    await live_shop.sandbox.script("labels.create", "error_500")
    await live_shop.sandbox.script("labels.find", "no_lookup")
    operation = await live_shop.execute(await live_shop.create())
    assert operation["attention"]["not_before"] is None

    failed = await live_shop.data("POST", f"/api/operations/{operation['id']}/resolve", DENIAL, Prefer="wait=30")

    assert failed["status"] == "failed"
    assert count_live(await live_shop.sandbox.labels(operation["undo"]["steps"][0]["reference"])) == 0
