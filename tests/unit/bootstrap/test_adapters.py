"""Adapters are kept while somebody uses them, and not for ever."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.http.guarded_network import GuardedNetwork
from adapters.http.transport import Destination
from bootstrap.container import CALLS_SECONDS, Adapters
from domain.addresses import AddressRule
from domain.errors import Rejected
from domain.shipping import Connection, Mode
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import build_connection_settings

NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class Adapter:
    """Knows whether it was closed."""

    closed: bool = False

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class Clock:
    """Stands still."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def account(ident: UUID, version: datetime = NOW, **settings: Any) -> Connection:
    given = {"base_url": "http://127.0.0.1:1", **settings}
    return Connection(
        ident,
        "fedex",
        mode=Mode.TEST,
        active=True,
        version=version,
        settings=build_connection_settings(**given),
        credentials={},
    )


def adapters(clock: Clock) -> Adapters[Adapter]:
    def make(_: Connection, __: Destination) -> Adapter:
        return Adapter()

    network = GuardedNetwork(AddressRule(allow_loopback=True))
    return Adapters(make, None, network, CARRIERS, clock)


async def test_one_is_kept_while_it_is_used() -> None:
    """One that nobody used for long is let go, and closed."""
    clock = Clock()
    opened = adapters(clock)
    used, left = uuid4(), uuid4()
    first, idle = opened.open(account(used)), opened.open(account(left))

    clock.now = CALLS_SECONDS - 1
    assert opened.open(account(used)) is first
    clock.now = CALLS_SECONDS + 1
    assert opened.open(account(used)) is first
    await opened.aclose()

    assert (first.closed, idle.closed) == (True, True)
    assert list(opened._open) == [used]


async def test_a_change_that_leads_nowhere_loses_nothing() -> None:
    """What was open stays known, to be closed in the end."""
    opened = adapters(Clock())
    ident = uuid4()
    first = opened.open(account(ident))
    with pytest.raises(Rejected):
        opened.open(account(ident, NOW + timedelta(1), base_url=None))
    await opened.aclose()
    assert first.closed
