"""Subjects on the service's own stack: two variants of the bare workflow, and whole operations."""

import json
import uuid
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from temporalio import activity
from temporalio.client import Client

from benchmarks.bare_workflow import QUEUE, Bare
from benchmarks.contestant import NotDone
from benchmarks.http_client import Connection
from benchmarks.label_request import PATH, any_reference, label_request

PAYLOAD = "x" * 598  # 600 bytes as JSON
REFERENCE = "bench-"
WAITS = "bare, activity waits 5 ms"
BUYS = "bare, activity buys the label"
OURS = "create_shipment"
ONE_CALL = "create_shipment, one call"
BRIDGED = "create_shipment with a bridge"
BRIDGED_ONE_CALL = "create_shipment with a bridge, one call"
WAIT = "Prefer: wait=60\r\n"


class BareWorkflow:
    """One run of the bare workflow, from its start to its result."""

    def __init__(self, name: str, client: Client, activity_name: str) -> None:
        self.name = name
        self._client = client
        self._activity = activity_name

    async def __call__(self, client: int) -> None:  # noqa: ARG002 - one connection serves all
        """Start the workflow and wait for its result."""
        await self._client.execute_workflow(
            Bare.run,
            args=[self._activity, PAYLOAD],
            id=f"bare-{uuid.uuid4()}",
            task_queue=QUEUE,
            request_eager_start=True,
            rpc_timeout=timedelta(seconds=60),
        )


class Purchase:
    """An activity that buys a label from the sandbox as the service does, and stores nothing."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._free = list(connections)
        self.bought = 0

    @activity.defn(name="buy")
    async def buy(self, payload: str) -> str:
        """Buy one label."""
        connection = self._free.pop()
        try:
            await self.call(connection)
        finally:
            self._free.append(connection)
        return payload

    async def call(self, connection: Connection) -> None:
        """Send one purchase."""
        status, _ = await connection.call("POST", PATH, label_request(any_reference(REFERENCE)))
        if status != 200:
            raise NotDone(f"the sandbox answered {status}")
        self.bought += 1


class Operation:
    """One operation in two calls; a create_shipment of the demo's order unless `body` changes it."""

    def __init__(
        self,
        info: dict[str, Any],
        connections: Sequence[Connection],
        body: dict[str, Any] | None = None,
        name: str = OURS,
    ) -> None:
        demo = info["demo"]
        self.name = name
        self._body = {
            "type": "create_shipment",
            "order_id": demo["order_id"],
            "input": {"carrier_account_id": demo["carrier_account_id"], "service": "GROUND"},
            **(body or {}),
        }
        self._connections = connections
        self.completed = 0

    async def create(self, client: int, order_id: str | None = None) -> str:
        """Record one operation, of another order if one is given, and return its id."""
        body = {**self._body, "order_id": order_id or self._body["order_id"]}
        status, answer = await self._connections[client].call("POST", "/api/operations", body)
        if status != 201:
            raise NotDone(f"create answered {status}: {answer.decode()}")
        ident: str = json.loads(answer)["data"]["id"]
        return ident

    async def create_many(self, client: int, count: int) -> None:
        """Record many operations in one call."""
        body = {"operations": [self._body] * count}
        status, answer = await self._connections[client].call("POST", "/api/operations/batch", body)
        if status != 201 or len(json.loads(answer)["data"]) != count:
            raise NotDone(f"batch answered {status}: {answer[:1000].decode()}")

    async def __call__(self, client: int) -> None:
        """Create, execute, wait; the answer must show a completed operation."""
        await self.execute(client, await self.create(client))

    async def execute(self, client: int, ident: str) -> bytes:
        """Execute an operation, wait for its end, and return the answer, which must show a completed operation."""
        answer = await self._wait(client, f"/api/operations/{ident}/execute", "completed")
        self.completed += 1
        return answer

    async def undo(self, client: int, ident: str) -> None:
        """Undo an operation and wait for the end; the answer must show an undone operation."""
        await self._wait(client, f"/api/operations/{ident}/undo", "undone")
        self.completed -= 1

    async def _wait(self, client: int, path: str, expected: str, body: Any = None, code: int = 200) -> bytes:
        status, answer = await self._connections[client].call("POST", path, body, WAIT)
        if status != code or f'"status":"{expected}"'.encode() not in answer:
            raise NotDone(f"{path} answered {status}: {answer.decode()}")
        return answer


class OneCall(Operation):
    """One operation in one call, which creates it, executes it and waits."""

    async def __call__(self, client: int) -> None:
        """Create with `execute`, wait; the answer must show a completed operation."""
        await self._wait(client, "/api/operations", "completed", {**self._body, "execute": True}, 201)
        self.completed += 1


async def connect(address: str) -> Client:
    """Connect to the stack's own Temporal server."""
    return await Client.connect(address)
