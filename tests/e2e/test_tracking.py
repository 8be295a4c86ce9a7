"""Tracking closes the loop: from a scan at the carrier to what can still be undone; prices; and carriers' webhooks."""

import json
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.carriers.easypost.webhooks import sign
from tests.fixtures.api import LABEL, Api, data, paths, refused
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO, Json

SECRET = "the hook's own secret"


def tracking(api: Api, shipment_id: str) -> Json:
    return data(api.http.get(f"/api/shipments/{shipment_id}/tracking"))


def look(api: Api, shipment_id: str, holds: Callable[[Json], object], timeout: float = 45) -> Json:
    """Let the carrier be asked, and wait until something holds of what is known."""
    data(api.http.post(f"/api/shipments/{shipment_id}/tracking"), 202)
    return until(api, shipment_id, holds, timeout)


def until(api: Api, shipment_id: str, holds: Callable[[Json], object], timeout: float = 45) -> Json:
    deadline = time.monotonic() + timeout
    while not holds(found := tracking(api, shipment_id)):
        assert time.monotonic() < deadline, f"not so within {timeout} s: {found}"
        time.sleep(0.1)
    return found


def buy(api: Api, **given: Any) -> Json:
    """A completed purchase."""
    return api.done(api.label(**given))


def test_a_scan_closes_the_undo(api: Api) -> None:
    """A new label can be undone; one that the carrier has scanned can't, which is told before anything is tried."""
    operation = buy(api)
    shipment = operation["output"]["shipment_id"]
    fresh = tracking(api, shipment)
    assert (fresh["status"], fresh["events"], fresh["checked_at"]) == ("unknown", [], None)
    assert api.get(operation["id"])["undo"]["available"] is True

    api.sandbox.scan(operation["output"]["tracking_number"], "in_transit")
    known = look(api, shipment, lambda tracking: tracking["scanned_at"])

    assert (known["status"], known["problem"]) == ("in_transit", None)
    assert [event["status"] for event in known["events"]] == ["pre_transit", "in_transit"]
    shown = data(api.http.get(f"/api/shipments/{shipment}"))
    assert (shown["status"], shown["tracking"]["status"]) == ("label_created", "in_transit")
    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo"), 422, "undo_not_available")
    assert (error["details"]["reason"], error["details"]["tracking_status"]) == ("in_transit", "in_transit")
    undo = api.get(operation["id"])["undo"]
    assert (undo["available"], undo["reason"]) == (False, "in_transit")
    void = {"type": "void_shipment", "order_id": None, "input": {"shipment_id": shipment}}
    assert paths(refused(api.http.post("/api/operations", json=void), 422, "invalid_input")) == ["input.shipment_id"]


def test_force_asks_the_carrier_all_the_same(api: Api) -> None:
    """Who decides: it has the parcel, says so, and the label stands."""
    operation = buy(api)
    api.sandbox.scan(operation["output"]["tracking_number"], "in_transit")
    look(api, operation["output"]["shipment_id"], lambda tracking: tracking["scanned_at"])

    force = {"force": True, "reason": "it is on my desk"}
    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo", json=force), 422, "undo_not_available")

    assert error["details"]["reason"] == "window_closed"
    assert "it is on my desk" in str(api.get(operation["id"])["logs"])
    assert api.get(operation["id"])["status"] == "completed"


def test_a_scan_that_nobody_heard_of_is_the_carriers_to_tell(api: Api) -> None:
    """Between two looks the carrier knows more: it refuses the void, and nothing is claimed."""
    operation = buy(api)
    api.sandbox.scan(operation["output"]["tracking_number"], "in_transit")

    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo"), 422, "undo_not_available")

    assert error["details"]["reason"] == "window_closed"
    assert data(api.http.get(f"/api/shipments/{operation['output']['shipment_id']}"))["status"] == "label_created"


def test_nothing_of_an_order_is_taken_back_behind_a_parcel_that_is_gone(api: Api) -> None:
    """The whole saga stands: neither the order's status nor the fulfillment is undone for a label that can't be."""
    bridge = api.bridge()
    order = api.order(bridge_id=bridge["id"])
    given = {**LABEL, "bridge_id": bridge["id"]}
    operation = api.done(api.create("fulfill_order", order["id"], **given))
    (shipment,) = api.http.get("/api/shipments", params={"order_id": order["id"]}).json()["data"]
    api.sandbox.scan(shipment["reference"], "delivered")
    look(api, shipment["id"], lambda tracking: tracking["status"] == "delivered")

    error = refused(api.http.post(f"/api/operations/{operation['id']}/undo"), 422, "undo_not_available")

    assert error["details"]["reason"] == "in_transit"
    assert data(api.http.get(f"/api/orders/{order['id']}"))["status"] == "shipped", "tracking leaves the order alone"
    effects = [step["outcome"] for step in api.get(operation["id"])["undo"]["steps"]]
    assert effects == [None] * 3


def test_a_delivered_parcel_is_asked_about_no_more(api: Api) -> None:
    """And nothing that comes late moves it."""
    output = buy(api)["output"]
    api.sandbox.scan(output["tracking_number"], "delivered")
    assert look(api, output["shipment_id"], lambda tracking: tracking["status"] == "delivered")["next_check_at"] is None

    api.sandbox.scan(output["tracking_number"], "in_transit")
    data(api.http.post(f"/api/shipments/{output['shipment_id']}/tracking"), 202)

    assert tracking(api, output["shipment_id"])["status"] == "delivered"
    assert tracking(api, output["shipment_id"])["next_check_at"] is None


def test_a_voided_label_is_not_followed(api: Api) -> None:
    operation = buy(api)
    data(api.http.post(f"/api/operations/{operation['id']}/undo"))

    asked = data(api.http.post(f"/api/shipments/{operation['output']['shipment_id']}/tracking"), 202)

    assert asked["next_check_at"] is None


def prices(api: Api, **given: Any) -> list[Json]:
    found: Any = data(api.http.post("/api/rates", json=given))
    assert isinstance(found, list)
    return found


def test_prices_are_what_a_label_costs(api: Api) -> None:
    """For the order's address, with the account's parcel; the cheapest first; nothing is bought."""
    order = api.order()["id"]
    before = len(api.sandbox.labels())

    rates = prices(api, order_id=order, carrier="fedex")
    given = {"ship_to": SHIP_TO, "ship_from": SHIP_FROM, "parcels": [PARCEL], "carrier": "fedex"}

    assert prices(api, **given) == rates
    assert [float(rate["amount"]) for rate in rates] == sorted(float(rate["amount"]) for rate in rates)
    assert len(api.sandbox.labels()) == before
    cheapest = rates[0]
    label = {name: cheapest[name] for name in ("carrier_account_id", "service")}
    assert api.done(api.create("create_shipment", order, **label))["output"]["cost"] == cheapest["amount"]


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("reject", 422, "carrier_refused"),
        ("auth_failed", 422, "carrier_auth_failed"),
        ("rate_limited:7", 503, "carrier_rate_limited"),
        ("drop", 502, "carrier_unavailable"),
        ("error_500", 502, "carrier_unavailable"),
        ("garbage", 502, "carrier_unavailable"),
        ("wrong_shape", 502, "carrier_unavailable"),
    ],
)
def test_a_carrier_that_tells_no_prices(api: Api, fault: str, status: int, code: str) -> None:
    """Each in its own way; the account is left as it is, for a contract may be good for labels all the same."""
    api.sandbox.script("labels.rates", fault)

    answer = api.http.post("/api/rates", json={"ship_to": SHIP_TO, "carrier": LABEL["carrier"]})

    error = refused(answer, status, code)
    if fault == "reject":
        assert error["details"]["vendor_code"] == "unspecified"
    if status == 503:
        assert answer.headers["Retry-After"] == "7"
    accounts = api.http.get("/api/carrier-accounts", params={"limit": "100"}).json()["data"]
    assert {account["status"] for account in accounts} == {"active"}


# Webhooks ----------------------------------------------------------------------------------------------------------


def easypost(api: Api, **credentials: str) -> Json:
    """An EasyPost account at the simulator of EasyPost's protocol."""
    given = {
        "carrier": "easypost",
        "name": f"EasyPost {uuid4()}",
        "mode": "test",
        "settings": {"ship_from": SHIP_FROM, "default_parcel": PARCEL},
        "credentials": {"api_key": "test", **credentials},
    }
    return data(api.http.post("/api/carrier-accounts", json=given), 201)


def parcel_of(api: Api, account: Json) -> Json:
    """The output of a purchase by that account."""
    given = {"carrier": "easypost", "carrier_account_id": account["id"], "service": "USPS.GroundAdvantage"}
    output: Json = buy(api, **given)["output"]
    return output


def hook(api: Api, account_id: str, event: Any, secret: str = SECRET, **headers: str) -> httpx.Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    signed = {"X-Hmac-Signature": sign(secret, body), "Content-Type": "application/json", **headers}
    return api.sandbox.http.post(f"{api.url}/webhooks/carriers/{account_id}", content=body, headers=signed)


def event_of(number: str, status: str = "delivered") -> Json:
    tracker = {"object": "Tracker", "tracking_code": number, "status": status}
    return {"object": "Event", "description": "tracker.updated", "result": tracker}


def test_a_webhook_makes_the_carrier_be_asked_and_is_not_believed(api: Api) -> None:
    """It says delivered, and the carrier knows of a scan: what the carrier says counts."""
    account = easypost(api, webhook_secret=SECRET)
    output = parcel_of(api, account)
    api.sandbox.scan(output["tracking_number"], "in_transit")

    heard = data(hook(api, account["id"], event_of(output["tracking_number"])), 202)

    assert heard == {"shipments": 1}
    assert until(api, output["shipment_id"], lambda tracking: tracking["checked_at"])["status"] == "in_transit"
    assert SECRET not in json.dumps(data(api.http.get(f"/api/carrier-accounts/{account['id']}")))


def test_a_webhook_that_is_played_again_is_harmless(api: Api) -> None:
    """A hundred times: the carrier is asked once, and once more half a minute later."""
    account = easypost(api, webhook_secret=SECRET)
    output = parcel_of(api, account)
    event = event_of(output["tracking_number"])
    data(hook(api, account["id"], event), 202)
    until(api, output["shipment_id"], lambda tracking: tracking["checked_at"])
    before = len(list_requests(api))

    for _ in range(100):
        assert data(hook(api, account["id"], event), 202) == {"shipments": 1}
    first = tracking(api, output["shipment_id"])

    assert len(list_requests(api)) - before <= 1
    assert first["next_check_at"] > first["checked_at"]


def list_requests(api: Api) -> list[Json]:
    found: list[Json] = api.sandbox.http.get("/_sandbox/requests", params={"target": "labels.track"}).json()["data"]
    return found


def test_who_did_not_sign_is_not_heard(api: Api, fresh: Api) -> None:
    """One answer to all of them, which does not tell whether there is such an account; and no carrier is asked."""
    account, unsigned = easypost(api, webhook_secret=SECRET), easypost(api)
    deaf = api.account("ups")
    others = easypost(fresh, webhook_secret="another shop's secret")
    output = parcel_of(api, account)
    event = event_of(output["tracking_number"])
    body = json.dumps(event).encode()
    attempts = [
        hook(api, account["id"], event, "another shop's secret"),
        hook(api, account["id"], event, **{"X-Hmac-Signature": ""}),
        hook(api, account["id"], event, **{"X-Hmac-Signature": sign(SECRET, body + b" ")}),
        hook(api, account["id"], event, **{"X-Hmac-Signature": "hmac-sha256-hex=" + "0" * 64}),
        api.sandbox.http.post(f"{api.url}/webhooks/carriers/{account['id']}", content=body),
        api.http.post(f"/webhooks/carriers/{account['id']}", content=body),
        hook(api, unsigned["id"], event),
        hook(api, unsigned["id"], event, ""),
        hook(api, deaf["id"], event),
        hook(api, str(uuid4()), event),
        hook(api, others["id"], event),
        hook(api, account["id"], body, **{"Content-Type": "text/plain"}, **{"X-Hmac-Signature": "x" * 5000}),
    ]

    told = {
        (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["message"]) for answer in attempts
    }

    assert len(told) == 1
    assert next(iter(told))[:2] == (403, "webhook_refused")
    assert tracking(api, output["shipment_id"])["checked_at"] is None


def test_another_organizations_secret_opens_its_own_parcels_only(api: Api, fresh: Api) -> None:
    """Genuine, but about a number that is somebody else's: nothing of theirs is asked about."""
    account = easypost(api, webhook_secret=SECRET)
    output = parcel_of(api, account)
    theirs = easypost(fresh, webhook_secret="another shop's secret")

    heard = hook(api, theirs["id"], event_of(output["tracking_number"]), "another shop's secret")

    assert data(heard, 202) == {"shipments": 0}
    assert tracking(api, output["shipment_id"])["checked_at"] is None


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 202),
        (b"not json", 202),
        (b"[" * 50_000, 202),
        (b'{"result": {"object": "Tracker", "tracking_code": "\\u0000"}}', 202),
        (b'{"result": {"object": "Tracker", "tracking_code": "\\ud800"}}', 202),
        (b" " * 2_000_000, 413),
    ],
)
def test_a_genuine_webhook_of_any_shape(api: Api, body: bytes, status: int) -> None:
    """Whatever is in it: no error of ours, and nothing is asked."""
    account = easypost(api, webhook_secret=SECRET)

    answer = hook(api, account["id"], body)

    assert answer.status_code == status, answer.text
    if status == 202:
        assert answer.json() == {"data": {"shipments": 0}}


def test_a_webhook_secret_that_is_none(api: Api) -> None:
    """Too short to be one, or no line."""
    for secret in ("short", "sixteen letters\nand a line"):
        given = {"carrier": "easypost", "name": "x", "mode": "live", "settings": {}}
        body = {**given, "credentials": {"api_key": "k", "webhook_secret": secret}}
        error = refused(api.http.post("/api/carrier-accounts", json=body), 422, "invalid_input")
        assert paths(error) == ["credentials.webhook_secret"]
