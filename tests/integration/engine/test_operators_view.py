"""Runs in Temporal: an operator finds each run, and no run contains an address or a secret."""

import contextlib
import json
from typing import Any

from temporalio.service import RPCError

from domain.operations import OperationStatus, RunKind
from tests.fixtures.builders import SHIP_FROM, SHIP_TO
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.shops import API_KEY, Shop

HIDDEN = (
    API_KEY,
    "Grace Hopper",
    "grace@example.com",
    SHIP_TO["street1"],
    SHIP_TO["phone"],
    SHIP_TO["postal_code"],
    SHIP_FROM["name"],
    SHIP_FROM["street1"],
)


async def _list_workflows(rig: Rig, query: str, count: int) -> list[Any]:
    async def find() -> list[Any] | None:
        seen = [workflow async for workflow in rig.client.list_workflows(query)]
        return seen if len(seen) == count else None

    seen = await eventually(find, 60.0, f"{count} of {query}")
    assert seen is not None
    return seen


async def test_runs_are_found_by_their_search_attributes(rig: Rig, shop: Shop) -> None:
    """By order, organization, type and status, during the run and afterwards."""
    done = await rig.complete(shop, "create_shipment")
    await rig.undo(shop, done.operation)
    await shop.sandbox.answers_after(600)
    waiting = await rig.new(shop, "push_fulfillment")
    await rig.begin(shop, waiting)

    order = f"OrderlyOrder = '{shop.order.id}'"
    assert len(await _list_workflows(rig, order, 3)) == 3
    assert len(await _list_workflows(rig, f"OrderlyOrganization = '{shop.organization_id}'", 3)) == 3
    running = await _list_workflows(
        rig, f"{order} and OrderlyType = 'push_fulfillment' and OrderlyStatus = 'executing'", 1
    )
    assert running[0].id == f"operation-{waiting.id}"
    assert [workflow.id for workflow in await _list_workflows(rig, f"{order} and OrderlyStatus = 'undone'", 1)] == [
        f"operation-{done.operation.id}-run-2"
    ]
    assert [workflow.id for workflow in await _list_workflows(rig, f"{order} and OrderlyStatus = 'completed'", 1)] == [
        f"operation-{done.operation.id}"
    ]


async def test_summaries_name_carrier_service_channel_and_attempt(rig: Rig, shop: Shop) -> None:
    await shop.sandbox.script("labels.create", "drop")
    record = await rig.complete(shop, "fulfill_order")
    handle = rig.client.get_workflow_handle(record.runs[0].workflow_id)
    description = await handle.describe()
    assert await description.static_summary() == "fulfill_order: shipengine usps_ground_advantage, shopify"
    assert str(record.operation.id) in str(await description.static_details())
    history = await handle.fetch_history()
    summaries = [
        json.loads(event.user_metadata.summary.data) for event in history.events if event.user_metadata.summary.data
    ]
    bought = [summary for summary in summaries if summary.startswith("buy_label, shipengine usps_ground_advantage, ")]
    assert any("attempt 1" in summary for summary in bought)
    assert any("attempt 2" in summary for summary in bought)
    assert any(summary.startswith("push_fulfillment, ") and "shopify" in summary for summary in summaries)


async def test_a_purchase_in_progress_is_visible(rig: Rig, shop: Shop) -> None:
    """Temporal lists the activity that waits for a slow carrier."""
    shop = await rig.shop(shop.sandbox, carrier={"read_timeout_seconds": 60})
    await shop.sandbox.script("labels.create", "slow:6")
    operation = await rig.new(shop, "create_shipment")
    run = await rig.begin(shop, operation)

    async def find_pending() -> list[str] | None:
        handle = rig.client.get_workflow_handle(run.workflow_id)
        with contextlib.suppress(RPCError):  # not started yet
            description = (await handle.describe()).raw_description
            return [activity.activity_type.name for activity in description.pending_activities] or None
        return None

    assert await eventually(find_pending, 60.0, "a pending activity") == ["buy_label"]
    await rig.wait_closed(shop, operation)


async def test_runs_contain_no_address_and_no_secret(rig: Rig, shop: Shop) -> None:
    """Also if an error quotes the request."""
    done = await rig.complete(shop, "fulfill_order")
    await rig.undo(shop, done.operation)
    await shop.sandbox.script("labels.create", "reject")
    failed = await rig.execute(shop, await rig.new(shop, "create_shipment"))
    assert failed.operation.status is OperationStatus.FAILED
    await shop.sandbox.script("labels.create", "drop", "auth_failed")
    await rig.start(shop, failed.operation, RunKind.EXECUTE, OperationStatus.FAILED)
    await rig.wait_closed(shop, failed.operation)
    for record in (await rig.record(shop, done.operation), await rig.record(shop, failed.operation)):
        for run in record.runs:
            history = await rig.client.get_workflow_handle(run.workflow_id).fetch_history()
            raw = b"".join(event.SerializeToString() for event in history.events)
            assert b"shipengine" in raw, "the payloads are readable, so that this test can fail"
            for word in HIDDEN:
                assert word.encode() not in raw
