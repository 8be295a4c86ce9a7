"""A managed process is restarted when it dies, and ends when it is stopped."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.probes import wait_ready
from bootstrap.embedded.processes import ManagedProcess, ProcessSpec, describe_exit, restart_delay

Make = Callable[..., ManagedProcess]
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('on', flush=True); time.sleep(99)"


@pytest.fixture
async def make(tmp_path: Path) -> AsyncIterator[Make]:
    """Build processes that run a line of Python, and stop them in the end."""
    processes: list[ManagedProcess] = []

    def build(code: str, messages: list[str] | None = None) -> ManagedProcess:
        spec = ProcessSpec("part", (sys.executable, "-c", code), dict(os.environ), tmp_path / "part.log")
        process = ManagedProcess(spec, (messages if messages is not None else []).append)
        processes.append(process)
        return process

    yield build
    for process in processes:
        await process.stop(0)


async def wait_until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 (the condition is outside this process)
            await asyncio.sleep(0.01)


async def test_a_killed_process_is_restarted_with_a_message(make: Make) -> None:
    messages: list[str] = []
    process = make("import time; time.sleep(99)", messages)
    await process.start()
    first = process.pid
    os.kill(first, signal.SIGKILL)
    await wait_until(lambda: process.pid != first)
    await wait_until(lambda: bool(messages))
    assert messages == [f"part (pid {first}) was terminated by SIGKILL; restarted as pid {process.pid}"]


async def test_a_failed_restart_is_repeated(make: Make, tmp_path: Path) -> None:
    """The program may be missing for a while."""
    messages: list[str] = []
    program = tmp_path / "program"
    program.symlink_to(sys.executable)
    process = make("import time; time.sleep(99)", messages)
    process.spec = replace(process.spec, argv=(str(program), *process.spec.argv[1:]))
    await process.start()
    first = process.pid
    program.unlink()
    os.kill(first, signal.SIGKILL)
    await wait_until(lambda: len(messages) == 2)
    assert messages[0].startswith("part could not be restarted: ")
    program.symlink_to(sys.executable)
    await wait_until(lambda: process.pid != first)


async def test_a_process_that_dies_at_its_start_is_given_up(make: Make) -> None:
    process = make("print('no licence'); raise SystemExit(3)")
    await process.start()

    async def never(_pid: int) -> bool:
        return False

    with pytest.raises(StackError, match=r"^part does not start: no licence \(full log: .*part\.log\)$"):
        await wait_ready(process, never, 30)


async def test_a_process_that_refuses_to_start_is_not_restarted(make: Make) -> None:
    """The error is the only message."""
    messages: list[str] = []
    process = make("print('no licence'); raise SystemExit(2)", messages)
    await process.start()

    async def never(_pid: int) -> bool:
        return False

    with pytest.raises(StackError, match=r"^part does not start: no licence "):
        await wait_ready(process, never, 30)
    assert messages == []


async def test_a_stop_terminates_the_process(make: Make, tmp_path: Path) -> None:
    code = (
        "import signal, time; signal.signal(15, lambda *_: exit(print('bye'))); print('on', flush=True); time.sleep(99)"
    )
    process = make(code)
    await process.start()
    log = tmp_path / "part.log"
    await wait_until(lambda: log.read_text() == "on\n")
    await process.stop(10)
    assert log.read_text() == "on\nbye\n"


async def test_a_stop_kills_a_process_that_does_not_terminate(make: Make, tmp_path: Path) -> None:
    process = make(STUBBORN)
    await process.start()
    await wait_until(lambda: (tmp_path / "part.log").read_text() == "on\n")
    start = time.monotonic()
    await process.stop(0.2)
    assert time.monotonic() - start < 5
    with pytest.raises(ProcessLookupError):
        os.kill(process.pid, 0)


async def test_a_stopped_process_stays_stopped(make: Make) -> None:
    messages: list[str] = []
    process = make("raise SystemExit", messages)
    await process.start()
    await wait_until(lambda: process.quick_deaths >= 2)
    await process.stop(1)
    pid = process.pid
    await asyncio.sleep(restart_delay(6) / 2)
    assert process.pid == pid


def test_backoff_grows_to_its_limit() -> None:
    waits = [restart_delay(deaths) for deaths in range(1, 40)]
    assert waits[:4] == [0.0, 0.1, 0.2, 0.4]
    assert waits == sorted(waits)
    assert waits[-1] == 5.0


@pytest.mark.parametrize(
    ("code", "words"),
    [(0, "ended with exit code 0"), (-9, "was terminated by SIGKILL"), (-63, "was terminated by signal 63")],
)
def test_an_exit_is_described_in_words(code: int, words: str) -> None:
    assert describe_exit(code) == words
