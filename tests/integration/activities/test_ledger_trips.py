"""How many round trips to Postgres the parts of an operation need; a pipeline is one."""

from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from adapters.postgres.ledger.activity_reads import PostgresActivityReads
from adapters.postgres.ledger.ledger import PostgresLedger
from benchmarks.round_trips import SOCKET, CountingProxy
from domain.effects import Direction, UndoOutcome
from domain.label_parts import DocumentKind, LabelDocument, LabelParcel
from domain.operations import NewOperation, RunRef
from domain.orders import OrderStatus
from domain.plan import Plan
from domain.ports.ledger import EffectKey
from tests.integration.activities.conftest import OpenRun
from tests.integration.activities.test_last_effect import build_label_record, ending

INVOICE = LabelDocument(DocumentKind.COMMERCIAL_INVOICE, "PDF", b"%PDF-invoice")
TRANSACTION = 2
"""`BEGIN` and `COMMIT`."""


@dataclass(frozen=True)
class Counted:
    """The ports of a process whose connections are counted."""

    proxy: CountingProxy
    database: Database
    ledger: PostgresLedger
    reads: PostgresActivityReads

    async def count(self, call: Awaitable[Any]) -> tuple[int, Any]:
        """Return the round trips of a call, and its result."""
        before = self.proxy.round_trips
        result = await call
        return self.proxy.round_trips - before, result


@pytest.fixture
async def counted(open_run: OpenRun, module_database_url: str, tmp_path: Path) -> AsyncIterator[Counted]:
    proxy = CountingProxy(Path(str(conninfo_to_dict(module_database_url)["host"])) / SOCKET)
    cipher = CredentialCipher(open_run.container.settings.encryption_keys)
    async with proxy.serve(tmp_path):
        database = Database(make_conninfo(module_database_url, host=str(tmp_path)), cipher)
        await database.open()
        await database.ping()
        reads = PostgresActivityReads(database, cipher, first_reads=database.first_reads)
        yield Counted(proxy, database, PostgresLedger(database), reads)
        await database.close()


async def test_a_purchase(open_run: OpenRun, counted: Counted) -> None:
    """One trip each: the start of its run with the data of the step, the opened effect, the label with the end."""
    order_id, account_id = open_run.rows.insert_order(), open_run.rows.insert_account()
    new = NewOperation("create_shipment", order_id=order_id, input={}, plan=Plan(carrier_account_id=account_id))
    async with counted.database.autocommit(open_run.rows.organization_id) as data:
        started, (operation, _) = await counted.count(data.operations.create_and_start(new))
    case = replace(open_run, operation_id=operation.id)

    read, found = await counted.count(counted.reads.shipping(case.rows.organization_id, operation.id))
    begun, opened = await counted.count(counted.ledger.begin(case.key(needs_open_order=True)))
    record = build_label_record(case)
    ended, recorded = await counted.count(counted.ledger.record_label(opened.effect, record, "bought", ending(case)))

    assert (started, read, begun, ended) == (1, 0, 1, 1)
    assert (found.order.id, opened.may_send, recorded.has_ended) == (order_id, True, True)


async def test_parcels_and_documents_are_recorded_in_one_trip(open_run: OpenRun, counted: Counted) -> None:
    effect = (await counted.ledger.begin(open_run.key())).effect
    record = build_label_record(open_run)
    parcels = (
        LabelParcel(1, "1Z1", cost="10.00", currency="USD", document=b"%PDF-one"),
        LabelParcel(2, "1Z2", carrier_parcel_id="P2", document=b"^XA^XZ"),
    )
    label = replace(record.label, tracking_number="1Z1", parcels=parcels, documents=(INVOICE,))

    ended, recorded = await counted.count(
        counted.ledger.record_label(effect, replace(record, label=label, document=b""), "bought", ending(open_run))
    )

    assert (ended, recorded.has_ended, recorded.result.tracking_numbers) == (1, True, ("1Z1", "1Z2"))
    shipment_id = recorded.result.shipment_id
    assert shipment_id is not None
    async with counted.database.organization(open_run.rows.organization_id) as data:
        shipment = await data.shipments.get(shipment_id)
        documents = await data.shipments.documents(shipment_id)
    assert shipment is not None
    assert [(each.number, each.tracking_number, each.cost, each.carrier_parcel_id) for each in shipment.parcels] == [
        (1, "1Z1", "10", None),
        (2, "1Z2", None, "P2"),
    ]
    assert [(each.kind.value, each.parcel, each.format) for each in documents] == [
        ("label", 1, "PDF"),
        ("label", 2, "ZPL"),
        ("commercial_invoice", None, "PDF"),
    ]
    assert [each.document_id for each in shipment.parcels] == [documents[0].id, documents[1].id]


async def test_an_undo_of_a_label(open_run: OpenRun, counted: Counted) -> None:
    """One trip each: the list of effects, the effect, the opened compensation, the void with the end of the run."""
    bought = (await counted.ledger.begin(open_run.key())).effect
    record = build_label_record(open_run)
    label = (await counted.ledger.record_label(bought, record, "bought", ending(open_run))).result
    open_run.rows.insert_run(open_run.operation_id, 2, kind="undo", queue_key="undo:")
    open_run.rows.update("operations", open_run.operation_id, current_run=2, undo_status="in_progress")
    organization_id = open_run.rows.organization_id

    listed, remaining = await counted.count(counted.ledger.remaining(RunRef(organization_id, open_run.operation_id, 2)))
    found, _ = await counted.count(counted.ledger.find(organization_id, bought.id))
    undo: EffectKey = replace(open_run.key(), run=2, direction=Direction.UNDO, undoes=bought.id)
    begun, opened = await counted.count(counted.ledger.begin(undo))
    undone = replace(ending(open_run, "undone"), run=2)
    ended, has_ended = await counted.count(
        counted.ledger.record_compensation(opened.effect, UndoOutcome.VOIDED, "voided", label.shipment_id, undone)
    )

    assert (listed, found, begun, ended) == (1, 1, 1, 1)
    assert ([effect.id for effect in remaining], has_ended) == ([bought.id], True)


async def test_a_push_and_a_status(open_run: OpenRun, counted: Counted) -> None:
    """A change of an order's status takes two trips in a transaction: lock and read, then write."""
    order_id, bridge_id = open_run.rows.insert_order(), open_run.rows.insert_bridge()
    plan = {"bridge_id": str(bridge_id)}
    operation_id = open_run.rows.insert_operation(
        "executing", type="fulfill_order", order_id=order_id, plan=plan, current_run=1
    )
    open_run.rows.insert_run(operation_id)
    push = replace(open_run, operation_id=operation_id, step_name="push_fulfillment")
    organization_id = push.rows.organization_id

    read, _ = await counted.count(counted.reads.push(organization_id, push.operation_id, None))
    begun, opened = await counted.count(counted.ledger.begin(push.key(alone_at=bridge_id)))
    pushed, _ = await counted.count(counted.ledger.record_done(opened.effect, {}, "live", fulfills=True))
    status = replace(push, step_name="set_order_status")
    ended, recorded = await counted.count(
        counted.ledger.set_order_status(status.key(), order_id, OrderStatus.SHIPPED, ending(status))
    )

    assert (read, begun, pushed, ended) == (1, 1, TRANSACTION + 2, TRANSACTION + 2)
    assert (opened.may_send, recorded.has_ended) == (True, True)
