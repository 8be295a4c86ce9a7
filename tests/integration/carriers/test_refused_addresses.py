"""An address that a carrier refuses: the operation reports the carrier's code and message, and the field."""

from dataclasses import dataclass, replace
from typing import Any

import pytest

from domain.operations import OperationStatus
from domain.ports.stores import OperationRecord
from domain.shipping import AccountStatus
from tests.fixtures.answering import answering
from tests.fixtures.engine import Rig
from tests.fixtures.present import present
from tests.fixtures.sandboxes import Sandbox
from tests.integration.carriers.vendors import BY_NAME

TOKEN = (200, {"access_token": "t", "expires_in": 3600, "token_type": "bearer"})
PAYMENT = (200, {"paymentAuthorizationToken": "p", "roles": []})
MISSING = {"error": {"code": "NOT_FOUND", "message": "The requested resource could not be found.", "errors": []}}
SAID = "The postal code is not in the city."


@dataclass(frozen=True)
class Refusal:
    """A carrier's answer to a purchase, and the error that the operation must report."""

    carrier: str
    path: str
    status: int
    body: Any
    code: str
    field: str | None


def _usps(parameter: str) -> dict[str, Any]:
    first = {"status": "400", "code": "160231", "title": "Address", "detail": SAID, "source": {"parameter": parameter}}
    return {"apiVersion": "v3", "error": {"code": "400", "message": "Bad Request", "errors": [first]}}


def _shipengine(field: str) -> dict[str, Any]:
    kind = {"error_source": "carrier", "error_type": "validation", "error_code": "invalid_address"}
    return {"request_id": "r", "errors": [{**kind, "message": SAID, "field_name": field}]}


def _easypost(field: str) -> dict[str, Any]:
    inner = [{"field": field, "message": SAID}]
    return {"error": {"code": "ADDRESS.VERIFY.FAILURE", "message": SAID, "errors": inner}}


REFUSALS = (
    Refusal(
        "fedex",
        "/ship/v1/shipments",
        400,
        {"transactionId": "t", "errors": [{"code": "RECIPIENTS.POSTALCODE.INVALID", "message": SAID}]},
        "RECIPIENTS.POSTALCODE.INVALID",
        "ship_to.postal_code",
    ),
    # The codes of UPS do not name a field.
    Refusal(
        "ups",
        "/shipments/v2409/ship",
        400,
        {"response": {"errors": [{"code": "120802", "message": SAID}]}},
        "120802",
        None,
    ),
    Refusal("usps", "/labels/v3/label", 400, _usps("toAddress.ZIPCode"), "160231", "ship_to.postal_code"),
    Refusal(
        "easypost", "/v2/shipments", 422, _easypost("to_address.zip"), "ADDRESS.VERIFY.FAILURE", "ship_to.postal_code"
    ),
    Refusal(
        "shipengine",
        "/v1/labels",
        400,
        _shipengine("shipment.ship_to.postal_code"),
        "invalid_address",
        "ship_to.postal_code",
    ),
)


def _answer(refusal: Refusal, line: str) -> tuple[int, Any]:
    if "oauth" in line:
        return TOKEN
    if "payment-authorization" in line:
        return PAYMENT
    if line.startswith("POST") and line.endswith(refusal.path):
        return refusal.status, refusal.body
    return 404, MISSING


async def _refused(rig: Rig, sandbox: Sandbox, refusal: Refusal) -> OperationRecord:
    """Buy from a server that refuses this way; the purchase is sent once."""
    carrier, asked = BY_NAME[refusal.carrier], list[str]()
    async with answering(lambda line: _answer(refusal, line), asked) as url:
        settings = carrier.settings(sandbox.url, base_url=url)
        shop = await rig.shop(sandbox, account=carrier.account(), carrier=settings)
        fields = {"carrier": carrier.name, "service": carrier.service, "label_format": carrier.formats[0]}
        record = await rig.execute(shop, await rig.create(shop, "create_shipment", **fields))
        async with rig.data(shop) as data:
            account = await data.carrier_accounts.get(shop.account_id)
    assert account is not None
    assert account.status is AccountStatus.ACTIVE
    assert record.operation.status is OperationStatus.FAILED, record.operation.attention
    assert present(record.operation.error).code == "rejected"
    assert len([line for line in asked if line.startswith("POST") and line.endswith(refusal.path)]) == 1
    return record


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.carrier)
async def test_the_operation_reports_the_carriers_refusal(rig: Rig, sandbox: Sandbox, refusal: Refusal) -> None:
    """It fails for good with the carrier's code and message and our field."""
    error = present((await _refused(rig, sandbox, refusal)).operation.error)

    assert SAID in present(error.message)
    assert (error.vendor_code, error.field) == (refusal.code, refusal.field)


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda refusal: refusal.carrier)
async def test_a_firewalls_403_does_not_pause_the_account(rig: Rig, sandbox: Sandbox, refusal: Refusal) -> None:
    """A firewall rejects one odd address: that order fails, and other orders continue."""
    record = await _refused(rig, sandbox, replace(refusal, status=403, body=b"<html>Request blocked"))

    assert present(record.operation.error).vendor_code is None


async def test_characters_that_postgres_cannot_store_are_removed(rig: Rig, sandbox: Sandbox) -> None:
    """JSON can contain a null byte or half a surrogate pair; the refusal is still recorded."""
    errors = [{"code": "RECIPIENTS.POSTALCODE\0.INVALID", "message": "The postal\0 code is not \ud83din the city."}]

    record = await _refused(rig, sandbox, replace(REFUSALS[0], body={"transactionId": "t", "errors": errors}))

    error = present(record.operation.error)
    assert (error.message, error.vendor_code) == (SAID, "RECIPIENTS.POSTALCODE.INVALID")
    assert [effect.state for effect in record.effects] == ["rejected"]
    assert any(SAID in entry.message for entry in record.logs)
