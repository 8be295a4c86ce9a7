"""Labels with shipping options: their price, printed references and look-up."""

from decimal import Decimal
from uuid import uuid4

import pytest

from domain.shipping import Label, PurchaseAttempt, ShipmentRequest
from domain.vendors.catalogue import CARRIERS
from sandbox import times
from tests.fixtures.builders import Json, build_shipment_request
from tests.fixtures.option_cases import CASES, find_ship_date
from tests.integration.sandbox.process import SandboxProcess
from tests.integration.sandbox.test_shipping_options import open_adapter

SIGNATURES = {"fedex": ("FEDEX_2_DAY", "Signature Option"), "ups": ("2ND_DAY_AIR", "Delivery Confirmation")}
REFERENCES = {"po": "PO-4711", "invoice": "IN-2002"}


def build_request(carrier: str) -> ShipmentRequest:
    """Return a shipment with printed references, a signature and a later ship date."""
    (dated,) = (case for case in CASES if case.profile.name == carrier and case.entry.option == "ship_date")
    options: Json = {"references": REFERENCES, "signature": "adult", "ship_date": find_ship_date(dated.entry)}
    return build_shipment_request(SIGNATURES[carrier][0], "ZPL", shipping_options=options)


async def buy_and_find(carrier: str, sandbox: SandboxProcess) -> tuple[Label, list[Label]]:
    """Buy a label; return it, and the labels that the carrier finds by the reference."""
    request, reference = build_request(carrier), uuid4().hex[:26].upper()
    async with open_adapter(CARRIERS[carrier], sandbox) as adapter:
        bought = adapter.read_label(await adapter.buy(reference, request), request)
        return bought, await adapter.find_labels(reference, PurchaseAttempt(times.now(), times.now()))


@pytest.mark.parametrize("carrier", SIGNATURES)
async def test_a_label_with_printed_references_is_found_by_the_own_reference(
    carrier: str, sandbox: SandboxProcess
) -> None:
    bought, found = await buy_and_find(carrier, sandbox)
    assert [label.tracking_number for label in found] == [bought.tracking_number]
    printed = (bought.document or b"").decode()
    assert all(value in printed for value in REFERENCES.values())


@pytest.mark.parametrize("carrier", SIGNATURES)
async def test_the_fee_of_an_option_is_a_part_of_the_price(carrier: str, sandbox: SandboxProcess) -> None:
    bought, _ = await buy_and_find(carrier, sandbox)
    parts = {part.name: Decimal(part.amount) for part in bought.cost_parts}
    assert parts[SIGNATURES[carrier][1]] > 0
    assert sum(parts.values()) == Decimal(bought.cost or 0)
