"""Pausing and resuming accounts and bridges over HTTP, with a worker and a sandbox behind it."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from activities import pausing
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import Json, build_account, build_account_settings
from tests.fixtures.in_process_api import refused_paths
from tests.fixtures.polling import eventually
from tests.fixtures.real_service import LiveShop
from tests.fixtures.shops import SERVICES

ACCOUNTS = "/api/carrier-accounts"
OPERATIONS = "/api/operations"
NOWHERE = "http://127.0.0.1:9"
REASON = {"reason": "The warehouse moves."}
FIRST_PROBE_SECONDS = 0.4


@pytest.fixture(scope="module")
def service_settings() -> Json:
    return {"probe_after_seconds": FIRST_PROBE_SECONDS}


async def until(shop: LiveShop, path: str, holds: Callable[[Json], object], within: float = 30.0) -> Json:
    """Poll a resource until something holds of it."""

    async def found() -> Json | None:
        read: Json = await shop.data("GET", path)
        return read if holds(read) else None

    read = await eventually(found, within, f"{path} is as expected")
    assert read is not None
    return read


async def until_paused(shop: LiveShop, operation_id: str) -> Json:
    return await until(shop, f"{OPERATIONS}/{operation_id}", lambda read: read["progress"])


async def until_done(shop: LiveShop, operation_id: str) -> Json:
    done = await until(shop, f"{OPERATIONS}/{operation_id}", lambda read: read["status"] != "executing")
    assert done["status"] == "completed", done["error"]
    return done


async def start(shop: LiveShop, operation_id: str) -> Json:
    started: Json = await shop.data("POST", f"{OPERATIONS}/{operation_id}/execute")
    return started


async def new_account(shop: LiveShop, carrier: str, **settings: Any) -> str:
    """Create an account of a carrier at the sandbox, and return its id."""
    body = build_account(carrier, is_default=False, settings=build_account_settings(**settings))
    if "base_url" in settings:
        profile = CARRIERS[carrier]
        body["credentials"] = dict(profile.sandbox_credentials)
        body["settings"]["options"] = dict(profile.sandbox_options)
    return str((await shop.data("POST", ACCOUNTS, body))["id"])


async def new_label(shop: LiveShop, carrier: str, account_id: str) -> str:
    given = {"carrier": carrier, "carrier_account_id": account_id, "service": SERVICES[carrier]}
    return await shop.create("create_shipment", **given)


async def test_a_person_pauses_an_account_and_resumes_it(live_shop: LiveShop) -> None:
    """POST answers 201 while it is paused; what is executed waits, says why, and goes on."""
    path = f"{ACCOUNTS}/{live_shop.account_id}"
    paused = await live_shop.data("POST", f"{path}/pause", REASON)
    assert (paused["status"], paused["status_reason"]) == ("paused", REASON["reason"])
    assert (paused["pause"]["cause"], paused["pause"]["next_probe_at"]) == ("person", None)

    operation_id = await live_shop.create()
    started = await start(live_shop, operation_id)
    held = await until_paused(live_shop, operation_id)

    assert started["status"] == held["status"] == "executing"
    assert started["progress"] == held["progress"]
    expected = {"state": "account_paused", "cause": "person", "carrier_account_id": live_shop.account_id, **REASON}
    assert {name: held["progress"][name] for name in expected} == expected
    assert held["progress"]["since"] == paused["pause"]["since"]
    assert held["progress"]["next_look_at"] is None
    assert [run["started_at"] for run in held["runs"]] == [None]

    resumed = await live_shop.data("POST", f"{path}/resume", {"reason": "It has moved."})
    done = await until_done(live_shop, operation_id)

    assert (resumed["status"], resumed["status_reason"], resumed["pause"]) == ("active", None, None)
    actor = paused["pause"]["actor"]
    assert [(entry["event"], entry["actor"]) for entry in resumed["logs"]] == [("paused", actor), ("resumed", actor)]
    assert REASON["reason"] in resumed["logs"][0]["message"]
    assert done["progress"] is None
    logged = {entry["event"]: entry for entry in done["logs"]}
    assert REASON["reason"] in logged["operation.held"]["message"]
    assert "It has moved." in logged["operation.released"]["message"]
    assert logged["operation.released"]["actor"] == actor


async def test_a_pause_is_logged_in_the_operations_that_wait(live_shop: LiveShop) -> None:
    """With a second reason while they wait, and by its key."""
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


async def test_a_switched_off_account_is_refused(live_shop: LiveShop) -> None:
    """422 at POST, in place of the 201 of a paused one."""
    await live_shop.sandbox.script("labels.create", *["auth_failed"] * 4)
    failed = await live_shop.execute(await live_shop.create())
    assert (failed["status"], failed["error"]["code"]) == ("failed", "auth_failed")

    body = {"type": "create_shipment", "order_id": failed["order_id"], "input": failed["input"]}
    refused = await live_shop.call("POST", OPERATIONS, body)

    assert refused_paths(refused) == ["input.carrier"]
    account = await live_shop.data("GET", f"{ACCOUNTS}/{live_shop.account_id}")
    assert [(entry["event"], entry["actor"]) for entry in account["logs"]] == [("auth_failed", "system")]


async def test_a_bridge_that_is_paused_holds_the_push(live_shop: LiveShop) -> None:
    """The label of a `fulfill_order` stands meanwhile, so that it can't be cancelled."""
    path = f"/api/bridges/{live_shop.bridge_id}"
    operation_id = await live_shop.create("fulfill_order")
    await live_shop.sandbox.forget()
    await live_shop.sandbox.script("labels.create", "slow:1")
    await start(live_shop, operation_id)
    await eventually(lambda: live_shop.sandbox.requests("labels.create"), 20.0, "the purchase is at the carrier")
    await live_shop.data("POST", f"{path}/pause", REASON)

    held = await until_paused(live_shop, operation_id)
    refused = await live_shop.call("POST", f"{OPERATIONS}/{operation_id}/cancel")

    assert held["progress"]["bridge_id"] == live_shop.bridge_id
    assert refused.status_code == 409
    await live_shop.data("POST", f"{path}/resume", REASON)
    done = await until_done(live_shop, operation_id)
    assert len(await live_shop.sandbox.labels(done["undo"]["steps"][0]["reference"])) == 1
    assert done["output"]["fulfillment_id"]


async def test_a_wait_that_ends_early_shows_the_pause(live_shop: LiveShop) -> None:
    """The 202 shows the operation at the end of the wait, not at its start."""
    path = f"/api/bridges/{live_shop.bridge_id}"
    operation_id = await live_shop.create("fulfill_order")
    await live_shop.sandbox.forget()
    await live_shop.sandbox.script("labels.create", "slow:1")
    execution = asyncio.create_task(live_shop.call("POST", f"{OPERATIONS}/{operation_id}/execute", Prefer="wait=5"))
    await eventually(lambda: live_shop.sandbox.requests("labels.create"), 20.0, "the purchase is at the carrier")
    await live_shop.data("POST", f"{path}/pause", REASON)

    answer = await execution

    assert answer.status_code == 202
    assert answer.json()["data"]["progress"]["bridge_id"] == live_shop.bridge_id
    await live_shop.data("POST", f"{path}/resume", REASON)
    await until_done(live_shop, operation_id)


async def test_an_operation_that_waits_can_be_cancelled(live_shop: LiveShop) -> None:
    """Nothing was sent, and nothing is sent when the account is resumed."""
    await live_shop.data("POST", f"{ACCOUNTS}/{live_shop.account_id}/pause", REASON)
    operation_id = await live_shop.create()
    await start(live_shop, operation_id)

    cancelled = await live_shop.data("POST", f"{OPERATIONS}/{operation_id}/cancel")
    again = await live_shop.call("POST", f"{OPERATIONS}/{operation_id}/cancel")

    assert (cancelled["status"], cancelled["progress"]) == ("cancelled", None)
    assert again.status_code == 409
    await live_shop.data("POST", f"{ACCOUNTS}/{live_shop.account_id}/resume", REASON)
    await live_shop.done(carrier_account_id=await new_account(live_shop, "fedex"))
    assert (await live_shop.data("GET", f"{OPERATIONS}/{operation_id}"))["status"] == "cancelled"


async def test_undo_and_void_go_on_while_an_account_is_paused(live_shop: LiveShop) -> None:
    """They give back what was bought."""
    undone, voided = await live_shop.done(), await live_shop.done()
    shipment_id = (await live_shop.data("GET", f"{OPERATIONS}/{voided}"))["output"]["shipment_id"]
    await live_shop.data("POST", f"{ACCOUNTS}/{live_shop.account_id}/pause", REASON)

    undo = await live_shop.data("POST", f"{OPERATIONS}/{undone}/undo", Prefer="wait=20")
    body = {"type": "void_shipment", "order_id": None, "input": {"shipment_id": shipment_id}}
    void = await live_shop.execute((await live_shop.data("POST", OPERATIONS, body))["id"])

    assert undo["status"] == "undone"
    assert void["status"] == "completed", void["error"]


@pytest.mark.parametrize(
    ("carrier", "target", "code"),
    [
        ("easypost", "labels.create", "PAYMENT_REQUIRED"),
        ("shipengine", "labels.create", "insufficient_funds"),
        ("usps", "labels.create", "100007"),
        ("usps", "payments.create", "100007"),
    ],
)
async def test_an_account_without_money_is_paused_and_probed(
    live_shop: LiveShop, carrier: str, target: str, code: str
) -> None:
    """Its operations wait and go on after a probe: nothing fails, and the account is not switched off."""
    account_id = await new_account(live_shop, carrier)
    await live_shop.sandbox.script(target, *["insufficient_funds"] * 3)
    first, second = [await new_label(live_shop, carrier, account_id) for _ in range(2)]
    await start(live_shop, first)

    held = await until_paused(live_shop, first)
    await start(live_shop, second)
    account = await until(live_shop, f"{ACCOUNTS}/{account_id}", lambda read: len(read["logs"]) > 1)

    assert held["progress"]["cause"] == "insufficient_funds"
    assert held["progress"]["next_look_at"]
    assert (account["logs"][0]["event"], account["logs"][0]["actor"]) == ("paused", "system")
    for operation_id in (first, second):
        await until_done(live_shop, operation_id)
    account = await live_shop.data("GET", f"{ACCOUNTS}/{account_id}")
    assert (account["status"], account["pause"]) == ("active", None)
    assert [entry["event"] for entry in account["logs"]] == ["paused", "probe_failed", "probe_failed", "resumed"]
    assert code


async def test_usps_asks_to_try_later(live_shop: LiveShop) -> None:
    """A credit card that USPS can't validate now pauses the account until a probe shows that it can."""
    account_id = await new_account(live_shop, "usps")
    await live_shop.sandbox.script("payments.create", "try_later")
    operation_id = await new_label(live_shop, "usps", account_id)
    await start(live_shop, operation_id)

    held = await until_paused(live_shop, operation_id)

    assert held["progress"]["cause"] == "unavailable"
    assert "try again later" in held["progress"]["reason"]
    await until_done(live_shop, operation_id)


async def test_usps_refuses_a_payment_for_another_cause(live_shop: LiveShop) -> None:
    """It fails in USPS's words, and the account stays as it is."""
    account_id = await new_account(live_shop, "usps")
    await live_shop.sandbox.script("payments.create", "reject")

    failed = await live_shop.execute(await new_label(live_shop, "usps", account_id))

    assert (failed["status"], failed["error"]["code"]) == ("failed", "rejected")
    assert failed["error"]["vendor_code"] == "160255"
    assert (await live_shop.data("GET", f"{ACCOUNTS}/{account_id}"))["status"] == "active"


async def test_a_carrier_that_can_not_be_reached_pauses_its_account(
    live_shop: LiveShop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After half a minute, or a second here; the run goes on once a probe reaches the carrier."""
    monkeypatch.setattr(pausing, "UNAVAILABLE_AFTER_SECONDS", 1.0)
    account_id = await new_account(live_shop, "shipengine", base_url=NOWHERE)
    operation_id = await new_label(live_shop, "shipengine", account_id)
    await start(live_shop, operation_id)

    held = await until_paused(live_shop, operation_id)
    assert held["progress"]["cause"] == "unavailable"

    credentials = dict(CARRIERS["shipengine"].sandbox_credentials)
    settings = {"base_url": f"{live_shop.sandbox.url}/sim/shipengine"}
    changes = {"settings": settings, "credentials": credentials}
    await live_shop.data("PATCH", f"{ACCOUNTS}/{account_id}", changes)
    await until_done(live_shop, operation_id)


async def test_a_rate_limit_of_the_day_pauses_an_account(live_shop: LiveShop) -> None:
    """The first probe comes when the carrier said; a person may resume it before."""
    account_id = await new_account(live_shop, "shipengine")
    await live_shop.sandbox.script("labels.create", "rate_limited:900")
    operation_id = await new_label(live_shop, "shipengine", account_id)
    await start(live_shop, operation_id)

    await until_paused(live_shop, operation_id)
    account = await live_shop.data("GET", f"{ACCOUNTS}/{account_id}")

    assert account["pause"]["cause"] == "rate_limited"
    assert account["pause"]["next_probe_at"] > account["pause"]["since"]
    await live_shop.data("POST", f"{ACCOUNTS}/{account_id}/resume", REASON)
    await until_done(live_shop, operation_id)


async def test_the_status_can_be_changed_as_before(live_shop: LiveShop) -> None:
    """PATCH pauses and resumes without a reason; it is logged all the same."""
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
