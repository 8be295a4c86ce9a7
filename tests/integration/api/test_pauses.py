"""Pause and resume accounts and bridges over HTTP, with a real worker and sandbox."""

import asyncio

import pytest

from tests.fixtures.builders import Json
from tests.fixtures.in_process_api import refused_paths
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.integration.api.pauses import ACCOUNTS, OPERATIONS, REASON, new_account, start, until_done, until_paused


async def test_a_person_pauses_an_account_and_resumes_it(live_shop: LiveShop) -> None:
    """POST still answers 201 during the pause; executions wait, show the reason, and continue."""
    path = f"{ACCOUNTS}/{live_shop.account_id}"
    paused = await live_shop.data("POST", f"{path}/pause", REASON)
    assert (paused["status"], paused["status_reason"]) == ("paused", REASON["reason"])
    assert (paused["pause"]["cause"], paused["pause"]["next_probe_at"]) == ("person", None)

    operation_id = await live_shop.create()
    started = await start(live_shop, operation_id)
    waiting = await until_paused(live_shop, operation_id)

    assert started["status"] == waiting["status"] == "executing"
    assert started["progress"] == waiting["progress"]
    expected = {"state": "account_paused", "cause": "person", "carrier_account_id": live_shop.account_id, **REASON}
    assert {name: waiting["progress"][name] for name in expected} == expected
    assert waiting["progress"]["since"] == paused["pause"]["since"]
    assert waiting["progress"]["next_look_at"] is None
    assert [run["started_at"] for run in waiting["runs"]] == [None]

    resumed = await live_shop.data("POST", f"{path}/resume", {"reason": "It has moved."})
    done = await until_done(live_shop, operation_id)

    assert (resumed["status"], resumed["status_reason"], resumed["pause"]) == ("active", None, None)
    actor = paused["pause"]["actor"]
    assert [(entry["event"], entry["actor"]) for entry in resumed["logs"]] == [("paused", actor), ("resumed", actor)]
    assert REASON["reason"] in resumed["logs"][0]["message"]
    assert done["progress"] is None
    events = [entry["event"] for entry in done["logs"]]
    assert events[:3] == ["operation.created", "operation.executing", "operation.held"]
    logged = {entry["event"]: entry for entry in done["logs"]}
    assert REASON["reason"] in logged["operation.held"]["message"]
    assert "It has moved." in logged["operation.released"]["message"]
    assert logged["operation.released"]["actor"] == actor


async def test_waiting_operations_log_the_pause(live_shop: LiveShop) -> None:
    """The pause gets a second reason meanwhile, and the log names the API key."""
    path = f"{ACCOUNTS}/{live_shop.account_id}"
    await live_shop.data("POST", f"{path}/pause", REASON)
    operation_id = await live_shop.create()
    await start(live_shop, operation_id)

    paused = await live_shop.data("POST", f"{path}/pause", {"reason": "It still moves."})

    entry = (await live_shop.data("GET", f"{OPERATIONS}/{operation_id}"))["logs"][-1]
    assert (entry["event"], entry["actor"]) == ("operation.held", paused["pause"]["actor"])
    assert "It still moves." in entry["message"]


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": 1}, {"reason": "r" * 2001}, {**REASON, "until": "x"}])
async def test_a_pause_needs_a_reason(live_shop: LiveShop, body: Json) -> None:
    for verb in ("pause", "resume"):
        refused = await live_shop.call("POST", f"{ACCOUNTS}/{live_shop.account_id}/{verb}", body)
        assert refused_paths(refused)[0] in ("reason", "until")


async def test_a_deactivated_account_is_rejected(live_shop: LiveShop) -> None:
    """POST answers 422; for a paused account it answers 201."""
    await live_shop.sandbox.script("labels.create", *["auth_failed"] * 4)
    failed = await live_shop.execute(await live_shop.create())
    assert (failed["status"], failed["error"]["code"]) == ("failed", "auth_failed")

    body = {"type": "create_shipment", "order_id": failed["order_id"], "input": failed["input"]}
    refused = await live_shop.call("POST", OPERATIONS, body)

    assert refused_paths(refused) == ["input.carrier"]
    account = await live_shop.data("GET", f"{ACCOUNTS}/{live_shop.account_id}")
    assert [(entry["event"], entry["actor"]) for entry in account["logs"]] == [("auth_failed", "service:worker")]


async def test_a_paused_bridge_holds_the_push(live_shop: LiveShop) -> None:
    """The label of a `fulfill_order` stays, so the operation cannot be cancelled."""
    path = f"/api/bridges/{live_shop.bridge_id}"
    operation_id = await live_shop.create("fulfill_order")
    await live_shop.sandbox.forget()
    await live_shop.sandbox.script("labels.create", "slow:30")
    await start(live_shop, operation_id)
    await eventually(lambda: live_shop.sandbox.requests("labels.create"), 60.0, "the purchase is at the carrier")
    await live_shop.data("POST", f"{path}/pause", REASON)
    await live_shop.sandbox.clear_faults()

    waiting = await until_paused(live_shop, operation_id)
    refused = await live_shop.call("POST", f"{OPERATIONS}/{operation_id}/cancel")

    assert waiting["progress"]["bridge_id"] == live_shop.bridge_id
    assert refused.status_code == 409
    await live_shop.data("POST", f"{path}/resume", REASON)
    done = await until_done(live_shop, operation_id)
    assert len(await live_shop.sandbox.labels(done["undo"]["steps"][0]["reference"])) == 1
    assert done["output"]["fulfillment_id"]


async def test_a_wait_that_ends_early_shows_the_pause(live_shop: LiveShop) -> None:
    """The 202 has the operation's state at the end of the wait."""
    path = f"/api/bridges/{live_shop.bridge_id}"
    operation_id = await live_shop.create("fulfill_order")
    await live_shop.sandbox.forget()
    await live_shop.sandbox.script("labels.create", "slow:30")
    execution = asyncio.create_task(live_shop.call("POST", f"{OPERATIONS}/{operation_id}/execute", Prefer="wait=20"))
    await eventually(lambda: live_shop.sandbox.requests("labels.create"), 60.0, "the purchase is at the carrier")
    await live_shop.data("POST", f"{path}/pause", REASON)
    await live_shop.sandbox.clear_faults()

    answer = await execution

    assert answer.status_code == 202
    assert answer.json()["data"]["progress"]["bridge_id"] == live_shop.bridge_id
    await live_shop.data("POST", f"{path}/resume", REASON)
    await until_done(live_shop, operation_id)


async def test_a_waiting_operation_can_be_cancelled(live_shop: LiveShop) -> None:
    """Nothing is sent, even after the account is resumed."""
    await live_shop.data("POST", f"{ACCOUNTS}/{live_shop.account_id}/pause", REASON)
    operation_id = await live_shop.create()
    await start(live_shop, operation_id)

    cancelled = await live_shop.data("POST", f"{OPERATIONS}/{operation_id}/cancel")
    again = await live_shop.call("POST", f"{OPERATIONS}/{operation_id}/cancel")

    assert (cancelled["status"], cancelled["progress"]) == ("cancelled", None)
    assert again.status_code == 409
    await live_shop.data("POST", f"{ACCOUNTS}/{live_shop.account_id}/resume", REASON)
    await live_shop.complete(carrier_account_id=await new_account(live_shop, "fedex"))
    assert (await live_shop.data("GET", f"{OPERATIONS}/{operation_id}"))["status"] == "cancelled"


async def test_a_paused_account_still_allows_undo_and_void(live_shop: LiveShop) -> None:
    undone, voided = await live_shop.complete(), await live_shop.complete()
    shipment_id = (await live_shop.data("GET", f"{OPERATIONS}/{voided}"))["output"]["shipment_id"]
    await live_shop.data("POST", f"{ACCOUNTS}/{live_shop.account_id}/pause", REASON)

    undo = await live_shop.data("POST", f"{OPERATIONS}/{undone}/undo", Prefer="wait=20")
    body = {"type": "void_shipment", "order_id": None, "input": {"shipment_id": shipment_id}}
    void = await live_shop.execute((await live_shop.data("POST", OPERATIONS, body))["id"])

    assert undo["status"] == "undone"
    assert void["status"] == "completed", void["error"]


async def test_a_resolved_purchase_completes_during_the_pause(live_shop: LiveShop) -> None:
    """The person reports the label, so nothing remains to be sent to the paused account."""
    await live_shop.sandbox.script("labels.create", "accept_then_drop")
    await live_shop.sandbox.script("labels.find", "reject")
    unknown = await live_shop.execute(await live_shop.create())
    (bought,) = await live_shop.sandbox.labels(unknown["undo"]["steps"][0]["reference"])
    await live_shop.data("POST", f"{ACCOUNTS}/{live_shop.account_id}/pause", REASON)

    result = {"tracking_number": bought["tracking_number"], "carrier_shipment_id": bought["tracking_number"]}
    body = {"outcome": "happened", "reason": "The portal shows it.", "result": result}
    resolved = await live_shop.data("POST", f"{OPERATIONS}/{unknown['id']}/resolve", body, Prefer="wait=20")

    assert unknown["attention"]["reason"] == "outcome_unknown"
    assert (resolved["status"], resolved["output"]["tracking_number"]) == ("completed", bought["tracking_number"])


async def test_patch_pauses_and_resumes_without_a_reason(live_shop: LiveShop) -> None:
    """The change is logged."""
    path = f"{ACCOUNTS}/{live_shop.account_id}"
    paused = await live_shop.data("PATCH", path, {"status": "paused"})
    active = await live_shop.data("PATCH", path, {"status": "active"})

    assert (paused["status"], paused["pause"]["cause"], paused["pause"]["reason"]) == ("paused", "person", None)
    assert (active["status"], active["pause"]) == ("active", None)
    logs = (await live_shop.data("GET", path))["logs"]
    assert [entry["message"] for entry in logs] == [
        "The carrier account is paused.",
        "The carrier account is active again.",
    ]
