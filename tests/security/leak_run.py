"""A run of every operation type with marked secrets and addresses; test_nothing_leaks.py searches its output."""

import json
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler
from typing import Any
from uuid import uuid4

import httpx

from domain.vendors.catalogue import CARRIERS
from tests.fixtures.api import LABEL, WAIT, Api, data
from tests.fixtures.builders import LINE_ITEMS, Json, build_account, build_account_settings
from tests.fixtures.stack import Stack

OPERATIONS = "/api/operations"


def marker(name: str) -> str:
    return f"{name}-{uuid4().hex[:16]}"


SECRETS = {
    name: marker(name) for name in ("carrier", "carrier-new", "bridge", "easypost", "paused", "echoed", "unsent")
}
SECRETS["guessed"] = "ord_sk_" + uuid4().hex + "A" * 11
PEOPLE = {name: marker(name) for name in ("Käufer", "Hidden-Harbor", "Warehouse-Secret", "mail", "Firma")}
PEOPLE["phone"] = f"415{2_000_000 + uuid4().int % 8_000_000}"
SHIP_TO = {
    "name": PEOPLE["Käufer"], "company": PEOPLE["Firma"], "street1": PEOPLE["Hidden-Harbor"], "city": "Portland",
    "state": "ME", "postal_code": "04101", "country": "US", "phone": PEOPLE["phone"],
}  # fmt: skip
SHIP_FROM = {**SHIP_TO, "name": "Dock", "street1": PEOPLE["Warehouse-Secret"]}


@dataclass
class LeakRun:
    """Everything that a run leaves behind, by place, and its keys and ids."""

    stack: Stack
    places: dict[str, bytes] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    responses: bytes = b""
    stack_json: str = ""
    tracking_number: str = ""
    ids: list[str] = field(default_factory=list)

    def collect(self, response: httpx.Response) -> None:
        """Collect a response; a new API key's secret is removed once, because its creation returns it."""
        response.read()
        whole = str(response.status_code).encode() + repr(response.headers.raw).encode() + response.content
        if response.request.url.path == "/api/api-keys" and response.status_code == 201:
            secret = response.json()["data"]["secret"]
            if secret is not None:
                self.keys.append(secret)
                whole = whole.replace(secret.encode(), b"", 1)
        self.responses += whole


class Echo(BaseHTTPRequestHandler):
    """A carrier that rejects everything, and repeats the token and the address of the request."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        # With this field in an error the label might exist, and the purchase would not be rejected.
        body = body.replace("external_shipment_id", "reference")
        error = {"error_code": self.headers["API-Key"], "message": f"no: {self.headers['API-Key']} {body}"}
        answer = json.dumps({"request_id": str(uuid4()), "errors": [error]}).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's word
        pass


def account(api: Api, carrier: str, secret: str, **settings: Any) -> httpx.Response:
    """Create an account with a marked secret as its credentials."""
    profile = CARRIERS[carrier]
    base_url, options = f"{api.info['sandbox_url']}/sim/{carrier}", dict(profile.sandbox_options)
    body = build_account(
        carrier,
        name=f"{carrier} {secret[:4]}",
        settings=build_account_settings(
            **{"base_url": base_url, "ship_from": SHIP_FROM, "options": options, **settings}
        ),
        credentials={
            name: default if name == "account_number" else secret
            for name, default in profile.sandbox_credentials.items()
        },
    )
    return api.http.post("/api/carrier-accounts", json=body, headers={"Idempotency-Key": str(uuid4())})


def run_to_end(api: Api, operation: Json, call: str = "execute", **body: Any) -> Json:
    """Make a call that starts a run, and wait until the run ends or needs attention."""
    api.http.post(f"{OPERATIONS}/{operation['id']}/{call}", headers=WAIT, json=body or None)
    return api.until(
        operation["id"],
        lambda operation: (
            operation["attention"]
            or (operation["status"] != "executing" and operation["undo"]["status"] != "in_progress")
        ),
    )


def run_everything(api: Api, run: LeakRun, echo_url: str) -> None:
    """Run every type to every outcome: completed, rejected, unauthorized, unknown, unreadable, undone and resolved."""
    carrier = data(account(api, "shipengine", SECRETS["carrier"]), 201)["id"]
    made = api.http.post("/api/bridges", json={
        "channel": "shopify", "name": "Shop", "mode": "test", "credentials": {"access_token": SECRETS["bridge"]},
        "settings": {"base_url": f"{api.info['sandbox_url']}/sim/shopify"},
    })  # fmt: skip
    bridge = data(made, 201)["id"]
    customer = {"name": PEOPLE["Käufer"], "email": f"{PEOPLE['mail']}@example.com"}

    def order() -> str:
        return str(api.order(ship_to=SHIP_TO, customer=customer, line_items=LINE_ITEMS, bridge_id=bridge)["id"])

    fields = {**LABEL, "bridge_id": bridge}
    fulfilled = run_to_end(api, api.create("fulfill_order", order(), **fields))
    assert fulfilled["status"] == "completed", fulfilled["error"]
    run.tracking_number = fulfilled["output"]["tracking_number"]
    assert run_to_end(api, fulfilled, "undo", reason="changed their mind")["status"] == "undone"
    api.sandbox.script("fulfillments.create", "reject")
    assert run_to_end(api, api.create("fulfill_order", order(), **fields))["error"]["rolled_back"]
    api.sandbox.script("labels.create", "reject")
    rejected = run_to_end(api, api.label(order()))
    assert rejected["status"] == "failed"
    bought = run_to_end(api, rejected, "retry")
    assert bought["status"] == "completed"
    api.sandbox.script("labels.void", "too_late")
    run_to_end(api, bought, "undo")
    void = {"shipment_id": run_to_end(api, api.label(order()))["output"]["shipment_id"]}
    assert run_to_end(api, api.create("void_shipment", None, **void))["status"] == "completed"
    push = {"bridge_id": bridge, "tracking_number": "1Z999", "carrier": "ups", "notify_customer": True}
    assert run_to_end(api, api.create("push_fulfillment", order(), **push))["status"] == "completed"
    assert run_to_end(api, run_to_end(api, api.status_change(order())), "undo")["status"] == "undone"

    paused = data(account(api, "fedex", SECRETS["paused"], ship_from=SHIP_FROM), 201)["id"]
    api.sandbox.script("labels.create", "auth_failed", "auth_failed", "auth_failed")
    fedex = {"carrier": "fedex", "service": "GROUND", "carrier_account_id": paused}
    assert run_to_end(api, api.label(**fedex))["status"] == "failed"
    api.sandbox.clear()
    easypost_id = data(account(api, "easypost", SECRETS["easypost"], read_timeout_seconds=1), 201)["id"]
    easypost = {"carrier": "easypost", "service": "USPS.GroundAdvantage", "carrier_account_id": easypost_id}
    for fault in ("accept_then_drop", "garbage"):
        api.sandbox.script("labels.create", fault)
        api.sandbox.script("labels.find", "no_lookup")
        unknown = run_to_end(api, api.label(order(), **easypost))
        assert unknown["attention"]["reason"] == "outcome_unknown"
        run_to_end(api, unknown, "resolve", outcome="did_not_happen", reason="asked the carrier")
    data(api.http.patch(f"/api/carrier-accounts/{carrier}", json={"credentials": {"api_key": SECRETS["carrier-new"]}}))
    assert run_to_end(api, api.label(order()))["status"] == "completed"
    assert account(api, "ups", f"{SECRETS['unsent']}\n").status_code == 422
    run.ids.append(fulfilled["id"])
    make_invalid_calls(api)
    # This is the last step: the carrier's message is in its own customer's answers, which are not collected.
    api.http.event_hooks = {}
    account_id = data(account(api, "shipengine", SECRETS["echoed"], base_url=echo_url), 201)["id"]
    assert run_to_end(api, api.label(order(), carrier_account_id=account_id))["status"] == "failed"


def make_invalid_calls(api: Api) -> None:
    """Make invalid calls with secrets in wrong places, and create and revoke keys."""
    secret = SECRETS["carrier"]
    for body in (
        {"carrier": secret},
        {"credentials": {"api_key": [secret]}},
        {"settings": {"base_url": secret}},
        secret,
    ):
        assert api.http.post("/api/carrier-accounts", json=body).status_code == 422
    api.http.post("/api/bridges", content=f'{{"credentials": {{"api_key": "{secret}"')
    api.http.get("/api/orders", params={"limit": secret, "external_id": "x"})
    api.http.get("/api/orders", headers={"Authorization": f"Bearer {SECRETS['guessed']}"})
    for _ in range(2):
        made = api.http.post(
            "/api/api-keys", json={"name": "n", "scopes": ["orders:read"]}, headers={"Idempotency-Key": "one-key"}
        )
    data(api.http.delete(f"/api/api-keys/{data(made, 201)['id']}"))
    for path in ("/api/api-keys", "/api/carrier-accounts", "/api/bridges", "/api/orders", "/api/shipments", OPERATIONS):
        data(api.http.get(path, params={"limit": "100"}))
