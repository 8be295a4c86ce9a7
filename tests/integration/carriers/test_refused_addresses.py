"""An address that a carrier refuses comes back on the operation: the carrier's own code and message, and the field."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import pytest

from domain.operations import OperationStatus
from tests.fixtures.engine import Rig
from tests.fixtures.sandboxes import Sandbox
from tests.integration.carriers.vendors import BY_NAME

pytestmark = pytest.mark.timeout(120)

TOKEN = (200, {"access_token": "t", "expires_in": 3600, "token_type": "bearer"})
PAYMENT = (200, {"paymentAuthorizationToken": "p", "roles": []})
MISSING = {"error": {"code": "NOT_FOUND", "message": "The requested resource could not be found.", "errors": []}}
SAID = "The postal code is not in the city."


@dataclass(frozen=True)
class Refusal:
    """What a carrier answers to a purchase, and what the operation has to say of it."""

    carrier: str
    path: str
    status: int
    body: dict[str, Any]
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
    # UPS's codes name no field.
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


@asynccontextmanager
async def _server(refusal: Refusal, asked: list[str]) -> AsyncIterator[str]:
    """Signs everybody in, and refuses the purchase."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        lengths = [line.split(":")[1] for line in head.split("\r\n") if line.lower().startswith("content-length")]
        await reader.readexactly(int(lengths[0]) if lengths else 0)
        line = head.partition(" HTTP")[0]
        asked.append(line)
        status, body = _answer(refusal, line)
        content = json.dumps(body).encode()
        writer.write(b"HTTP/1.1 %d X\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % (status, len(content)))
        writer.write(content)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    async with server:
        yield f"http://{host}:{port}"


def _answer(refusal: Refusal, line: str) -> tuple[int, dict[str, Any]]:
    if "oauth" in line:
        return TOKEN
    if "payment-authorization" in line:
        return PAYMENT
    if line.startswith("POST") and line.endswith(refusal.path):
        return refusal.status, refusal.body
    return 404, MISSING


@pytest.mark.parametrize("refusal", REFUSALS, ids=lambda one: one.carrier)
async def test_the_operation_says_what_the_carrier_said(rig: Rig, sandbox: Sandbox, refusal: Refusal) -> None:
    """It fails for good, with the carrier's code and message and our field; the purchase was sent once."""
    carrier, asked = BY_NAME[refusal.carrier], list[str]()
    async with _server(refusal, asked) as url:
        settings = carrier.settings(sandbox.url, base_url=url)
        shop = await rig.shop(sandbox, account=carrier.account(), carrier=settings)
        given = {"carrier": carrier.name, "service": carrier.service, "label_format": carrier.formats[0]}
        record = await rig.execute(shop, await rig.create(shop, "create_shipment", **given))

    error = record.operation.error or {}
    assert record.operation.status is OperationStatus.FAILED, record.operation.attention
    assert error["code"] == "rejected"
    assert SAID in error["message"]
    assert (error["vendor_code"], error.get("field")) == (refusal.code, refusal.field)
    assert len([line for line in asked if line.startswith("POST") and line.endswith(refusal.path)]) == 1
