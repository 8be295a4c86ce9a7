"""The benchmark load runs the requested operations and reports failures."""

import asyncio
import os

import pytest

from benchmarks import load
from benchmarks.contestant import NotDone
from benchmarks.processes import CpuMeter


async def test_the_requested_clients_run_each_operation_once() -> None:
    active, max_active, clients = 0, 0, []

    async def perform(client: int) -> None:
        nonlocal active, max_active
        active += 1
        max_active = max(max_active, active)
        await asyncio.sleep(0)
        active -= 1
        clients.append(client)

    run = await load.run(perform, clients=4, operations=40, meter=CpuMeter({"self": os.getpid()}))
    assert (len(clients), set(clients), max_active) == (40, {0, 1, 2, 3}, 4)
    assert run.operations == 40
    assert run.p50 <= run.p95
    assert set(run.cpu) == {"self", "load"}


async def test_a_failed_operation_ends_the_run_and_all_clients() -> None:
    cancelled = []

    async def perform(client: int) -> None:
        if client == 1:
            raise NotDone("it failed")
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(client)
            raise

    with pytest.raises(NotDone, match="it failed"):
        await load.run(perform, clients=3, operations=9, meter=CpuMeter({}))
    assert cancelled == [0, 2]
