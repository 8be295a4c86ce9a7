"""Named instants at which a process can be told to kill itself, so that tests see what outlives it.

Nobody places them by hand: whatever a port offers that changes something has a point before and one after it, and so
have the commit of a request and the steps of a migration. A method that is added to a port is a point at once, and the
tests fail until one of them dies there.

`ORDERLY_CRASH_AT=ledger.begin.after:2` arms one point of one process, here for the second time that it is reached. In a
process that is not armed nothing is wrapped and nothing is asked: it runs as if this module did not exist.
"""

import functools
import inspect
import logging
import os
import re
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar, cast
from uuid import UUID

from domain.ports.carrier import CarrierPort
from domain.ports.channel import ChannelPort
from domain.ports.ledger import Facts, Ledger, Mirror
from domain.ports.lost_runs import LostRuns
from domain.ports.retention import Retention
from domain.ports.runs import Runs
from domain.ports.stores import ApiKey, Database, Dispatch, OrganizationData
from domain.ports.tracking import Followings

LOG = logging.getLogger(__name__)

T = TypeVar("T")

PORTS: dict[str, type] = {
    "carrier": CarrierPort,
    "channel": ChannelPort,
    "dispatch": Dispatch,
    "facts": Facts,
    "followings": Followings,
    "ledger": Ledger,
    "lost_runs": LostRuns,
    "mirror": Mirror,
    "retention": Retention,
    "runs": Runs,
}

READING = frozenset(
    {
        *("carrier.read_label", "carrier.find_labels", "carrier.document"),
        *("carrier.track", "carrier.rates", "carrier.verify"),
        *("channel.read_fulfillment", "channel.find_fulfillments", "channel.status"),
        *("dispatch.look", "followings.organization_of"),
        *("facts.operation", "facts.shipping", "facts.push", "facts.account", "facts.bridge", "facts.shipment"),
        *("ledger.find", "ledger.latest", "ledger.standing"),
        *("lost_runs.unknown", "lost_runs.open_runs"),
        *("retention.organizations",),
        *("runs.still_open", "runs.lanes"),
    }
)
"""What changes nothing: a process that dies there leaves what one leaves that died after the last change."""

REQUEST_COMMIT = "request.commit"
MIGRATION_STEP = "migration.step"
MIGRATION_COMMIT = "migration.commit"


def crash_points() -> list[str]:
    """Return the name of every point."""
    instants = [REQUEST_COMMIT, MIGRATION_STEP, MIGRATION_COMMIT]
    for name, port in PORTS.items():
        offered = [f"{name}.{member}" for member, value in vars(port).items() if inspect.isfunction(value)]
        instants += [instant for instant in offered if "._" not in instant and instant not in READING]
    return sorted(f"{instant}.{side}" for instant in instants for side in ("before", "after"))


@dataclass(frozen=True, slots=True)
class Armed:
    """A point, and the how many-th time it is reached that the process dies."""

    point: str
    nth: int


def parse(text: str | None) -> Armed | None:
    """Read the value of `ORDERLY_CRASH_AT`; nothing is armed where it is unset or empty.

    Raises:
        ValueError: there is no such point, or the number is none.
    """
    if not text:
        return None
    found = re.fullmatch(r"([a-z_.]+)(?::([1-9]\d*))?", text, re.ASCII)
    if found is None or found[1] not in crash_points():
        raise ValueError("must be a crash point, or one with the number of the time: ledger.begin.after:2")
    return Armed(found[1], int(found[2] or "1"))


class Crash:
    """Kills this process at the armed point; where none is armed, hands everything back as it is."""

    def __init__(self, armed: Armed | None) -> None:
        self._armed = armed
        self._times = 0
        if armed is not None:
            LOG.warning("ARMED: this process kills itself at %s, time %s. Is this a test?", armed.point, armed.nth)

    def reached(self, point: str) -> None:
        """Die here, if it is here and now."""
        if self._armed is None or self._armed.point != point:
            return
        self._times += 1
        if self._times == self._armed.nth:
            _die(point)

    def wrap(self, name: str, port: T) -> T:
        """Return the port, its armed point in it."""
        if self._armed is None or not self._armed.point.startswith(f"{name}."):
            return port
        return cast("T", _Wrapped(name, port, self))

    def wrap_requests(self, database: Database) -> Database:
        """Return the way in of the API, with the points at its commits where one of them is armed."""
        if self._armed is None or not self._armed.point.startswith(REQUEST_COMMIT):
            return database
        return _Requests(database, self)


UNARMED = Crash(None)


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
        instant = f"{self._name}.{attribute}"
        if f"{instant}.before" not in crash_points():
            return member
        return self._awaited(instant, member) if inspect.iscoroutinefunction(member) else self._called(instant, member)

    def _awaited(self, instant: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        async def call(*args: Any, **kwargs: Any) -> Any:
            self._crash.reached(f"{instant}.before")
            result = await method(*args, **kwargs)
            self._crash.reached(f"{instant}.after")
            return result

        return call

    def _called(self, instant: str, method: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(method)
        def call(*args: Any, **kwargs: Any) -> Any:
            self._crash.reached(f"{instant}.before")
            result = method(*args, **kwargs)
            self._crash.reached(f"{instant}.after")
            return result

        return call


class _Requests:
    """See `domain.ports.stores.Database`."""

    def __init__(self, database: Database, crash: Crash) -> None:
        self._database = database
        self._crash = crash

    @asynccontextmanager
    async def organization(self, organization_id: UUID) -> AsyncIterator[OrganizationData]:
        """Open one transaction; the points are around its commit."""
        async with self._database.organization(organization_id) as data:
            yield data
            self._crash.reached(f"{REQUEST_COMMIT}.before")
        self._crash.reached(f"{REQUEST_COMMIT}.after")

    def autocommit(self, organization_id: UUID) -> AbstractAsyncContextManager[OrganizationData]:
        """Give single statements: reads, or a change that is committed as it is made. No points."""
        return self._database.autocommit(organization_id)

    async def authenticate(self, secret_hash: bytes) -> ApiKey | None:
        """Find a key."""
        return await self._database.authenticate(secret_hash)

    async def ping(self) -> None:
        """Raise Unavailable where Postgres does not answer."""
        await self._database.ping()
