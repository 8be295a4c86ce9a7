"""A load does exactly what was asked for, and does not hide a failure."""

import asyncio
import os

import pytest

from benchmarks import load
from benchmarks.contestant import NotDone
from benchmarks.processes import CpuMeter


async def test_every_deed_is_done_once_by_as_many_clients_as_asked_for() -> None:
    together, most, done = 0, 0, []

    async def perform(client: int) -> None:
        nonlocal together, most
        together += 1
        most = max(most, together)
        await asyncio.sleep(0)
        together -= 1
        done.append(client)

    run = await load.run(perform, clients=4, operations=40, meter=CpuMeter({"self": os.getpid()}))
    assert (len(done), set(done), most) == (40, {0, 1, 2, 3}, 4)
    assert run.operations == 40
    assert run.p50 <= run.p95
    assert set(run.cpu) == {"self", "load"}


async def test_a_deed_that_fails_ends_the_run_and_leaves_no_client_behind() -> None:
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
