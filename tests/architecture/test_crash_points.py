"""Every port has crash points, and every crash point has a test in which a process dies there."""

from importlib import import_module
from pkgutil import iter_modules
from typing import Protocol, TypeVar

import pytest
from cryptography.fernet import Fernet

from bootstrap.container import open_container
from bootstrap.settings import Settings
from domain import ports
from tests.crash.cases import MIGRATIONS, RETENTION, cases
from tests.crash.points import PORTS, READING, Armed, Crash, crash_points, parse

T = TypeVar("T")

CLOSED_PORT = "postgresql://nobody@127.0.0.1:1/none"


class OneMethod:
    """A ledger with one method."""

    async def note(self) -> str:
        return "noted"


def test_every_point_has_its_test() -> None:
    """A method that a port gains is a point, and needs a case; a case of a point that is gone goes, too."""
    assert {case.point for case in cases()} | set(MIGRATIONS) | set(RETENTION) == set(crash_points())


def test_every_port_that_is_wired_has_points() -> None:
    """A new port is given its points, or is named here with the reason why it needs none."""
    modules = [import_module(f"domain.ports.{found.name}") for found in iter_modules(ports.__path__)]
    found = {
        value.__name__
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and Protocol in value.__bases__
    }
    within_a_request = {
        "OperationStore", "BulkStore", "OrderStore", "ShipmentStore", "CarrierAccountStore", "ConnectionStore",
        "RowStore", "ApiKeyStore", "IdempotencyStore", "OrganizationStore", "OrganizationData", "References",
        "Database",
    }  # fmt: skip
    reading = {"Notifications", "Subscription", "Carriers", "Channels", "CarrierQueries", "Clock", "LiveLooks"}
    assert found - within_a_request - reading == {port.__name__ for port in PORTS.values()}


def test_what_only_reads_is_named_rightly() -> None:
    """An exemption is for a method that exists, so that none outlives what it was made for."""
    offered = {f"{name}.{member}" for name, port in PORTS.items() for member in vars(port)}
    assert offered >= READING
    assert not {point.rpartition(".")[0] for point in crash_points()} & READING


async def test_the_container_passes_its_ports_through_the_hook() -> None:
    """Each port by the name that its points have; adapters as they are opened, and the rest where it is used."""
    settings = Settings(database_url=CLOSED_PORT, encryption_keys=[Fernet.generate_key().decode()])
    names: list[str] = []

    def wrap(name: str, port: T, /) -> T:
        names.append(name)
        return port

    async with open_container(settings, wrap):
        assert set(names) == set(PORTS) - {"carrier", "channel", "dispatch"}


async def test_only_the_armed_port_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies when it reaches the point for the nth time, after the call, and nowhere else."""
    deaths: list[str] = []
    monkeypatch.setattr("tests.crash.points._die", deaths.append)
    crash = Crash(Armed("ledger.note.after", 2))
    port = OneMethod()
    assert crash.wrap("mirror", port) is port
    wrapped = crash.wrap("ledger", port)
    assert await wrapped.note() == "noted"
    assert deaths == []
    await wrapped.note()
    await wrapped.note()
    assert deaths == ["ledger.note.after"]


def test_a_point_is_named_with_its_time() -> None:
    assert parse("runs.claim.before") == Armed("runs.claim.before", 1)
    assert parse("runs.claim.before:12") == Armed("runs.claim.before", 12)


@pytest.mark.parametrize(
    "text", ["", "ledger.begin", "ledger.find.after", "x", "runs.claim.before:0", "runs.claim.before:"]
)
def test_an_unknown_point_is_refused(text: str) -> None:
    """A test that arms a point which is gone must not pass because nothing dies."""
    with pytest.raises(ValueError, match="must be a crash point"):
        parse(text)
