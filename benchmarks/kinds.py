"""Kinds of calls, each measured with one client, in turns: operations in two calls and one, undo, fulfill_order."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from benchmarks import load
from benchmarks.executions import Say, rotate
from benchmarks.figures import Spread
from benchmarks.http_client import Connection, connections
from benchmarks.load import Run
from benchmarks.orders import create_order
from benchmarks.own_stack import MAX_CLIENTS, groups_of, whole_operations
from benchmarks.processes import CpuMeter
from benchmarks.results import Results
from benchmarks.stack import BenchStack
from benchmarks.subjects import Operation

EXECUTE = "execute with wait"
UNDO = "undo with wait"
FULFILL = "fulfill_order"
WARM = 12

Measure = Callable[[int], Awaitable[dict[str, Run]]]
"""Performs the given number of operations; returns the runs by kind."""


class Kinds:
    """Measures the kinds on one stack.

    Args:
        stack: a running stack.
        clients: connections to its API.
        sandbox: a connection to its sandbox.
        operations: the create_shipments to measure; the first one is also undone.
    """

    def __init__(
        self, stack: BenchStack, clients: Sequence[Connection], sandbox: Connection, operations: Sequence[Operation]
    ) -> None:
        self.meter = CpuMeter(groups_of(stack))
        self.operations = operations
        self._info = stack.info
        self.clients = clients
        self.sandbox = sandbox
        self._fulfill = Operation(stack.info, clients, {"type": "fulfill_order"})

    def measures(self) -> dict[str, Measure]:
        """Return the measurements by name; the order does not matter."""
        whole = {operation.name: self._measure_whole(operation) for operation in self.operations}
        return {**whole, UNDO: self._undo, FULFILL: self._fulfill_orders}

    async def prepare(self, name: str, count: int) -> Callable[[int], Awaitable[Any]]:
        """Prepare `count` operations of a kind with parts of its own; return the call that performs the next one."""
        if name == UNDO:
            operation = self.operations[0]
            executed = [await operation.create(0) for _ in range(count)]
            for ident in executed:
                await operation.execute(0, ident)
            return lambda _: operation.undo(0, executed.pop())
        orders = [await create_order(self._info, self.clients[0], shop=self.sandbox) for _ in range(count)]
        return lambda _: self._fulfill_order(orders.pop())

    async def _fulfill_order(self, order_id: str) -> None:
        await self._fulfill.execute(0, await self._fulfill.create(0, order_id))

    def _measure_whole(self, operation: Operation) -> Measure:
        async def measure(count: int) -> dict[str, Run]:
            run = await load.run(operation, clients=1, operations=count, meter=self.meter)
            return {operation.name: run}

        return measure

    async def _undo(self, count: int) -> dict[str, Run]:
        operation = self.operations[0]
        idents = [await operation.create(0) for _ in range(count)]
        executed = await self._call_each(idents, lambda ident: operation.execute(0, ident))
        return {EXECUTE: executed, UNDO: await self._call_each(idents, lambda ident: operation.undo(0, ident))}

    async def _fulfill_orders(self, count: int) -> dict[str, Run]:
        orders = [await create_order(self._info, self.clients[0], shop=self.sandbox) for _ in range(count)]
        return {FULFILL: await self._call_each(orders, self._fulfill_order)}

    async def _call_each(self, idents: Iterable[str], call: Callable[[str], Awaitable[Any]]) -> Run:
        remaining = list(idents)

        async def perform(_: int) -> None:
            await call(remaining.pop())

        return await load.run(perform, clients=1, operations=len(remaining), meter=self.meter)


@asynccontextmanager
async def open_kinds(stack: BenchStack) -> AsyncIterator[Kinds]:
    """Yield the kinds of a running stack."""
    info = stack.info
    async with (
        connections(info["api_url"], info["api_key"], MAX_CLIENTS) as clients,
        connections(info["sandbox_url"], "sandbox", 1) as (sandbox,),
    ):
        yield Kinds(stack, clients, sandbox, await whole_operations(info, clients))


async def measure_kinds(stack: BenchStack, results: Results, say: Say) -> None:
    """Measure all kinds once per repetition, in rotating order, after a warm-up."""
    async with open_kinds(stack) as kinds:
        for repetition in range(-1, results.effort.repetitions):
            for measure in rotate(list(kinds.measures().values()), repetition + 1):
                runs = await measure(WARM if repetition < 0 else results.effort.singles)
                for name, run in runs.items() if repetition >= 0 else ():
                    results.kinds.setdefault(name, []).append(run)
    for name, runs_of_kind in results.kinds.items():
        say(f"{name}, 1 client: p50 {Spread.of([run.p50 for run in runs_of_kind]).format()} ms")
