"""One chaos run: a stack, rounds of load and trouble, healing, and the check of the books."""

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
from tests.chaos.adversary import Adversary, heal
from tests.chaos.books import Books, read_books, running_workflows, unsettled
from tests.chaos.checker import check, check_totals
from tests.chaos.load import Client, Target
from tests.chaos.neighbour import Neighbour, neighbour
from tests.chaos.operator import Operator
from tests.chaos.people import activate, caretaker, clerk, lead, pauser
from tests.chaos.replay import replay
from tests.chaos.stories import Author
from tests.chaos.timeline import timeline
from tests.chaos.told import Told
from tests.chaos.totals import read_totals
from tests.chaos.violation import Violation
from tests.chaos.world import World, make_world
from tests.fixtures.sandboxes import SandboxFarm
from tests.fixtures.shifted_clock import Clocks
from tests.fixtures.stack import Stack

SHOWN = 8
"""Operations whose timelines a failure shows."""
PAUSERS = 2
"""People who pause and resume accounts and bridges."""


@dataclass(frozen=True)
class Plan:
    """How a run goes; all of it follows from the seed. `retry_for` is in seconds, as are the others."""

    seed: int
    clients: int = 16
    load_seconds: float = 60.0
    settle_seconds: float = 150.0
    retry_for: int = 60
    wait_for: int = 90

    @property
    def flags(self) -> list[str]:
        """The worker is a process of its own every other time."""
        return ["--separate-worker"] if self.seed % 2 == 0 else []

    @property
    def env(self) -> dict[str, str]:
        """How long the service keeps trying."""
        return {"ORDERLY_RETRY_FOR_SECONDS": str(self.retry_for), "ORDERLY_WAIT_FOR_SECONDS": str(self.wait_for)}


@dataclass
class Figures:
    """What a run came to."""

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
    """A stack under attack."""

    def __init__(self, plan: Plan, stack: Stack, other_sandbox: str, say: Callable[[str], object]) -> None:
        self.plan = plan
        self.stack = stack
        self._other_sandbox = other_sandbox
        self.told = Told()
        self.figures = Figures(plan.seed)
        self._say = say
        self._rng = random.Random(plan.seed)  # noqa: S311 - repeatable, not secret
        self._world: World | None = None
        self._neighbour: Neighbour | None = None
        self._clocks = Clocks(stack.data_dir.with_name("clocks"))
        self._acts: list[tuple[float, str]] = []

    async def start(self, closing: AsyncExitStack) -> None:
        """Start the stack and a sandbox beside it, and make what the load works with."""
        await self._up()
        self._neighbour = await closing.enter_async_context(neighbour(self.stack.info))
        async with self._target().client() as http:
            self._world = await make_world(http, self.stack.info["sandbox_url"])

    async def round(self, number: int, load_seconds: float) -> None:
        """Load and trouble for so long; then heal, wait and check, let a person settle what is left, and check again.

        Raises:
            ChaosFailed: a promise was broken.
        """
        until = asyncio.get_running_loop().time() + load_seconds
        world, rng = self._get_world(), self._fresh_rng
        adversary = Adversary(
            self.stack, rng(), self._restart, world.shop_orders, self._clocks, self.told.clocks, self._acts
        )
        async with self._clients(number) as clients, asyncio.TaskGroup() as group:
            http = clients[0].http
            group.create_task(adversary.trouble(until))
            group.create_task(caretaker(http, world, until))
            group.create_task(clerk(http, world, self._other_sandbox, rng(), until))
            group.create_task(self._get_neighbour().buy(self.told, world, rng(), until))
            for _ in range(PAUSERS):
                group.create_task(pauser(http, world, self.told, rng(), until))
            for client in clients:
                group.create_task(client.work(until))
            await asyncio.sleep(until - asyncio.get_running_loop().time())
        self.figures.trouble += adversary.counts
        await heal(self.stack)
        await self._set_right()
        await self._judge(await self._wait_until_settled())
        await self._resolve()

    @contextlib.asynccontextmanager
    async def _clients(self, number: int) -> AsyncIterator[list[Client]]:
        async with self._target().client(self.plan.clients * 4) as http:
            yield [
                Client(
                    http, self.told, Author(self._get_world(), self._fresh_rng(), f"{self.plan.seed}.{number}.{index}")
                )
                for index in range(self.plan.clients)
            ]

    async def _wait_until_settled(self) -> Books:
        begun = time.monotonic()
        while True:
            found: object
            try:
                temporal = await connect(self.stack.info["temporal_address"])
                found = await unsettled(self.stack.info["database_url"]) or await running_workflows(temporal)
            except (OSError, RPCError, RuntimeError) as error:
                found = error
            if not found:
                break
            if time.monotonic() - begun > self.plan.settle_seconds:
                self._say(f"not settled after {self.plan.settle_seconds:.0f} s: {found}")
                break
            await asyncio.sleep(0.5)
        self.figures.settled_after = max(self.figures.settled_after, time.monotonic() - begun)
        return await read_books(self._info(), self.plan.retry_for)

    async def _set_right(self) -> None:
        await self._get_neighbour().recover(self.told, self.stack.info["sandbox_url"])
        async with self._target().client() as http:
            for account in self._get_world().movable:
                await lead(http, account, None)
            await activate(http, self._get_world().connections, also_persons=True)

    def _info(self) -> dict[str, Any]:
        """Say where the books are."""
        moved = [account.id for account in self._get_world().movable]
        return {**self.stack.info, "other_sandboxes": [self._other_sandbox], "moved": moved}

    async def _resolve(self) -> None:
        sandboxed, beside = httpx.AsyncClient(base_url=self.stack.info["sandbox_url"]), self._get_neighbour()
        async with self._target().client() as http, beside.target.client() as theirs, sandboxed as sandbox:
            await activate(http, self._get_world().connections)
            await beside.resume()
            for by_hand in (False, True, True):
                books = await read_books(self._info(), self.plan.retry_for)
                asked = [operation for operation in books.operations.values() if operation["attention"] is not None]
                self.figures.attention += Counter(str(operation["attention"]["reason"]) for operation in asked)
                answers = [
                    await Operator(theirs if beside.owns(operation) else http, sandbox).answer(
                        operation, books, by_hand=by_hand
                    )
                    for operation in asked
                ]
                if wrong := [answer for answer in answers if answer is not None]:
                    raise ChaosFailed(self._report(wrong, books))
                await self._judge(books := await self._wait_until_settled())
        left = [Violation(ident, "nobody can settle it") for ident, one in books.operations.items() if one["attention"]]
        if left:
            raise ChaosFailed(self._report(left, books))

    async def _judge(self, books: Books) -> None:
        async with self._target().client() as http:
            violations = check(self.told, books) + check_totals(
                await read_totals(http, self.stack.info["organization_id"], books)
            )
            violations += await replay(http, self.told, self._fresh_rng())
        self._count(books)
        if violations:
            raise ChaosFailed(self._report(violations, books))

    def _report(self, violations: list[Violation], books: Books) -> str:
        shown = list(dict.fromkeys(violation.operation_id for violation in violations if violation.operation_id))[
            :SHOWN
        ]
        timelines = [timeline(ident, self.told, books, self._acts) for ident in shown if ident in books.operations]
        lines = [f"seed {self.plan.seed}: {len(violations)} violations", *map(str, violations), *timelines]
        return "\n".join([*lines, str(self.figures)])

    def _count(self, books: Books) -> None:
        figures = self.figures
        figures.operations = Counter(operation["status"] for operation in books.operations.values())
        figures.calls = Counter(str(call.status or "unanswered") for call in self.told.calls)
        figures.trouble["fault met"] = sum(request["fault"] is not None for request in books.requests)
        figures.trouble |= {"pause": len(self.told.pauses), "hang": len(self.told.hangs)}
        figures.labels, figures.fulfillments = len(books.labels), len(books.fulfillments)

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
    """Run rounds for so long; return the figures.

    Raises:
        ChaosFailed: a promise was broken.
    """
    stack, beside = Stack(folder / "data"), folder / "beside"
    beside.mkdir()
    farm = SandboxFarm(1, beside)
    run = Chaos(plan, stack, farm.urls[0], say)
    async with AsyncExitStack() as closing:
        closing.callback(farm.close)
        closing.callback(stack.kill)
        await run.start(closing)
        begun, number = time.monotonic(), 0
        while number == 0 or time.monotonic() - begun < seconds:
            await run.round(number, plan.load_seconds)
            number += 1
            say(f"round {number}: {run.figures}")
    return run.figures


def say(line: str) -> None:
    """Print a line for a person."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()
