"""The whole stack: starts, watches, reports and stops its processes."""

import asyncio
import contextlib
import signal
import sys
from collections.abc import Callable

import psycopg
from psycopg.conninfo import conninfo_to_dict

from bootstrap.embedded.banner import format_banner
from bootstrap.embedded.demo_order import place_order
from bootstrap.embedded.errors import StackError
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.orphan_processes import StackRecord, end_orphans, read_record, remove_stale_locks
from bootstrap.embedded.plan import StackOptions, StackPlan
from bootstrap.embedded.postgres import check_cluster_version
from bootstrap.embedded.probes import Probe, wait_ready
from bootstrap.embedded.processes import ManagedProcess, ProcessSpec
from bootstrap.embedded.stackfile import StackFile, read_demo

READY_TIMEOUT = 60.0
SERVICE_GRACE = 2.2  # seconds; together with the servers' grace below the 5 s that Ctrl-C may take
SERVER_GRACE = 2.3


class Stack:
    """Runs one data folder's stack until it gets a stop signal."""

    def __init__(self, options: StackOptions, say: Callable[[str], None]) -> None:
        """`say` prints a line for the user."""
        self._options = options
        self._say = say
        self._folder = DataFolder(options.data_dir)
        self._processes: dict[str, ManagedProcess] = {}
        self._plan: StackPlan | None = None

    async def run(self) -> None:
        """Start everything, keep it running, and stop it on SIGINT, SIGTERM or SIGHUP.

        Raises:
            StackError: the stack could not start; none of its processes is left running.
        """
        stop_requested = _stop_requests()
        plan = self._make_ready()
        starting = asyncio.create_task(self._start(plan))
        stopping = asyncio.create_task(stop_requested.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            for task in (starting, stopping):
                task.cancel()
            await asyncio.gather(starting, stopping, return_exceptions=True)
            await self._stop()

    def _make_ready(self) -> StackPlan:
        folder = self._folder
        folder.create()
        folder.lock()
        folder.stack_file.unlink(missing_ok=True)
        record = read_record(folder)
        if ended := end_orphans(folder, record):
            self._say(f"Stopped processes of an earlier stack: {', '.join(ended)}.")
        if self._options.database_url is None:
            check_cluster_version(folder)
        elif _is_own_database(folder, self._options.database_url):
            raise StackError(
                "DATABASE_URL points to this stack's own database, which the stack starts itself: unset it"
            )
        self._plan = StackPlan.make(self._options, folder, record.ports)
        return self._plan

    async def _start(self, plan: StackPlan) -> None:
        self._say(f"Starting in {self._folder.root} ...")
        failures: tuple[Exception, ...] = ()
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._start_database(plan))
                group.create_task(self._start_temporal(plan))
                group.create_task(self._start_sandbox(plan))
                group.create_task(self._start_ready(plan.api(), plan.api_is_ready))
        except* StackError as errors:
            failures = errors.exceptions
        if failures:
            raise failures[0]
        if self._options.separate_worker:
            await self._start_process(plan.worker())
        self._write_stack_file()
        self._say(format_banner(self._stack_file(), self._folder))

    async def _start_database(self, plan: StackPlan) -> None:
        if plan.postgres is not None:
            remove_stale_locks(self._folder.postgres, plan.postgres.lock_files)
            await plan.postgres.create_cluster(plan.server_env)
            await self._start_ready(plan.postgres.spec(plan.server_env), plan.postgres.is_ready)

    async def _start_temporal(self, plan: StackPlan) -> None:
        if plan.temporal is not None:
            await self._start_ready(plan.temporal.spec(plan.server_env), plan.temporal.is_ready)

    async def _start_sandbox(self, plan: StackPlan) -> None:
        await self._start_ready(plan.sandbox(), plan.sandbox_is_ready)
        try:
            await place_order(plan.sandbox_url)
        except OSError as error:
            raise StackError(f"the sandbox rejected the demo order: {error}") from error

    async def _start_ready(self, spec: ProcessSpec, probe: Probe) -> None:
        await wait_ready(await self._start_process(spec), probe, READY_TIMEOUT)

    async def _start_process(self, spec: ProcessSpec) -> ManagedProcess:
        process = self._processes[spec.name] = ManagedProcess(spec, self._on_restart)
        await process.start()
        self._write_record()
        return process

    def _on_restart(self, line: str) -> None:
        self._say(line)
        try:
            self._write_record()
            if self._folder.stack_file.exists():
                self._write_stack_file()
        except OSError as error:  # a full disk must not end the watch
            self._say(f"{self._folder.root} could not be written: {error}")

    def _write_record(self) -> None:
        pids = {name: process.pid for name, process in self._processes.items()}
        StackRecord(ports=self._known_plan().ports, pids=pids).write(self._folder)

    def _write_stack_file(self) -> None:
        self._stack_file().write(self._folder)

    def _stack_file(self) -> StackFile:
        plan, demo = self._known_plan(), read_demo(self._folder)
        if demo is None:
            raise StackError(f"{self._folder.demo_file} is missing: start again")
        pids: dict[str, int | None] = {
            name: self._processes[name].pid if name in self._processes else None
            for name in ("api", "worker", "postgres", "temporal", "sandbox")
        }
        if not self._options.separate_worker:
            pids["worker"] = pids["api"]  # the process that contains it
        return StackFile(
            api_url=plan.api_url,
            api_key=demo.api_key,
            organization_id=demo.organization_id,
            temporal_address=plan.temporal_address,
            temporal_ui_url=plan.temporal_ui_url,
            database_url=plan.database_url,
            sandbox_url=plan.sandbox_url,
            pids=pids,
            demo={
                "order_id": demo.order_id,
                "carrier_account_id": demo.carrier_account_id,
                "bridge_id": demo.bridge_id,
            },
        )

    def _known_plan(self) -> StackPlan:
        if self._plan is None:
            raise RuntimeError("the stack has no plan yet")
        return self._plan

    async def _stop(self) -> None:
        self._folder.stack_file.unlink(missing_ok=True)
        services = [process for name, process in self._processes.items() if name in {"api", "worker"}]
        servers = [process for name, process in self._processes.items() if name not in {"api", "worker"}]
        await asyncio.gather(*(process.stop(SERVICE_GRACE) for process in services))
        await asyncio.gather(*(process.stop(SERVER_GRACE) for process in servers))


def _stop_requests() -> asyncio.Event:
    loop, stop_requested = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        if number is signal.SIGHUP and signal.getsignal(number) is signal.SIG_IGN:
            continue  # started with nohup
        loop.add_signal_handler(number, stop_requested.set)
    return stop_requested


def run_stack(options: StackOptions) -> int:
    """Run the stack in the foreground; return the exit code: 0 after a stop, 2 if it could not start."""

    def say(line: str) -> None:
        with contextlib.suppress(OSError):  # the reader of the output has gone
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()

    try:
        asyncio.run(Stack(options, say).run())
    except StackError as error:
        sys.stderr.write(f"orderly: {error}\n")
        return 2
    return 0


def _is_own_database(folder: DataFolder, database_url: str) -> bool:
    try:
        return conninfo_to_dict(database_url).get("host") == str(folder.socket_folder())
    except psycopg.ProgrammingError:
        return False  # an invalid URL is refused later, by its user
