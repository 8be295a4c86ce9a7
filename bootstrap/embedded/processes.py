"""Child processes: starts, watches, restarts and stops them."""

import asyncio
import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

FIRST_BACKOFF = 0.1
MAX_BACKOFF = 5.0
LIVED_LONG = 10.0  # seconds after which the next death counts as the first
REFUSED = 2  # exit code of our own programs if another try cannot succeed
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class ProcessSpec:
    """The command line and environment of one process of the stack.

    Attributes:
        name: its name in logs, messages and stack.json.
        argv: the command line.
        env: its whole environment.
        log_path: receives its standard output and error.
        system_user: the system user to run as; None is the current user.
        stop_signal: asks it to shut down.
        death_signal: sent by the kernel when the stack itself dies (Linux).
    """

    name: str
    argv: tuple[str, ...]
    env: Mapping[str, str] = field(repr=False)
    log_path: Path
    system_user: str | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL


class ManagedProcess:
    """A process that is restarted with the same command line whenever it dies."""

    def __init__(self, spec: ProcessSpec, on_change: Callable[[str], None]) -> None:
        """`on_change` gets a line of text after each restart."""
        self.spec = spec
        self.quick_deaths = 0
        self.refused = False
        self._on_change = on_change
        self._spawning = asyncio.Lock()
        self._process: asyncio.subprocess.Process | None = None
        self._watch: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int:
        """The pid of the current or last process."""
        return self._process.pid if self._process else 0

    async def start(self) -> None:
        """Start the process, and keep it running until `stop`."""
        self._process = await spawn(self.spec)
        self._watch = asyncio.create_task(self._keep_running(self._process))

    async def _keep_running(self, process: asyncio.subprocess.Process) -> None:
        while True:
            started = time.monotonic()
            code = await process.wait()
            lived = time.monotonic() - started
            self.quick_deaths = 1 if lived >= LIVED_LONG else self.quick_deaths + 1
            self.refused = code == REFUSED
            died = f"{self.spec.name} (pid {process.pid}) {describe_exit(code)}"
            process = await self._restart()
            self._on_change(f"{died}; restarted as pid {process.pid}")

    async def _restart(self) -> asyncio.subprocess.Process:
        while True:
            await asyncio.sleep(MAX_BACKOFF if self.refused else restart_delay(self.quick_deaths))
            try:
                async with self._spawning:
                    self._process = await spawn(self.spec)
                    return self._process
            except (OSError, subprocess.SubprocessError) as error:  # out of memory, out of processes, disk full
                self.quick_deaths += 1
                self._on_change(f"{self.spec.name} could not be restarted: {error}")

    async def stop(self, grace: float) -> None:
        """Send the stop signal, then SIGKILL to the process's whole group after `grace` seconds."""
        async with self._spawning:  # cancelling a restart halfway would leave an unknown process
            if self._watch is not None:
                self._watch.cancel()
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(self.spec.stop_signal)
        try:
            await asyncio.wait_for(process.wait(), grace)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()


def restart_delay(quick_deaths: int) -> float:
    """Return the seconds to wait before a restart: none after the first death, then growing."""
    if quick_deaths <= 1:
        return 0.0
    return min(FIRST_BACKOFF * 2.0 ** min(quick_deaths - 2, 16), MAX_BACKOFF)


def describe_exit(code: int) -> str:
    if code >= 0:
        return f"ended with exit code {code}"
    try:
        return f"was terminated by {signal.Signals(-code).name}"
    except ValueError:
        return f"was terminated by signal {-code}"


async def spawn(spec: ProcessSpec) -> asyncio.subprocess.Process:
    """Start a process in a session of its own, so that Ctrl-C only reaches the stack.

    Must be called on the main thread, because the kernel sends the death signal when the spawning thread ends.
    """
    with spec.log_path.open("ab") as log:
        return await asyncio.create_subprocess_exec(
            *spec.argv,
            env=dict(spec.env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=_die_with_parent(spec.death_signal),
            user=spec.system_user,
            group=spec.system_user,
            extra_groups=[] if spec.system_user else None,
        )


def _die_with_parent(death_signal: signal.Signals) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl
    parent = os.getpid()

    def bind() -> None:
        # After the change of user, which resets it. If the parent has died before this line, no signal will come.
        prctl(PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
        if os.getppid() != parent:
            os._exit(1)

    return bind
