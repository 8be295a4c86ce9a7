"""Many executions at once: limits hold, an outage does not block other accounts, and organizations do not wait."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from domain.effects import Effect
from domain.operations import Operation, OperationStatus, RunKind
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.fixtures.temporal import TemporalServer

NOWHERE = "http://127.0.0.1:9"
MAX_OPEN = 8


@pytest.fixture(scope="module")
async def engines(module_database_url: str, temporal_server: TemporalServer) -> AsyncIterator[tuple[Rig, Rig]]:
    """Two engines on the same database, each with a dispatcher and a worker."""
    await temporal_server.ready()
    settings = settings_for(module_database_url, temporal_server.address, max_open=MAX_OPEN)
    namespace = temporal_server.new_namespace()
    async with running_engine(settings, namespace) as one, running_engine(settings, namespace) as other:
        yield one, other


async def _begin_all(engines: tuple[Rig, Rig], shop: Shop, count: int) -> list[Operation]:
    """Execute many operations and offer them to the two dispatchers in turn."""
    operations = [await engines[0].new(shop, "create_shipment") for _ in range(count)]
    for number, operation in enumerate(operations):
        await engines[number % 2].begin(shop, operation)
    return operations


async def _all_completed(rig: Rig, shop: Shop, operations: Sequence[Operation]) -> list[Effect]:
    """Wait until all operations are completed; return their purchases."""
    records = await asyncio.gather(*(rig.wait_closed(shop, operation, 90.0) for operation in operations))
    assert {record.operation.status for record in records} == {OperationStatus.COMPLETED}
    return [effect for record in records for effect in record.effects]


def _most_within(times: Sequence[datetime], span: timedelta) -> int:
    return max(sum(start <= at < start + span for at in times) for start in times)


async def test_workers_share_an_accounts_concurrency_limit(engines: tuple[Rig, Rig], sandboxes: Sandboxes) -> None:
    """Two workers together never have more than two purchases in flight."""
    async with sandboxes.one() as sandbox:
        shop = await engines[0].shop(sandbox, carrier={"max_concurrent": 2})
        await sandbox.script("labels.create", *(["slow:0.2"] * 16))
        effects = await _all_completed(engines[0], shop, await _begin_all(engines, shop, 16))
        noted = [datetime.fromisoformat(request["at"]) for request in await sandbox.requests("labels.create")]
        assert len(noted) == len(effects) == 16
        # Each call takes 0.2 s: a third call that begins within that time would exceed the limit.
        assert _most_within(noted, timedelta(seconds=0.19)) <= 2


async def test_workers_share_an_accounts_rate_limit(engines: tuple[Rig, Rig], sandboxes: Sandboxes) -> None:
    """Only four purchases begin within a second."""
    async with sandboxes.one() as sandbox:
        shop = await engines[0].shop(sandbox, carrier={"max_per_second": 4.0})
        effects = await _all_completed(engines[0], shop, await _begin_all(engines, shop, 16))
        times = [effect.sent_at for effect in effects if effect.sent_at is not None]
        assert len(times) == 16
        assert _most_within(times, timedelta(seconds=0.99)) <= 4


async def test_voids_respect_the_rate_limit(engines: tuple[Rig, Rig], sandboxes: Sandboxes) -> None:
    """An undo waits until the rate limit allows its call."""
    async with sandboxes.one() as sandbox:
        shop = await engines[0].shop(sandbox, carrier={"max_concurrent": 1})
        done = [await engines[0].complete(shop, "create_shipment") for _ in range(3)]
        await sandbox.script("labels.void", *(["slow:0.3"] * 3))
        undone = await asyncio.gather(*(engines[0].undo(shop, record.operation) for record in done))
        assert {record.operation.status for record in undone} == {OperationStatus.UNDONE}


async def _open_runs(rig: Rig, shop: Shop) -> int:
    queues = await rig.container.runs.queue_states()
    return sum(queue.open for queue in queues if queue.organization_id == shop.organization_id)


async def _point_to(rig: Rig, shop: Shop, url: str) -> None:
    async with rig.data(shop) as data:
        account = await data.carrier_accounts.get(shop.account_id)
        assert account is not None
        await data.carrier_accounts.update(shop.account_id, {"settings": replace(account.settings, base_url=url)}, None)


async def test_an_outage_keeps_few_runs_open_and_ends_without_a_flood(
    engines: tuple[Rig, Rig], sandboxes: Sandboxes
) -> None:
    """While a carrier is down, few of its runs are open and other accounts continue; afterwards all runs end."""
    async with sandboxes.one() as sandbox, sandboxes.one() as other_sandbox:
        shop, other = await engines[0].shop(sandbox), await engines[0].shop(other_sandbox)
        await _point_to(engines[0], shop, NOWHERE)
        operations = await _begin_all(engines, shop, 60)

        async def full() -> bool:
            return await _open_runs(engines[0], shop) >= MAX_OPEN

        await eventually(full, 60.0, "as many runs are open as may be")
        await _others_go_on(engines[0], other)
        await _point_to(engines[0], shop, f"{sandbox.url}/sim/shipengine")
        ends = asyncio.ensure_future(_all_completed(engines[0], shop, operations))
        most = 0
        while not ends.done():
            most = max(most, await _open_runs(engines[0], shop))
            await asyncio.wait({ends}, timeout=0.05)
        # Each dispatcher may have started that many runs before it knew the other's.
        assert MAX_OPEN <= most <= 2 * MAX_OPEN
        await _bought_once(sandbox, ends.result())


async def _others_go_on(rig: Rig, shop: Shop) -> None:
    for _ in range(5):
        record = await rig.execute(shop, await rig.new(shop, "create_shipment"))
        assert record.operation.status is OperationStatus.COMPLETED


async def _bought_once(sandbox: Sandbox, effects: Sequence[Effect]) -> None:
    requests: list[dict[str, Any]] = await sandbox.requests("labels.create")
    assert sorted(request["reference"] for request in requests) == sorted(effect.reference for effect in effects)


async def test_a_push_that_waits_for_its_answer_uses_no_slot(engines: tuple[Rig, Rig], sandboxes: Sandboxes) -> None:
    """A long wait for one answer does not block other pushes to the channel."""
    async with sandboxes.one() as sandbox:
        shop = await engines[0].shop(sandbox)
        await sandbox.answers_after(3600)
        orders = [await engines[0].another_order(shop) for _ in range(MAX_OPEN + 2)]
        waiting = [await engines[0].new(order, "push_fulfillment") for order in orders]
        for operation in waiting:
            await engines[0].begin(shop, operation)
        for operation in waiting:
            await engines[0].effect(shop, operation, "push_fulfillment", "sent")
        await sandbox.answers_after(0)
        await engines[0].complete(await engines[0].another_order(shop), "push_fulfillment")


async def test_runs_and_postgres_build_the_same_queue_key(engines: tuple[Rig, Rig], sandboxes: Sandboxes) -> None:
    """Two places build the key."""
    async with sandboxes.one() as sandbox:
        shop = await engines[0].shop(sandbox)
        for kind in ("create_shipment", "push_fulfillment", "update_order_status", "fulfill_order"):
            operation = await engines[0].new(shop, kind)
            run = await engines[0].open_run(shop, operation, RunKind.EXECUTE, OperationStatus.PENDING)
            async with engines[0].container.database.system() as transaction:
                queue_key = await transaction.fetch_value(
                    "select queue_key from runs where operation_id = %(id)s", id=run.operation_id
                )
            assert queue_key == run.queue_key
