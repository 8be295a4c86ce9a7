"""Crash points do nothing unless one is armed, by name, on purpose."""

import logging
from importlib import import_module
from pkgutil import iter_modules
from typing import Any, Protocol

import pytest
from click.testing import CliRunner
from cryptography.fernet import Fernet
from pydantic import ValidationError

from bootstrap.cli.main import main
from bootstrap.crash_points import PORTS, READING, Armed, Crash, crash_points, parse
from bootstrap.settings import Settings
from domain import ports

GIVEN: dict[str, Any] = {
    "database_url": "postgresql://nobody@127.0.0.1:1/none",
    "encryption_keys": Fernet.generate_key().decode(),
}


class Counter:
    """A ledger of which only one method is asked."""

    async def note(self) -> str:
        return "noted"


def test_unarmed_is_the_default_and_wraps_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process without the variable works with the very objects that it made."""
    monkeypatch.delenv("ORDERLY_CRASH_AT", raising=False)
    settings = Settings(**GIVEN)
    assert settings.crash_at is None
    port, database = Counter(), object()
    assert Crash(settings.crash_at).wrap("ledger", port) is port
    assert Crash(settings.crash_at).wrap_requests(database) is database  # type: ignore[arg-type]


async def test_armed_only_its_own_port_is_wrapped(monkeypatch: pytest.MonkeyPatch) -> None:
    """It dies the how many-th time it was told, after the call, and nowhere else."""
    died: list[str] = []
    monkeypatch.setattr("bootstrap.crash_points._die", died.append)
    crash = Crash(Armed("ledger.note.after", 2))
    port = Counter()
    assert crash.wrap("mirror", port) is port
    wrapped = crash.wrap("ledger", port)
    assert await wrapped.note() == "noted"
    assert died == []
    await wrapped.note()
    await wrapped.note()
    assert died == ["ledger.note.after"]


def test_an_armed_process_says_so(caplog: pytest.LogCaptureFixture) -> None:
    """An operator who left the variable set reads it in the log."""
    with caplog.at_level(logging.WARNING):
        Crash(Armed("ledger.begin.after", 3))
    assert "ARMED: this process kills itself at ledger.begin.after" in caplog.text


def test_a_point_is_named_with_its_time() -> None:
    assert parse(None) is None
    assert parse("") is None
    assert parse("runs.claim.before") == Armed("runs.claim.before", 1)
    assert parse("runs.claim.before:12") == Armed("runs.claim.before", 12)


@pytest.mark.parametrize(
    "text", ["ledger.begin", "ledger.find.after", "x", "runs.claim.before:0", "runs.claim.before:"]
)
def test_a_process_with_an_unknown_point_does_not_start(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A test that arms a point which is gone must not pass because nothing dies."""
    monkeypatch.setenv("ORDERLY_CRASH_AT", text)
    monkeypatch.setenv("DATABASE_URL", GIVEN["database_url"])
    with pytest.raises(ValidationError, match="must be a crash point"):
        Settings(**GIVEN)
    result = CliRunner().invoke(main, ["migrate"])
    assert result.exit_code == 2
    assert result.output.startswith("orderly: ORDERLY_CRASH_AT must be a crash point")


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
        "OperationStore", "BulkStore", "OrderStore", "ShipmentStore", "CarrierAccountStore", "BridgeStore",
        "ApiKeyStore", "IdempotencyStore", "OrganizationData", "References", "Database",
    }  # fmt: skip
    reading = {"Changes", "Subscription", "Carriers", "Channels", "CarrierDesk"}
    assert found - within_a_request - reading == {port.__name__ for port in PORTS.values()}


def test_what_only_reads_is_named_rightly() -> None:
    """An exemption is for a method that exists, so that none outlives what it was made for."""
    offered = {f"{name}.{member}" for name, port in PORTS.items() for member in vars(port)}
    assert offered >= READING
    assert not {point.rpartition(".")[0] for point in crash_points()} & READING
