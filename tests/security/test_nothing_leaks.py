"""A full run on a stack of its own with unmistakable secrets and addresses; afterwards everything is searched."""

import asyncio
import json
import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from uuid import uuid4

import httpx
import pytest

from bootstrap.embedded.ports import LOOPBACK, PortRequest, choose_ports
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.api import LABEL, WAIT, Api, data, new_organization
from tests.fixtures.builders import LINE_ITEMS, PARCEL, Json
from tests.fixtures.stack import Stack
from tests.security.searching import arguments, database, files, histories, where

OPERATIONS = "/api/operations"
LEFT_OUT = ("encryption.key", "stack.json", "demo.json")


def marker(name: str) -> str:
    return f"{name}-{uuid4().hex[:16]}"


SECRETS = {
    name: marker(name) for name in ("carrier", "carrier-new", "bridge", "careless", "paused", "echoed", "unsent")
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
class Story:
    """What a run left behind: by place its content, and what was made in it."""

    stack: Stack
    places: dict[str, bytes] = field(default_factory=dict)
    keys: list[str] = field(default_factory=list)
    responses: bytes = b""
    shown: str = ""
    tracking_number: str = ""
    ids: list[str] = field(default_factory=list)

    def keep(self, response: httpx.Response) -> None:
        """Collect an answer, head and body; one that shows a new key's secret without it, once."""
        response.read()
        whole = str(response.status_code).encode() + repr(response.headers.raw).encode() + response.content
        if response.request.url.path == "/api/api-keys" and response.status_code == 201:
            secret = response.json()["data"]["secret"]
            if secret is not None:
                self.keys.append(secret)
                whole = whole.replace(secret.encode(), b"", 1)
        self.responses += whole


class Echo(BaseHTTPRequestHandler):
    """A carrier that refuses everything, and repeats what it was sent: the token and the address."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        # An error that names this field may mean that the label exists, and is no refusal.
        body = body.replace("external_shipment_id", "reference")
        error = {"error_code": self.headers["API-Key"], "message": f"no: {self.headers['API-Key']} {body}"}
        answer = json.dumps({"request_id": str(uuid4()), "errors": [error]}).encode()
        self.send_response(400)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's word
        pass


@pytest.fixture(scope="module")
def echo_url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Echo)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def account(api: Api, carrier: str, secret: str, **settings: Any) -> httpx.Response:
    """Make an account whose credentials are a secret of its own."""
    profile = CARRIERS[carrier]
    usual_settings = {
        "base_url": f"{api.info['sandbox_url']}/sim/{carrier}",
        "ship_from": SHIP_FROM,
        "default_parcel": PARCEL,
        "options": dict(profile.sandbox_options),
    }
    body = {
        "carrier": carrier,
        "name": f"{carrier} {secret[:4]}",
        "mode": "test",
        "settings": {**usual_settings, **settings},
        "credentials": {
            name: usual if name == "account_number" else secret for name, usual in profile.sandbox_credentials.items()
        },
    }
    return api.http.post("/api/carrier-accounts", json=body, headers={"Idempotency-Key": str(uuid4())})


def run_to_end(api: Api, operation: Json, call: str = "execute", **body: Any) -> Json:
    """Make a call that starts a run, and see it end or need a person."""
    api.http.post(f"{OPERATIONS}/{operation['id']}/{call}", headers=WAIT, json=body or None)
    return api.until(
        operation["id"],
        lambda operation: (
            operation["attention"]
            or (operation["status"] != "executing" and operation["undo"]["status"] != "in_progress")
        ),
    )


def live_through_everything(api: Api, story: Story, echo_url: str) -> None:
    """Every type; done, refused, refused for the credentials, in doubt, unreadable, unreachable; undone and settled."""
    carrier = data(account(api, "shipengine", SECRETS["carrier"]), 201)["id"]
    made = api.http.post("/api/bridges", json={
        "channel": "shopify", "name": "Shop", "mode": "test", "credentials": {"access_token": SECRETS["bridge"]},
        "settings": {"base_url": f"{api.info['sandbox_url']}/sim/shopify"},
    })  # fmt: skip
    bridge = data(made, 201)["id"]
    customer = {"name": PEOPLE["Käufer"], "email": f"{PEOPLE['mail']}@example.com"}

    def order() -> str:
        return str(api.order(ship_to=SHIP_TO, customer=customer, line_items=LINE_ITEMS, bridge_id=bridge)["id"])

    both = {**LABEL, "bridge_id": bridge}
    fulfilled = run_to_end(api, api.create("fulfill_order", order(), **both))
    assert fulfilled["status"] == "completed", fulfilled["error"]
    story.tracking_number = fulfilled["output"]["tracking_number"]
    assert run_to_end(api, fulfilled, "undo", reason="changed their mind")["status"] == "undone"
    api.sandbox.script("fulfillments.create", "reject")
    assert run_to_end(api, api.create("fulfill_order", order(), **both))["error"]["rolled_back"]
    api.sandbox.script("labels.create", "reject")
    refused = run_to_end(api, api.label(order()))
    assert refused["status"] == "failed"
    bought = run_to_end(api, refused, "retry")
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
    careless = data(account(api, "easypost", SECRETS["careless"], read_timeout_seconds=1), 201)["id"]
    easypost = {"carrier": "easypost", "service": "USPS.GroundAdvantage", "carrier_account_id": careless}
    for fault in ("accept_then_drop", "garbage"):
        api.sandbox.script("labels.create", fault)
        api.sandbox.script("labels.find", "no_lookup")
        doubt = run_to_end(api, api.label(order(), **easypost))
        assert doubt["attention"]["reason"] == "outcome_unknown"
        run_to_end(api, doubt, "resolve", outcome="did_not_happen", reason="asked the carrier")
    data(api.http.patch(f"/api/carrier-accounts/{carrier}", json={"credentials": {"api_key": SECRETS["carrier-new"]}}))
    assert run_to_end(api, api.label(order()))["status"] == "completed"
    assert account(api, "ups", f"{SECRETS['unsent']}\n").status_code == 422
    story.ids.append(fulfilled["id"])
    mistakes(api)
    # The last one: what this carrier says is in its own customer's answers, so those are not collected.
    api.http.event_hooks = {}
    echoing = data(account(api, "shipengine", SECRETS["echoed"], base_url=echo_url), 201)["id"]
    assert run_to_end(api, api.label(order(), carrier_account_id=echoing))["status"] == "failed"


def mistakes(api: Api) -> None:
    """Calls that are refused, with secrets where they should not be, and keys that come and go."""
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


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory, echo_url: str) -> Iterator[Story]:
    """A run from start to stop, and everything that it left behind."""
    port = choose_ports([PortRequest("port", LOOPBACK, 0)], {})["port"]
    stack = Stack(tmp_path_factory.mktemp("leaks") / "data")
    stack.start("--separate-worker", env={"ORDERLY_METRICS_PORT": str(port)})
    try:
        info = stack.wait_ready()
        found = Story(stack, shown=(stack.data_dir / "stack.json").read_text())
        key = asyncio.run(new_organization(info["database_url"], "Marked"))
        found.keys.append(key)
        api = Api(info, key)
        api.http.event_hooks = {"response": [found.keep]}
        live_through_everything(api, found, echo_url)
        api.close()
        found.places = {
            "answers": found.responses,
            "metrics": httpx.get(f"http://{LOOPBACK}:{port}/metrics").content,
            **database(info["database_url"]),
            **asyncio.run(histories(info["temporal_address"], info["database_url"])),
            **arguments(stack.family()),
        }
        stack.stop()
        found.places |= files(stack.data_dir, *LEFT_OUT)
        found.places |= {"stdout": stack.output.read_bytes(), "stderr": stack.errors.read_bytes()}
        yield found
    finally:
        stack.kill()


def of(story: Story, *kinds: str) -> dict[str, bytes]:
    return {name: content for name, content in story.places.items() if name.startswith(kinds)}


OUTSIDE = ("metrics", "file logs", "stdout", "stderr", "process", "workflow", "file temporal")
"""What others than the organization may read: operators, and whoever sees logs and the Temporal UI."""


def test_every_place_is_searched(story: Story) -> None:
    """In each, something is found that is there by right: so that finding nothing means that there is nothing."""
    by_right = {
        "answers": story.tracking_number,
        "table orders": PEOPLE["Hidden-Harbor"],
        "table carrier_accounts": PEOPLE["Warehouse-Secret"],
        "table shipment_labels": "%PDF-1.",
        f"workflow operation-{story.ids[0]}": story.tracking_number,
        "file temporal": story.tracking_number,
        "file postgres": PEOPLE["Firma"],
        "file sandbox": PEOPLE["Käufer"],
        "file logs": "bootstrap",
        "stdout": "Orderly is ready",
        "process": "bootstrap.embedded.service",
        "metrics": "orderly_operations",
    }
    for place, text in by_right.items():
        assert where(text, of(story, place)), place
    assert len(of(story, "workflow")) > 15
    assert len(of(story, "table")) > 12
    assert len(of(story, "process")) > 5
    for name in ("api", "worker", "postgres", "temporal", "sandbox"):
        assert of(story, f"file logs/{name}"), name


@pytest.mark.parametrize("name", sorted(SECRETS))
def test_no_credential_is_anywhere(story: Story, name: str) -> None:
    """Not in an answer, a log, a workflow, a table, a file or an argument: not even in a file of Postgres' own."""
    assert where(SECRETS[name], story.places) == set()


def test_a_credential_that_a_carrier_repeats_is_masked(story: Story) -> None:
    """Also as its error code, which workflow histories show."""
    assert where("[secret]", of(story, "table operations"))


def test_no_key_is_anywhere(story: Story) -> None:
    """The secret of a key is shown once, where it was made; the replay of that call shows none."""
    assert len(story.keys) == 2
    for key in story.keys:
        assert where(key, story.places) == set()


@pytest.mark.parametrize("name", sorted(PEOPLE))
def test_no_address_is_where_others_look(story: Story, name: str) -> None:
    """Logs, workflows, Temporal's own files and arguments know nobody's name, street, mail or phone."""
    assert where(PEOPLE[name], of(story, *OUTSIDE)) == set()


def test_the_demos_key_and_the_encryption_key_are_where_they_belong(story: Story) -> None:
    """Nowhere but in the three files, for their owner alone; and the demo's key on the terminal that started it."""
    folder = story.stack.data_dir
    told = json.loads(story.shown)
    encryption_key = (folder / "encryption.key").read_text().strip()

    assert where(told["api_key"], story.places) == {"stdout"}
    assert where(encryption_key, story.places) == set()
    assert set(told) == {
        "api_url", "api_key", "organization_id", "temporal_address", "temporal_ui_url", "database_url", "sandbox_url",
        "pids", "demo",
    }  # fmt: skip
    assert where(encryption_key, {"stack.json": story.shown.encode()}) == set()
    assert [name for name in SECRETS.values() if name in story.shown] == []
    assert json.loads((folder / "demo.json").read_text())["api_key"] == told["api_key"]
    for name in ("encryption.key", "demo.json"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert folder.stat().st_mode & 0o066 == 0, "Postgres' own user may pass through, where that is another one"


def test_the_stack_file_is_its_owners(running_stack: Stack) -> None:
    """While a stack is up, its file with the demo's key is readable by its owner alone."""
    assert stat.S_IMODE((running_stack.data_dir / "stack.json").stat().st_mode) == 0o600
