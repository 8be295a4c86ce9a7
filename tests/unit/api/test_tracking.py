"""Tracking, prices and webhooks, as the API tells them."""

import time
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import uuid4

import httpx
import pytest

from api.http.auth import Scope
from domain.errors import (
    Ambiguous,
    AuthFailed,
    EffectError,
    NotActive,
    NotSent,
    RateLimited,
    Rejected,
)
from domain.json_values import from_json
from domain.parcels import Address, Parcel
from domain.shipping import AccountStatus, Rate, ShipmentStatus
from domain.tracking import TrackingEvent, TrackingStatus
from tests.fixtures.fake_stores import now
from tests.unit.api.world import ACCOUNT, ADDRESS, PARCEL, World


async def test_a_shipment_tells_how_far_it_is(world: World) -> None:
    """In itself, and with its events."""
    seen = now()
    shipment = world.shipment(tracking_status=TrackingStatus.IN_TRANSIT, tracked_at=seen, scanned_at=seen)
    world.rows.tracking_events[shipment.id] = [
        TrackingEvent(None, TrackingStatus.PRE_TRANSIT, "OC", "label created"),
        TrackingEvent(seen, TrackingStatus.IN_TRANSIT, "PU", "picked up"),
    ]

    one = await world.data("GET", f"/api/shipments/{shipment.id}")
    tracking = await world.data("GET", f"/api/shipments/{shipment.id}/tracking")

    assert one["tracking"]["status"] == "in_transit"
    assert one["tracking"]["scanned_at"] == one["tracking"]["at"]
    assert {name: tracking[name] for name in one["tracking"]} == one["tracking"]
    assert [(event["code"], event["at"] is None) for event in tracking["events"]] == [("OC", True), ("PU", False)]
    assert (tracking["shipment_id"], tracking["tracking_number"]) == (str(shipment.id), shipment.tracking_number)


async def test_of_a_voided_shipment_nobody_asks_any_more(world: World) -> None:
    shipment = world.shipment(status=ShipmentStatus.VOIDED)

    assert (await world.data("GET", f"/api/shipments/{shipment.id}"))["tracking"]["next_check_at"] is None


async def test_a_look_can_be_asked_for(world: World) -> None:
    """It is not made by the call: the answer is what is known."""
    shipment = world.shipment(track_at=None)

    asked = await world.call("POST", f"/api/shipments/{shipment.id}/tracking")

    assert asked.status_code == 202
    assert asked.json()["data"]["status"] == "unknown"
    assert asked.json()["data"]["next_check_at"] is not None
    assert (await world.call("POST", f"/api/shipments/{uuid4()}/tracking")).status_code == 404


async def an_account(world: World, **changes: Any) -> str:
    made = await world.data("POST", "/api/carrier-accounts", {**ACCOUNT, **changes})
    return str(made["id"])


async def test_prices_come_cheapest_first(world: World) -> None:
    """For an order, or an address; with the account's own parcel and ship-from where none is given."""
    account = await an_account(world)
    world.desk.found = [Rate("SLOW", "9.85", "USD"), Rate("FAST", "40", "USD"), Rate("ODD", "10.1", "USD")]
    order = world.order()

    of_order = await world.data("POST", "/api/rates", {"order_id": str(order.id), "carrier": "fedex"})
    given = {"carrier_account_id": account, "ship_to": ADDRESS, "parcels": [{**PARCEL, "weight": 9}]}
    of_address = await world.data("POST", "/api/rates", given)

    assert [rate["service"] for rate in of_order] == ["SLOW", "ODD", "FAST"]
    assert of_order[0] == {
        "carrier_account_id": account,
        "carrier": "fedex",
        "service": "SLOW",
        "amount": "9.85",
        "currency": "USD",
    }
    assert of_address == of_order
    (_, _, first), (organization, _, second) = world.desk.asked
    assert organization == world.organization_id
    assert (first.ship_to, first.ship_from) == (order.ship_to, from_json(Address, ADDRESS))
    assert first.parcels == (from_json(Parcel, PARCEL),)
    assert second.parcels[0].weight == Decimal(9)
    assert second.ship_to.city == ADDRESS["city"]


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"carrier": "fedex"}, []),
        ({"carrier": "fedex", "ship_to": ADDRESS, "order_id": str(uuid4())}, []),
        ({"ship_to": ADDRESS}, []),
        ({"carrier": "dragon", "ship_to": ADDRESS}, ["carrier"]),
        ({"carrier": "ups", "ship_to": ADDRESS}, ["carrier"]),
        ({"carrier_account_id": str(uuid4()), "ship_to": ADDRESS}, ["carrier_account_id"]),
        ({"carrier": "fedex", "ship_to": {**ADDRESS, "country": "usa"}}, ["ship_to", "country"]),
        ({"carrier": "fedex", "ship_to": ADDRESS, "parcels": []}, ["parcels"]),
        ({"carrier": "fedex", "ship_to": ADDRESS, "parcels": [PARCEL] * 51}, ["parcels"]),
        ({"carrier": "fedex", "ship_to": ADDRESS, "service": "GROUND"}, ["service"]),
    ],
)
async def test_a_question_for_prices_that_makes_no_sense(world: World, body: Any, path: list[str]) -> None:
    """Is refused with the field's name, and the carrier hears nothing of it."""
    await an_account(world)

    answer = await world.call("POST", "/api/rates", body)

    assert answer.status_code == 422, answer.text
    assert answer.json()["error"]["details"]["fields"][0]["path"] == path
    assert world.desk.asked == []


async def test_what_an_order_and_an_account_lack_for_prices(world: World) -> None:
    bare = await an_account(world, settings={"base_url": "http://127.0.0.1:8090"})
    addressless = world.order(ship_to=None)

    async def fields(**body: Any) -> Any:
        answer = await world.call("POST", "/api/rates", {"carrier_account_id": bare, **body})
        assert answer.status_code == 422, answer.text
        return answer.json()["error"]["details"]["fields"][0]["path"]

    assert await fields(order_id=str(addressless.id)) == ["order_id"]
    assert await fields(ship_to=ADDRESS) == ["ship_from"]
    assert await fields(ship_to=ADDRESS, ship_from=ADDRESS) == ["parcels"]
    missing = await world.call("POST", "/api/rates", {"carrier_account_id": bare, "order_id": str(uuid4())})
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "order_not_found")


async def test_a_paused_account_is_not_asked_for_prices(world: World) -> None:
    await an_account(world)
    world.rows.accounts = {key: replace(one, status=AccountStatus.PAUSED) for key, one in world.rows.accounts.items()}

    answer = await world.call("POST", "/api/rates", {"carrier": "fedex", "ship_to": ADDRESS})

    assert answer.status_code == 422
    assert "paused" in answer.text
    assert world.desk.asked == []


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
async def test_what_a_carrier_says_in_place_of_prices(world: World, error: EffectError, status: int, code: str) -> None:
    """Its refusal in its own words; that it does not answer without any, for they may be an address of ours."""
    await an_account(world)
    world.desk.found = error

    answer = await world.call("POST", "/api/rates", {"carrier": "fedex", "ship_to": ADDRESS})

    told = answer.json()["error"]
    assert (answer.status_code, told["code"]) == (status, code)
    if status == 422:
        assert told["message"] == error.message
        assert told["details"] == {"vendor_code": error.vendor_code, "field": error.field}
    else:
        assert error.message not in answer.text
    if isinstance(error, RateLimited):
        assert answer.headers["Retry-After"] == "8"


async def test_prices_and_tracking_need_the_scope_of_shipments(world: World) -> None:
    other = world.key(*(scope for scope in Scope if scope is not Scope.SHIPMENTS_READ))
    headers = {"Authorization": f"Bearer {other}"}

    for method, path in (("POST", "/api/rates"), ("GET", f"/api/shipments/{uuid4()}/tracking")):
        assert (await world.http.request(method, path, headers=headers)).status_code == 403


async def test_a_webhook_is_handed_on_as_it_came(world: World) -> None:
    """Byte by byte, and without a key; a header that is sent twice is none: a proxy may have looked at the other."""
    account = uuid4()
    headers = [("X-Hmac-Signature", "a"), ("X-Twice", "1"), ("X-Twice", "2")]

    heard = await world.http.post(f"/webhooks/carriers/{account}", content=b'{ "odd" :1}', headers=headers)

    assert (heard.status_code, heard.json()) == (202, {"data": {"shipments": 1}})
    ((told, given, body),) = world.desk.heard
    assert (told, body) == (account, b'{ "odd" :1}')
    assert given["x-hmac-signature"] == "a"
    assert "x-twice" not in given


async def test_a_webhook_with_thousands_of_headers_costs_little(world: World) -> None:
    """As many as a head may have, from anybody: a look at all of them for each would take a quarter of a minute."""
    given = [("A", "")] * 16_000
    request = httpx.Request("POST", f"http://api.test/webhooks/carriers/{uuid4()}", headers=given, content=b"{}")
    before = time.process_time()

    answer = await world.http.send(request)

    assert answer.status_code == 202
    assert time.process_time() - before < 2


async def test_a_webhook_that_is_not_genuine(world: World) -> None:
    world.desk.refuses = True

    refused = await world.http.post(f"/webhooks/carriers/{uuid4()}", content=b"{}")
    nowhere = await world.http.post("/webhooks/carriers/no-id", content=b"{}")
    huge = await world.http.post(f"/webhooks/carriers/{uuid4()}", content=b" " * 2_000_000)

    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "webhook_refused")
    assert (nowhere.status_code, nowhere.json()["error"]["code"]) == (404, "carrier_account_not_found")
    assert (huge.status_code, huge.json()["error"]["code"]) == (413, "body_too_large")
