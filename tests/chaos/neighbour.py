"""Another organization with a carrier that accepts connections and does not answer during the load."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit

import httpx

from benchmarks.hanging import HangingCarrier
from domain.vendors.catalogue import CARRIERS as PROFILES
from tests.chaos.account_changes import activate
from tests.chaos.client_log import ClientLog, Hang, Json
from tests.chaos.load import Client, Target
from tests.chaos.scenarios import Scenario, ScenarioGenerator
from tests.chaos.world import World
from tests.fixtures.api import new_organization
from tests.fixtures.builders import build_account, build_account_settings, build_order
from tests.integration.carriers.vendors import CARRIERS

SERVICES = {carrier.name: carrier.service for carrier in CARRIERS if carrier.name in ("easypost", "shipengine")}
"""A service of each carrier of the neighbour's accounts."""
PURCHASES = 12
"""Number of hanging purchases per account and round."""
BEGIN_WITHIN_SECONDS = 15.0
READ_SECONDS = 20.0
COMPLETE_WITHIN_SECONDS = 60.0


class RecoveringCarrier(HangingCarrier):
    """Hangs, or forwards calls to a sandbox after `recover`."""

    def __init__(self) -> None:
        super().__init__()
        self._sandbox_url: str | None = None
        self._calls: set[asyncio.Task[Any]] = set()

    async def wait_closed(self) -> None:
        """Wait until all connections are closed."""
        await asyncio.gather(*self._calls, return_exceptions=True)

    def hang(self) -> None:
        self._change(None)

    def recover(self, sandbox_url: str) -> None:
        self._change(sandbox_url)

    def _change(self, sandbox_url: str | None) -> None:
        self._sandbox_url = sandbox_url
        for writer in list(self._open):
            writer.close()

    async def _hang(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        call = asyncio.current_task()
        assert call is not None
        self._calls.add(call)
        call.add_done_callback(self._calls.discard)
        if self._sandbox_url is None:
            await super()._hang(reader, writer)
        else:
            await self._forward(reader, writer, self._sandbox_url)

    async def _forward(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, url: str) -> None:
        self._open.add(writer)
        address = urlsplit(url)
        try:
            with contextlib.suppress(OSError):
                from_sandbox, to_sandbox = await asyncio.open_connection(address.hostname, address.port)
                await asyncio.gather(_copy(reader, to_sandbox), _copy(from_sandbox, writer))
        finally:
            self._open.discard(writer)
            writer.close()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        while found := await reader.read(65_536):
            writer.write(found)
            await writer.drain()
    writer.close()


class Neighbour:
    """The organization; `target` is the API with its key."""

    def __init__(self, target: Target, carrier: RecoveringCarrier, organization_id: str) -> None:
        self.target = target
        self.organization_id = organization_id
        self._carrier = carrier
        self._accounts: dict[str, str] = {}
        self._order_id = ""
        self._hung_since: float | None = None

    @classmethod
    async def make(cls, info: Json, carrier: RecoveringCarrier, carrier_url: str) -> "Neighbour":
        """Create the organization, its accounts and its order before the disturbances begin."""
        target = Target(info["api_url"], await new_organization(info["database_url"], "Neighbour"))
        async with target.client() as http:
            made = cls(target, carrier, str((await _get(http, "/api/organization"))["id"]))
            for name in SERVICES:
                made._accounts[name] = await _create(http, "/api/carrier-accounts", _account(name, carrier_url))
            item = {"id": "1", "sku": "TEE", "name": "T-shirt", "quantity": 1_000_000, "price": "10.00"}
            body = build_order(external_id="1", line_items=[item])
            made._order_id = await _create(http, "/api/orders", body)
        return made

    def owns(self, operation: Json) -> bool:
        """Return whether an operation belongs to this organization."""
        return bool(operation["organization_id"] == self.organization_id)

    async def buy(self, client_log: ClientLog, world: World, rng: random.Random, until: float) -> None:
        """Execute purchases that hang, starting at a random time of the round."""
        self._carrier.hang()
        await asyncio.sleep(rng.uniform(0, BEGIN_WITHIN_SECONDS))
        async with self.target.client() as http:
            client = Client(http, client_log, ScenarioGenerator(world, rng, "neighbour"))
            purchases = [(number, name) for number in range(PURCHASES) for name in self._accounts]
            for number, name in purchases:
                if asyncio.get_running_loop().time() > until:
                    return
                await self._execute(client, Scenario(f"neighbour.{until:.0f}.{name}.{number}", self._body(name), False))

    async def _execute(self, client: Client, scenario: Scenario) -> str | None:
        ident = (await client.send_until_answered(scenario, "create")).operation_id
        if ident is not None:
            await client.send_until_answered(scenario, "execute", ident)
        if self._hung_since is None and self._carrier.open:
            self._hung_since = time.time()
        return ident

    def _body(self, name: str) -> Json:
        fields = {"carrier_account_id": self._accounts[name], "service": SERVICES[name]}
        return {"type": "create_shipment", "order_id": self._order_id, "input": fields}

    async def execute_beside(self, client_log: ClientLog, client: Client, account_id: str) -> None:
        """While purchases hang, execute one of another organization, and log how it ends."""
        if self._hung_since is None or not self._carrier.open:
            return
        external_id = f"beside {time.time()}"
        order_id = await _create(client.http, "/api/orders", build_order(external_id=external_id))
        fields = {"carrier_account_id": account_id, "service": SERVICES["easypost"]}
        body = {"type": "create_shipment", "order_id": order_id, "input": fields}
        client_log.bodies[external_id] = body
        ident = await self._execute(client, Scenario(external_id, body, has_keys=True))
        status, deadline = "lost", time.monotonic() + COMPLETE_WITHIN_SECONDS
        while ident is not None and time.monotonic() < deadline:
            with contextlib.suppress(httpx.TransportError, httpx.HTTPStatusError):
                status = str((await _get(client.http, f"/api/operations/{ident}"))["status"])
            if status == "completed":
                break
            await asyncio.sleep(0.2)
        client_log.hangs.append(Hang(self.organization_id, self._hung_since, ident, status))

    async def recover(self, sandbox_url: str) -> None:
        """Let the carrier answer, and resume the accounts that the service paused."""
        self._hung_since = None
        self._carrier.recover(sandbox_url)
        await self.resume()

    async def resume(self) -> None:
        """Activate the organization's accounts."""
        async with self.target.client() as http:
            await activate(http, [f"/api/carrier-accounts/{ident}" for ident in self._accounts.values()])


@contextlib.asynccontextmanager
async def running_neighbour(info: Json) -> AsyncIterator[Neighbour]:
    """Create the organization, and serve its carrier during the block."""
    carrier = RecoveringCarrier()
    try:
        async with carrier.serve() as url:
            yield await Neighbour.make(info, carrier, url)
    finally:
        await carrier.wait_closed()


def _account(name: str, carrier_url: str) -> Json:
    settings = build_account_settings(
        base_url=f"{carrier_url}/sim/{name}",
        read_timeout_seconds=READ_SECONDS,
        options=dict(PROFILES[name].sandbox_options),
    )
    credentials = dict(PROFILES[name].sandbox_credentials)
    return build_account(name, is_default=False, settings=settings, credentials=credentials)


async def _create(http: httpx.AsyncClient, path: str, body: Json) -> str:
    answer = await http.post(path, json=body)
    assert answer.is_success, answer.text
    return str(answer.json()["data"]["id"])


async def _get(http: httpx.AsyncClient, path: str) -> Json:
    found: Json = (await http.get(path)).raise_for_status().json()["data"]
    return found
