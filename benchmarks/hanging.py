"""`python -m benchmarks.hanging`: an organization's operations, alone and while another's carrier never answers."""

import argparse
import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import uvloop

from benchmarks.contestant import NotDone
from benchmarks.executions import Say, empty_folder
from benchmarks.figures import percentile
from benchmarks.http_client import Connection, connections
from benchmarks.neighbours import BETWEEN_SECONDS, another_organization, create_batches, execute_all
from benchmarks.stack import BenchStack, StackFailed
from benchmarks.subjects import Operation
from bootstrap.embedded.demo import PARCEL, WAREHOUSE
from domain.json_values import to_json
from domain.vendors.shipengine import SHIPENGINE

WARM_SECONDS, ALONE_SECONDS = 5.0, 60.0
OPEN_PER_ACCOUNT = 64
FILL_SECONDS = 90.0
POLL_SECONDS = 0.5
FAIR_RATIO = 2.0

Times = dict[str, list[float]]
"""Durations in ms by kind of operation."""


class HangingCarrier:
    """Accepts connections and never answers."""

    def __init__(self) -> None:
        self._open: set[asyncio.StreamWriter] = set()

    @property
    def open(self) -> int:
        """The number of open connections."""
        return len(self._open)

    @asynccontextmanager
    async def serve(self) -> AsyncIterator[str]:
        """Serve during the block, and yield the URL; then drop the open connections."""
        server = await asyncio.start_server(self._hang, "127.0.0.1", 0)
        host, port = server.sockets[0].getsockname()
        try:
            yield f"http://{host}:{port}"
        finally:
            server.close()
            for writer in list(self._open):
                writer.close()

    async def _hang(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._open.add(writer)
        try:
            with contextlib.suppress(OSError):
                while await reader.read(65_536):
                    pass
        finally:
            self._open.discard(writer)
            writer.close()


@dataclass(frozen=True)
class Scenario:
    """The number of hanging purchases and of clients at the same time."""

    purchases: int = 400
    accounts: int = 2
    clients: int = 1
    seconds: float = 600.0


def main() -> int:
    """Measure and print; return 1 if an operation failed or was too slow next to the hanging ones."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.hanging", description="Measure what a hanging carrier costs other organizations."
    )
    parser.add_argument("--purchases", type=int, default=400, help="hanging purchases of the other organization")
    parser.add_argument("--accounts", type=int, default=2, help="accounts that those purchases use")
    parser.add_argument("--clients", type=int, default=1, help="clients of the timed organization")
    parser.add_argument("--minutes", type=float, default=10.0, help="duration of the measurement")
    arguments = parser.parse_args()
    scenario = Scenario(arguments.purchases, arguments.accounts, arguments.clients, arguments.minutes * 60)
    try:
        with empty_folder() as folder:
            is_fair = uvloop.run(measure(folder, scenario, print))
    except (NotDone, StackFailed) as failed:
        print(failed, file=sys.stderr)
        return 1
    return 0 if is_fair else 1


async def measure(folder: Path, scenario: Scenario, say: Say) -> bool:
    """Time the operations alone and next to hanging purchases; return True if all stay within the fair ratio."""
    stack, carrier = BenchStack(folder), HangingCarrier()
    async with AsyncExitStack() as closing:
        closing.callback(stack.stop)
        await stack.start()
        info, clients = stack.info, scenario.clients
        url = await closing.enter_async_context(carrier.serve())
        victim = await another_organization(folder, info["database_url"], info["sandbox_url"])
        ours = await closing.enter_async_context(connections(info["api_url"], victim.api_key, clients))
        theirs = await closing.enter_async_context(connections(info["api_url"], info["api_key"], 1))
        kinds = await _kinds(ours, str(victim.order_id), str(victim.carrier_account_id))
        await _time(kinds, clients, WARM_SECONDS)
        alone = await _time(kinds, clients, ALONE_SECONDS)
        await _hang(info, theirs, url, scenario)
        await _fill(carrier, min(scenario.purchases, scenario.accounts * OPEN_PER_ACCOUNT))
        say(f"{carrier.open} calls hang")
        beside = await _time(kinds, clients, scenario.seconds)
        say(f"{carrier.open} calls hang")
    reports = [_report(kind, alone[kind], beside[kind], say) for kind in kinds]
    return all(reports)


async def _kinds(clients: Sequence[Connection], order_id: str, account_id: str) -> dict[str, Operation]:
    """Return the operations to time, by description."""
    same = await _new_account(clients[0], "ours", None)
    bodies: dict[str, dict[str, Any]] = {
        "create_shipment, another carrier": {"input": {"carrier_account_id": account_id, "service": "GROUND"}},
        "create_shipment, the same carrier": {"input": {"carrier_account_id": same, "service": "ups_ground"}},
        "update_order_status": {"type": "update_order_status", "input": {"status": "processing"}},
    }
    demo = {"order_id": order_id, "carrier_account_id": account_id}
    return {name: Operation({"demo": demo}, clients, body) for name, body in bodies.items()}


async def _new_account(client: Connection, name: str, base_url: str | None) -> str:
    settings = {
        "ship_from": to_json(WAREHOUSE),
        "default_parcel": to_json(PARCEL),
        "options": dict(SHIPENGINE.sandbox_options),
        "base_url": base_url,
    }
    body = {"carrier": "shipengine", "name": name, "mode": "test", "settings": settings}
    keys = {"credentials": dict(SHIPENGINE.sandbox_credentials)}
    status, answer = await client.call("POST", "/api/carrier-accounts", {**body, **keys})
    if status != 201:
        raise NotDone(f"the account answered {status}: {answer[:1000].decode()}")
    return str(json.loads(answer)["data"]["id"])


async def _hang(info: dict[str, Any], clients: Sequence[Connection], url: str, scenario: Scenario) -> None:
    """Execute the purchases that hang."""
    each = scenario.purchases // scenario.accounts
    for number in range(scenario.accounts):
        ident = await _new_account(clients[0], f"hanging {number}", url)
        purchase = Operation(info, clients, {"input": {"carrier_account_id": ident, "service": "ups_ground"}})
        await create_batches(purchase, each)
    await execute_all(clients[0], each * scenario.accounts)


async def _fill(carrier: HangingCarrier, expected: int) -> None:
    """Wait until the expected number of calls hang, or `FILL_SECONDS` have passed."""
    deadline = time.monotonic() + FILL_SECONDS
    while True:
        if carrier.open >= expected or time.monotonic() > deadline:
            return
        await asyncio.sleep(POLL_SECONDS)


async def _time(kinds: dict[str, Operation], clients: int, seconds: float) -> Times:
    """Let each client create and execute one operation of each kind in turn, for `seconds`."""
    times: Times = {kind: [] for kind in kinds}
    end = time.perf_counter() + seconds
    await asyncio.gather(*(_time_client(kinds, client, end, times) for client in range(clients)))
    return times


async def _time_client(kinds: dict[str, Operation], client: int, end: float, times: Times) -> None:
    while time.perf_counter() < end:
        for kind, operation in kinds.items():
            begin = time.perf_counter()
            with contextlib.suppress(NotDone):  # it takes longer than the client's timeout
                await operation(client)
            times[kind].append((time.perf_counter() - begin) * 1000)
            await asyncio.sleep(BETWEEN_SECONDS)


def _report(kind: str, alone: Sequence[float], beside: Sequence[float], say: Say) -> bool:
    """Print one line; return True if the p95 stays within the fair ratio."""
    figures = [
        f"p50 {percentile(values, 50):.0f} ms, p95 {percentile(values, 95):.0f} ms, longest {max(values):.0f} ms"
        f" ({len(values)})"
        for values in (alone, beside)
    ]
    ratio = percentile(beside, 95) / percentile(alone, 95)
    say(f"{kind}: alone {figures[0]}; next to hanging calls {figures[1]}; ratio p95 {ratio:.2f}")
    return ratio <= FAIR_RATIO


if __name__ == "__main__":
    sys.exit(main())
