"""Killing processes with SIGKILL during purchases and waits loses nothing and repeats nothing."""

import contextlib
import json
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import httpx
import psutil
import psycopg
import pytest

from tests.e2e.tracking import list_requests
from tests.fixtures.api import LABEL, Api, data
from tests.fixtures.builders import SHIP_TO, Json
from tests.fixtures.stack import Stack, wait_until

pytestmark = pytest.mark.timeout(180)

EVENTS = "/api/events"
ENDED = ("completed", "failed", "undone")
LIVE = ("live", "pending")


@pytest.fixture(scope="module")
def own_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with a separate worker process, whose processes the tests kill."""
    stack = Stack(tmp_path_factory.mktemp("kill") / "data").start("--separate-worker")
    try:
        stack.wait_ready()
        yield stack
    finally:
        stack.kill()


@pytest.fixture
def api(own_stack: Stack) -> Iterator[Api]:
    """The stack's organization, after the stack is ready."""
    wait_until(own_stack.is_ready, 30, own_stack.read_output)
    made = Api(own_stack.info, own_stack.info["api_key"])
    yield made
    made.sandbox.clear()
    made.close()


@dataclass(frozen=True)
class Parcel:
    """One operation with its own order; the recipient's name and the order identify it in the sandbox."""

    operation: Json
    recipient: str
    order: Json

    @property
    def ident(self) -> str:
        return str(self.operation["id"])


class World:
    """An account, a bridge, operations, and the sandbox's records of them."""

    def __init__(self, api: Api) -> None:
        self.api = api
        self.account = api.account(read_timeout_seconds=2)
        self.bridge = api.bridge(read_timeout_seconds=2)

    def begin(self, kind: str = "fulfill_order") -> Parcel:
        """Create an operation and start its execution."""
        parcel = self.record(kind)
        data(self.api.http.post(f"/api/operations/{parcel.ident}/execute"), 202)
        return parcel

    def record(self, kind: str) -> Parcel:
        """Create an operation."""
        recipient = f"Recipient {uuid4().hex}"
        order = self.api.order(ship_to={**SHIP_TO, "name": recipient})
        fields: Json = {"carrier_account_id": self.account["id"], "service": LABEL["service"]}
        if kind == "fulfill_order":
            fields["bridge_id"] = self.bridge["id"]
        operation = self.api.create(kind, order["id"], **fields)
        return Parcel(operation, recipient, order)

    def wait_for_end(self, parcel: Parcel, within: float = 90) -> Json:
        """Poll the operation until it ends or needs attention, while servers may be down."""
        deadline = time.monotonic() + within
        found: Json = {}
        while time.monotonic() < deadline:
            found = self._read(parcel) or found
            if found.get("status") in ENDED or found.get("attention"):
                return found
            time.sleep(0.1)
        pytest.fail(f"not ended within {within} s: {found}")

    def _read(self, parcel: Parcel) -> Json | None:
        try:
            answer = self.api.http.get(f"/api/operations/{parcel.ident}")
        except httpx.TransportError:
            return None
        return answer.json()["data"] if answer.status_code == 200 else None

    def sandbox_answers(self) -> bool:
        """Return whether the sandbox responds."""
        try:
            return self.api.sandbox.http.get("/_sandbox/faults").is_success
        except httpx.TransportError:
            return False

    def labels(self, parcel: Parcel) -> list[Json]:
        """Return every label bought for the operation, voided ones included."""
        return [label for label in self.api.sandbox.labels() if label["ship_to"]["name"] == parcel.recipient]

    def fulfillments(self, parcel: Parcel) -> list[Json]:
        """Return every fulfillment of the operation's order."""
        found: list[Json] = self.api.sandbox.http.get("/_sandbox/fulfillments").json()["data"]
        return [order for order in found if parcel.order["external_id"] in order.values()]

    def requests(self, target: str) -> list[Json]:
        found: list[Json] = self.api.sandbox.http.get("/_sandbox/requests", params={"target": target}).json()["data"]
        return found

    def check(self, parcel: Parcel, found: Json) -> None:
        """Check for one live label and fulfillment if the operation completed, and for none if it failed."""
        expected = 1 if found["status"] == "completed" else 0
        labels, fulfillments = self.labels(parcel), self.fulfillments(parcel)
        assert found["status"] in ("completed", "failed"), found
        assert found["attention"] is None, found
        assert [label["status"] for label in labels].count("live") == expected, found
        assert len({label["reference"] for label in labels}) == len(labels), "one reference bought twice"
        if found["type"] == "fulfill_order":
            assert sum(fulfillment["status"] in LIVE for fulfillment in fulfillments) == expected, found


@pytest.fixture
def world(api: Api) -> World:
    return World(api)


def kill(stack: Stack, name: str) -> None:
    """Kill a process with SIGKILL, and wait for the stack to replace it."""
    old = stack.info["pids"][name]
    psutil.Process(old).kill()
    wait_until(lambda: _pid(stack, name) not in (None, old), 30, f"another {name}")


def _pid(stack: Stack, name: str) -> Any:
    pid = stack.info["pids"].get(name)
    return pid if pid and psutil.pid_exists(pid) else None


def test_worker_killed_while_a_label_is_bought(own_stack: Stack, world: World) -> None:
    """The next worker finds the label whose response was lost, and buys no second one."""
    world.api.sandbox.script("labels.create", "accept_then_stall")
    before = len(world.requests("labels.create"))
    parcel = world.begin("create_shipment")
    wait_until(lambda: len(world.requests("labels.create")) > before, 20)
    kill(own_stack, "worker")
    found = world.wait_for_end(parcel)
    assert found["status"] == "completed"
    assert len(world.requests("labels.create")) == before + 1
    world.check(parcel, found)


@pytest.mark.parametrize("victims", [("worker",), ("temporal", "postgres", "worker")], ids="-".join)
def test_processes_killed_while_a_push_waits(own_stack: Stack, world: World, victims: tuple[str, ...]) -> None:
    """Temporal's store keeps the wait: the next worker gets the channel's answer."""
    world.api.sandbox.http.post("/_sandbox/channel", json={"answer_after_seconds": 5}).raise_for_status()
    before = len(world.requests("fulfillments.create"))
    parcel = world.begin()
    wait_until(lambda: world.fulfillments(parcel), 20)
    for victim in victims:
        kill(own_stack, victim)
    found = world.wait_for_end(parcel)
    world.api.sandbox.http.post("/_sandbox/channel", json={"answer_after_seconds": 0}).raise_for_status()
    assert found["status"] == "completed"
    assert len(world.requests("fulfillments.create")) == before + 1
    world.check(parcel, found)


def test_worker_killed_repeatedly(own_stack: Stack, world: World) -> None:
    """Each operation ends with all of its effects or none, whenever the worker dies."""
    world.api.sandbox.script("labels.create", *["slow:0.3", "accept_then_drop", "ok", "drop"] * 4)
    world.api.sandbox.script("fulfillments.create", *["slow:0.2", "ok", "accept_then_drop", "reject"] * 3)
    parcels = []
    for _ in range(3):
        parcels += [world.begin() for _ in range(4)]
        kill(own_stack, "worker")
    for parcel in parcels:
        world.check(parcel, world.wait_for_end(parcel))


@pytest.mark.parametrize("victim", ["temporal", "postgres", "sandbox"])
def test_server_killed_while_operations_run(own_stack: Stack, world: World, victim: str) -> None:
    """Every accepted operation completes exactly once after the server is back."""
    world.api.sandbox.script("labels.create", *["slow:0.5", "ok"] * 2)
    parcels = [world.begin() for _ in range(4)]
    kill(own_stack, victim)
    wait_until(world.sandbox_answers, 30, "the sandbox answers")
    for parcel in parcels:
        found = world.wait_for_end(parcel)
        assert found["status"] == "completed", found
        world.check(parcel, found)


def test_api_killed_right_after_it_accepted(own_stack: Stack, world: World) -> None:
    """An execution that got 202 completes."""
    parcels = [world.begin("create_shipment") for _ in range(4)]
    kill(own_stack, "api")
    wait_until(own_stack.is_ready, 30, own_stack.read_output)
    for parcel in parcels:
        found = world.wait_for_end(parcel)
        assert found["status"] == "completed"
        world.check(parcel, found)


def test_api_killed_while_a_client_follows_events(own_stack: Stack, api: Api) -> None:
    """The client connects again with the last id that it received: it misses no event and gets none twice."""
    orders = [api.order()["id"]]
    with follow_orders(api, find_last_event(api)) as events:
        orders += [api.order()["id"] for _ in range(4)]
        received = [next(events) for _ in range(2)]
        kill(own_stack, "api")
    wait_until(own_stack.is_ready, 30, own_stack.read_output)
    orders += [api.order()["id"] for _ in range(2)]
    with follow_orders(api, received[-1][0]) as events:
        received += [next(events) for _ in range(4)]
    assert [event["subject"]["id"] for _, event in received] == orders[1:]


def find_last_event(api: Api) -> str:
    """Return the place after the last event of a created order."""
    path = f"{EVENTS}?type=order.created&order=asc"
    page = api.http.get(path).json()["pagination"]
    while page["hasMore"]:
        page = api.http.get(f"{path}&cursor={page['nextCursor']}").json()["pagination"]
    return str(page["nextCursor"])


@contextlib.contextmanager
def follow_orders(api: Api, last_id: str) -> Iterator[Iterator[tuple[str, Json]]]:
    """Follow the created orders after a place; the block gets each event with its id in the stream."""
    path = f"{EVENTS}/stream?type=order.created"
    with api.http.stream("GET", path, headers={"Last-Event-ID": last_id}) as answer:
        assert answer.status_code == 200
        yield read_events(answer)


def read_events(answer: httpx.Response) -> Iterator[tuple[str, Json]]:
    event: Json = {}
    for line in answer.iter_lines():
        name, _, value = line.partition(": ")
        if name == "data":
            event = json.loads(value)
        elif name == "id" and event:  # it follows the data
            yield value, event


def test_undo_continues_after_the_worker_was_killed(own_stack: Stack, world: World) -> None:
    """The worker repeats the void whose response was lost, and compensates the other effects."""
    parcel = world.begin()
    assert world.wait_for_end(parcel)["status"] == "completed"
    [label] = world.labels(parcel)
    world.api.sandbox.script("labels.void", "accept_then_stall", reference=label["reference"])
    before = len(world.requests("labels.void"))
    data(world.api.http.post(f"/api/operations/{parcel.ident}/undo", headers={"Prefer": "wait=0"}), 202)
    wait_until(lambda: len(world.requests("labels.void")) > before, 20)
    kill(own_stack, "worker")
    found = world.api.until(parcel.ident, lambda operation: operation["status"] == "undone", 60)
    assert found["undo"]["status"] == "done"
    assert [label["status"] for label in world.labels(parcel)] == ["voided"]
    assert not [fulfillment for fulfillment in world.fulfillments(parcel) if fulfillment["status"] in LIVE]


def test_worker_killed_in_the_middle_of_bulk_actions(own_stack: Stack, world: World) -> None:
    """Each operation is executed once and then undone once; the next worker continues the items that are left."""
    parcels = [world.record("create_shipment") for _ in range(30)]
    for action, status in (("execute", "completed"), ("undo", "undone")):
        body = {"action": action, "ids": [parcel.ident for parcel in parcels]}
        path = f"/api/bulk-actions/{data(world.api.http.post('/api/bulk-actions', json=body), 202)['id']}"
        for wanted in (1, 10):
            wait_for_successes(world, path, wanted)
            kill(own_stack, "worker")
        wait_for_successes(world, path, len(parcels))
        assert {world.wait_for_end(parcel)["status"] for parcel in parcels} == {status}
    assert all(len(world.labels(parcel)) == 1 for parcel in parcels)
    assert {label["status"] for parcel in parcels for label in world.labels(parcel)} == {"voided"}


def wait_for_successes(world: World, path: str, count: int) -> None:
    wait_until(lambda: data(world.api.http.get(path))["succeeded"] >= count, 90, f"{count} items have succeeded")


def test_worker_killed_during_a_tracking_request(own_stack: Stack, api: Api) -> None:
    """Another worker repeats the request after the lost request's lease has expired."""
    account = api.account("fedex", read_timeout_seconds=60)
    bought = api.done(api.label(carrier="fedex", carrier_account_id=account["id"], service="GROUND"))
    output, reference = bought["output"], bought["undo"]["steps"][0]["reference"]
    path = f"/api/shipments/{output['shipment_id']}/tracking"
    api.sandbox.scan(output["tracking_number"], "out_for_delivery")
    api.sandbox.script("labels.track", "slow:60", reference=reference)
    data(api.http.post(path), 202)
    wait_until(lambda: list_requests(api, reference=reference), 20, "the carrier is asked")

    kill(own_stack, "worker")
    lost = data(api.http.get(path))
    with psycopg.connect(own_stack.info["database_url"]) as connection:
        rows = connection.execute("update shipments set track_at = now() where id = %s", (output["shipment_id"],))
        assert rows.rowcount == 1  # five minutes later

    assert (lost["status"], lost["checked_at"]) == ("unknown", None)
    assert lost["next_check_at"] is not None
    wait_until(lambda: data(api.http.get(path))["status"] == "out_for_delivery", 60, "the parcel is known")
    assert len(list_requests(api, reference=reference)) == 2
