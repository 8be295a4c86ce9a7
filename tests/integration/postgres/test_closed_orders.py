"""The transaction that commits `sent` also checks the order's status."""

import asyncio
from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.database import Database
from adapters.postgres.ledger.ledger import PostgresLedger
from domain.effects import EffectState
from domain.operations import OperationError, OperationStatus, RunKind
from domain.ports.ledger import EffectKey
from domain.shipping import CallLimits
from tests.fixtures.present import present
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation
from tests.integration.postgres.test_compensating import key

RACES = 1_000
AT_A_TIME = 4


async def executing(database: Database, organization: UUID, order_id: UUID, **fields: Any) -> UUID:
    """Return an operation on the order with an open first run."""
    operation = await record_operation(database, organization, order_id=order_id, input=fields)
    async with database.organization(organization) as data:
        await data.operations.start_run(operation.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
    return operation.id


def purchase(organization: UUID, operation_id: UUID, **changed: Any) -> EffectKey:
    return replace(key(organization, operation_id), needs_open_order=True, **changed)


async def cancel(database: Database, organization: UUID, order_id: UUID, operation_id: UUID) -> bool:
    """Cancel the order as a PATCH does; return whether a purchase was sent before."""
    async with database.organization(organization) as data:
        await data.orders.update(order_id, {"status": "cancelled"})
        return any(effect.state is EffectState.SENT for effect in await data.operations.effects(operation_id))


async def race(database: Database, rows: Rows) -> EffectState:
    """Cancel an order while a label is bought for it, and check that one of the two was first."""
    order_id = rows.insert_order()
    operation_id = await executing(database, rows.organization_id, order_id)
    begin = PostgresLedger(database).begin(purchase(rows.organization_id, operation_id))
    opened, was_sent = await asyncio.gather(begin, cancel(database, rows.organization_id, order_id, operation_id))
    assert opened.may_send is was_sent
    assert opened.may_send is (opened.effect.state is EffectState.SENT)
    return opened.effect.state


async def test_a_purchase_is_sent_before_the_cancellation_or_not_at_all(database: Database, rows: Rows) -> None:
    """A thousand races."""
    ends: set[EffectState] = set()
    for _ in range(0, RACES, AT_A_TIME):
        ends.update(await asyncio.gather(*(race(database, rows) for _ in range(AT_A_TIME))))
    assert ends == {EffectState.SENT, EffectState.REJECTED}, "each of the two was first at times"


async def test_a_refused_purchase_records_the_reason(database: Database, rows: Rows) -> None:
    """In the ledger and in the log; nothing was sent, and the run cannot try again."""
    operation_id = await executing(database, rows.organization_id, rows.insert_order(status="returned"))
    ledger, step = PostgresLedger(database), purchase(rows.organization_id, operation_id)

    effect = (await ledger.begin(step)).effect

    error = present(effect.error)
    assert (error.code, error.message) == ("order_cancelled", "the order is returned")
    assert (effect.state, effect.attempts, effect.sent_at) == (EffectState.REJECTED, 0, None)
    assert rows.select_log(operation_id)[-1]["type"] == "step.rejected"
    assert (await ledger.begin(step)).may_send is False
    assert (await ledger.latest(step)) == effect


async def test_an_overridden_purchase_is_sent_and_logged(database: Database, rows: Rows) -> None:
    order_id = rows.insert_order(status="cancelled")
    operation_id = await executing(database, rows.organization_id, order_id, allow_order_status=True, reason="he rang")

    opened = await PostgresLedger(database).begin(purchase(rows.organization_id, operation_id))

    assert opened.may_send
    entry = rows.select_log(operation_id)[-1]
    assert (entry["type"], entry["step"]) == ("step.order_status_allowed", "buy_label")
    assert "cancelled" in entry["message"]


async def test_a_step_that_ships_nothing_needs_no_open_order(database: Database, rows: Rows) -> None:
    operation_id = await executing(database, rows.organization_id, rows.insert_order(status="cancelled"))

    assert (await PostgresLedger(database).begin(key(rows.organization_id, operation_id))).may_send


async def test_an_unsent_purchase_is_refused_after_the_cancellation(database: Database, rows: Rows) -> None:
    order_id = rows.insert_order()
    operation_id = await executing(database, rows.organization_id, order_id)
    ledger, step = PostgresLedger(database), purchase(rows.organization_id, operation_id)
    effect = (await ledger.begin(step)).effect
    await ledger.record_not_sent(effect, OperationError("not_sent", "no connection"))
    rows.update("orders", order_id, status="cancelled")

    again = await ledger.begin(step)

    assert (again.may_send, again.effect.state, again.effect.attempts) == (False, EffectState.REJECTED, 1)
    assert present(again.effect.error).code == "order_cancelled"


async def test_an_unknown_purchase_is_resolved_despite_a_cancelled_order(database: Database, rows: Rows) -> None:
    """It is sent again with its key: a refusal would leave its outcome unknown."""
    order_id = rows.insert_order()
    operation_id = await executing(database, rows.organization_id, order_id)
    ledger = PostgresLedger(database)
    await ledger.begin(purchase(rows.organization_id, operation_id))
    rows.update("orders", order_id, status="cancelled")

    again = await ledger.begin(purchase(rows.organization_id, operation_id, resend_of=1))

    assert (again.may_send, again.effect.state) == (True, EffectState.SENT)


async def test_a_later_run_buys_after_the_order_is_open_again(database: Database, rows: Rows) -> None:
    order_id = rows.insert_order(status="on_hold")
    operation_id = await executing(database, rows.organization_id, order_id)
    ledger = PostgresLedger(database)
    first = (await ledger.begin(purchase(rows.organization_id, operation_id))).effect
    assert present(first.error).code == "order_on_hold"
    rows.update("orders", order_id, status="processing")
    rows.run("update runs set closed_at = now() where operation_id = %s", operation_id)
    rows.insert_run(operation_id, run=2)

    second = await ledger.begin(purchase(rows.organization_id, operation_id, run=2))

    assert (second.may_send, second.effect.round) == (True, 2)


@pytest.mark.parametrize("status", ["cancelled", "processing"])
async def test_the_check_also_covers_accounts_with_limits(database: Database, rows: Rows, status: str) -> None:
    operation_id = await executing(database, rows.organization_id, rows.insert_order(status=status))
    limits = CallLimits(rows.insert_account(), max_concurrent=1, max_per_second=None)

    opened = await PostgresLedger(database).begin(purchase(rows.organization_id, operation_id, limits=limits))

    assert opened.may_send is (status == "processing")


async def test_an_order_changed_since_it_was_read_is_read_again(database: Database, rows: Rows) -> None:
    """Nothing is sent from an old copy: the next delivery sends the latest one."""
    order_id = rows.insert_order()
    operation_id = await executing(database, rows.organization_id, order_id)
    ledger, old = PostgresLedger(database), rows.select_one("orders")["updated_at"]
    rows.run("update orders set updated_at = now() where id = %s", order_id)
    step = purchase(rows.organization_id, operation_id, order_version=old, sent={"label": {"service": "OLD"}})

    stale = await ledger.begin(step)

    assert (stale.may_send, stale.is_stale, stale.effect.attempts) == (False, True, 0)
    newest = rows.select_one("orders")["updated_at"]
    again = await ledger.begin(replace(step, order_version=newest, sent={"label": {"service": "NEW"}}))
    assert (again.may_send, again.is_stale, again.effect.attempts) == (True, False, 1)
    assert again.effect.sent == {"label": {"service": "NEW"}}


async def test_an_unknown_purchase_repeats_the_first_request(database: Database, rows: Rows) -> None:
    """The key is sent with the same data."""
    operation_id = await executing(database, rows.organization_id, rows.insert_order())
    ledger = PostgresLedger(database)
    step = purchase(rows.organization_id, operation_id, sent={"label": {"service": "FIRST"}})
    await ledger.begin(step)

    again = await ledger.begin(replace(step, resend_of=1, sent={"label": {"service": "SECOND"}}))

    assert (again.may_send, again.effect.sent) == (True, {"label": {"service": "FIRST"}})
