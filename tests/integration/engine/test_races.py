"""Deliveries that race, come late or come twice, and processes that die between two commits."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import psycopg
import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.carrier import CarrierActivities, build_shipment_request
from activities.effects import build_key
from activities.payloads import StepInput, StepOutput
from adapters.carriers.shipengine import ShipEngineCarrier
from adapters.http.guarded_network import GuardedNetwork
from adapters.http.transport import Destination
from adapters.postgres.ledger.begin_effect import begin
from adapters.postgres.ledger.ledger import PostgresLedger
from bootstrap.container import CarrierAdapters
from domain.addresses import AddressRule
from domain.errors import Unavailable
from domain.operations import Operation, OperationError, OperationStatus, Run, RunKind
from domain.shipping import RawAnswer
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.engine import Rig, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.postgres import PostgresServer
from tests.fixtures.present import present
from tests.fixtures.sandbox_pool import Sandboxes
from tests.fixtures.sandboxes import count_live
from tests.fixtures.shops import Shop, list_references
from tests.fixtures.temporal import TemporalServer


@pytest.fixture
async def carrier(rig: Rig) -> AsyncIterator[CarrierActivities]:
    """The carrier's activities, as a worker has them."""
    carriers = CarrierAdapters(ShipEngineCarrier, None, GuardedNetwork(AddressRule(allow_loopback=True)), CARRIERS)
    yield CarrierActivities(rig.container.ledger, rig.container.reads, carriers, rig.container.channels)
    await carriers.aclose()


def _step(shop: Shop, operation: Operation, run: int = 1, **changed: Any) -> StepInput:
    return StepInput(
        organization_id=shop.organization_id,
        operation_id=operation.id,
        run=run,
        step="buy_label",
        position=1,
        compensation="void_label",
        recovery="recover_label",
        **changed,
    )


async def _open_run(rig: Rig, shop: Shop) -> tuple[Operation, Run]:
    """Open a run that no dispatcher starts for an hour."""
    operation = await rig.new(shop, "create_shipment")
    async with rig.data(shop) as data:
        started = await data.operations.start_run(operation.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
        await data.execute("update runs set lease_until = now() + interval '1 hour' where organization_id = %(org)s")
    assert started is not None
    return operation, started[1]


async def _deliver(carrier: CarrierActivities, step: StepInput) -> StepOutput | str:
    """Deliver the purchase; return its output or its error code."""
    try:
        return await ActivityEnvironment().run(carrier.buy_label, step)
    except ApplicationError as error:
        return str(error.type)


async def test_racing_deliveries_buy_once(rig: Rig, shop: Shop, carrier: CarrierActivities) -> None:
    """Each delivery waits for the one that sends, and returns its result."""
    shop = await rig.shop(shop.sandbox, carrier={"read_timeout_seconds": 60})
    await shop.sandbox.script("labels.create", "slow:0.5")
    operation, _ = await _open_run(rig, shop)
    step = _step(shop, operation)
    came = await asyncio.gather(*(_deliver(carrier, step) for _ in range(8)))
    assert isinstance(came[0], StepOutput)
    assert came == [came[0]] * 8
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert await _deliver(carrier, step) == came[0]


async def test_a_delivery_after_the_end_of_the_run_buys_nothing(
    rig: Rig, shop: Shop, carrier: CarrierActivities
) -> None:
    """The run had not begun its step, or had postponed it."""
    never, _ = await _open_run(rig, shop)
    back, _ = await _open_run(rig, shop)
    await shop.sandbox.script("labels.create", "rate_limited:20")
    assert await _deliver(carrier, _step(shop, back)) == "rate_limited"
    async with rig.container.database.system() as transaction:
        await transaction.execute("update runs set closed_at = now() where operation_id = %(id)s", id=never.id)
        await transaction.execute("update runs set closed_at = now() where operation_id = %(id)s", id=back.id)
    assert await _deliver(carrier, _step(shop, never)) == "rejected"
    assert await _deliver(carrier, _step(shop, back)) == "rejected"
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert await shop.sandbox.labels(*list_references(await rig.record(shop, back))) == []


async def test_closing_a_run_waits_for_a_purchase_that_begins(rig: Rig, shop: Shop) -> None:
    """The process that closes the run sees the begun purchase."""
    operation, _ = await _open_run(rig, shop)
    async with rig.container.database.transaction(shop.organization_id) as begins:
        first = await begin(begins, build_key(_step(shop, operation)))
        assert first.may_send
        with pytest.raises(Unavailable) as refused:
            await _close(rig, operation)
        assert isinstance(refused.value.__cause__, psycopg.errors.LockNotAvailable)
    await _close(rig, operation)
    assert [effect.id for effect in (await rig.record(shop, operation)).effects] == [first.effect.id]


async def _close(rig: Rig, operation: Operation) -> None:
    async with rig.container.database.system() as transaction:
        await transaction.execute("set local lock_timeout = '100ms'")
        await transaction.execute("update runs set closed_at = now() where operation_id = %(id)s", id=operation.id)


async def test_a_stored_answer_is_read_after_the_workers_death(
    rig: Rig, shop: Shop, carrier: CarrierActivities
) -> None:
    """Nothing is sent or looked up."""
    operation, _ = await _open_run(rig, shop)
    step = _step(shop, operation)
    dead = PostgresLedger(rig.container.database)
    effect = (await dead.begin(build_key(step))).effect
    facts = await rig.container.reads.shipping(step.organization_id, operation.id)
    adapter = ShipEngineCarrier(facts.connection, Destination(f"{shop.sandbox.url}/sim/shipengine"))
    answer = await adapter.buy(effect.reference, build_shipment_request(facts))
    await adapter.aclose()
    await dead.store_answer(effect, answer)
    output = await _deliver(carrier, step)
    assert isinstance(output, StepOutput)
    assert len(await shop.sandbox.requests("labels.create")) == 1
    assert await shop.sandbox.requests("labels.find", effect.reference) == []


async def test_an_overtaken_delivery_changes_nothing(rig: Rig, shop: Shop) -> None:
    """The answer of an abandoned call does not become the answer of the repeated call."""
    operation, _ = await _open_run(rig, shop)
    ledger, step = rig.container.ledger, _step(shop, operation)
    first = (await ledger.begin(build_key(step))).effect
    await ledger.record_not_sent(first, OperationError("absent", "proven absent"))
    second = (await ledger.begin(build_key(step))).effect
    assert second.attempts == 2
    await ledger.store_answer(first, RawAnswer(status=422, body=b"late"))
    await ledger.record_rejected(first, OperationError("rejected", "late"), "late")
    latest = present(await ledger.latest(build_key(step)))
    assert replace(latest, sent_ago=second.sent_ago) == second


@pytest.mark.parametrize(
    ("faults", "end"),
    [
        (("accept_then_drop", "auth_failed"), OperationStatus.COMPLETED),
        (("accept_then_drop", "reject"), OperationStatus.COMPLETED),
        (("accept_then_drop", "rate_limited:1"), OperationStatus.COMPLETED),
        (("accept_then_drop", "drop", "drop", "drop", "drop", "drop"), OperationStatus.COMPLETED),
        (("error_500_after_accept",) * 6, OperationStatus.COMPLETED),
        (("drop", "reject"), OperationStatus.COMPLETED),
        (("drop", "reject", "reject", "reject"), OperationStatus.FAILED),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
async def test_a_keyed_purchase_with_an_unknown_outcome_is_found(
    rig: Rig, sandboxes: Sandboxes, faults: tuple[str, ...], end: OperationStatus
) -> None:
    """A refusal proves nothing if an earlier call may have succeeded."""
    async with sandboxes.one() as sandbox:
        shop = await rig.shop(sandbox, account={"carrier": "usps"})
        await sandbox.script("labels.create", *faults)
        record = await rig.execute(shop, await rig.new(shop, "create_shipment"))
        assert record.operation.status is end
        assert record.operation.attention is None
        labels = await sandbox.labels(*list_references(record))
        assert len(labels) == count_live(labels) == (1 if end is OperationStatus.COMPLETED else 0)


async def test_a_run_is_started_after_its_dispatcher_died(rig: Rig, shop: Shop) -> None:
    """The run is in Postgres, and no dispatcher was notified."""
    operation, _ = await _open_run(rig, shop)
    async with rig.container.database.system() as transaction:
        await transaction.execute("update runs set lease_until = now() where operation_id = %(id)s", id=operation.id)
    record = await rig.wait_closed(shop, operation)
    assert record.operation.status is OperationStatus.COMPLETED
    assert len(await shop.sandbox.requests("labels.create")) == 1


async def test_a_run_offered_many_times_starts_one_workflow(
    rig: Rig, shop: Shop, module_database_url: str, temporal_server: TemporalServer
) -> None:
    """Two dispatchers offer it, even after its end."""
    operation = await rig.new(shop, "create_shipment")
    run = await rig.begin(shop, operation)
    settings = settings_for(module_database_url, temporal_server.address)
    async with running_engine(settings, rig.client.namespace, with_worker=False) as other:
        other.dispatcher.offer([run])
        record = await rig.wait_closed(shop, operation)
        other.dispatcher.offer([run])
        rig.dispatcher.offer([run])

        async def drained() -> bool:
            return not other.dispatcher.queue_size

        await eventually(drained)
    assert record.operation.status is OperationStatus.COMPLETED
    assert len(await shop.sandbox.requests("labels.create")) == 1
    found = [workflow async for workflow in rig.client.list_workflows(f"WorkflowId = '{run.workflow_id}'")]
    assert len(found) <= 1


async def test_an_execution_accepted_while_temporal_is_down_runs_later(
    tmp_path: Any, postgres_server: PostgresServer, sandboxes: Sandboxes
) -> None:
    """The run waits in Postgres."""
    temporal = TemporalServer(tmp_path, keep=True)
    temporal.start()
    await temporal.ready()
    url = postgres_server.create()
    try:
        settings = settings_for(url, temporal.address)
        async with sandboxes.one() as sandbox, running_engine(settings, temporal.new_namespace()) as rig:
            shop = await rig.shop(sandbox)
            temporal.kill()
            operation = await rig.new(shop, "create_shipment")
            await rig.begin(shop, operation)
            temporal.start()
            record = await rig.wait_closed(shop, operation, 60)
            assert record.operation.status is OperationStatus.COMPLETED
            assert len(await sandbox.requests("labels.create")) == 1
    finally:
        temporal.kill()
        postgres_server.drop(url)
