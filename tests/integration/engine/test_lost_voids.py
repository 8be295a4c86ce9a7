"""A `void_shipment` of which something was lost: the books agree, and a person is asked where nobody else can tell."""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.payloads import StepInput
from activities.void import VoidActivities
from api.operations.resolve import Resolution
from api.operations.schemas import ResolveRequest
from domain.effects import EffectState, UndoOutcome
from domain.errors import RateLimited
from domain.operations import Operation, OperationStatus, Run, RunKind
from domain.ports.stores import OperationRecord
from domain.shipping import Shipment, ShipmentStatus, VoidResult
from tests.fixtures.answering import answering
from tests.fixtures.builders import SHIP_FROM
from tests.fixtures.engine import ACTOR, Rig, Sandboxes, Shop, references, running_engine, settings_for
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox, live
from tests.fixtures.temporal import TemporalServer

LOST = "accept_then_drop"
TARGET = "labels.void"


@pytest.fixture(scope="module")
async def rig(module_database_url: str, temporal_server: TemporalServer) -> AsyncIterator[Rig]:
    """An engine that gives a step up after seconds."""
    await temporal_server.ready()
    settings = settings_for(module_database_url, temporal_server.address, retry_for_seconds=6)
    async with running_engine(settings, temporal_server.new_namespace()) as running:
        yield running


@dataclass(frozen=True)
class Void:
    """A void that is to be tried, of a label that was bought."""

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
        void = await cls.of(rig, shop, await rig.done(shop, "create_shipment"))
        await sandbox.script(TARGET, *(faults or ("ok",)))
        return void

    @property
    def step(self) -> StepInput:
        """What the first run's activity is given."""
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

    async def is_gone(self, record: OperationRecord, *outcomes: UndoOutcome) -> None:
        """The carrier's book, the shipment, the ledger and the operation say so; nobody is asked."""
        assert live(await self.shop.sandbox.labels(*references(self.bought))) == 0
        assert (await self.shipment()).status is ShipmentStatus.VOIDED
        assert record.effects[-1].state is EffectState.DONE
        assert record.operation.status is OperationStatus.COMPLETED
        assert record.operation.attention is None
        assert (record.operation.output or {})["outcome"] in outcomes

    async def stands(self, record: OperationRecord, code: str) -> None:
        """All of them say that; nobody is asked."""
        assert live(await self.shop.sandbox.labels(*references(self.bought))) == 1
        assert (await self.shipment()).status is ShipmentStatus.LABEL_CREATED
        assert record.operation.status is OperationStatus.FAILED
        assert record.operation.attention is None
        assert present(record.operation.error).code == code

    async def is_asked_about(self, record: OperationRecord) -> None:
        """A person is; nowhere does it say that the label stands."""
        assert live(await self.shop.sandbox.labels(*references(self.bought))) == 0
        assert record.effects[-1].state is EffectState.UNKNOWN
        assert record.operation.status is OperationStatus.EXECUTING
        assert present(record.operation.attention).reason == "outcome_unknown"

    async def resolve(self, record: OperationRecord, *, happened: bool) -> OperationRecord:
        """Settle it as a person does."""
        async with self.rig.data(self.shop) as data:
            await data.operations.settle_effect(
                record.effects[-1].id, happened=happened, result={}, actor=ACTOR, reason="the carrier's portal"
            )
        kind = RunKind.EXECUTE if happened else RunKind.ROLLBACK
        options = {} if happened else {"code": "did_not_happen", "step": "void_shipment"}
        await self.rig.start(self.shop, self.operation, kind, OperationStatus.EXECUTING, **options)
        return await self.rig.settled(self.shop, self.operation)

    async def resolved(self, outcome: str) -> OperationRecord:
        """Resolve it by the API's own rules, and wait for the run that follows."""
        context = SimpleNamespace(registry=self.rig.container.types, database=self.rig.container.database)
        caller: Any = SimpleNamespace(actor=ACTOR, context=context)
        async with self.rig.data(self.shop) as data:
            operation = await data.operations.get(self.operation.id)
            assert operation is not None
            given = ResolveRequest.model_validate({"outcome": outcome, "reason": "the carrier's portal"})
            resolution = Resolution(caller, data, operation, given)
            unknown = present(operation.attention).reason == "outcome_unknown"
            _, run = await (resolution.settle_outcome() if unknown else resolution.settle_compensation())
        assert run is not None
        self.rig.dispatcher.offer([run])
        return await self.rig.settled(self.shop, self.operation)

    async def retried(self) -> OperationRecord:
        await self.rig.start(self.shop, self.operation, RunKind.EXECUTE, OperationStatus.FAILED)
        return await self.rig.settled(self.shop, self.operation)

    async def account(self, **changes: Any) -> None:
        async with self.rig.data(self.shop) as data:
            await data.carrier_accounts.update(self.shop.account_id, changes, None)


async def test_the_login_is_refused_afterwards(rig: Rig, sandboxes: Sandboxes) -> None:
    """The account is paused, and a person is asked, and told why."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.execute()
        await void.is_asked_about(record)
        assert "step.recovery_refused" in [log.event for log in record.logs]
        async with rig.data(void.shop) as data:
            account = await data.carrier_accounts.get(void.shop.account_id)
        assert account is not None
        assert account.status == "auth_failed"


async def test_the_login_is_refused_once(rig: Rig, sandboxes: Sandboxes) -> None:
    """The end of the run asks once more, and finds out."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed")
        await void.is_gone(await void.execute(), UndoOutcome.ALREADY_VOIDED)


async def test_the_login_of_a_first_void_is_refused(rig: Rig, sandboxes: Sandboxes) -> None:
    """Nothing was sent before: nobody needs to be asked."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "auth_failed")
        await void.stands(await void.execute(), "auth_failed")


async def test_the_carrier_is_away_to_the_end(rig: Rig, sandboxes: Sandboxes) -> None:
    """It is asked for as long as everything is, and then a person is."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, *["error_500"] * 40)
        await void.is_asked_about(await void.execute())


async def test_the_carrier_does_not_know_the_label_any_more(rig: Rig, sandboxes: Sandboxes) -> None:
    """It may forget what was voided; it may be another account's, too: a person looks."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "absent", "absent")
        await void.is_asked_about(await void.execute())


async def test_somebody_between_refuses_afterwards(rig: Rig, sandboxes: Sandboxes) -> None:
    """A firewall's 403 is no word of the carrier's."""
    async with sandboxes.one() as sandbox, answering(lambda _: (403, b"Forbidden"), []) as firewall:
        void = await Void.new(rig, sandbox, LOST, "error_500", "error_500")
        await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        async with rig.data(void.shop) as data:
            account = await data.carrier_accounts.get(void.shop.account_id)
        assert account is not None
        await void.account(settings=replace(account.settings, base_url=firewall))
        await void.is_asked_about(await rig.settled(void.shop, void.operation))


async def test_a_person_tells_that_it_happened(rig: Rig, sandboxes: Sandboxes) -> None:
    """The shipment is told, too, and nothing is sent."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.execute()
        sent = len(await sandbox.requests(TARGET))
        await void.is_gone(await void.resolve(record, happened=True), UndoOutcome.DONE_BY_HAND)
        assert len(await sandbox.requests(TARGET)) == sent


async def test_a_person_tells_that_it_did_not_and_tries_again(rig: Rig, sandboxes: Sandboxes) -> None:
    """What the person got wrong is put right: voiding again tells."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        record = await void.resolve(await void.execute(), happened=False)
        assert present(record.operation.error).code == "did_not_happen"
        await void.account(status="active")
        await void.is_gone(await void.retried(), UndoOutcome.ALREADY_VOIDED)


async def test_the_run_is_terminated(rig: Rig, sandboxes: Sandboxes) -> None:
    """The rollback can't take it back, and tells what it has found: the label is gone."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall")
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        record = await _terminated(void, run)
        assert [run.kind for run in record.runs] == [RunKind.EXECUTE, RunKind.ROLLBACK]
        await void.is_gone(record, UndoOutcome.VOIDED, UndoOutcome.ALREADY_VOIDED)


async def test_the_run_is_terminated_and_the_rollback_cannot_tell(rig: Rig, sandboxes: Sandboxes) -> None:
    """A person is asked then, as after an execution."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall", "auth_failed", "auth_failed", "auth_failed")
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        record = await _terminated(void, run)
        await void.is_asked_about(record)
        await void.is_gone(await void.resolve(record, happened=True), UndoOutcome.DONE_BY_HAND)


async def _terminated(void: Void, run: Run) -> OperationRecord:
    rig = void.rig
    await rig.client.get_workflow_handle(run.workflow_id).terminate()

    async def rests() -> bool:
        await rig.reconciler.reconcile(age_seconds=0)
        return (await rig.record(void.shop, void.operation)).runs[-1].closed_at is not None

    await eventually(rests, 60.0, "the rollback ends")
    return await rig.record(void.shop, void.operation)


async def test_a_delivery_that_comes_after_the_run(rig: Rig, sandboxes: Sandboxes) -> None:
    """The void was put off, and the run cancelled: a frozen worker's delivery voids nothing any more."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "rate_limited:5")
        run = await rig.begin(void.shop, void.operation)
        await rig.effect(void.shop, void.operation, "void_shipment", "prepared")
        await rig.client.get_workflow_handle(run.workflow_id).cancel()
        await void.stands(await rig.settled(void.shop, void.operation), "cancelled_by_operator")
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(_delivery(rig).void_shipment, void.step)
        await void.stands(await rig.record(void.shop, void.operation), "cancelled_by_operator")


async def test_a_delivery_that_was_overtaken(rig: Rig, sandboxes: Sandboxes) -> None:
    """Frozen on its way, it hears that the carrier put it off, while a second one has the label voided."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox)
        run = await rig.open_run(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING)
        go_on: tuple[asyncio.Event, asyncio.Event] = (asyncio.Event(), asyncio.Event())

        async def put_off(_: str) -> VoidResult:
            await go_on[0].wait()
            raise RateLimited("busy", after=1)

        async def voids(_: str) -> VoidResult:
            await go_on[1].wait()
            return VoidResult(UndoOutcome.VOIDED)

        first = asyncio.ensure_future(ActivityEnvironment().run(_delivery(rig, put_off).void_shipment, void.step))
        await rig.effect(void.shop, void.operation, "void_shipment", "sent")
        second = asyncio.ensure_future(ActivityEnvironment().run(_delivery(rig, voids).void_shipment, void.step))

        async def overtaken() -> bool:
            return (await rig.record(void.shop, void.operation)).effects[-1].attempts == 2

        await eventually(overtaken, 20.0, "the second delivery begins")
        go_on[0].set()
        with pytest.raises(ApplicationError):
            await first
        go_on[1].set()
        assert (await second).result["outcome"] == "voided"
        assert (await rig.effect(void.shop, void.operation, "void_shipment", "done")).outcome == "voided"
        rig.dispatcher.offer([run])
        assert (await rig.settled(void.shop, void.operation)).operation.status is OperationStatus.COMPLETED


def _delivery(rig: Rig, void: Callable[[str], Any] | None = None) -> VoidActivities:
    """The activities of another worker; `void` is its carrier's."""
    container = rig.container
    carriers = SimpleNamespace(open=lambda _: SimpleNamespace(void=void)) if void else container.carriers
    return VoidActivities(container.ledger, container.reads, carriers)


async def test_the_rollback_is_terminated_too(rig: Rig, sandboxes: Sandboxes) -> None:
    """`retry` voids again: nothing takes it back, so that doing it once more is what finds out."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "accept_then_stall", *["rate_limited:4"] * 3)
        run = await rig.begin(void.shop, void.operation)
        await eventually(lambda: sandbox.requests(TARGET), 20.0, "the void is sent")
        await rig.client.get_workflow_handle(run.workflow_id).terminate()

        async def rolls_back() -> bool:
            await rig.reconciler.reconcile(age_seconds=0)
            return len(await sandbox.requests(TARGET)) > 1

        await eventually(rolls_back, 30.0, "the rollback voids again")
        record = await _terminated(void, (await rig.record(void.shop, void.operation)).runs[-1])
        assert present(record.operation.attention).reason == "drift"
        await sandbox.behave()
        await void.is_gone(await void.resolved("retry"), UndoOutcome.ALREADY_VOIDED)


async def test_the_answer_comes_after_a_person_was_asked(rig: Rig, sandboxes: Sandboxes) -> None:
    """Whatever the person says then, the operation tells what has happened."""
    async with sandboxes.one() as sandbox:
        for outcome in ("happened", "did_not_happen"):
            void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
            await void.is_asked_about(await void.execute())
            effect = (await rig.record(void.shop, void.operation)).effects[-1]
            shipment = await void.shipment()
            await rig.container.ledger.record_compensation(effect, UndoOutcome.VOIDED, "told late", shipment.id)
            await void.is_gone(await void.resolved(outcome), UndoOutcome.VOIDED)


async def test_a_person_tells_of_an_account_that_nobody_can_open(rig: Rig, sandboxes: Sandboxes) -> None:
    """Its key is lost: the word is recorded all the same."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, LOST, "auth_failed", "auth_failed")
        await void.is_asked_about(await void.execute())
        async with rig.container.database.transaction(void.shop.organization_id) as transaction:
            sealed = "update carrier_accounts set credentials = 'lost' where organization_id = %(org)s and id = %(id)s"
            assert await transaction.execute(sealed, id=void.shop.account_id) == 1
        await void.is_gone(await void.resolved("happened"), UndoOutcome.DONE_BY_HAND)


async def test_a_void_that_a_restored_ledger_may_have_forgotten(rig: Rig, sandboxes: Sandboxes) -> None:
    """That the carrier knows no such label is no plain refusal then: it may have been voided before."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox, "absent", "absent")
        await rig.start(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING, doubted=True)
        record = await rig.settled(void.shop, void.operation)
        assert present(record.operation.attention).reason == "outcome_unknown"


async def test_a_worker_that_froze_before_it_sent(rig: Rig, sandboxes: Sandboxes, monkeypatch: Any) -> None:
    """A void that did not begin in time is not sent: its run may be over by then."""
    async with sandboxes.one() as sandbox:
        void = await Void.new(rig, sandbox)
        await rig.open_run(void.shop, void.operation, RunKind.EXECUTE, OperationStatus.PENDING)
        monkeypatch.setattr("activities.void.MAX_SEND_DELAY_SECONDS", -1.0)
        with pytest.raises(ApplicationError):
            await ActivityEnvironment().run(_delivery(rig).void_shipment, void.step)
        assert await sandbox.requests(TARGET) == []


async def test_shipengine_says_yes_and_then_to_wait(rig: Rig, sandboxes: Sandboxes) -> None:
    """The refund is asked for when the label is void: that it can't be says nothing against that."""
    async with sandboxes.one() as sandbox:
        settings = {
            "base_url": f"{sandbox.url}/sim/shipengine",
            "options": {"carrier_id": "se-123890"},
            "ship_from": SHIP_FROM,
        }
        real = {"carrier": "shipengine", "mode": "live", "credentials": {"api_key": "k"}}
        shop = await rig.shop(sandbox, account=real, carrier=settings)
        label = await rig.create(shop, "create_shipment", carrier="shipengine", service="usps_ground_advantage")
        void = await Void.of(rig, shop, await rig.execute(shop, label))
        await sandbox.script("labels.document", "rate_limited:1")
        await void.is_gone(await void.execute(), UndoOutcome.VOIDED, UndoOutcome.ALREADY_VOIDED)
        assert "step.not_sent" not in [log.event for log in (await rig.record(shop, void.operation)).logs]
        assert (await rig.record(shop, void.operation)).effects[-1].attempts > 1
