"""Differences of aggregators: services of each account, and second purchases without effect."""

import contextlib
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from bootstrap.vendors import OpenCarrier
from domain.errors import Ambiguous
from domain.operations import OperationStatus
from domain.shipping import PurchaseAttempt, ShipmentRequest
from tests.fixtures.builders import build_shipment_request
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox
from tests.integration.carriers.purchases import open_adapter, open_shop
from tests.integration.carriers.vendors import BY_NAME, Carrier


@contextlib.asynccontextmanager
async def _adapter(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> AsyncIterator[OpenCarrier]:
    async with open_adapter(rig, await open_shop(rig, sandbox, carrier)) as adapter:
        yield adapter


def _request(carrier: Carrier) -> ShipmentRequest:
    return build_shipment_request(carrier.service)


@pytest.mark.parametrize(("name", "service"), [("easypost", "USPS.Balloon"), ("shipengine", "usps_balloon")])
async def test_an_unknown_service_is_answered_with_the_accounts_services(
    rig: Rig, sandbox: Sandbox, name: str, service: str
) -> None:
    """The list is not known in advance: the operation fails with it, and nothing was bought."""
    carrier = BY_NAME[name]
    shop = await rig.shop(sandbox, account=carrier.account(), carrier=carrier.settings(sandbox.url))
    operation = await rig.create(shop, "create_shipment", carrier=name, service=service)

    record = await rig.execute(shop, operation)

    assert record.operation.status is OperationStatus.FAILED
    error = present(record.effects[0].error)
    assert error.field == "service"
    assert carrier.service in present(error.message)
    assert await sandbox.labels(record.effects[0].reference) == []


async def test_easypost_sells_a_reference_once(rig: Rig, sandbox: Sandbox, reference: str) -> None:
    """A second purchase gets the same label without another request."""
    carrier = BY_NAME["easypost"]
    async with _adapter(rig, sandbox, carrier) as adapter:
        first = adapter.read_label(await adapter.buy(reference, _request(carrier)), _request(carrier))
        second = adapter.read_label(await adapter.buy(reference, _request(carrier)), _request(carrier))

    assert first == second
    assert len(await sandbox.labels(reference)) == 1
    assert len(await sandbox.requests("labels.create", reference)) == 1


async def test_easypost_buys_the_shipment_created_earlier(rig: Rig, sandbox: Sandbox, reference: str) -> None:
    """After a lost purchase the same shipment is bought: EasyPost cannot sell it twice."""
    carrier = BY_NAME["easypost"]
    await sandbox.script("labels.create", "drop")
    async with _adapter(rig, sandbox, carrier) as adapter:
        with pytest.raises(Ambiguous):
            await adapter.buy(reference, _request(carrier))
        assert await adapter.find_labels(reference, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC))) == []
        await adapter.buy(reference, _request(carrier))
        assert len(await adapter.find_labels(reference, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC)))) == 1

    assert len(await sandbox.requests("drafts.create", reference)) == 1


async def test_a_taken_shipengine_id_leads_to_a_lookup(rig: Rig, sandbox: Sandbox, reference: str) -> None:
    """An earlier purchase of ours may have used the external_shipment_id."""
    carrier = BY_NAME["shipengine"]
    async with _adapter(rig, sandbox, carrier) as adapter:
        first = adapter.read_label(await adapter.buy(reference, _request(carrier)), _request(carrier))
        again = await adapter.buy(reference, _request(carrier))
        with pytest.raises(Ambiguous):
            adapter.read_label(again, _request(carrier))
        found = await adapter.find_labels(reference, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC)))

    assert [label.tracking_number for label in found] == [first.tracking_number]
    assert len(await sandbox.labels(reference)) == 1
