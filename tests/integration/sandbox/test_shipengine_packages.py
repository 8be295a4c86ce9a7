"""ShipEngine sells several packages in one purchase, with carriers that take them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from adapters.http.transport import Destination
from bootstrap.vendors import OpenCarrier, carrier_adapter
from domain.effects import UndoOutcome
from domain.errors import Rejected
from domain.shipping import Mode, PurchaseAttempt, ShipmentRequest, format_of
from domain.tracking import TrackingStatus
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import PARCEL, build_connection, build_shipment_request
from tests.integration.sandbox.process import SandboxProcess

UPS, USPS = "se-123891", "se-123890"
WEIGHTS = ("2.5", "4", "6.25")


@asynccontextmanager
async def open_adapter(sandbox: SandboxProcess, carrier_id: str = UPS) -> AsyncIterator[OpenCarrier]:
    own = replace(build_connection("shipengine", options={"carrier_id": carrier_id}), mode=Mode.TEST)
    connection = CARRIERS["shipengine"].at_sandbox(own)
    adapter = carrier_adapter(connection, Destination(f"{sandbox.url}/sim/shipengine"))
    try:
        yield adapter
    finally:
        await adapter.aclose()


def build_request(service: str = "ups_ground", **changes: Any) -> ShipmentRequest:
    parcels = [{**PARCEL, "weight": weight} for weight in WEIGHTS]
    return replace(build_shipment_request(service, parcels=parcels, **changes), asked_at=datetime.now(UTC))


async def test_one_purchase_sells_all_packages(sandbox: SandboxProcess) -> None:
    """Each package has a number, a label and a weight; a look-up finds all of them, and a void voids all."""
    reference, request = uuid4().hex[:26].upper(), build_request()
    now = datetime.now(UTC)
    async with open_adapter(sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(reference, request), request)
        [found] = await adapter.find_labels(reference, PurchaseAttempt(now, now))
        await adapter.void(label.carrier_shipment_id)
        [voided] = await adapter.find_labels(reference, PurchaseAttempt(now, now))
        again = await adapter.void(label.carrier_shipment_id)
    assert found == label
    assert [parcel.number for parcel in label.parcels] == [1, 2, 3]
    assert [parcel.pounds for parcel in label.parcels] == [Decimal(weight) for weight in WEIGHTS]
    assert len({parcel.tracking_number for parcel in label.parcels}) == 3
    assert len({parcel.document for parcel in label.parcels}) == 3
    assert all(format_of(parcel.document or b"") == "PDF" for parcel in label.parcels)
    assert (label.tracking_number, label.document) == (label.parcels[0].tracking_number, None)
    assert label.echo.pounds == sum(map(Decimal, WEIGHTS))
    assert (voided.live, again.outcome) == (False, UndoOutcome.ALREADY_VOIDED)


async def test_each_package_is_tracked(sandbox: SandboxProcess) -> None:
    request = build_request()
    async with open_adapter(sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(uuid4().hex[:26].upper(), request), request)
        first, second, _ = (parcel.tracking_number for parcel in label.parcels)
        scanned = sandbox.http.post(f"/_sandbox/labels/{second}/tracking", json={"status": "delivered"})
        assert scanned.is_success, scanned.text
        statuses = [(await adapter.track(number)).status for number in (first, second)]
    assert statuses == [TrackingStatus.PRE_TRANSIT, TrackingStatus.DELIVERED]


async def test_prices_of_several_packages_are_those_of_all(sandbox: SandboxProcess) -> None:
    """USPS sells one package in a label, so it has no price."""
    several = build_request("")
    one = replace(several, parcels=several.parcels[:1])
    async with open_adapter(sandbox) as adapter:
        found = [
            {rate.service: Decimal(rate.amount) for rate in await adapter.rates(wanted)} for wanted in (one, several)
        ]
    assert found[0]["ups_ground"] < found[1]["ups_ground"]
    async with open_adapter(sandbox, USPS) as adapter:
        with pytest.raises(Rejected):
            await adapter.rates(several)


async def test_options_apply_to_each_package(sandbox: SandboxProcess) -> None:
    """A carrier's own packaging is refused, and so are packages without sides."""
    options = {"insurance": {"amount": "100", "currency": "USD"}, "references": {"order": "SO-1"}}
    async with open_adapter(sandbox) as adapter:
        request = build_request(shipping_options=options)
        plain, label = [
            adapter.read_label(await adapter.buy(uuid4().hex[:26].upper(), wanted), wanted)
            for wanted in (build_request(), request)
        ]
        assert Decimal(label.cost or 0) - Decimal(plain.cost or 0) == 3
        for wanted in (
            build_request(shipping_options={"packaging": "pak"}),
            replace(request, parcels=tuple(replace(parcel, dimension_unit=None) for parcel in request.parcels)),
        ):
            with pytest.raises(Rejected):
                await adapter.buy(uuid4().hex[:26].upper(), wanted)
