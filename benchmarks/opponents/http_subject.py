"""Operations of opponents, as their clients call them: create, execute, and wait in the engine's best way."""

import asyncio
import json
import uuid
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from benchmarks.contestant import NotDone, Running, Work
from benchmarks.http_client import Connection, connections
from benchmarks.label_request import INPUT
from benchmarks.opponents.host import Host

MAX_CLIENTS = 256
ALONE_POLL_SECONDS = 0.004
FIRST_POLL_SECONDS, MAX_POLL_SECONDS, BACK_OFF = 0.01, 0.2, 1.6
COMPLETED = (b'"status":"completed"', b'"status": "completed"')


class HttpOperation:
    """Common part of all opponents' operations."""

    def __init__(self, name: str, clients: Sequence[Connection]) -> None:
        self.name = name
        self.completed = 0
        self._clients = clients
        self._busy = 0

    async def __call__(self, client: int) -> None:
        """Create, execute, wait; the last answer must show a completed operation."""
        self._busy += 1
        try:
            answer = await self._do(self._clients[client])
        finally:
            self._busy -= 1
        if not is_completed(answer):
            raise NotDone(f"{self.name} answered {answer[:1000].decode()}")
        self.completed += 1

    async def _do(self, connection: Connection) -> bytes:
        raise NotImplementedError

    async def _send(self, connection: Connection, method: str, path: str, body: Any = None) -> bytes:
        status, answer = await connection.call(method, path, body)
        if status not in (200, 201, 202):
            raise NotDone(f"{self.name}: {method} {path} answered {status}: {answer[:1000].decode()}")
        return answer

    async def _create(self, connection: Connection) -> str:
        ident: str = json.loads(await self._send(connection, "POST", "/operations", {"input": INPUT}))["id"]
        return ident


class Waited(HttpOperation):
    """The call that executes the operation answers when it is completed."""

    async def _do(self, connection: Connection) -> bytes:
        ident = await self._create(connection)
        return await self._send(connection, "POST", f"/operations/{ident}/execute", {})


class Polled(HttpOperation):
    """The client polls: every 4 ms if it is the only one, else with growing pauses that do not slow down the others."""

    async def _do(self, connection: Connection) -> bytes:
        ident = await self._create(connection)
        await self._send(connection, "POST", f"/operations/{ident}/execute", {})
        pause = ALONE_POLL_SECONDS if self._busy == 1 else FIRST_POLL_SECONDS
        while True:
            await asyncio.sleep(pause)
            answer = await self._send(connection, "GET", f"/operations/{ident}")
            if is_completed(answer):
                return answer
            if self._busy > 1:
                pause = min(pause * BACK_OFF, MAX_POLL_SECONDS)


class Handled(HttpOperation):
    """Restate's ingress: a handler of an object whose key the client chooses."""

    async def _do(self, connection: Connection) -> bytes:
        key = uuid.uuid4().hex
        await self._send(connection, "POST", f"/Operation/{key}/create", INPUT)
        return await self._send(connection, "POST", f"/Operation/{key}/execute", {})


def is_completed(answer: bytes) -> bool:
    """Return True if an answer shows a completed operation."""
    return any(said in answer for said in COMPLETED)


@asynccontextmanager
async def offer(
    make: Callable[[str, Sequence[Connection]], HttpOperation], name: str, url: str, sandbox_url: str, host: Host
) -> AsyncIterator[Running]:
    """Yield an opponent's operation at that URL as a running contestant."""
    async with connections(url, "", MAX_CLIENTS) as clients, connections(sandbox_url, "", 1) as (sandbox,):
        operation = make(name, clients)

        async def check() -> Work:
            _, answer = await sandbox.call("GET", "/_sandbox/labels")
            labels = sum(label["status"] == "live" for label in json.loads(answer)["data"])
            if labels != operation.completed:
                raise NotDone(f"{name}: {operation.completed} operations bought {labels} labels")
            return Work(operation.completed, labels)

        yield Running([operation], host.pids, check)


@asynccontextmanager
async def run_host(host: Host) -> AsyncIterator[Host]:
    """Stop a host's servers at the end of the context."""
    try:
        yield host
    finally:
        host.stop()
