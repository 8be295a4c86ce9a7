"""Every port has crash points, and a test kills a process at each of them."""

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


class FakeLedger:
    """A ledger with one method."""

    async def note(self) -> str:
        return "noted"


def test_every_crash_point_has_a_test() -> None:
    """A new method of a port needs a test, and a removed method leaves none."""
    assert {case.point for case in cases()} | set(MIGRATIONS) | set(RETENTION) == set(crash_points())


def test_every_port_has_crash_points_or_is_exempt() -> None:
    """Ports used within a transaction of a request or bulk action, and ports that only read or number, are exempt."""
    modules = [import_module(f"domain.ports.{module.name}") for module in iter_modules(ports.__path__)]
    port_names = {
        value.__name__
        for module in modules
        for value in vars(module).values()
        if isinstance(value, type) and Protocol in value.__bases__
    }
    used_in_transactions = {
        "OperationStore", "BulkStore", "BulkActionStore", "BulkDatabase", "OrderStore", "ShipmentStore",
        "CarrierAccountStore", "ConnectionStore", "RowStore", "ApiKeyStore", "IdempotencyStore", "OrganizationStore",
        "OrganizationData", "References", "Database", "UserStore", "EventStore", "WebhookEndpointStore",
    }  # fmt: skip
    read_only = {
        "Notifications",
        "Subscription",
        "Carriers",
        "Channels",
        "CarrierQueries",
        "Clock",
        "LiveLooks",
        "EventFeed",
    }
    tested_elsewhere = {"DeliveryStore", "WebhookClient"}  # tests/crash/test_webhook_sender.py
    exempt = used_in_transactions | read_only | tested_elsewhere
    assert port_names - exempt == {port.__name__ for port in PORTS.values()}


def test_every_exempt_method_exists() -> None:
    methods = {f"{name}.{member}" for name, port in PORTS.items() for member in vars(port)}
    assert methods >= READING
    assert not {point.rpartition(".")[0] for point in crash_points()} & READING


async def test_the_container_wraps_every_port() -> None:
    """It wraps carriers and channels when it opens them, and the dispatch when it is used."""
    settings = Settings(database_url=CLOSED_PORT, encryption_keys=[Fernet.generate_key().decode()])
    names: list[str] = []

    def wrap(name: str, port: T, /) -> T:
        names.append(name)
        return port

    async with open_container(settings, wrap):
        assert set(names) == set(PORTS) - {"carrier", "channel", "dispatch"}


async def test_only_the_armed_port_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """The process dies at the nth call of the armed point, and nowhere else."""
    deaths: list[str] = []
    monkeypatch.setattr("tests.crash.points._die", deaths.append)
    crash = Crash(Armed("ledger.note.after", 2))
    port = FakeLedger()
    assert crash.wrap("mirror", port) is port
    armed_port = crash.wrap("ledger", port)
    assert await armed_port.note() == "noted"
    assert deaths == []
    await armed_port.note()
    await armed_port.note()
    assert deaths == ["ledger.note.after"]


def test_a_crash_point_may_have_a_number_of_calls() -> None:
    assert parse("runs.claim.before") == Armed("runs.claim.before", 1)
    assert parse("runs.claim.before:12") == Armed("runs.claim.before", 12)


@pytest.mark.parametrize(
    "text", ["", "ledger.begin", "ledger.find.after", "x", "runs.claim.before:0", "runs.claim.before:"]
)
def test_an_unknown_crash_point_is_refused(text: str) -> None:
    """Otherwise a test would pass because no process dies."""
    with pytest.raises(ValueError, match="must be a crash point"):
        parse(text)
