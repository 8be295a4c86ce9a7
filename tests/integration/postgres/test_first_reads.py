"""A purchase uses the data that the start of its run has read, if nothing of it changed since."""

from dataclasses import dataclass, replace
from uuid import UUID

import pytest

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from adapters.postgres.ledger.activity_reads import PostgresActivityReads
from adapters.postgres.ledger.ledger import PostgresLedger
from domain.effects import EffectState
from domain.operations import NewOperation, OperationStatus, RunKind
from domain.plan import Plan
from domain.ports.ledger import OpenedEffect, ShippingData
from tests.fixtures.present import present
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import record_operation
from tests.integration.postgres.test_compensating import key

CHANGED = "2026-01-01T00:00:00Z"


@dataclass(frozen=True)
class Purchase:
    """A purchase whose run was just started by this process, and the ports of the same process."""

    database: Database
    reads: PostgresActivityReads
    operation_id: UUID
    organization_id: UUID
    order_id: UUID
    account_id: UUID

    async def read(self) -> ShippingData:
        return await self.reads.shipping(self.organization_id, self.operation_id)

    async def begin(self) -> OpenedEffect:
        """Read the data and open the effect, as the activity does."""
        data = await self.read()
        step = replace(
            key(self.organization_id, self.operation_id),
            needs_open_order=True,
            order_version=data.order.updated_at,
            account_id=data.connection.id,
            account_version=data.connection.version,
        )
        return await PostgresLedger(self.database).begin(step)


@pytest.fixture
async def purchase(database: Database, rows: Rows, cipher: CredentialCipher) -> Purchase:
    order_id, account_id, organization_id = rows.insert_order(), rows.insert_account(), rows.organization_id
    plan = {"carrier_account_id": str(account_id)}
    operation = await record_operation(database, organization_id, order_id=order_id, plan=plan)
    async with database.organization(organization_id) as data:
        await data.operations.start_run(operation.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
    reads = PostgresActivityReads(database, cipher, first_reads=database.first_reads)
    return Purchase(database, reads, operation.id, organization_id, order_id, account_id)


async def test_the_first_step_uses_the_data_of_the_start(purchase: Purchase, rows: Rows) -> None:
    rows.update("orders", purchase.order_id, status="on_hold")

    first, second = await purchase.read(), await purchase.read()

    assert (first.operation.id, first.connection.id) == (purchase.operation_id, purchase.account_id)
    assert first.operation.status is OperationStatus.EXECUTING
    assert (first.order.status, second.order.status) == ("pending", "on_hold"), "it is used once"


async def test_unchanged_data_is_sent(purchase: Purchase) -> None:
    opened = await purchase.begin()
    assert (opened.may_send, opened.is_stale) == (True, False)


@pytest.mark.parametrize("table", ["orders", "carrier_accounts"])
async def test_data_that_changed_since_is_read_again(purchase: Purchase, rows: Rows, table: str) -> None:
    """Nothing is sent with it."""
    rows.update(table, purchase.order_id if table == "orders" else purchase.account_id, updated_at=CHANGED)

    opened = await purchase.begin()

    assert (opened.may_send, opened.is_stale, opened.effect.state) == (False, True, EffectState.PREPARED)
    again = await purchase.begin()
    assert (again.may_send, again.effect.state) == (True, EffectState.SENT)


async def test_one_call_also_reads_for_the_first_step(database: Database, rows: Rows) -> None:
    order_id, account_id = rows.insert_order(), rows.insert_account()
    new = NewOperation("create_shipment", order_id=order_id, input={}, plan=Plan(carrier_account_id=account_id))
    async with database.autocommit(rows.organization_id) as data:
        created, _ = await data.operations.create_and_start(new)
    assert present(database.first_reads.take(created.id)).account.id == account_id
