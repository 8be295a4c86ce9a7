"""A push of a shipment races a void or undo of its label: the one that begins first wins."""

import asyncio
from dataclasses import replace
from uuid import UUID

from adapters.postgres.database import Database
from adapters.postgres.ledger.ledger import PostgresLedger
from domain.operations import NewOperation, OperationStatus, RunKind
from domain.plan import Plan
from domain.ports.ledger import EffectKey
from tests.fixtures.rows import Rows
from tests.integration.postgres.test_compensating import key

RACES = 200
AT_A_TIME = 4


async def executing(database: Database, rows: Rows, kind: str, shipment_id: UUID, **fields: bool) -> UUID:
    """Return an operation on the shipment with an open run."""
    operation = NewOperation(
        kind, None, fields, Plan(shipment_id=shipment_id), uses=(shipment_id,), removes=kind == "void_shipment"
    )
    async with database.organization(rows.organization_id) as data:
        created = await data.operations.create(operation)
        await data.operations.start_run(created.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
    return created.id


def bought(rows: Rows) -> tuple[UUID, UUID]:
    """Insert a purchase; return its operation and shipment."""
    operation_id = rows.insert_purchase()
    return operation_id, rows.select_one("shipments", operation_id=operation_id)["id"]


async def begins(database: Database, step: EffectKey) -> bool:
    """Whether the step may be sent."""
    return (await PostgresLedger(database).begin(step)).may_send


async def push(database: Database, rows: Rows, shipment_id: UUID) -> EffectKey:
    """Return the ledger key of a push that is about to begin."""
    operation_id = await executing(database, rows, "push_fulfillment", shipment_id)
    return replace(key(rows.organization_id, operation_id, "push_fulfillment"), uses_shipment=True)


async def void(database: Database, rows: Rows, shipment_id: UUID, **fields: bool) -> EffectKey:
    """Return the ledger key of a void that is about to begin."""
    operation_id = await executing(database, rows, "void_shipment", shipment_id, **fields)
    step = key(rows.organization_id, operation_id, "void_shipment")
    return replace(step, uses_shipment=True, removes_shipment=True)


async def undo(database: Database, rows: Rows, operation_id: UUID) -> bool:
    """Begin the undo of the purchase; return whether it began."""
    async with database.organization(rows.organization_id) as data:
        await data.operations.lock_and_record(operation_id)
        record = await data.operations.record(operation_id)
        assert record is not None
        if record.users:
            return False
        started = await data.operations.start_run(operation_id, kind=RunKind.UNDO, expected=OperationStatus.COMPLETED)
        return started is not None


async def test_a_push_races_a_void(database: Database, rows: Rows) -> None:
    """The push is created first and its run is open, so the push always wins."""
    for _ in range(0, RACES, AT_A_TIME):
        shipments = [bought(rows)[1] for _ in range(AT_A_TIME)]
        steps = [(await push(database, rows, each), await void(database, rows, each)) for each in shipments]
        ends = await asyncio.gather(*(begins(database, step) for pair in steps for step in pair))
        assert [ends[at : at + 2] for at in range(0, len(ends), 2)] == [[True, False]] * AT_A_TIME


async def test_a_push_races_a_forced_void(database: Database, rows: Rows) -> None:
    """A forced void always begins; a later push is refused."""
    for _ in range(RACES):
        _, shipment_id = bought(rows)
        pushing, voiding = await push(database, rows, shipment_id), await void(database, rows, shipment_id, force=True)
        may_push, may_void = await asyncio.gather(begins(database, pushing), begins(database, voiding))
        assert may_void
        assert may_push or not await begins(database, pushing)


async def test_a_push_after_a_forced_void_is_refused(database: Database, rows: Rows) -> None:
    _, shipment_id = bought(rows)
    pushing = await push(database, rows, shipment_id)

    assert await begins(database, await void(database, rows, shipment_id, force=True))
    assert not await begins(database, pushing)


async def test_a_push_races_the_undo_of_its_shipment(database: Database, rows: Rows) -> None:
    """Exactly one of the two continues."""

    async def execute_and_push(shipment_id: UUID) -> bool:
        return await begins(database, await push(database, rows, shipment_id))

    for _ in range(RACES):
        operation_id, shipment_id = bought(rows)
        pushed, undone = await asyncio.gather(execute_and_push(shipment_id), undo(database, rows, operation_id))
        assert not (pushed and undone)


async def test_the_later_of_a_push_and_an_undo_is_refused(database: Database, rows: Rows) -> None:
    operation_id, shipment_id = bought(rows)
    pushing = await push(database, rows, shipment_id)
    assert not await undo(database, rows, operation_id)
    rows.run("update operations set status = 'failed', completed_at = now() where id = %s", pushing.operation_id)

    assert await undo(database, rows, operation_id)
    assert not await begins(database, pushing)
