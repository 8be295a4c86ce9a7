"""Adapters stay open while calls use them, and are closed after a while without calls."""

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
class FakeAdapter:
    """An adapter that records whether it was closed."""

    closed: bool = False

    async def aclose(self) -> None:
        self.closed = True


@dataclass
class FakeClock:
    """A clock that moves only when the test sets `now`."""

    now: float = 0.0

    def __call__(self) -> float:
        return self.now


def build_account(ident: UUID, version: datetime = NOW, **settings: Any) -> Connection:
    defaults = {"base_url": "http://127.0.0.1:1", **settings}
    return Connection(
        ident,
        "fedex",
        mode=Mode.TEST,
        active=True,
        version=version,
        settings=build_connection_settings(**defaults),
        credentials={},
    )


def open_adapters(clock: FakeClock) -> Adapters[FakeAdapter]:
    def make(_: Connection, __: Destination) -> FakeAdapter:
        return FakeAdapter()

    network = GuardedNetwork(AddressRule(allow_loopback=True))
    return Adapters(make, None, network, CARRIERS, clock)


async def test_an_adapter_stays_open_while_it_is_used() -> None:
    """An adapter without calls is closed after a while."""
    clock = FakeClock()
    adapters = open_adapters(clock)
    used_id, idle_id = uuid4(), uuid4()
    first, idle = adapters.open(build_account(used_id)), adapters.open(build_account(idle_id))

    clock.now = CALLS_SECONDS - 1
    assert adapters.open(build_account(used_id)) is first
    clock.now = CALLS_SECONDS + 1
    assert adapters.open(build_account(used_id)) is first
    await adapters.aclose()

    assert (first.closed, idle.closed) == (True, True)
    assert list(adapters._open) == [used_id]


async def test_a_refused_change_leaves_the_adapter_open() -> None:
    """The open adapter is closed in the end."""
    adapters = open_adapters(FakeClock())
    ident = uuid4()
    first = adapters.open(build_account(ident))
    with pytest.raises(Rejected):
        adapters.open(build_account(ident, NOW + timedelta(1), base_url=None))
    await adapters.aclose()
    assert first.closed
