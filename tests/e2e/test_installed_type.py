"""An operation type that pip installed, with its own step and effect, works like the built-in types.

The package is docs/examples/book_pickup; this file simulates the courier that it calls.
"""

import asyncio
import json
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from tests.fixtures.api import WAIT, Api, data, new_organization, paths, refused
from tests.fixtures.builders import Json
from tests.fixtures.stack import PROJECT, Stack

OPERATIONS = "/api/operations"
DAY = "2030-02-12"
LATER, BEFORE = "2030-02-12T08:00:00Z", "2020-02-12T08:00:00Z"


class Courier(ThreadingHTTPServer):
    """Books pickups. The next `drops` responses are lost after the booking; `shows` enables the lookup."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.pickups: dict[str, Json] = {}
        self.drops = 0
        self.shows = True
        self.cancel_until = LATER

    def booked(self) -> list[Json]:
        """Return the pickups that are booked and not cancelled."""
        return [pickup for pickup in self.pickups.values() if pickup["booked"]]


class Handler(BaseHTTPRequestHandler):
    server: Courier

    def do_POST(self) -> None:
        inputs = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        pickup_id = f"pickup-{len(self.server.pickups) + 1}"
        pickup = {**inputs, "pickup_id": pickup_id, "driver": "Ada", "cancel_until": self.server.cancel_until}
        self.server.pickups[pickup_id] = {**pickup, "booked": True}
        if self.server.drops:
            self.server.drops -= 1
            self.close_connection = True
            return
        self._answer(201, pickup)

    def do_GET(self) -> None:
        wanted = parse_qs(urlsplit(self.path).query)["reference"]
        found = [pickup for pickup in self.server.booked() if [pickup["reference"]] == wanted]
        self._answer(200 if self.server.shows else 404, {"pickups": found})

    def do_DELETE(self) -> None:
        pickup = self.server.pickups[self.path.rpartition("/")[2]]
        pickup["booked"] = False
        self._answer(200, pickup)

    def _answer(self, status: int, body: Any) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Write nothing to standard error."""


@pytest.fixture(scope="module")
def courier() -> Iterator[Courier]:
    server = Courier()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _reset_courier(courier: Courier) -> None:
    courier.drops, courier.shows, courier.cancel_until = 0, True, LATER


@pytest.fixture(scope="module")
def api(courier: Courier, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    """A stack whose processes find the installed package."""
    target = tmp_path_factory.mktemp("installed")
    offline = ("--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--target", str(target))
    # A copy, because pip leaves a build folder next to the package.
    package = shutil.copytree(PROJECT / "docs" / "examples" / "book_pickup", target.with_name("book_pickup"))
    subprocess.run([sys.executable, "-m", "pip", "install", *offline, str(package)], check=True)
    stack = Stack(tmp_path_factory.mktemp("stack") / "data")
    stack.start(env={"PYTHONPATH": str(target), "PICKUP_URL": f"http://127.0.0.1:{courier.server_port}"})
    try:
        info = stack.wait_ready()
        made = Api(info, asyncio.run(new_organization(info["database_url"], "pickups")))
        yield made
        made.close()
        stack.stop()
    finally:
        stack.kill()


@pytest.fixture(scope="module")
def account(api: Api) -> Json:
    return api.account()


@pytest.fixture
def pickup(api: Api, account: Json) -> Json:
    """A pending book_pickup operation."""
    return api.create("book_pickup", api.order()["id"], account_id=account["id"], day=DAY)


def post(api: Api, operation: Json, action: str, **body: Any) -> Any:
    return api.http.post(f"{OPERATIONS}/{operation['id']}/{action}", json=body or None, headers=WAIT)


def preflight(api: Api, operation: Json) -> Json:
    return data(api.http.get(f"{OPERATIONS}/{operation['id']}/undo"))


def test_the_type_is_listed_with_its_example(api: Api) -> None:
    shown = data(api.http.get(f"{OPERATIONS}/types/book_pickup"))
    assert shown["supports_undo"] is True
    schema = api.http.get("/openapi.json").json()["components"]["schemas"]["BookPickupCreate"]
    assert schema["example"]["input"]["day"] == "2026-02-12"


def test_the_operation_is_executed_previewed_and_undone(
    api: Api, courier: Courier, account: Json, pickup: Json
) -> None:
    done = api.done(pickup)

    booked = courier.pickups[done["output"]["pickup_id"]]
    assert (booked["booked"], booked["day"]) == (True, DAY)
    assert done["output"] == {
        "pickup_account_id": account["id"], "pickup_id": booked["pickup_id"], "day": DAY, "driver": "Ada",
        "cancel_until": LATER,
    }  # fmt: skip
    (step,) = preflight(api, pickup)["steps"]
    assert (step["available"], step["customer_sees"], step["until"]) == (True, f"no courier comes on {DAY}", LATER)

    undone = data(post(api, pickup, "undo"))

    assert (undone["status"], booked["booked"]) == ("undone", False)


def test_a_lost_answer_is_looked_up(api: Api, courier: Courier, pickup: Json) -> None:
    courier.drops = 1
    before = len(courier.pickups)

    done = api.done(pickup)

    assert len(courier.pickups) == before + 1
    assert courier.pickups[done["output"]["pickup_id"]]["booked"]


def test_an_operator_resolves_it_with_the_steps_own_result(
    api: Api, courier: Courier, account: Json, pickup: Json
) -> None:
    """The result must have exactly the step's own fields; the resolved operation can be undone."""
    courier.drops, courier.shows = 1, False
    assert post(api, pickup, "execute").status_code == 200
    asked = api.get(pickup["id"])
    assert (asked["attention"]["reason"], asked["attention"]["step"]) == ("outcome_unknown", "book_pickup")
    booked = courier.booked()[-1]
    resolution = {"outcome": "happened", "reason": "the courier rang"}

    missing = post(api, pickup, "resolve", **resolution)
    unknown = post(api, pickup, "resolve", **resolution, result={"pickup_id": "1", "tracking_number": "2"})
    resolved = data(post(api, pickup, "resolve", **resolution, result={"pickup_id": booked["pickup_id"]}))

    assert paths(refused(missing, 422, "invalid_input")) == ["result.pickup_id"]
    assert paths(refused(unknown, 422, "invalid_input")) == ["result.tracking_number"]
    assert resolved["status"] == "completed"
    assert resolved["output"] == {"pickup_account_id": account["id"], "pickup_id": booked["pickup_id"]}
    assert data(post(api, pickup, "undo"))["status"] == "undone"
    assert not courier.pickups[booked["pickup_id"]]["booked"]


def test_the_steps_own_reason_blocks_the_undo(api: Api, pickup: Json) -> None:
    api.done(pickup)
    api.http.patch(f"/api/orders/{pickup['order_id']}", json={"status": "shipped"}).raise_for_status()

    preview = preflight(api, pickup)
    error = refused(post(api, pickup, "undo", force=True, reason="try"), 422, "undo_not_available")

    assert (preview["available"], preview["reason"]) == (False, "changed_since")
    assert preview["steps"][0]["message"] == "the courier was there: the order is shipped"
    assert preview["steps"][0]["customer_sees"] is None
    assert error["message"] == "The operation can't be undone: the courier was there: the order is shipped."


def test_the_steps_own_undo_window_ends(api: Api, courier: Courier, pickup: Json) -> None:
    courier.cancel_until = BEFORE
    api.done(pickup)

    assert preflight(api, pickup)["reason"] == "window_closed"
    listed = api.http.get(OPERATIONS, params={"order_id": pickup["order_id"]}).json()["data"]
    assert [shown["undo"]["reason"] for shown in listed] == ["window_closed"]


def test_it_uses_its_accounts_queue_and_keeps_the_account(api: Api, account: Json, pickup: Json) -> None:
    while_pending = api.http.delete(f"/api/carrier-accounts/{account['id']}")
    api.done(pickup)
    after_completion = api.http.delete(f"/api/carrier-accounts/{account['id']}")

    refused(while_pending, 409, "carrier_account_in_use")
    refused(after_completion, 409, "carrier_account_in_use")
    with psycopg.connect(api.info["database_url"]) as connection:
        sql = "select queue_key from runs where operation_id = %s"
        assert connection.execute(sql, [pickup["id"]]).fetchall() == [(f"do:{account['id']}",)]
