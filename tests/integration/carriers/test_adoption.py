"""A label found under our reference is adopted only if it matches the request."""

import base64
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from domain.adoption import find_contradiction
from domain.errors import Ambiguous, Rejected
from domain.ids import effect_reference
from domain.ports.rows import PageQuery
from domain.shipping import PurchaseAttempt, ShipmentRequest
from tests.fixtures.answering import answering
from tests.fixtures.builders import PARCEL, SHIP_TO, build_ship_to, build_shipment_request
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox
from tests.integration.carriers.purchases import each_carrier, open_adapter, open_shop
from tests.integration.carriers.vendors import BY_NAME, Carrier

ELSEWHERE = build_ship_to(state="TN", postal_code="38104")


def _request(carrier: Carrier, ship_to: dict[str, str] = SHIP_TO) -> ShipmentRequest:
    return build_shipment_request(carrier.service, carrier.formats[0], ship_to=ship_to, asked_at=datetime.now(UTC))


@each_carrier
async def test_every_lookup_repeats_the_requested_data(
    rig: Rig, sandbox: Sandbox, reference: str, carrier: Carrier
) -> None:
    """Postal code and weight, as the carrier's documentation promises."""
    shop, asked = await open_shop(rig, sandbox, carrier), _request(carrier)
    async with open_adapter(rig, shop) as adapter:
        adapter.read_label(await adapter.buy(reference, asked), asked)
        [found] = await adapter.find_labels(reference, PurchaseAttempt(datetime.now(UTC), datetime.now(UTC)))

    assert (found.echo.postal_code or "").startswith(SHIP_TO["postal_code"])
    assert found.echo.pounds is not None
    assert abs(found.echo.pounds - Decimal(PARCEL["weight"])) < 1
    assert find_contradiction(found.echo, asked) is None


@each_carrier
async def test_a_label_to_another_address_is_left_to_a_person(rig: Rig, sandbox: Sandbox, carrier: Carrier) -> None:
    """The order's address changed, or a backup was restored: the label is not adopted and not bought again."""
    shop = await open_shop(rig, sandbox, carrier)
    wanted = {"carrier": carrier.name, "service": carrier.service, "label_format": carrier.formats[0]}
    operation = await rig.create(shop, "create_shipment", **wanted)
    reference = effect_reference(operation.id, "buy_label", "do", 1)
    async with open_adapter(rig, shop) as adapter:
        other = _request(carrier, ELSEWHERE)
        adapter.read_label(await adapter.buy(reference, other), other)
    if carrier.safety == "lookup_weak":
        await sandbox.script("labels.create", "error_500")

    record = await rig.execute(shop, operation)

    attention = present(record.operation.attention)
    assert attention.reason == "outcome_unknown", record.operation.error
    [why] = [entry.message for entry in record.logs if entry.event == "step.recovery_refused"]
    assert "different postal code" in why
    assert attention.message == why
    assert len(await sandbox.labels(reference)) == 1


LABEL_ELSEWHERE = {
    "trackingNumber": "9234690361980900000142",
    "routingInformation": f"420{ELSEWHERE['postal_code']}",
    "SKU": "DUXP0XXXXC04050",
    "postage": 9.5,
    "weightUOM": "lb",
    "weight": float(PARCEL["weight"]),
}
DOCUMENT = base64.b64encode(b"%PDF-1.4").decode()


def _replays_by_key_alone(line: str, asked: list[str]) -> tuple[int, Any]:
    """USPS sold a label, lost its answer, and replays it although the address has changed."""
    if "oauth" in line:
        return 200, {"access_token": "t", "expires_in": 3600}
    if "payment-authorization" in line:
        return 200, {"paymentAuthorizationToken": "p", "roles": []}
    if line.endswith("label-reprint"):
        return 200, {"labelMetadata": LABEL_ELSEWHERE, "labelImage": DOCUMENT}
    return (500, {}) if asked.count(line) == 1 else (200, {**LABEL_ELSEWHERE, "labelImage": DOCUMENT})


async def test_a_replayed_label_to_another_address_is_left_to_a_person(rig: Rig, sandbox: Sandbox) -> None:
    """A label replayed by its key is checked like a label found by a lookup."""
    carrier, asked = BY_NAME["usps"], list[str]()
    async with answering(lambda line: _replays_by_key_alone(line, asked), asked) as url:
        settings = carrier.settings(sandbox.url, base_url=url)
        shop = await rig.shop(sandbox, account=carrier.account(), carrier=settings)
        wanted = {"carrier": carrier.name, "service": carrier.service, "label_format": carrier.formats[0]}
        record = await rig.execute(shop, await rig.create(shop, "create_shipment", **wanted))

    assert present(record.operation.attention).reason == "outcome_unknown", record.operation.output
    [why] = [entry.message for entry in record.logs if entry.event == "step.recovery_refused"]
    assert "different postal code" in why
    assert asked.count("POST /labels/v3/label") == 3
    async with rig.data(shop) as data:
        assert (await data.shipments.list_({}, PageQuery(page=1, limit=1, sort="created_at", descending=False)))[1] == 0


async def test_easypost_does_not_buy_a_shipment_to_another_address(rig: Rig, sandbox: Sandbox, reference: str) -> None:
    """The shipment was created before the order's address changed; no second shipment is created."""
    carrier = BY_NAME["easypost"]
    await sandbox.script("labels.create", "drop")
    async with open_adapter(rig, await open_shop(rig, sandbox, carrier)) as adapter:
        with pytest.raises(Ambiguous):
            await adapter.buy(reference, _request(carrier, ELSEWHERE))
        with pytest.raises(Rejected) as refused:
            await adapter.buy(reference, _request(carrier))

    assert refused.value.vendor_code == "changed_meanwhile"
    assert await sandbox.labels(reference) == []
    assert len(await sandbox.requests("drafts.create", reference)) == 1
