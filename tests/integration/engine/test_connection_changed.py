"""A change of an account's or bridge's address or credentials during a call does not lead to a second purchase."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from tests.fixtures.builders import PARCEL, Json
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.real_service import LiveShop
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.integration.carriers.vendors import CARRIERS, Carrier
from tests.integration.channels.vendors import CHANNELS, Channel

pytestmark = pytest.mark.timeout(180)

READ_SECONDS = 4
OTHER_IDENTITY = {
    "fedex": {"account_number": "111222333"},
    "ups": {"account_number": "ZZ9999"},
    "usps": {"account_number": "2000405525"},
}
ROTATED = {
    "easypost": {"api_key": "another-key"},
    "fedex": {"client_id": "l7-new", "client_secret": "another"},
    "shipengine": {"api_key": "another-key"},
    "ups": {"client_id": "ups-new", "client_secret": "another"},
    "usps": {"client_id": "usps-new", "client_secret": "another"},
}
each_carrier = pytest.mark.parametrize("carrier", CARRIERS, ids=lambda carrier: carrier.name)
each_with_identity = pytest.mark.parametrize(
    "carrier", [carrier for carrier in CARRIERS if carrier.name in OTHER_IDENTITY], ids=lambda carrier: carrier.name
)
each_channel = pytest.mark.parametrize("channel", CHANNELS, ids=lambda channel: channel.name)

Change = Callable[[], Awaitable[Any]]


async def new_account(shop: LiveShop, carrier: Carrier, sandbox: Sandbox) -> str:
    """Create an account at a sandbox; return its path."""
    settings = carrier.settings(sandbox.url, read_timeout_seconds=READ_SECONDS, default_parcel=PARCEL)
    body = {
        "carrier": carrier.name,
        "name": carrier.name,
        "mode": "test",
        "settings": settings,
        "credentials": carrier.credentials,
    }
    return f"/api/carrier-accounts/{(await shop.data('POST', '/api/carrier-accounts', body))['id']}"


async def label(shop: LiveShop, carrier: Carrier, account: str) -> str:
    """Create the purchase of a label."""
    fields = {"carrier": carrier.name, "service": carrier.service, "carrier_account_id": account.rpartition("/")[2]}
    return await shop.create("create_shipment", **fields)


async def lose_answer(shop: LiveShop, sandbox: Sandbox, operation_id: str, target: str, change: Change) -> Json:
    """Execute an operation whose call is accepted and never answered; make the change before the call times out."""
    await sandbox.script(target, "accept_then_stall")
    await shop.data("POST", f"/api/operations/{operation_id}/execute")

    async def was_accepted() -> bool:
        return bool(await sandbox.requests(target))

    await eventually(was_accepted, 60.0, f"{target} was called")
    await change()
    await shop.wait_for_end(operation_id)
    found: Json = await shop.data("GET", f"/api/operations/{operation_id}")
    return found


def assert_asks(operation: Json, step: str, *words: str) -> None:
    """Check that a person is asked, with the change as the reason."""
    attention = operation["attention"]
    assert operation["status"] == "executing"
    assert (attention["reason"], attention["step"]) == ("outcome_unknown", step)
    assert all(word in attention["message"] for word in words), attention
    assert [effect["state"] for effect in operation["undo"]["steps"]] == ["unknown"]


@each_carrier
async def test_a_lookup_at_another_address_proves_nothing(
    live_shop: LiveShop, sandboxes: Sandboxes, carrier: Carrier
) -> None:
    """The carrier at the new address has no such label, but the old one sold it."""
    async with sandboxes.one() as first, sandboxes.one() as second:
        account = await new_account(live_shop, carrier, first)
        operation_id = await label(live_shop, carrier, account)
        bought = len(await first.requests("labels.create"))
        settings = {"base_url": f"{second.url}/sim/{carrier.name}"}

        async def change() -> None:
            await live_shop.data("PATCH", account, {"settings": settings, "credentials": carrier.credentials})

        operation = await lose_answer(live_shop, first, operation_id, "labels.create", change)

        assert_asks(operation, "buy_label", "address (settings.base_url)")
        assert len(await first.requests("labels.create")) == bought + 1
        assert [await second.requests(target) for target in ("labels.create", "labels.find")] == [[], []]
        steps = operation["undo"]["steps"]
        assert count_live(await first.labels(steps[0]["reference"])) == 1


@each_with_identity
async def test_a_lookup_with_another_account_proves_nothing(
    live_shop: LiveShop, sandbox: Sandbox, carrier: Carrier
) -> None:
    account = await new_account(live_shop, carrier, sandbox)
    operation_id = await label(live_shop, carrier, account)
    credentials = {**carrier.credentials, **OTHER_IDENTITY[carrier.name]}

    operation = await lose_answer(
        live_shop,
        sandbox,
        operation_id,
        "labels.create",
        lambda: live_shop.data("PATCH", account, {"credentials": credentials}),
    )

    assert_asks(operation, "buy_label", "identity")
    assert len(await sandbox.requests("labels.create")) == 1


@each_carrier
async def test_a_rotated_key_finds_the_label(live_shop: LiveShop, sandbox: Sandbox, carrier: Carrier) -> None:
    """The fingerprint of the credentials contains no secret."""
    account = await new_account(live_shop, carrier, sandbox)
    operation_id = await label(live_shop, carrier, account)
    credentials = {**carrier.credentials, **ROTATED[carrier.name]}

    operation = await lose_answer(
        live_shop,
        sandbox,
        operation_id,
        "labels.create",
        lambda: live_shop.data("PATCH", account, {"credentials": credentials}),
    )

    assert operation["status"] == "completed", operation
    assert count_live(await sandbox.labels(operation["undo"]["steps"][0]["reference"])) == 1


@each_channel
async def test_a_lookup_in_another_shop_proves_nothing(
    live_shop: LiveShop, sandboxes: Sandboxes, channel: Channel
) -> None:
    async with sandboxes.one() as first, sandboxes.one() as second:
        bridge, operation_id = await new_push(live_shop, channel, first)
        settings = {"base_url": f"{second.url}/sim/{channel.name}"}

        operation = await lose_answer(
            live_shop,
            first,
            operation_id,
            "fulfillments.create",
            lambda: live_shop.data("PATCH", bridge, {"settings": settings, "credentials": channel.credentials}),
        )

        assert_asks(operation, "push_fulfillment", "address (settings.base_url)")
        assert [await second.requests(target) for target in ("fulfillments.create", "fulfillments.find")] == [[], []]


async def new_push(shop: LiveShop, channel: Channel, sandbox: Sandbox) -> tuple[str, str]:
    """Create a bridge and a push to it; return the bridge's path and the operation's id."""
    settings = channel.settings(sandbox.url, read_timeout_seconds=READ_SECONDS)
    body = {"channel": channel.name, "name": channel.name, "mode": "test", "settings": settings}
    bridge = await shop.data("POST", "/api/bridges", {**body, "credentials": channel.credentials})
    external_id = channel.new_order_id()
    line_items = [{"id": "1", "sku": "MUG-1", "quantity": 2}]
    await sandbox.put_order(external_id, line_items)
    fields = {"external_id": external_id, "line_items": line_items, "bridge_id": bridge["id"]}
    order = await shop.data("POST", "/api/orders", fields)
    push = {"bridge_id": bridge["id"], "tracking_number": "618491066924", "carrier": "fedex"}
    operation = {"type": "push_fulfillment", "order_id": order["id"], "input": push}
    return f"/api/bridges/{bridge['id']}", (await shop.data("POST", "/api/operations", operation))["id"]


async def test_a_late_answer_is_not_awaited_from_another_shop(live_shop: LiveShop, sandboxes: Sandboxes) -> None:
    """The first channel accepted the push; the one at the new address is not asked for the answer."""
    channel = next(channel for channel in CHANNELS if channel.name == "shopify")
    async with sandboxes.one() as first, sandboxes.one() as second:
        await first.answers_after(86_400)
        bridge, operation_id = await new_push(live_shop, channel, first)
        await live_shop.data("POST", f"/api/operations/{operation_id}/execute")

        async def is_waiting() -> bool:
            logs = (await live_shop.data("GET", f"/api/operations/{operation_id}"))["logs"]
            return "step.waiting" in [entry["event"] for entry in logs]

        await eventually(is_waiting, 60.0, "the push waits")
        settings = {"base_url": f"{second.url}/sim/shopify"}
        await live_shop.data("PATCH", bridge, {"settings": settings, "credentials": channel.credentials})
        await live_shop.wait_for_end(operation_id)

        operation = await live_shop.data("GET", f"/api/operations/{operation_id}")
        assert_asks(operation, "push_fulfillment", "address (settings.base_url)")


async def test_a_void_is_not_sent_to_another_address(live_shop: LiveShop, sandboxes: Sandboxes) -> None:
    """The id may be another label's there: the running undo stops, and continues when the old address is back."""
    carrier = next(carrier for carrier in CARRIERS if carrier.name == "shipengine")
    async with sandboxes.one() as first, sandboxes.one() as second:
        account = await new_account(live_shop, carrier, first)
        operation = await live_shop.execute(await label(live_shop, carrier, account))
        path, reference = f"/api/operations/{operation['id']}", operation["undo"]["steps"][0]["reference"]

        async def move(sandbox: Sandbox) -> None:
            settings = {"base_url": f"{sandbox.url}/sim/shipengine"}
            await live_shop.data("PATCH", account, {"settings": settings, "credentials": carrier.credentials})

        async def was_asked() -> bool:
            return bool(await first.requests("labels.void"))

        async def has_stopped() -> Json | None:
            read: Json = await live_shop.data("GET", path)
            return read if read["undo"]["status"] == "failed" else None

        await first.script("labels.void", *["error_500"] * 3)
        await live_shop.data("POST", f"{path}/undo", Prefer="wait=0")
        await eventually(was_asked, 60.0, "the carrier is asked")
        await move(second)
        stopped = present(await eventually(has_stopped, 60.0, "the undo has stopped"))
        void = {"type": "void_shipment", "input": {"shipment_id": operation["output"]["shipment_id"]}}
        voided = await live_shop.execute((await live_shop.data("POST", "/api/operations", void))["id"])

        assert (stopped["status"], stopped["attention"]["reason"]) == ("completed", "compensation_failed")
        assert "address (settings.base_url)" in stopped["attention"]["message"]
        assert (voided["status"], voided["error"]["code"]) == ("failed", "connection_changed")
        assert await second.requests("labels.void") == []
        assert count_live(await first.labels(reference)) == 1

        await move(first)
        body = {"outcome": "retry", "reason": "the address is put back"}
        undone = await live_shop.data("POST", f"{path}/resolve", body, Prefer="wait=30")

        assert undone["status"] == "undone"
        assert count_live(await first.labels(reference)) == 0


async def test_a_person_can_force_a_void_at_a_new_address(live_shop: LiveShop, sandboxes: Sandboxes) -> None:
    """If the carrier there does not know the label, the label is not reported as voided."""
    carrier = next(carrier for carrier in CARRIERS if carrier.name == "shipengine")
    async with sandboxes.one() as first, sandboxes.one() as second:
        account = await new_account(live_shop, carrier, first)
        operation = await live_shop.execute(await label(live_shop, carrier, account))
        settings = {"base_url": f"{second.url}/sim/shipengine"}
        await live_shop.data("PATCH", account, {"settings": settings, "credentials": carrier.credentials})

        body = {"force": True, "reason": "the carrier has a new address"}
        path = f"/api/operations/{operation['id']}"
        preflight = await live_shop.data("GET", f"{path}/undo")
        blocked = await live_shop.call("POST", f"{path}/undo", Prefer="wait=30")
        refused = await live_shop.call("POST", f"{path}/undo", body, Prefer="wait=30")

        assert (preflight["available"], preflight["reason"]) == (False, "connection_changed")
        assert "address (settings.base_url)" in preflight["steps"][0]["message"]
        assert blocked.json()["error"]["details"]["reason"] == "connection_changed"
        assert refused.json()["error"]["code"] == "undo_failed"
        assert len(await second.requests("labels.void")) == 1
        assert (await live_shop.data("GET", path))["undo"]["steps"][-1]["outcome"] == "not_found"
