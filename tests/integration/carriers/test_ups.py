"""Differences of UPS: its reference, the format of a recovered label, and its void answers."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from adapters.carriers.ups import UpsCarrier
from domain.effects import UndoOutcome
from domain.errors import Rejected
from domain.operations import OperationStatus, RunKind
from domain.ports.rows import PageQuery
from domain.ports.stores import OperationRecord
from domain.shipping import AccountStatus, Label, PurchaseAttempt
from domain.tracking import TrackingStatus
from tests.fixtures.builders import SHIP_FROM, SHIP_TO, build_shipment_request
from tests.fixtures.engine import Rig
from tests.fixtures.polling import eventually
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox
from tests.fixtures.shops import Shop
from tests.integration.carriers.purchases import open_adapter, open_shop
from tests.integration.carriers.vendors import BY_NAME

UPS = BY_NAME["ups"]


@contextlib.asynccontextmanager
async def _adapter(rig: Rig, sandbox: Sandbox) -> AsyncIterator[UpsCarrier]:
    async with open_adapter(rig, await open_shop(rig, sandbox, UPS)) as carrier:
        assert isinstance(carrier, UpsCarrier)
        yield carrier


PLACES: dict[str, dict[str, str]] = {
    "US": {},
    "PR": {"country": "PR", "state": "PR", "postal_code": "00901"},
    "CA": {"country": "CA", "state": "ON", "postal_code": "K1A 0B1"},
}


async def _buy(carrier: UpsCarrier, reference: str, country: str = "US") -> Label:
    ship_from, ship_to = ({**address, **PLACES[country]} for address in (SHIP_FROM, SHIP_TO))
    request = build_shipment_request("GROUND", "ZPL", ship_from=ship_from, ship_to=ship_to)
    return carrier.read_label(await carrier.buy(reference, request), request)


async def _read_label(rig: Rig, shop: Shop) -> tuple[str, bytes]:
    """Return the format and the document of the only shipment."""
    async with rig.data(shop) as data:
        query = PageQuery(page=1, limit=1, sort="created_at", descending=False)
        shipment = (await data.shipments.list_({}, query))[0][0]
        label = await data.shipments.label(shipment.id)
    assert label is not None
    return shipment.label_format, label[0]


async def _lost(rig: Rig, sandbox: Sandbox, *finds: str) -> tuple[Shop, OperationRecord]:
    """Buy a ZPL label whose answer is lost; `finds` are the faults of its lookup."""
    shop = await open_shop(rig, sandbox, UPS)
    await sandbox.script("labels.create", "accept_then_drop")
    for fault in finds:
        await sandbox.script("labels.find", fault)
    operation = await rig.create(shop, "create_shipment", carrier="ups", service="GROUND", label_format="ZPL")
    return shop, await rig.execute(shop, operation)


async def test_a_recovered_label_is_a_pdf(rig: Rig, sandbox: Sandbox) -> None:
    """The request was for ZPL, but Label Recovery returns a PDF; the shipment has the format of its document."""
    shop, record = await _lost(rig, sandbox)

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    label_format, document = await _read_label(rig, shop)
    assert (label_format, document[:4]) == ("PDF", b"%PDF")


async def test_a_label_reported_by_a_person_is_a_pdf(rig: Rig, sandbox: Sandbox) -> None:
    """Tracking refused the lookup, and the person reports only the label's number."""
    shop, record = await _lost(rig, sandbox, "reject")
    assert present(record.operation.attention).reason == "outcome_unknown"
    effect = record.effects[0]
    number = (await sandbox.labels(effect.reference))[0]["tracking_number"]

    async with rig.data(shop) as data:
        result = {**shop.touches, "tracking_number": number, "carrier_shipment_id": number}
        await data.operations.settle_effect(effect.id, happened=True, result=result, reason="ups.com has it")
    await rig.start(shop, record.operation, RunKind.EXECUTE, OperationStatus.EXECUTING)
    settled = await rig.wait_closed(shop, record.operation)

    assert settled.operation.status is OperationStatus.COMPLETED
    label_format, document = await _read_label(rig, shop)
    assert (label_format, document[:4]) == ("PDF", b"%PDF")


async def test_a_cancel_voids_a_label_without_its_document(rig: Rig, sandbox: Sandbox) -> None:
    """The stored answer has the label's number, so neither a lookup nor a person is needed."""
    shop = await open_shop(rig, sandbox, UPS)
    await sandbox.script("labels.document", *["error_500"] * 20)
    await sandbox.script("labels.find", "reject")
    operation = await rig.create(shop, "create_shipment", carrier="ups", service="GROUND", label_format="PDF")
    await rig.begin(shop, operation)
    effect = await rig.effect(shop, operation, "buy_label", "sent")
    await eventually(lambda: sandbox.requests("labels.document"), 60.0, "the document was asked for")

    await rig.client.get_workflow_handle(f"operation-{operation.id}").cancel()
    record = await rig.wait_closed(shop, operation)

    assert record.operation.status is OperationStatus.FAILED
    assert present(record.operation.error).code == "cancelled_by_operator"
    assert [label["status"] for label in await sandbox.labels(effect.reference)] == ["voided"]
    assert record.operation.attention is None


async def test_a_document_with_refused_credentials_is_fetched_later(rig: Rig, sandbox: Sandbox) -> None:
    """The bought label is recorded with its document, while the paused account begins nothing new."""
    shop = await open_shop(rig, sandbox, UPS)
    await sandbox.script("labels.document", *["auth_failed"] * 2)
    operation = await rig.create(shop, "create_shipment", carrier="ups", service="GROUND", label_format="PDF")
    record = await rig.execute(shop, operation)

    assert record.operation.status is OperationStatus.COMPLETED, record.operation.error
    assert (await _read_label(rig, shop))[1][:4] == b"%PDF"
    async with rig.data(shop) as data:
        account = await data.carrier_accounts.get(shop.account_id)
    assert account is not None
    assert account.status is AccountStatus.AUTH_FAILED


@pytest.mark.parametrize("country", ["US", "PR", "CA"])
async def test_a_reference_is_found_for_every_destination(
    rig: Rig, sandbox: Sandbox, reference: str, country: str
) -> None:
    """UPS expects the reference on the parcel or on the shipment, depending on the destination."""
    async with _adapter(rig, sandbox) as carrier:
        bought = await _buy(carrier, reference, country)
        found = await carrier.find_labels(reference, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC)))

    assert [label.tracking_number for label in found] == [bought.tracking_number]


async def test_a_void_can_be_repeated(rig: Rig, sandbox: Sandbox, reference: str) -> None:
    """UPS reports "voided" and "already voided" with the same status; tracking shows the difference."""
    async with _adapter(rig, sandbox) as carrier:
        label = await _buy(carrier, reference)
        outcomes = [(await carrier.void(label.carrier_shipment_id)).outcome for _ in range(2)]
        tracking = await carrier.track(label.tracking_number)

    assert outcomes == [UndoOutcome.VOIDED, UndoOutcome.VOIDED]
    assert tracking.status is TrackingStatus.CANCELLED


async def test_a_refused_void_is_explained_by_tracking(rig: Rig, sandbox: Sandbox, reference: str) -> None:
    """Already voided, or in transit; without tracking it is the refusal of UPS."""
    async with _adapter(rig, sandbox) as carrier:
        label = await _buy(carrier, reference)
        await sandbox.script("labels.void", "reject")
        with pytest.raises(Rejected) as untouched:
            await carrier.void(label.carrier_shipment_id)
        await carrier.void(label.carrier_shipment_id)
        await sandbox.script("labels.void", "reject")
        again = await carrier.void(label.carrier_shipment_id)
        another = await _buy(carrier, reference)
        await sandbox.script("labels.void", "too_late")
        late = await carrier.void(another.carrier_shipment_id)
        with pytest.raises(Rejected) as nobodys:
            await carrier.void("1Z0000000000000000")

    assert untouched.value.vendor_code == "120000"
    assert (again.outcome, late.outcome) == (UndoOutcome.ALREADY_VOIDED, UndoOutcome.TOO_LATE)
    assert nobodys.value.vendor_code == "190102"
