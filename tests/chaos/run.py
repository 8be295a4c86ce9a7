"""One chaos run: a stack, rounds of load and disturbances, recovery, and the check of the records."""

import asyncio
import contextlib
import random
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
from temporalio.service import RPCError

from adapters.temporal.client import connect
from tests.chaos.account_changes import activate, move_accounts, pause_connections, reactivate_connections, set_base_url
from tests.chaos.adversary import Adversary, heal
from tests.chaos.checker import check, check_totals
from tests.chaos.client_log import ClientLog
from tests.chaos.load import Client, Target
from tests.chaos.neighbour import Neighbour, running_neighbour
from tests.chaos.operator import Operator
from tests.chaos.records import Records, read_records, running_workflows, unsettled
from tests.chaos.replay import replay
from tests.chaos.scenarios import ScenarioGenerator
from tests.chaos.timeline import timeline
from tests.chaos.totals import read_totals
from tests.chaos.violation import Violation
from tests.chaos.world import World, make_world
from tests.fixtures.sandboxes import SandboxFarm
from tests.fixtures.shifted_clock import Clocks
from tests.fixtures.stack import Stack

SHOWN = 8
"""Maximum number of operations whose timelines a failure shows."""
PAUSERS = 2
"""Number of tasks that pause and resume accounts and bridges."""


@dataclass(frozen=True)
class Plan:
    """The parameters of a run; the seed determines the rest. All times are in seconds."""

    seed: int
    clients: int = 16
    load_seconds: float = 60.0
    settle_seconds: float = 150.0
    retry_for: int = 60
    wait_for: int = 90

    @property
    def flags(self) -> list[str]:
        """Every other seed runs the worker in a separate process."""
        return ["--separate-worker"] if self.seed % 2 == 0 else []

    @property
    def env(self) -> dict[str, str]:
        """The service's retry and wait limits."""
        return {"ORDERLY_RETRY_FOR_SECONDS": str(self.retry_for), "ORDERLY_WAIT_FOR_SECONDS": str(self.wait_for)}


@dataclass
class Figures:
    """The counts of a run."""

    seed: int
    operations: Counter[str] = field(default_factory=Counter)
    attention: Counter[str] = field(default_factory=Counter)
    calls: Counter[str] = field(default_factory=Counter)
    trouble: Counter[str] = field(default_factory=Counter)
    labels: int = 0
    fulfillments: int = 0
    settled_after: float = 0.0

    def __str__(self) -> str:
        def describe(counter: Counter[str]) -> str:
            return ", ".join(f"{count} {name}" for name, count in sorted(counter.items())) or "none"

        return (
            f"seed {self.seed}: {self.operations.total()} operations ({describe(self.operations)});"
            f" a person was asked: {describe(self.attention)};\n  calls: {describe(self.calls)};\n"
            f"  trouble: {describe(self.trouble)}; {self.labels} labels and {self.fulfillments} fulfillments bought;"
            f" settled within {self.settled_after:.0f} s"
        )


class ChaosFailed(AssertionError):
    """A promise was broken; the message has the seed and the timelines."""


class Chaos:
    """A stack under load and disturbances."""

    def __init__(self, plan: Plan, stack: Stack, other_sandbox: str, say: Callable[[str], object]) -> None:
        self.plan = plan
        self.stack = stack
        self._other_sandbox = other_sandbox
        self.client_log = ClientLog()
        self.figures = Figures(plan.seed)
        self._say = say
        self._rng = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
        self._world: World | None = None
        self._neighbour: Neighbour | None = None
        self._clocks = Clocks(stack.data_dir.with_name("clocks"))
        self._acts: list[tuple[float, str]] = []

    async def start(self, closing: AsyncExitStack) -> None:
        """Start the stack, the neighbour and the load's accounts, bridges and orders."""
        await self._up()
        self._neighbour = await closing.enter_async_context(running_neighbour(self.stack.info))
        async with self._target().client() as http:
            self._world = await make_world(http, self.stack.info["sandbox_url"])

    async def round(self, number: int, load_seconds: float) -> None:
        """Run load and disturbances; then recover, wait, check, let the operator resolve the rest, and check again.

        Raises:
            ChaosFailed: a promise was broken.
        """
        until = asyncio.get_running_loop().time() + load_seconds
        world, rng = self._get_world(), self._fresh_rng
        adversary = Adversary(
            self.stack, rng(), self._restart, world.shop_orders, self._clocks, self.client_log.clocks, self._acts
        )
        async with self._clients(number) as clients, asyncio.TaskGroup() as group:
            http = clients[0].http
            group.create_task(adversary.disturb(until))
            group.create_task(reactivate_connections(http, world, until))
            group.create_task(move_accounts(http, world, self._other_sandbox, rng(), until))
            group.create_task(self._get_neighbour().buy(self.client_log, world, rng(), until))
            for _ in range(PAUSERS):
                group.create_task(pause_connections(http, world, self.client_log, rng(), until))
            for client in clients:
                group.create_task(client.work(until))
            await asyncio.sleep(until - asyncio.get_running_loop().time())
        self.figures.trouble += adversary.counts
        await heal(self.stack)
        await self._restore_connections()
        await self._check(await self._wait_until_settled())
        await self._resolve()

    @contextlib.asynccontextmanager
    async def _clients(self, number: int) -> AsyncIterator[list[Client]]:
        async with self._target().client(self.plan.clients * 4) as http:
            yield [
                Client(
                    http,
                    self.client_log,
                    ScenarioGenerator(self._get_world(), self._fresh_rng(), f"{self.plan.seed}.{number}.{index}"),
                )
                for index in range(self.plan.clients)
            ]

    async def _wait_until_settled(self) -> Records:
        started = time.monotonic()
        while True:
            found: object
            try:
                temporal = await connect(self.stack.info["temporal_address"])
                found = await unsettled(self.stack.info["database_url"]) or await running_workflows(temporal)
            except (OSError, RPCError, RuntimeError) as error:
                found = error
            if not found:
                break
            if time.monotonic() - started > self.plan.settle_seconds:
                self._say(f"not settled after {self.plan.settle_seconds:.0f} s: {found}")
                break
            await asyncio.sleep(0.5)
        self.figures.settled_after = max(self.figures.settled_after, time.monotonic() - started)
        return await read_records(self._info(), self.plan.retry_for)

    async def _restore_connections(self) -> None:
        world, neighbour = self._get_world(), self._get_neighbour()
        async with self._target().client() as http:
            for account in world.movable:
                await set_base_url(http, account, None)
            await activate(http, world.connections, also_persons=True)
            easypost = next(account.id for account in world.accounts if account.carrier == "easypost")
            client = Client(http, self.client_log, ScenarioGenerator(world, self._fresh_rng(), "beside"))
            await neighbour.execute_beside(self.client_log, client, easypost)
        await neighbour.recover(self.stack.info["sandbox_url"])

    def _info(self) -> dict[str, Any]:
        """Return the addresses of all records, and the moved accounts."""
        moved = [account.id for account in self._get_world().movable]
        return {**self.stack.info, "other_sandboxes": [self._other_sandbox], "moved": moved}

    async def _resolve(self) -> None:
        sandboxed, neighbour = httpx.AsyncClient(base_url=self.stack.info["sandbox_url"]), self._get_neighbour()
        async with self._target().client() as http, neighbour.target.client() as theirs, sandboxed as sandbox:
            await activate(http, self._get_world().connections)
            await neighbour.resume()
            for by_hand in (False, True, True):
                records = await read_records(self._info(), self.plan.retry_for)
                asked = [operation for operation in records.operations.values() if operation["attention"] is not None]
                self.figures.attention += Counter(str(operation["attention"]["reason"]) for operation in asked)
                answers = [
                    await Operator(theirs if neighbour.owns(operation) else http, sandbox).answer(
                        operation, records, by_hand=by_hand
                    )
                    for operation in asked
                ]
                if wrong := [answer for answer in answers if answer is not None]:
                    raise ChaosFailed(self._report(wrong, records))
                await self._check(records := await self._wait_until_settled())
        left = [
            Violation(ident, "the operator could not resolve it")
            for ident, operation in records.operations.items()
            if operation["attention"]
        ]
        if left:
            raise ChaosFailed(self._report(left, records))

    async def _check(self, records: Records) -> None:
        async with self._target().client() as http:
            violations = check(self.client_log, records) + check_totals(
                await read_totals(http, self.stack.info["organization_id"], records)
            )
            violations += await replay(http, self.client_log, self._fresh_rng())
        self._count(records)
        if violations:
            raise ChaosFailed(self._report(violations, records))

    def _report(self, violations: list[Violation], records: Records) -> str:
        operation_ids = list(
            dict.fromkeys(violation.operation_id for violation in violations if violation.operation_id)
        )[:SHOWN]
        timelines = [
            timeline(ident, self.client_log, records, self._acts)
            for ident in operation_ids
            if ident in records.operations
        ]
        lines = [f"seed {self.plan.seed}: {len(violations)} violations", *map(str, violations), *timelines]
        return "\n".join([*lines, str(self.figures)])

    def _count(self, records: Records) -> None:
        figures = self.figures
        figures.operations = Counter(operation["status"] for operation in records.operations.values())
        figures.calls = Counter(str(call.status or "unanswered") for call in self.client_log.calls)
        figures.trouble["fault met"] = sum(request["fault"] is not None for request in records.requests)
        figures.trouble |= {"pause": len(self.client_log.pauses), "hang": len(self.client_log.hangs)}
        figures.labels, figures.fulfillments = len(records.labels), len(records.fulfillments)

    async def _restart(self) -> None:
        def kill() -> None:
            assert self.stack.process is not None
            self.stack.process.kill()
            self.stack.process.wait(20)

        await asyncio.to_thread(kill)
        await self._up()

    async def _up(self) -> None:
        self.stack.start(*self.plan.flags, env={**self.plan.env, **self._clocks.env})
        await asyncio.to_thread(self.stack.wait_ready, 90)

    def _target(self) -> Target:
        return Target(self.stack.info["api_url"], self.stack.info["api_key"])

    def _fresh_rng(self) -> random.Random:
        return random.Random(self._rng.random())  # noqa: S311 - repeatable, not secret

    def _get_neighbour(self) -> Neighbour:
        assert self._neighbour is not None
        return self._neighbour

    def _get_world(self) -> World:
        assert self._world is not None
        return self._world


async def chaos(plan: Plan, folder: Path, seconds: float, say: Callable[[str], object]) -> Figures:
    """Run rounds for the given seconds; return the figures.

    Raises:
        ChaosFailed: a promise was broken.
    """
    stack, other = Stack(folder / "data"), folder / "other"
    other.mkdir()
    farm = SandboxFarm(1, other)
    run = Chaos(plan, stack, farm.urls[0], say)
    async with AsyncExitStack() as closing:
        closing.callback(farm.close)
        closing.callback(stack.kill)
        await run.start(closing)
        started, number = time.monotonic(), 0
        while number == 0 or time.monotonic() - started < seconds:
            await run.round(number, plan.load_seconds)
            number += 1
            say(f"round {number}: {run.figures}")
    return run.figures


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
