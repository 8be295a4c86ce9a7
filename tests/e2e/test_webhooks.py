"""A signed carrier webhook makes the tracker ask the carrier; any other webhook does nothing."""

import json
from typing import Any
from uuid import uuid4

import httpx
import pytest

from adapters.carriers.easypost.webhooks import sign
from tests.e2e.tracking import list_requests, tracking, until
from tests.fixtures.api import Api, data, paths, refused
from tests.fixtures.builders import Json, build_account

SECRET = "the hook's own secret"


def easypost(api: Api, **credentials: str) -> Json:
    """Create an EasyPost account that uses the simulator of EasyPost's protocol."""
    keys = {"api_key": "test", **credentials}
    fields = build_account("easypost", name=f"EasyPost {uuid4()}", is_default=False, credentials=keys)
    return data(api.http.post("/api/carrier-accounts", json=fields), 201)


def buy_with(api: Api, account: Json) -> Json:
    """Buy a label with the account, and return the operation's output."""
    fields = {"carrier": "easypost", "carrier_account_id": account["id"], "service": "USPS.GroundAdvantage"}
    output: Json = api.done(api.label(**fields))["output"]
    return output


def send_webhook(api: Api, account_id: str, event: Any, secret: str = SECRET, **headers: str) -> httpx.Response:
    body = event if isinstance(event, bytes) else json.dumps(event).encode()
    signed = {"X-Hmac-Signature": sign(secret, body), "Content-Type": "application/json", **headers}
    return api.sandbox.http.post(f"{api.url}/webhooks/carriers/{account_id}", content=body, headers=signed)


def event_of(number: str, status: str = "delivered") -> Json:
    tracker = {"object": "Tracker", "tracking_code": number, "status": status}
    return {"object": "Event", "description": "tracker.updated", "result": tracker}


def test_a_webhook_makes_the_tracker_ask_the_carrier(api: Api) -> None:
    """The webhook reports a delivery, but only the carrier's answer counts: a scan."""
    account = easypost(api, webhook_secret=SECRET)
    output = buy_with(api, account)
    api.sandbox.scan(output["tracking_number"], "in_transit")

    response = data(send_webhook(api, account["id"], event_of(output["tracking_number"])), 202)

    assert response == {"shipments": 1}
    assert until(api, output["shipment_id"], lambda tracking: tracking["checked_at"])["status"] == "in_transit"
    assert SECRET not in json.dumps(data(api.http.get(f"/api/carrier-accounts/{account['id']}")))


def test_a_repeated_webhook_causes_one_request(api: Api) -> None:
    """After 100 webhooks the carrier gets at most one more request about it, and the next check is scheduled."""
    account = easypost(api, webhook_secret=SECRET)
    output = buy_with(api, account)
    event = event_of(output["tracking_number"])
    data(send_webhook(api, account["id"], event), 202)
    until(api, output["shipment_id"], lambda tracking: tracking["checked_at"])
    number = output["tracking_number"]
    [reference] = [label["reference"] for label in api.sandbox.labels() if label["tracking_number"] == number]
    before = len(list_requests(api, reference=reference))

    for _ in range(100):
        assert data(send_webhook(api, account["id"], event), 202) == {"shipments": 1}
    first = tracking(api, output["shipment_id"])

    assert before > 0
    assert len(list_requests(api, reference=reference)) - before <= 1
    assert first["next_check_at"] > first["checked_at"]


def test_a_webhook_without_a_valid_signature_is_rejected(api: Api, fresh: Api) -> None:
    """All of them get the same error, so it does not reveal if the account exists, and no carrier gets a call."""
    account, unsigned = easypost(api, webhook_secret=SECRET), easypost(api)
    without_webhooks = api.account("ups")
    others = easypost(fresh, webhook_secret="another shop's secret")
    output = buy_with(api, account)
    event = event_of(output["tracking_number"])
    body = json.dumps(event).encode()
    attempts = [
        send_webhook(api, account["id"], event, "another shop's secret"),
        send_webhook(api, account["id"], event, **{"X-Hmac-Signature": ""}),
        send_webhook(api, account["id"], event, **{"X-Hmac-Signature": sign(SECRET, body + b" ")}),
        send_webhook(api, account["id"], event, **{"X-Hmac-Signature": "hmac-sha256-hex=" + "0" * 64}),
        api.sandbox.http.post(f"{api.url}/webhooks/carriers/{account['id']}", content=body),
        api.http.post(f"/webhooks/carriers/{account['id']}", content=body),
        send_webhook(api, unsigned["id"], event),
        send_webhook(api, unsigned["id"], event, ""),
        send_webhook(api, without_webhooks["id"], event),
        send_webhook(api, str(uuid4()), event),
        send_webhook(api, others["id"], event),
        send_webhook(api, account["id"], body, **{"Content-Type": "text/plain"}, **{"X-Hmac-Signature": "x" * 5000}),
    ]

    responses = {
        (answer.status_code, answer.json()["error"]["code"], answer.json()["error"]["message"]) for answer in attempts
    }

    assert len(responses) == 1
    assert next(iter(responses))[:2] == (403, "webhook_refused")
    assert tracking(api, output["shipment_id"])["checked_at"] is None


def test_a_webhook_covers_only_its_own_organization(api: Api, fresh: Api) -> None:
    """The signature is valid, but the tracking number belongs to another organization: no shipment is updated."""
    account = easypost(api, webhook_secret=SECRET)
    output = buy_with(api, account)
    theirs = easypost(fresh, webhook_secret="another shop's secret")

    response = send_webhook(api, theirs["id"], event_of(output["tracking_number"]), "another shop's secret")

    assert data(response, 202) == {"shipments": 0}
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
def test_a_signed_webhook_with_any_body_causes_no_error(api: Api, body: bytes, status: int) -> None:
    account = easypost(api, webhook_secret=SECRET)

    answer = send_webhook(api, account["id"], body)

    assert answer.status_code == status, answer.text
    if status == 202:
        assert answer.json() == {"data": {"shipments": 0}}


def test_a_malformed_webhook_secret_is_rejected(api: Api) -> None:
    """A secret must have enough characters, all on one line."""
    for secret in ("short", "sixteen letters\nand a line"):
        fields = {"carrier": "easypost", "name": "x", "mode": "live", "settings": {}}
        body = {**fields, "credentials": {"api_key": "k", "webhook_secret": secret}}
        error = refused(api.http.post("/api/carrier-accounts", json=body), 422, "invalid_input")
        assert paths(error) == ["credentials.webhook_secret"]
