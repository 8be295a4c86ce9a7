"""Processes of the service, forked from a process that has imported it: a start takes 0.1 s instead of 2 s."""

import multiprocessing
import os
import re
import signal
from pathlib import Path

from tests.crash.points import Armed, Crash, parse

FORKS = multiprocessing.get_context("forkserver")
FORKS.set_forkserver_preload(
    ["pytest", "bootstrap.processes.api", "bootstrap.migrate", "bootstrap.cli.main", "tests.crash.points"]
)

SERVES_AT = re.compile(r"running on (http://[\d.:]+)")


class ServiceProcess:
    """`orderly COMMAND FLAGS` with its own environment; its output goes to a file.

    `crash_at` arms a crash point: the process kills itself there.
    """

    def __init__(self, command: str, env: dict[str, str], log: Path, *flags: str, crash_at: str | None = None) -> None:
        self._log = log
        log.unlink(missing_ok=True)
        armed = parse(crash_at) if crash_at else None
        self._process = FORKS.Process(target=_run, args=([command, *flags], env, str(log), armed), daemon=True)
        self._process.start()

    @property
    def exit_code(self) -> int | None:
        """None while the process runs; -9 after SIGKILL."""
        return self._process.exitcode

    @property
    def was_killed(self) -> bool:
        """Return whether SIGKILL ended the process."""
        return self.exit_code == -signal.SIGKILL

    def read_output(self) -> str:
        """Return the process's output."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def url(self) -> str | None:
        """The API's URL; None until it serves."""
        found = SERVES_AT.search(self.read_output())
        return found[1] if found else None

    def kill(self) -> None:
        """Kill the process if it still runs."""
        self._process.kill()
        self._process.join(10)


def _run(command: list[str], env: dict[str, str], log: str, armed: Armed | None) -> None:
    os.environ.clear()
    os.environ.update(env)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    from bootstrap.cli.main import main  # noqa: PLC0415 (the fork server has imported it)

    crash = Crash(armed) if armed else None
    if crash:
        crash.watch_migrations()
    main(command, standalone_mode=False, obj=crash and crash.wrap)
