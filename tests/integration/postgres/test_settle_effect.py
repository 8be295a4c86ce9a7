"""Promise P5: a person settles an unknown outcome, once."""

from typing import Any
from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from adapters.postgres.database import Database
from domain.effects import Effect, EffectState
from domain.operations import NO_OPTIONS, OperationStatus, RunKind
from domain.origin import Origin, acting_as
from domain.shipping import ShipmentStatus
from tests.fixtures.builders import build_account_columns
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation


async def settle(database: Database, organization: UUID, effect: UUID, happened: bool, **result: Any) -> Effect | None:
    with acting_as(Origin("key:1")):
        async with database.organization(organization) as data:
            return await data.operations.settle_effect(
                effect, happened=happened, result=result, reason="asked the carrier"
            )


@pytest.mark.parametrize("happened", [True, False])
async def test_an_unknown_purchase_is_settled_once(
    database: Database, rows: Rows, organization: UUID, happened: bool
) -> None:
    """The effect and the log have the person's resolution."""
    operation = rows.insert_operation(OperationStatus.EXECUTING)
    effect = rows.insert_effect(operation, state="unknown")
    settled = await settle(database, organization, effect, happened, tracking_number="1Z")
    assert settled is not None
    if happened:
        assert settled.state is EffectState.DONE
        assert settled.result == {"tracking_number": "1Z", "resolved_by": "key:1"}
        assert settled.error is None
    else:
        assert settled.state is EffectState.REJECTED
        assert settled.error is not None
        assert settled.error.code == "did_not_happen"
        assert settled.result is None
    assert await settle(database, organization, effect, not happened) is None
    async with database.organization(organization) as data:
        record = await data.operations.record(operation)
    assert record is not None
    [line] = record.logs
    assert (line.event, line.actor, line.step) == ("effect.settled", "key:1", "buy_label")
    assert line.details is not None
    assert (line.details["happened"], line.details["reason"]) == (happened, "asked the carrier")


@pytest.mark.parametrize("state", ["unknown", "rejected"])
async def test_a_manual_compensation_ends_the_purchase(
    database: Database, rows: Rows, organization: UUID, state: str
) -> None:
    """Its shipment is voided."""
    async with database.organization(organization) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {})
    operation = rows.insert_operation(OperationStatus.COMPLETED)
    bought = rows.insert_effect(operation, state="done", reference="R1")
    shipment = rows.insert_shipment(operation_id=operation, carrier_account_id=account.id, reference="R1")
    void = rows.insert_effect(operation, direction="undo", undoes=bought, state=state)
    settled = await settle(database, organization, void, True)
    assert settled is not None
    assert (settled.state, settled.outcome) == (EffectState.DONE, "done_by_hand")
    async with database.organization(organization) as data:
        effects = {effect.id: effect for effect in await data.operations.effects(operation)}
        voided = await data.shipments.get(shipment)
    assert not effects[bought].stands
    assert voided is not None
    assert voided.status is ShipmentStatus.VOIDED


async def test_a_denied_compensation_leaves_its_effect(database: Database, rows: Rows, organization: UUID) -> None:
    """A rejected purchase does not become a done one."""
    operation = rows.insert_operation(OperationStatus.COMPLETED)
    bought = rows.insert_effect(operation, state="done")
    void = rows.insert_effect(operation, direction="undo", undoes=bought, state="unknown")
    settled = await settle(database, organization, void, False)
    assert settled is not None
    assert (settled.state, settled.outcome) == (EffectState.REJECTED, None)
    assert rows.value("select reversed_at from effects where id = %s", bought) is None
    rejected = rows.insert_effect(operation, step="other", state="rejected")
    assert await settle(database, organization, rejected, True) is None


async def test_another_organizations_effect_cannot_be_settled(database: Database, rows: Rows, stranger: UUID) -> None:
    effect = rows.insert_effect(rows.insert_operation(OperationStatus.EXECUTING), state="unknown")
    assert await settle(database, stranger, effect, True) is None
    assert rows.value("select state from effects where id = %s", effect) == "unknown"


async def test_a_waiting_effect_is_settled_only_with_attention(
    database: Database, rows: Rows, organization: UUID
) -> None:
    """A channel that never answers leaves its effect as sent; it cannot be settled while the channel is still asked."""
    operation = rows.insert_operation(OperationStatus.EXECUTING)
    effect = rows.insert_effect(operation, state="sent")
    assert await settle(database, organization, effect, True) is None
    rows.run("update operations set attention = %s where id = %s", Jsonb({"reason": "outcome_unknown"}), operation)
    settled = await settle(database, organization, effect, True)
    assert settled is not None
    assert settled.state is EffectState.DONE


@pytest.mark.parametrize("doubted", [True, False])
async def test_clearing_attention_of_a_doubted_run_reports_drift_first(
    database: Database, rows: Rows, organization: UUID, doubted: bool
) -> None:
    """A retry would not look for effects that the restore lost."""
    operation = await executing(database, organization)
    rows.run("update runs set options = %s, closed_at = now()", Jsonb({"doubted": True} if doubted else {}))
    stuck = {"reason": "compensation_failed", "step": "buy_label", "choices": ["retry", "happened", "did_not_happen"]}
    rows.run("update operations set status = 'failed', completed_at = now(), attention = %s", Jsonb(stuck))

    asked = []
    for _ in range(3):
        async with database.organization(organization) as data:
            cleared = await data.operations.clear_attention(operation, reason="it will be used")
        asked.append(cleared.attention.reason if cleared and cleared.attention else None)

    assert asked == (["drift", None, None] if doubted else [None, None, None])
    async with database.organization(organization) as data:
        started = await data.operations.start_run(operation, kind=RunKind.EXECUTE, expected=OperationStatus.FAILED)
    assert started is not None
    assert started[1].options == NO_OPTIONS


async def executing(database: Database, organization: UUID) -> UUID:
    operation = await record_operation(database, organization)
    async with database.organization(organization) as data:
        assert await data.operations.start_run(operation.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
    return operation.id
