"""A shared running sandbox, and a separate one for tests that stop it."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integration.sandbox.process import SandboxProcess


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SandboxProcess]:
    process = SandboxProcess(tmp_path_factory.mktemp("sandbox"))
    yield process
    process.close()


@pytest.fixture
def sandbox(shared_sandbox: SandboxProcess) -> Iterator[SandboxProcess]:
    yield shared_sandbox
    shared_sandbox.http.delete("/_sandbox/faults")
    shared_sandbox.http.post("/_sandbox/channel", json=None)


@pytest.fixture
def own_sandbox(tmp_path: Path) -> Iterator[SandboxProcess]:
    process = SandboxProcess(tmp_path)
    yield process
    process.close()


@pytest.fixture
def reference() -> str:
    """A reference in FedEx's notation that is also an order id in BigCommerce's."""
    return str(4_000_000_000_000 + secrets.randbelow(10**12))
