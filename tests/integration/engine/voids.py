"""A `void_shipment` operation, with checks of its possible results."""

from collections.abc import Callable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from activities.payloads import StepInput
from activities.void import VoidActivities
from adapters.postgres.ledger.ledger import PostgresLedger
from api.operations.resolve import Resolution
from api.operations.schemas import ResolveRequest
from domain.effects import EffectState, UndoOutcome
from domain.operations import Operation, OperationStatus, Run, RunKind
from domain.ports.stores import OperationRecord
from domain.shipping import Shipment, ShipmentStatus
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox, count_live
from tests.fixtures.shops import Shop, list_references

LOST = "accept_then_drop"
TARGET = "labels.void"


@dataclass(frozen=True)
class Void:
    """A void of a label that was bought."""

    rig: Rig
    shop: Shop
    bought: OperationRecord
    operation: Operation

    @classmethod
    async def of(cls, rig: Rig, shop: Shop, bought: OperationRecord) -> "Void":
        shipment_id = (bought.operation.output or {})["shipment_id"]
        return cls(rig, shop, bought, await rig.create(shop, "void_shipment", shipment_id=shipment_id))

    @classmethod
    async def new(cls, rig: Rig, sandbox: Sandbox, *faults: str) -> "Void":
        shop = await rig.shop(sandbox)
        void = await cls.of(rig, shop, await rig.complete(shop, "create_shipment"))
        await sandbox.script(TARGET, *(faults or ("ok",)))
        return void

    @property
    def step(self) -> StepInput:
        """The input of the first run's activity."""
        return StepInput(
            organization_id=self.shop.organization_id,
            operation_id=self.operation.id,
            run=1,
            step="void_shipment",
            position=1,
            recovery="recover_void",
            arguments={"shipment_id": (self.bought.operation.output or {})["shipment_id"]},
        )

    async def execute(self) -> OperationRecord:
        return await self.rig.execute(self.shop, self.operation)

    async def shipment(self) -> Shipment:
        async with self.rig.data(self.shop) as data:
            found = await data.shipments.get(UUID(self.step.arguments["shipment_id"]))
        assert found is not None
        return found

    async def check_voided(self, record: OperationRecord, *outcomes: UndoOutcome) -> None:
        """Check that carrier, shipment, ledger and operation have the label as voided, and that no person is asked."""
        assert count_live(await self.shop.sandbox.labels(*list_references(self.bought))) == 0
        assert (await self.shipment()).status is ShipmentStatus.VOIDED
        assert record.effects[-1].state is EffectState.DONE
        assert record.operation.status is OperationStatus.COMPLETED
        assert record.operation.attention is None
        assert (record.operation.output or {})["outcome"] in outcomes

    async def check_live(self, record: OperationRecord, code: str) -> None:
        """Check that carrier, shipment and operation have the label as live, and that no person is asked."""
        assert count_live(await self.shop.sandbox.labels(*list_references(self.bought))) == 1
        assert (await self.shipment()).status is ShipmentStatus.LABEL_CREATED
        assert record.operation.status is OperationStatus.FAILED
        assert record.operation.attention is None
        assert present(record.operation.error).code == code

    async def check_unknown(self, record: OperationRecord) -> None:
        """Check that a person is asked about a label that the carrier has voided."""
        assert count_live(await self.shop.sandbox.labels(*list_references(self.bought))) == 0
        assert record.effects[-1].state is EffectState.UNKNOWN
        assert record.operation.status is OperationStatus.EXECUTING
        assert present(record.operation.attention).reason == "outcome_unknown"

    async def resolve(self, record: OperationRecord, *, happened: bool) -> OperationRecord:
        """Settle the outcome as a person does."""
        async with self.rig.data(self.shop) as data:
            await data.operations.settle_effect(
                record.effects[-1].id, happened=happened, result={}, reason="the carrier's portal"
            )
        kind = RunKind.EXECUTE if happened else RunKind.ROLLBACK
        options = {} if happened else {"code": "did_not_happen", "step": "void_shipment"}
        await self.rig.start(self.shop, self.operation, kind, OperationStatus.EXECUTING, **options)
        return await self.rig.wait_closed(self.shop, self.operation)

    async def resolve_by_api(self, outcome: str) -> OperationRecord:
        """Resolve the outcome with the rules of the API, and wait for the next run."""
        context = SimpleNamespace(registry=self.rig.container.types, database=self.rig.container.database)
        caller: Any = SimpleNamespace(context=context)
        async with self.rig.data(self.shop) as data:
            operation = await data.operations.get(self.operation.id)
            assert operation is not None
            fields = ResolveRequest.model_validate({"outcome": outcome, "reason": "the carrier's portal"})
            resolution = Resolution(caller, data, operation, fields)
            unknown = present(operation.attention).reason == "outcome_unknown"
            _, run = await (resolution.settle_outcome() if unknown else resolution.settle_compensation())
        assert run is not None
        self.rig.dispatcher.offer([run])
        return await self.rig.wait_closed(self.shop, self.operation)

    async def retry(self) -> OperationRecord:
        await self.rig.start(self.shop, self.operation, RunKind.EXECUTE, OperationStatus.FAILED)
        return await self.rig.wait_closed(self.shop, self.operation)

    async def account(self, **changes: Any) -> None:
        async with self.rig.data(self.shop) as data:
            await data.carrier_accounts.update(self.shop.account_id, changes, None)


async def terminate_run(void: Void, run: Run) -> OperationRecord:
    rig = void.rig
    await rig.client.get_workflow_handle(run.workflow_id).terminate()

    async def rests() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        return (await rig.record(void.shop, void.operation)).runs[-1].closed_at is not None

    await eventually(rests, 60.0, "the rollback ends")
    return await rig.record(void.shop, void.operation)


def make_activities(rig: Rig, void: Callable[..., Any] | None = None) -> VoidActivities:
    """Return the activities of a worker that counts as dead; `void` replaces its carrier's method."""
    container = rig.container
    carriers = SimpleNamespace(open=lambda _: SimpleNamespace(void=void)) if void else container.carriers
    return VoidActivities(PostgresLedger(container.database), container.reads, carriers)
