"""Fetch a carrier's rates."""

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from domain.errors import Ambiguous, AuthFailed, EffectError, NotActive, NotSent, RateLimited, Rejected
from domain.json_values import from_json
from domain.parcels import Address, Parcel
from domain.postal.normal_form import normalize_address
from domain.shipping import Rate
from tests.fixtures.builders import PARCEL, SANDBOX_URL, SHIP_FROM, SHIP_TO, build_own_account, build_ship_to
from tests.fixtures.in_process_api import ApiClient, refused_paths
from tests.fixtures.organization import Carrier
from tests.fixtures.rows import Rows

PATH = "/api/rates"


async def create_account(client: ApiClient, **changes: Any) -> str:
    """Create the default FedEx account; return its id."""
    account = await client.data("POST", "/api/carrier-accounts", build_own_account(**changes))
    return str(account["id"])


async def test_rates_come_cheapest_first(client: ApiClient, rows: Rows, carrier: Carrier) -> None:
    account_id = await create_account(client)
    carrier.answer = [Rate("SLOW", "9.85", "USD"), Rate("FAST", "40", "USD"), Rate("ODD", "10.1", "USD")]
    order = {"order_id": str(rows.insert_order()), "carrier": "fedex"}
    address = {"carrier_account_id": account_id, "ship_to": SHIP_TO, "parcels": [{**PARCEL, "weight": 9}]}

    of_order = await client.data("POST", PATH, order)
    of_address = await client.data("POST", PATH, address)

    assert [rate["service"] for rate in of_order] == ["SLOW", "ODD", "FAST"]
    assert of_order[0] == {
        "carrier_account_id": account_id,
        "carrier": "fedex",
        "service": "SLOW",
        "amount": "9.85",
        "currency": "USD",
    }
    assert of_address == of_order


async def test_a_test_of_an_account_reports_the_carriers_answer(client: ApiClient, carrier: Carrier) -> None:
    path = f"/api/carrier-accounts/{await create_account(client)}"
    await client.data("POST", f"{path}/pause", {"reason": "test"})
    carrier.answer = "accepted"

    accepted = await client.data("POST", f"{path}/test")
    carrier.answer = AuthFailed("wrong key", vendor_code="401")
    refused = await client.call("POST", f"{path}/test")
    unknown = await client.call("POST", f"/api/carrier-accounts/{uuid4()}/test")

    assert accepted == {"carrier_account_id": path.rpartition("/")[2], "message": "accepted"}
    assert (refused.status_code, refused.json()["error"]["code"]) == (422, "carrier_auth_failed")
    assert unknown.status_code == 404
    assert (await client.data("GET", path))["status"] == "paused"


async def test_the_account_fills_in_address_and_parcel(client: ApiClient, rows: Rows, carrier: Carrier) -> None:
    await create_account(client)
    order = {"order_id": str(rows.insert_order()), "carrier": "fedex"}

    await client.data("POST", PATH, order)
    await client.data("POST", PATH, {"carrier": "fedex", "ship_to": SHIP_TO, "parcels": [{**PARCEL, "weight": 9}]})

    filled, request = carrier.asked
    assert filled.ship_to == normalize_address(from_json(Address, SHIP_TO), "ship_to")
    assert filled.ship_from == normalize_address(from_json(Address, SHIP_FROM), "ship_from")
    assert filled.parcels == (from_json(Parcel, PARCEL),)
    assert request.parcels[0].weight == Decimal(9)
    assert request.ship_to.city == SHIP_TO["city"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"carrier": "fedex"}, "ship_to"),
        ({"carrier": "fedex", "ship_to": SHIP_TO, "order_id": str(uuid4())}, "ship_to"),
        ({"ship_to": SHIP_TO}, "carrier"),
        ({"carrier": "dragon", "ship_to": SHIP_TO}, "carrier"),
        ({"carrier": "ups", "ship_to": SHIP_TO}, "carrier"),
        ({"carrier_account_id": str(uuid4()), "ship_to": SHIP_TO}, "carrier_account_id"),
        ({"carrier": "fedex", "ship_to": build_ship_to(country="usa")}, "ship_to.country"),
        ({"carrier": "fedex", "ship_to": SHIP_TO, "parcels": []}, "parcels"),
        ({"carrier": "fedex", "ship_to": SHIP_TO, "parcels": [PARCEL] * 51}, "parcels"),
        ({"carrier": "fedex", "ship_to": SHIP_TO, "service": "GROUND"}, "service"),
    ],
)
async def test_a_bad_request_does_not_reach_the_carrier(
    client: ApiClient, carrier: Carrier, body: dict[str, Any], path: str
) -> None:
    await create_account(client)

    assert refused_paths(await client.call("POST", PATH, body))[0] == path
    assert carrier.asked == []


async def test_missing_addresses_and_parcels_are_named(client: ApiClient, rows: Rows) -> None:
    account_id = await create_account(client, settings={"base_url": SANDBOX_URL})

    async def call(**body: Any) -> Any:
        return await client.call("POST", PATH, {"carrier_account_id": account_id, **body})

    assert refused_paths(await call(order_id=str(rows.insert_order(ship_to=None)))) == ["order_id"]
    assert refused_paths(await call(ship_to=SHIP_TO)) == ["ship_from"]
    assert refused_paths(await call(ship_to=SHIP_TO, ship_from=SHIP_TO)) == ["parcels"]
    missing = await call(order_id=str(uuid4()))
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "order_not_found")


async def test_a_paused_account_is_not_asked(client: ApiClient, rows: Rows, carrier: Carrier) -> None:
    rows.update("carrier_accounts", UUID(await create_account(client)), status="paused")

    response = await client.call("POST", PATH, {"carrier": "fedex", "ship_to": SHIP_TO})

    assert response.status_code == 422
    assert "paused" in response.text
    assert carrier.asked == []


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (Rejected("no such street", vendor_code="ADDR.1", field="ship_to"), 422, "carrier_refused"),
        (NotActive("paused"), 422, "carrier_refused"),
        (AuthFailed("who are you", vendor_code="401"), 422, "carrier_auth_failed"),
        (NotSent("no connection"), 502, "carrier_unavailable"),
        (Ambiguous("status 500"), 502, "carrier_unavailable"),
        (RateLimited("slow down", after=7.2), 503, "carrier_rate_limited"),
    ],
)
async def test_the_carriers_error_is_reported(
    client: ApiClient, carrier: Carrier, error: EffectError, status: int, code: str
) -> None:
    """A refusal quotes the carrier; other errors do not, because they may contain an address."""
    await create_account(client)
    carrier.answer = error

    response = await client.call("POST", PATH, {"carrier": "fedex", "ship_to": SHIP_TO})

    body = response.json()["error"]
    assert (response.status_code, body["code"]) == (status, code)
    if status == 422:
        assert body["message"] == error.message
        assert body["details"] == {"vendor_code": error.vendor_code, "field": error.field}
    else:
        assert error.message not in response.text
    if isinstance(error, RateLimited):
        assert response.headers["Retry-After"] == "8"
