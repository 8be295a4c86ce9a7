"""One call executes many operations: a single operation does not wait behind them, and free slots fill at once."""

from collections.abc import AsyncIterator
from typing import Any

import pytest

from domain.operations import Operation, OperationStatus, Run
from domain.plan import Plan
from engine import dispatcher as dispatching
from engine.fair_queue import MAX_FETCHED
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.shops import Shop
from tests.fixtures.temporal import TemporalServer
from workflows.operations.update_order_status import UPDATE_ORDER_STATUS

MANY = 2 * MAX_FETCHED
IN_FLIGHT = 4
NEVER = 3600.0


@pytest.fixture
def admitted(monkeypatch: pytest.MonkeyPatch) -> list[Run]:
    """The runs in the order of their start; the periodic sweep never runs."""
    order: list[Run] = []
    start = dispatching.start

    async def noted(client: Any, run: Run, *rest: Any, **named: Any) -> bool:
        order.append(run)
        return await start(client, run, *rest, **named)

    monkeypatch.setattr(dispatching, "start", noted)
    monkeypatch.setattr(dispatching, "SWEEP_SECONDS", NEVER)
    return order


@pytest.fixture
async def engine(
    module_database_url: str, temporal_server: TemporalServer, admitted: list[Run]
) -> AsyncIterator[tuple[Rig, list[Run]]]:
    """An engine with few slots, and the runs that it starts."""
    await temporal_server.ready()
    settings = settings_for(module_database_url, temporal_server.address, max_in_flight=IN_FLIGHT)
    async with running_engine(settings, temporal_server.new_namespace()) as rig:
        yield rig, admitted


async def _execute_many(rig: Rig, shop: Shop, count: int) -> list[Operation]:
    """Create and execute many operations with one call each, and notify the dispatcher as the API does."""
    status = {"status": "shipped"}
    fields = UPDATE_ORDER_STATUS.new_operation(shop.order.id, status, Plan(status="shipped"))
    async with rig.data(shop) as data:
        created = await data.bulk.create([fields] * count)
        assert await data.bulk.execute(await data.bulk.lock_pending({}, count)) == count
    rig.dispatcher.sweep_soon()
    return created


async def test_a_single_operation_overtakes_a_bulk_execution(
    engine: tuple[Rig, list[Run]], sandboxes: Sandboxes
) -> None:
    """It is the next run but one, and all operations end without the sweep."""
    rig, admitted = engine
    async with sandboxes.one() as sandbox:
        busy, other = await rig.shop(sandbox), await rig.shop(sandbox)
        single = await rig.create(other, "update_order_status", status="shipped")
        many = await _execute_many(rig, busy, MANY)

        async def has_begun() -> bool:
            return len(admitted) >= IN_FLIGHT

        await eventually(has_begun, 60.0, "the first of the many are admitted")
        await rig.begin(other, single)
        before = len(admitted)
        assert before < MANY / 2
        record = await rig.wait_closed(other, single)

        assert record.operation.status is OperationStatus.COMPLETED
        place = [run.operation_id for run in admitted].index(single.id)
        assert place <= before + 1
        assert rig.dispatcher.queue_size <= MAX_FETCHED

        async def completed() -> bool:
            async with rig.data(busy) as data:
                return await data.operations.total({"status": "completed"}) == MANY

        await eventually(completed, 120.0, "all of the many are completed")
        assert {run.operation_id for run in admitted} == {single.id, *(operation.id for operation in many)}
