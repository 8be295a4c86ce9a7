"""A `void_shipment` whose answer was lost: what is said later of another call says nothing of that one."""

from collections.abc import AsyncIterator

import pytest

from domain.effects import EffectState
from domain.operations import OperationStatus
from domain.ports.stores import OperationRecord
from tests.fixtures.engine import Rig, Sandboxes, Shop, references, running_engine, settings_for
from tests.fixtures.sandboxes import Sandbox, live
from tests.fixtures.temporal import TemporalServer

LOST = "accept_then_drop"


@pytest.fixture(scope="module")
async def rig(module_database_url: str, temporal_server: TemporalServer) -> AsyncIterator[Rig]:
    """An engine that gives a step up after seconds."""
    await temporal_server.ready()
    settings = settings_for(module_database_url, temporal_server.address, retry_for_seconds=4)
    async with running_engine(settings, temporal_server.new_namespace()) as running:
        yield running


async def _voided(rig: Rig, sandbox: Sandbox, *faults: str) -> tuple[Shop, OperationRecord, OperationRecord]:
    """Buy a label and void it; returns the records of both."""
    shop = await rig.shop(sandbox)
    bought = await rig.done(shop, "create_shipment")
    await sandbox.script("labels.void", *faults)
    shipment_id = (bought.operation.output or {})["shipment_id"]
    return shop, bought, await rig.execute(shop, await rig.create(shop, "void_shipment", shipment_id=shipment_id))


async def _asked_about(sandbox: Sandbox, bought: OperationRecord, record: OperationRecord) -> None:
    """A person is asked whether the label is gone, which it is; nowhere does it say that it stands."""
    assert live(await sandbox.labels(*references(bought))) == 0
    assert record.operation.status is OperationStatus.FAILED
    assert (record.operation.attention or {})["reason"] == "compensation_failed"
    assert (record.operation.error or {})["rolled_back"] is False
    assert record.effects[-1].state is EffectState.UNKNOWN


async def test_the_login_is_refused_afterwards(rig: Rig, sandboxes: Sandboxes) -> None:
    """The account is paused, and a person is asked and told why: the label is not written down as one that stands."""
    async with sandboxes.one() as sandbox:
        shop, bought, record = await _voided(rig, sandbox, LOST, "auth_failed", "auth_failed")
        await _asked_about(sandbox, bought, record)
        assert (record.operation.error or {})["code"] == "auth_failed"
        assert "step.recovery_refused" in [log.event for log in record.logs]
        async with rig.data(shop) as data:
            account = await data.carrier_accounts.get(shop.account_id)
        assert account is not None
        assert account.status == "auth_failed"


async def test_the_login_is_refused_once(rig: Rig, sandboxes: Sandboxes) -> None:
    """The end of the run asks once more, and finds out."""
    async with sandboxes.one() as sandbox:
        _, bought, record = await _voided(rig, sandbox, LOST, "auth_failed")
        assert live(await sandbox.labels(*references(bought))) == 0
        assert record.operation.status is OperationStatus.COMPLETED
        assert record.operation.attention is None
        assert (record.operation.output or {})["outcome"] == "already_voided"


async def test_the_carrier_is_away_to_the_end(rig: Rig, sandboxes: Sandboxes) -> None:
    """It is asked for as long as everything is, and then a person is."""
    async with sandboxes.one() as sandbox:
        _, bought, record = await _voided(rig, sandbox, LOST, *["error_500"] * 40)
        await _asked_about(sandbox, bought, record)
        assert (record.operation.error or {})["code"] == "unreachable"


async def test_the_login_of_a_first_void_is_refused(rig: Rig, sandboxes: Sandboxes) -> None:
    """Nothing was sent before: it failed, the label stands, and nobody is asked."""
    async with sandboxes.one() as sandbox:
        _, bought, record = await _voided(rig, sandbox, "auth_failed")
        assert live(await sandbox.labels(*references(bought))) == 1
        assert record.operation.status is OperationStatus.FAILED
        assert (record.operation.error or {})["code"] == "auth_failed"
        assert record.operation.attention is None
        assert record.effects[-1].state is EffectState.REJECTED
