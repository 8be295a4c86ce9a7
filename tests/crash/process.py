"""The service's processes, forked from one that has imported it: a start costs a tenth of a second instead of two."""

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
    """`orderly COMMAND FLAGS` with an environment of its own; what it logs goes to a file.

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
        """None while it runs; -9 after SIGKILL."""
        return self._process.exitcode

    @property
    def was_killed(self) -> bool:
        """Whether it ended by SIGKILL."""
        return self.exit_code == -signal.SIGKILL

    def read_output(self) -> str:
        """Return what it logged."""
        return self._log.read_text() if self._log.exists() else ""

    @property
    def url(self) -> str | None:
        """Where its API is, once it serves."""
        found = SERVES_AT.search(self.read_output())
        return found[1] if found else None

    def kill(self) -> None:
        """End it at once, where it still runs."""
        self._process.kill()
        self._process.join(10)


def _run(command: list[str], env: dict[str, str], log: str, armed: Armed | None) -> None:
    os.environ.clear()
    os.environ.update(env)
    file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for stream in (1, 2):
        os.dup2(file, stream)
    from bootstrap.cli.main import main  # noqa: PLC0415 (imported already, where this process was forked from)

    crash = Crash(armed) if armed else None
    if crash:
        crash.watch_migrations()
    main(command, standalone_mode=False, obj=crash and crash.wrap)
