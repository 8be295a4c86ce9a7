"""Clients over HTTP: they insist, repeat themselves, race, lose patience, and write down what they are told."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass

import httpx

from tests.chaos.stories import Author, Story
from tests.chaos.told import NO_ANSWER, Call, Json, Told

ENDED = ("completed", "failed", "cancelled", "undone")
TRIES = 8
ASK_AGAIN = (429, 503)


@dataclass(frozen=True)
class Target:
    """Where the API is, and the key that opens it."""

    url: str
    key: str

    def client(self, connections: int = 20) -> httpx.AsyncClient:
        """Make an HTTP client for it."""
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=15,
            limits=httpx.Limits(max_connections=connections),
        )


class Client:
    """One client: lives through one story after the other."""

    def __init__(self, http: httpx.AsyncClient, told: Told, author: Author) -> None:
        self.http = http
        self._told = told
        self._author = author
        self._rng: random.Random = author.rng

    async def work(self, until: float) -> None:
        """Go on until a moment of the loop's clock."""
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(until - loop.time(), 0) + 5):
                    await self._live(self._author.story())
            await asyncio.sleep(self._rng.uniform(0.0, 0.4))

    async def send(
        self, story: Story, verb: str, operation_id: str | None = None, *, wait: int | None = None, patience: float = 15
    ) -> Call:
        """Send one request, whatever comes of it, and write it down."""
        path = "/api/operations" if verb == "create" else f"/api/operations/{operation_id}/{verb}"
        key = story.key(verb)
        headers = {"Idempotency-Key": key} if key else {}
        if wait is not None:
            headers["Prefer"] = f"wait={wait}"
        body = story.body if verb == "create" else None
        return await self._send(story, verb, operation_id, _Request("POST", path, headers, body, patience, key))

    async def look(self, story: Story, operation_id: str) -> Call:
        """Read the operation."""
        request = _Request("GET", f"/api/operations/{operation_id}", {}, None, 5, None)
        return await self._send(story, "get", operation_id, request)

    async def _send(self, story: Story, verb: str, operation_id: str | None, request: "_Request") -> Call:
        status, said, replayed = NO_ANSWER, "", False
        answer: Json = {}
        try:
            found = await self.http.request(
                request.method, request.path, headers=request.headers, json=request.body, timeout=request.patience
            )
            status, replayed = found.status_code, found.headers.get("Idempotent-Replayed") == "true"
            said, answer = _read(found)
        except (httpx.TransportError, ValueError) as error:
            said = type(error).__name__
        if verb == "create" and status == 201:
            operation_id = str(answer["id"])
        call = Call(time.time(), story.name, verb, request.key, operation_id, status, said, answer, replayed)
        self._told.calls.append(call)
        return call

    async def insist(self, story: Story, verb: str, operation_id: str | None = None, wait: int | None = None) -> Call:
        """Repeat the same request until there is an answer; some clients give up waiting early."""
        for tried in range(TRIES):
            patience = self._rng.choice([0.5, 3.0, 15.0, 15.0]) + (wait or 0)
            call = await self.send(story, verb, operation_id, wait=wait, patience=patience)
            if call.status != NO_ANSWER and call.status not in ASK_AGAIN and call.said != "idempotency_key_in_use":
                return call
            await asyncio.sleep(min(0.2 * 2**tried, 2.0) * self._rng.uniform(0.5, 1.5))
        return call

    async def _live(self, story: Story) -> None:
        self._told.bodies[story.name] = story.body
        ident = (await self.insist(story, "create")).operation_id
        if self._rng.random() < 0.1:
            # The same request again: another operation, unless it has a key.
            ident = (await self.send(story, "create")).operation_id
        if ident is None:
            return
        await self._execute(story, ident)
        operation = await self._wait_for_end(story, ident)
        if operation.get("status") == "completed":
            await self._after_success(story, operation)
        elif operation.get("status") == "failed" and self._rng.random() < 0.5:
            await self.insist(story, "retry", ident)
            await self._wait_for_end(story, ident)

    async def _execute(self, story: Story, operation_id: str) -> None:
        chance = self._rng.random()
        if chance < 0.04:
            return  # forgotten
        if chance < 0.1:
            await self.insist(story, "cancel", operation_id)
        elif chance < 0.2:
            first, second = self._rng.sample(["execute", "cancel"], 2)
            await asyncio.gather(self.send(story, first, operation_id), self.send(story, second, operation_id))
            await self.insist(story, first, operation_id)
        elif chance < 0.3:
            await asyncio.gather(*(self.insist(story, "execute", operation_id) for _ in range(3)))
        else:
            await self.insist(story, "execute", operation_id, self._rng.choice([None, None, 2, 8]))

    async def _wait_for_end(self, story: Story, operation_id: str) -> Json:
        """Look until it has ended, or for some seconds."""
        deadline = time.monotonic() + self._rng.uniform(3, 20)
        while True:
            call = await self.look(story, operation_id)
            over = call.answer.get("status") in ENDED or call.answer.get("attention")
            if over or call.said == "pending" or time.monotonic() > deadline:
                return call.answer if call.accepted else {}
            await asyncio.sleep(self._rng.uniform(0.1, 0.6))

    async def _after_success(self, story: Story, operation: Json) -> None:
        bought = (operation.get("output") or {}).get("shipment_id")
        if bought and operation["type"] == "create_shipment":
            self._author.shipments.append((bought, operation["order_id"]))
        chance = self._rng.random()
        if chance < 0.1:
            await asyncio.gather(*(self.insist(story, "undo", operation["id"]) for _ in range(2)))
        elif chance < 0.5:
            await self.insist(story, "undo", operation["id"], self._rng.choice([None, 0, 3]))
        if chance < 0.5:
            undone = await self._undo(story, operation["id"])
            if undone.get("status") == "completed" and chance < 0.3:
                await self.insist(story, "undo", operation["id"])

    async def _undo(self, story: Story, operation_id: str) -> Json:
        deadline = time.monotonic() + self._rng.uniform(3, 20)
        while True:
            call = await self.look(story, operation_id)
            going = (call.answer.get("undo") or {}).get("status") == "in_progress"
            if (call.accepted and not going) or time.monotonic() > deadline:
                return call.answer if call.accepted else {}
            await asyncio.sleep(self._rng.uniform(0.2, 0.8))


@dataclass(frozen=True)
class _Request:
    method: str
    path: str
    headers: dict[str, str]
    body: Json | None
    patience: float
    key: str | None


def _read(found: httpx.Response) -> tuple[str, Json]:
    body = found.json()
    if "error" in body:
        error: Json = body["error"]
        reason = (error.get("details") or {}).get("reason")
        return error["code"] + (f" ({reason})" if reason else ""), error
    data: Json = body["data"]
    return str(data.get("status")), data
