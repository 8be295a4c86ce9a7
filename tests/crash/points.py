"""Named moments when a process kills itself, for tests of the recovery.

Each writing method of a port has a point before and after it, and so have the commits of a request and of a bulk
action, and the steps of a migration. A new method of a port gets its points automatically, and a test fails until a
case crashes there.
`ledger.begin.after:2` arms one point of one process, here for the second time that the process reaches it.

The container passes each port through `Crash.wrap`; `Crash.watch_migrations` listens to SQLAlchemy.
"""

import functools
import inspect
import logging
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

from sqlalchemy import Engine, event
from sqlalchemy.pool import Pool

from domain.ports.carrier import CarrierPort
from domain.ports.channel import ChannelPort
from domain.ports.ledger import ActivityReads, Ledger, RunOutcomes
from domain.ports.lost_runs import LostRuns
from domain.ports.retention import Retention
from domain.ports.runs import Runs
from domain.ports.stores import Database, Dispatch, OrganizationData
from domain.ports.tracking import TrackingStore

LOG = logging.getLogger(__name__)

T = TypeVar("T")

PORTS: dict[str, type] = {
    "carrier": CarrierPort,
    "channel": ChannelPort,
    "dispatch": Dispatch,
    "reads": ActivityReads,
    "tracking_store": TrackingStore,
    "ledger": Ledger,
    "lost_runs": LostRuns,
    "outcomes": RunOutcomes,
    "retention": Retention,
    "runs": Runs,
}

READING = frozenset(
    {
        *("carrier.read_label", "carrier.find_labels", "carrier.document", "carrier.documents"),
        *("channel.read_order", "channel.check_push"),
        *("carrier.refund", "carrier.track", "carrier.rates", "carrier.verify"),
        *("channel.read_fulfillment", "channel.find_fulfillments", "channel.status"),
        *("dispatch.sweep_soon", "tracking_store.organization_of"),
        *("reads.shipping", "reads.push", "reads.account", "reads.bridge", "reads.shipment"),
        *("ledger.find", "ledger.find_by_reference", "ledger.latest", "ledger.remaining"),
        *("lost_runs.unknown", "lost_runs.open_runs"),
        *("retention.organizations",),
        *("runs.has_old", "runs.is_open", "runs.queue_states"),
    }
)
"""Methods that change nothing: a crash there leaves the same state as a crash after the last change."""

REQUEST_COMMIT = "request.commit"
BULK_COMMIT = "bulk.commit"
MIGRATION_STEP = "migration.step"
MIGRATION_COMMIT = "migration.commit"


def crash_points() -> list[str]:
    """Return the name of every point."""
    moments = [REQUEST_COMMIT, BULK_COMMIT, MIGRATION_STEP, MIGRATION_COMMIT]
    for name, port in PORTS.items():
        methods = [f"{name}.{member}" for member, value in vars(port).items() if inspect.isfunction(value)]
        moments += [moment for moment in methods if "._" not in moment and moment not in READING]
    return sorted(f"{moment}.{side}" for moment in moments for side in ("before", "after"))


@dataclass(frozen=True, slots=True)
class Armed:
    """A point, and the number of the call that kills the process."""

    point: str
    nth: int


def parse(text: str) -> Armed:
    """Parse a point with an optional number of the call.

    Raises:
        ValueError: the point or the number is invalid.
    """
    found = re.fullmatch(r"([a-z_.]+)(?::([1-9]\d*))?", text, re.ASCII)
    if found is None or found[1] not in crash_points():
        raise ValueError("must be a crash point, or one with the number of the time: ledger.begin.after:2")
    return Armed(found[1], int(found[2] or "1"))


class Crash:
    """Kills this process at the armed point."""

    def __init__(self, armed: Armed) -> None:
        self._armed = armed
        self._times = 0

    def reach(self, point: str) -> None:
        """Kill the process if the point is armed and this is the armed call."""
        if self._armed.point != point:
            return
        self._times += 1
        if self._times == self._armed.nth:
            _die(point)

    def wrap(self, name: str, port: T, /) -> T:
        """Return the port with the armed point in it, other ports unchanged; implements `bootstrap.wrap.Wrap`."""
        if not self._armed.point.startswith(f"{name}."):
            return port
        if name in ("request", "bulk"):
            return cast("T", _Commits(f"{name}.commit", cast("Database", port), self))
        return cast("T", _Wrapped(name, port, self))

    def watch_migrations(self) -> None:
        """Kill the process at the record of a migration, or around the commit of all migrations.

        SQLAlchemy reports a commit before it executes it, and afterwards that the connection closes.
        """
        committing: list[bool] = []

        def reach_step(side: str, statement: str) -> None:
            if re.match(r"(INSERT INTO|UPDATE) alembic_version", statement):
                self.reach(f"{MIGRATION_STEP}.{side}")

        def reach_commit(*_: object) -> None:
            committing.append(True)
            self.reach(f"{MIGRATION_COMMIT}.before")

        def reach_close(*_: object) -> None:
            if committing:
                self.reach(f"{MIGRATION_COMMIT}.after")

        event.listen(Engine, "before_cursor_execute", lambda _c, _r, statement, *_: reach_step("before", statement))
        event.listen(Engine, "after_cursor_execute", lambda _c, _r, statement, *_: reach_step("after", statement))
        event.listen(Engine, "commit", reach_commit)
        event.listen(Pool, "close", reach_close)


def _die(point: str) -> NoReturn:
    LOG.warning("crash point %s is reached", point)
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("outlived SIGKILL")


class _Wrapped:
    def __init__(self, name: str, port: object, crash: Crash) -> None:
        self._name = name
        self._port = port
        self._crash = crash

    def __getattr__(self, attribute: str) -> Any:
        member = getattr(self._port, attribute)
        moment = f"{self._name}.{attribute}"
        if f"{moment}.before" not in crash_points():
            return member
        return (
            self._wrap_async(moment, member) if inspect.iscoroutinefunction(member) else self._wrap_sync(moment, member)
        )

    def _wrap_async(self, moment: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        async def call(*args: Any, **kwargs: Any) -> Any:
            self._crash.reach(f"{moment}.before")
            result = await method(*args, **kwargs)
            self._crash.reach(f"{moment}.after")
            return result

        return call

    def _wrap_sync(self, moment: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            self._crash.reach(f"{moment}.before")
            result = method(*args, **kwargs)
            self._crash.reach(f"{moment}.after")
            return result

        return call


class _Commits:
    """A `domain.ports.stores.Database` with points around each commit."""

    def __init__(self, moment: str, database: Database, crash: Crash) -> None:
        self._moment = moment
        self._database = database
        self._crash = crash

    @asynccontextmanager
    async def organization(self, organization_id: UUID) -> AsyncIterator[OrganizationData]:
        """Open one transaction with points around its commit."""
        async with self._database.organization(organization_id) as data:
            yield data
            self._crash.reach(f"{self._moment}.before")
        self._crash.reach(f"{self._moment}.after")

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._database, attribute)
