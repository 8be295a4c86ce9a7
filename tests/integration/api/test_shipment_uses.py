"""An operation whose shipment is in use is not undone or voided unless a person forces it with a reason."""

from typing import Any

import pytest

from tests.fixtures.builders import FEDEX_GROUND, Json, build_purchase
from tests.fixtures.in_process_api import refused_paths
from tests.fixtures.real_service import LiveShop

OPERATIONS = "/api/operations"
FORCE = {"force": True, "reason": "the parcel was lost"}


class Pushed:
    """A label for its own order, and the operations that use it."""

    def __init__(self, shop: LiveShop, order_id: str, label: Json) -> None:
        self.shop = shop
        self.order_id = order_id
        self.label = label
        self.shipment_id: str = label["output"]["shipment_id"]
        self.path = f"{OPERATIONS}/{label['id']}"

    async def create(self, kind: str, **fields: Any) -> Json:
        """Create an operation on the shipment."""
        fields = {"shipment_id": self.shipment_id, **fields}
        body = {"type": kind, "order_id": self.order_id, "input": fields}
        return dict(await self.shop.data("POST", OPERATIONS, body))

    async def push(self) -> Json:
        """Push the shipment to the channel."""
        pushed = await self.shop.execute((await self.create("push_fulfillment"))["id"])
        assert pushed["status"] == "completed", pushed["error"]
        return dict(pushed)

    async def get(self) -> Json:
        """Return the operation that bought the label."""
        return dict(await self.shop.data("GET", self.path))


@pytest.fixture
async def bought(live_shop: LiveShop) -> Pushed:
    """A label for an order that the channel has."""
    order_id = await live_shop.order()
    body = build_purchase(order_id)
    label = await live_shop.execute((await live_shop.data("POST", OPERATIONS, body))["id"])
    return Pushed(live_shop, order_id, label)


async def test_the_preflight_names_the_live_push(bought: Pushed) -> None:
    push = await bought.push()
    user = {"id": push["id"], "type": "push_fulfillment", "status": "completed"}

    preflight = await bought.shop.data("GET", f"{bought.path}/undo")
    refused = await bought.shop.call("POST", f"{bought.path}/undo")

    assert (preflight["available"], preflight["reason"], preflight["used_by"]) == (False, "in_use", [user])
    error = refused.json()["error"]
    assert (refused.status_code, error["code"]) == (422, "in_use")
    assert (error["details"]["reason"], error["details"]["used_by"]) == ("in_use", [user])
    assert push["id"] in error["message"]
    assert push["depends_on"] == [bought.label["id"]]
    assert (await bought.get())["status"] == "completed"


async def test_the_label_of_a_live_push_is_not_voided(bought: Pushed) -> None:
    push = await bought.push()
    body = {"type": "void_shipment", "order_id": bought.order_id, "input": {"shipment_id": bought.shipment_id}}

    error = (await bought.shop.call("POST", OPERATIONS, body)).json()["error"]

    assert error["code"] == "in_use"
    assert error["details"]["fields"][0]["path"] == ["input", "shipment_id"]
    assert error["details"]["used_by"] == [{"id": push["id"], "type": "push_fulfillment", "status": "completed"}]
    batch = await bought.shop.call("POST", f"{OPERATIONS}/batch", {"operations": [body]})
    assert refused_paths(batch) == ["operations.0.input.shipment_id"]
    (field,) = batch.json()["error"]["details"]["fields"]
    assert field["code"] == "in_use"
    assert push["id"] in field["message"]


async def test_the_label_can_be_undone_after_its_push(bought: Pushed) -> None:
    push = await bought.push()

    assert (await bought.shop.data("POST", f"{OPERATIONS}/{push['id']}/undo"))["status"] == "undone"
    assert (await bought.shop.data("POST", f"{bought.path}/undo"))["status"] == "undone"


async def test_a_running_push_blocks_the_undo(bought: Pushed) -> None:
    """A pending push does not block, a push that waits for its channel does."""
    await bought.shop.sandbox.answers_after(600)
    push = await bought.create("push_fulfillment")
    assert (await bought.shop.data("GET", f"{bought.path}/undo"))["available"]
    await bought.shop.data("POST", f"{OPERATIONS}/{push['id']}/execute")

    error = (await bought.shop.call("POST", f"{bought.path}/undo")).json()["error"]

    assert error["code"] == "in_use"
    assert error["details"]["used_by"] == [{"id": push["id"], "type": "push_fulfillment", "status": "executing"}]
    void = {"type": "void_shipment", "input": {"shipment_id": bought.shipment_id}}
    assert (await bought.shop.call("POST", OPERATIONS, void)).json()["error"]["code"] == "in_use"


async def test_a_forced_undo_is_logged_with_its_reason(bought: Pushed) -> None:
    await bought.push()

    assert refused_paths(await bought.shop.call("POST", f"{bought.path}/undo", {"force": True})) == ["reason"]
    undone = await bought.shop.data("POST", f"{bought.path}/undo", FORCE)

    assert undone["status"] == "undone"
    started = next(entry for entry in undone["logs"] if entry["event"] == "operation.undo_started")
    assert started["details"] == FORCE
    assert started["actor"] not in ("", "system")


async def test_a_retried_undo_looks_for_users_again(bought: Pushed) -> None:
    """A push began to use the label after the carrier had refused its void."""
    await bought.shop.sandbox.script("labels.void", "reject")
    await bought.shop.call("POST", f"{bought.path}/undo", Prefer="wait=30")
    push = await bought.push()
    retry = {"outcome": "retry", "reason": "the carrier is back"}

    error = (await bought.shop.call("POST", f"{bought.path}/resolve", retry)).json()["error"]
    forced = await bought.shop.data("POST", f"{bought.path}/resolve", {**retry, "force": True}, Prefer="wait=30")

    assert (error["code"], error["details"]["used_by"][0]["id"]) == ("in_use", push["id"])
    assert forced["status"] == "undone"


async def test_a_forced_void_is_logged_with_its_reason(bought: Pushed) -> None:
    await bought.push()
    without_reason = {"type": "void_shipment", "input": {"shipment_id": bought.shipment_id, "force": True}}
    assert refused_paths(await bought.shop.call("POST", OPERATIONS, without_reason)) == ["input.reason"]

    voided = await bought.shop.execute((await bought.create("void_shipment", **FORCE))["id"])

    assert (voided["status"], voided["output"]["outcome"]) == ("completed", "voided")
    assert voided["logs"][0]["details"] == FORCE
    assert voided["depends_on"] == [bought.label["id"]]


async def test_a_push_created_before_the_void_begins_stops_the_void(bought: Pushed) -> None:
    """The check of POST is repeated when the void begins."""
    void = await bought.create("void_shipment")
    push = await bought.push()

    failed = await bought.shop.execute(void["id"])

    assert (failed["status"], failed["error"]["code"]) == ("failed", "in_use")
    assert push["id"] in failed["error"]["message"]
    shipment = await bought.shop.data("GET", f"/api/shipments/{bought.shipment_id}")
    assert shipment["status"] == "label_created"


async def test_an_undone_label_is_not_pushed(bought: Pushed) -> None:
    push = await bought.create("push_fulfillment")
    await bought.shop.data("POST", f"{bought.path}/undo")

    failed = await bought.shop.execute(push["id"])

    assert (failed["status"], failed["error"]["code"]) == ("failed", "rejected")


async def test_a_finished_void_does_not_block_the_undo(bought: Pushed) -> None:
    await bought.shop.execute((await bought.create("void_shipment"))["id"])

    assert (await bought.shop.data("POST", f"{bought.path}/undo"))["status"] == "undone"


async def test_the_label_of_a_fulfill_order_is_not_voided_alone(live_shop: LiveShop) -> None:
    """The operation that bought it pushed it as well; an undo compensates both."""
    order_id = await live_shop.order()
    body = {"type": "fulfill_order", "order_id": order_id, "input": {**FEDEX_GROUND, "bridge_id": live_shop.bridge_id}}
    fulfilled = await live_shop.execute((await live_shop.data("POST", OPERATIONS, body))["id"])
    void = {"type": "void_shipment", "input": {"shipment_id": fulfilled["output"]["shipment_id"]}}

    error = (await live_shop.call("POST", OPERATIONS, void)).json()["error"]

    assert error["code"] == "in_use"
    assert [user["id"] for user in error["details"]["used_by"]] == [fulfilled["id"]]
    assert (await live_shop.data("GET", f"{OPERATIONS}/{fulfilled['id']}/undo"))["available"]
    assert (await live_shop.data("POST", f"{OPERATIONS}/{fulfilled['id']}/undo"))["status"] == "undone"
