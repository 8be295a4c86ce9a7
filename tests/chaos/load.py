"""HTTP clients that retry, repeat, race and time out, and record every answer."""

import asyncio
import contextlib
import random
import time
from dataclasses import dataclass

import httpx

from tests.chaos.client_log import NO_ANSWER, Call, ClientLog, Json
from tests.chaos.scenarios import Scenario, ScenarioGenerator

ENDED = ("completed", "failed", "cancelled", "undone")
MAX_ATTEMPTS = 8
ASK_AGAIN = (429, 503)


@dataclass(frozen=True)
class Target:
    """The API's URL and key."""

    url: str
    key: str

    def client(self, connections: int = 20) -> httpx.AsyncClient:
        """Return an HTTP client with the key."""
        return httpx.AsyncClient(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.key}"},
            timeout=15,
            limits=httpx.Limits(max_connections=connections),
        )


class Client:
    """One client that runs scenarios one after the other."""

    def __init__(self, http: httpx.AsyncClient, client_log: ClientLog, generator: ScenarioGenerator) -> None:
        self.http = http
        self._client_log = client_log
        self._generator = generator
        self._rng: random.Random = generator.rng

    async def work(self, until: float) -> None:
        """Run scenarios until a time of the loop's clock."""
        loop = asyncio.get_running_loop()
        while loop.time() < until:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(until - loop.time(), 0) + 5):
                    await self._run(self._generator.next_scenario())
            await asyncio.sleep(self._rng.uniform(0.0, 0.4))

    async def send(
        self,
        scenario: Scenario,
        verb: str,
        operation_id: str | None = None,
        *,
        wait: int | None = None,
        patience: float = 15,
    ) -> Call:
        """Send one request and record the answer, or the exception."""
        path = "/api/operations" if verb == "create" else f"/api/operations/{operation_id}/{verb}"
        key = scenario.key(verb)
        headers = {"Idempotency-Key": key} if key else {}
        if wait is not None:
            headers["Prefer"] = f"wait={wait}"
        body = scenario.body if verb == "create" else None
        return await self._send(scenario, verb, operation_id, _Request("POST", path, headers, body, patience, key))

    async def read(self, scenario: Scenario, operation_id: str) -> Call:
        """Read the operation."""
        request = _Request("GET", f"/api/operations/{operation_id}", {}, None, 5, None)
        return await self._send(scenario, "get", operation_id, request)

    async def _send(self, scenario: Scenario, verb: str, operation_id: str | None, request: "_Request") -> Call:
        status, result, replayed = NO_ANSWER, "", False
        answer: Json = {}
        try:
            response = await self.http.request(
                request.method, request.path, headers=request.headers, json=request.body, timeout=request.patience
            )
            status, replayed = response.status_code, response.headers.get("Idempotent-Replayed") == "true"
            result, answer = _read(response)
        except (httpx.TransportError, ValueError) as error:
            result = type(error).__name__
        if verb == "create" and status == 201:
            operation_id = str(answer["id"])
        call = Call(time.time(), scenario.name, verb, request.key, operation_id, status, result, answer, replayed)
        self._client_log.calls.append(call)
        return call

    async def send_until_answered(
        self, scenario: Scenario, verb: str, operation_id: str | None = None, wait: int | None = None
    ) -> Call:
        """Repeat the request until it has an answer; some attempts time out early."""
        for attempt in range(MAX_ATTEMPTS):
            patience = self._rng.choice([0.5, 3.0, 15.0, 15.0]) + (wait or 0)
            call = await self.send(scenario, verb, operation_id, wait=wait, patience=patience)
            if call.status != NO_ANSWER and call.status not in ASK_AGAIN and call.result != "idempotency_key_in_use":
                return call
            await asyncio.sleep(min(0.2 * 2**attempt, 2.0) * self._rng.uniform(0.5, 1.5))
        return call

    async def _run(self, scenario: Scenario) -> None:
        self._client_log.bodies[scenario.name] = scenario.body
        ident = (await self.send_until_answered(scenario, "create")).operation_id
        if self._rng.random() < 0.1:
            # The same request again creates another operation, unless it has a key.
            ident = (await self.send(scenario, "create")).operation_id
        if ident is None:
            return
        await self._execute(scenario, ident)
        operation = await self._wait_for_end(scenario, ident)
        if operation.get("status") == "completed":
            await self._after_success(scenario, operation)
        elif operation.get("status") == "failed" and self._rng.random() < 0.5:
            await self.send_until_answered(scenario, "retry", ident)
            await self._wait_for_end(scenario, ident)

    async def _execute(self, scenario: Scenario, operation_id: str) -> None:
        chance = self._rng.random()
        if chance < 0.04:
            return  # the client never executes it
        if chance < 0.1:
            await self.send_until_answered(scenario, "cancel", operation_id)
        elif chance < 0.2:
            first, second = self._rng.sample(["execute", "cancel"], 2)
            await asyncio.gather(self.send(scenario, first, operation_id), self.send(scenario, second, operation_id))
            await self.send_until_answered(scenario, first, operation_id)
        elif chance < 0.3:
            await asyncio.gather(*(self.send_until_answered(scenario, "execute", operation_id) for _ in range(3)))
        else:
            await self.send_until_answered(scenario, "execute", operation_id, self._rng.choice([None, None, 2, 8]))

    async def _wait_for_end(self, scenario: Scenario, operation_id: str) -> Json:
        """Poll until the operation has ended, or for some seconds."""
        deadline = time.monotonic() + self._rng.uniform(3, 20)
        while True:
            call = await self.read(scenario, operation_id)
            has_ended = call.answer.get("status") in ENDED or call.answer.get("attention")
            if has_ended or call.result == "pending" or time.monotonic() > deadline:
                return call.answer if call.accepted else {}
            await asyncio.sleep(self._rng.uniform(0.1, 0.6))

    async def _after_success(self, scenario: Scenario, operation: Json) -> None:
        shipment_id = (operation.get("output") or {}).get("shipment_id")
        if shipment_id and operation["type"] == "create_shipment":
            self._generator.shipments.append((shipment_id, operation["order_id"]))
        chance = self._rng.random()
        if chance < 0.1:
            await asyncio.gather(*(self.send_until_answered(scenario, "undo", operation["id"]) for _ in range(2)))
        elif chance < 0.5:
            await self.send_until_answered(scenario, "undo", operation["id"], self._rng.choice([None, 0, 3]))
        if chance < 0.5:
            undone = await self._undo(scenario, operation["id"])
            if undone.get("status") == "completed" and chance < 0.3:
                await self.send_until_answered(scenario, "undo", operation["id"])

    async def _undo(self, scenario: Scenario, operation_id: str) -> Json:
        deadline = time.monotonic() + self._rng.uniform(3, 20)
        while True:
            call = await self.read(scenario, operation_id)
            in_progress = (call.answer.get("undo") or {}).get("status") == "in_progress"
            if (call.accepted and not in_progress) or time.monotonic() > deadline:
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


def _read(response: httpx.Response) -> tuple[str, Json]:
    body = response.json()
    if "error" in body:
        error: Json = body["error"]
        reason = (error.get("details") or {}).get("reason")
        return error["code"] + (f" ({reason})" if reason else ""), error
    data: Json = body["data"]
    return str(data.get("status")), data
