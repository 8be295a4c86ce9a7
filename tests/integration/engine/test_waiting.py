"""Channels that answer later: Temporal keeps the wait, and it outlives the worker."""

from datetime import timedelta
from typing import Any

from domain.operations import OperationStatus
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references
from tests.fixtures.temporal import TemporalServer


async def test_a_late_answer_completes_the_push(rig: Rig, shop: Shop) -> None:
    """The log reports the wait."""
    await shop.sandbox.answers_after(1.5)
    operation = await rig.new(shop, "push_fulfillment")
    await rig.begin(shop, operation)
    await wait_until_pushed(rig, shop, operation)
    record = await rig.wait_closed(shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED
    assert "step.waiting" in [log.event for log in record.logs]
    assert len(await shop.sandbox.requests("fulfillments.create")) == 1
    assert [fulfillment["status"] for fulfillment in await shop.sandbox.fulfillments(*list_references(record))] == [
        "live"
    ]


async def test_a_late_refusal_rolls_back_the_saga(rig: Rig, shop: Shop) -> None:
    """The label is voided."""
    await shop.sandbox.answers_after(1.5)
    await shop.sandbox.script("fulfillments.answer", "reject")
    record = await rig.execute(shop, await rig.new(shop, "fulfill_order"))
    assert record.operation.status is OperationStatus.FAILED
    error = present(record.operation.error)
    assert (error.code, error.step, error.rolled_back) == ("rejected", "push_fulfillment", True)
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 0
    assert count_live(await shop.sandbox.fulfillments(*list_references(record))) == 0
    assert await rig.order_status(shop) == "processing"


async def test_a_lost_push_that_the_channel_refused_is_rolled_back(rig: Rig, shop: Shop) -> None:
    """The lookup finds the refused fulfillment."""
    await shop.sandbox.answers_after(0.1)
    await shop.sandbox.script("fulfillments.create", "accept_then_stall")
    await shop.sandbox.script("fulfillments.answer", "reject")
    record = await rig.execute(shop, await rig.new(shop, "fulfill_order"))
    assert record.operation.status is OperationStatus.FAILED
    assert record.operation.attention is None
    assert present(record.operation.error).code == "rejected"
    assert count_live(await shop.sandbox.labels(*list_references(record))) == 0
    assert len(await shop.sandbox.requests("fulfillments.create")) == 1


async def test_the_wait_outlives_the_worker(
    postgres_server: PostgresServer, temporal_server: TemporalServer, sandboxes: Sandboxes
) -> None:
    """The next worker gets the answer."""
    await temporal_server.ready()
    url, namespace = postgres_server.create(), temporal_server.new_namespace()
    settings = settings_for(url, temporal_server.address)
    async with sandboxes.one() as sandbox:
        async with running_engine(settings, namespace) as first:
            shop = await first.shop(sandbox)
            await sandbox.answers_after(3)
            operation = await first.new(shop, "fulfill_order")
            await first.begin(shop, operation)
            await wait_until_pushed(first, shop, operation)
        async with running_engine(settings, namespace) as second:
            record = await second.wait_closed(shop, operation)
        assert record.operation.status is OperationStatus.COMPLETED
        assert len(await sandbox.requests("fulfillments.create")) == 1
        assert count_live(await sandbox.labels(*list_references(record))) == 1
    postgres_server.drop(url)


async def test_a_wait_that_takes_too_long_needs_a_person(
    postgres_server: PostgresServer, temporal_server: TemporalServer, sandboxes: Sandboxes
) -> None:
    """The fulfillment may still become live, so the operation neither completes nor fails."""
    await temporal_server.ready()
    url = postgres_server.create()
    settings = settings_for(url, temporal_server.address, wait_for_seconds=2)
    async with sandboxes.one() as sandbox, running_engine(settings, temporal_server.new_namespace()) as rig:
        shop = await rig.shop(sandbox)
        await sandbox.answers_after(600)
        record = await rig.execute(shop, await rig.new(shop, "push_fulfillment"))
        attention = present(record.operation.attention)
        assert record.operation.status is OperationStatus.EXECUTING
        assert (attention.reason, attention.step) == ("outcome_unknown", "push_fulfillment")
        assert [effect.state for effect in record.effects] == ["unknown"]
    postgres_server.drop(url)


async def wait_until_pushed(rig: Rig, shop: Shop, operation: Any) -> None:
    """Wait until the channel has accepted a push that it answers later."""

    async def is_taken() -> bool:
        effects = (await rig.record(shop, operation)).effects
        return any(effect.step == "push_fulfillment" and effect.result is not None for effect in effects)

    await eventually(is_taken, 60.0, "the channel took the push")


async def test_polling_the_channel_does_not_grow_the_history(rig: Rig, shop: Shop) -> None:
    await shop.sandbox.answers_after(2.5)
    record = await rig.execute(shop, await rig.new(shop, "push_fulfillment"))
    asked = len(await shop.sandbox.requests("fulfillments.status", *list_references(record)))
    history = await rig.client.get_workflow_handle(record.runs[0].workflow_id).fetch_history()
    assert asked >= 2
    assert len(history.events) < 25
    start, end = history.events[0].event_time.ToDatetime(), history.events[-1].event_time.ToDatetime()
    assert end - start > timedelta(seconds=2)
