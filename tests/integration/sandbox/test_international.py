"""Labels to other countries: the lookup after a lost answer, the void, prices, and refusals of the simulators."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from domain.effects import UndoOutcome
from domain.errors import Rejected
from domain.label_parts import DocumentKind
from domain.shipping import PurchaseAttempt, ShipmentRequest
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import Json, build_shipment_request
from tests.fixtures.customs import PARIS, build_customs, build_item
from tests.integration.sandbox.process import SandboxProcess
from tests.integration.sandbox.test_shipping_options import open_adapter

SERVICES = {
    "usps": "PRIORITY_MAIL_INTERNATIONAL",
    "easypost": "USPS.PriorityMailInternational",
    "shipengine": "usps_priority_mail_international",
}
each_carrier = pytest.mark.parametrize("carrier", SERVICES)
WIDE = PurchaseAttempt(datetime.now(UTC) - timedelta(hours=1), datetime.now(UTC) + timedelta(hours=1), is_abroad=True)


def build_request(carrier: str, **changes: Any) -> ShipmentRequest:
    customs: Json = {"signer": "Ada Lovelace"} if carrier == "easypost" else {}
    made = {"ship_to": {**PARIS, "state": "Paris"}, "customs": build_customs(**customs), **changes}
    return build_shipment_request(SERVICES[carrier], **made, asked_at=datetime.now(UTC))


def new_reference() -> str:
    return uuid4().hex[:26].upper()


@each_carrier
async def test_a_label_is_found_by_its_reference_and_voided(carrier: str, sandbox: SandboxProcess) -> None:
    """The found label is the bought one; another reference has none."""
    reference, request = new_reference(), build_request(carrier)
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        bought = adapter.read_label(await adapter.buy(reference, request), request)
        [found] = await adapter.find_labels(reference, WIDE)
        assert await adapter.find_labels(new_reference(), WIDE) == []
        assert (found.tracking_number, found.service, found.cost) == (
            bought.tracking_number,
            SERVICES[carrier],
            bought.cost,
        )
        assert (await adapter.track(bought.tracking_number)).tracking_number == bought.tracking_number
        assert (await adapter.void(bought.carrier_shipment_id)).outcome is UndoOutcome.VOIDED


async def test_usps_replays_a_label_for_the_same_key_and_customs_data(sandbox: SandboxProcess) -> None:
    """It refuses the key with other customs data."""
    reference, request = new_reference(), build_request("usps")
    async with open_adapter(CARRIERS["usps"], sandbox) as adapter:
        first, again = [adapter.read_label(await adapter.buy(reference, request), request) for _ in range(2)]
        other = replace(request, customs=build_request("usps", customs=build_customs(contents="gift")).customs)
        refused = await adapter.buy(reference, other)
    assert first == again
    assert refused.status == 400


async def test_the_customs_form_of_shipengine_is_a_document_of_the_label(sandbox: SandboxProcess) -> None:
    request = build_request("shipengine")
    async with open_adapter(CARRIERS["shipengine"], sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(new_reference(), request), request)
    [form] = label.documents
    assert (form.kind, form.format, form.parcel) == (DocumentKind.CUSTOMS_FORM, "PDF", None)
    assert form.data != label.document


async def test_the_invoice_of_easypost_is_fetched_after_the_purchase(sandbox: SandboxProcess) -> None:
    """A domestic label has none."""
    request = build_request("easypost")
    domestic = build_shipment_request("USPS.Priority")
    async with open_adapter(CARRIERS["easypost"], sandbox) as adapter:
        label = adapter.read_label(await adapter.buy(new_reference(), request), request)
        assert label.has_more_documents
        [invoice] = await adapter.documents(label.carrier_shipment_id)
        assert not adapter.read_label(await adapter.buy(new_reference(), domestic), domestic).has_more_documents
    assert (invoice.kind, invoice.format) == (DocumentKind.COMMERCIAL_INVOICE, "PDF")


async def test_easypost_does_not_buy_a_shipment_with_other_customs_data(sandbox: SandboxProcess) -> None:
    """An earlier delivery created it, and its purchase was refused."""
    reference, request = new_reference(), build_request("easypost")
    sandbox.script("labels.create", "reject")
    async with open_adapter(CARRIERS["easypost"], sandbox) as adapter:
        assert not (await adapter.buy(reference, request)).is_success
        changed = build_customs(signer="Ada Lovelace", items=[build_item(quantity=1)])
        with pytest.raises(Rejected) as refused:
            await adapter.buy(reference, build_request("easypost", customs=changed))
        assert refused.value.vendor_code == "changed_meanwhile"
        assert adapter.read_label(await adapter.buy(reference, request), request).live


@each_carrier
async def test_prices_are_those_of_services_to_other_countries(carrier: str, sandbox: SandboxProcess) -> None:
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        for customs in (build_customs(), None):
            request = replace(build_request(carrier, customs=customs), service="")
            found = {rate.service: rate.amount for rate in await adapter.rates(request)}
            assert SERVICES[carrier] in found
            assert len(found) == 3


@each_carrier
async def test_goods_that_are_heavier_than_the_parcel_are_refused(carrier: str, sandbox: SandboxProcess) -> None:
    """The check of the customs data refuses them first."""
    heavy = build_customs(signer="Ada Lovelace", items=[build_item(weight="9", quantity=1)])
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        request = build_request(carrier, customs=heavy)
        with pytest.raises(Rejected):
            adapter.read_label(await adapter.buy(new_reference(), request), request)
