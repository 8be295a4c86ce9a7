"""The API of an embedded stack refuses a permanent error in one line."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bootstrap.embedded.processes import REFUSED
from bootstrap.embedded.service import main


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Set a complete environment, with a database that does not answer."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("ORDERLY_ENCRYPTION_KEYS", Fernet.generate_key().decode())
    return monkeypatch


@pytest.mark.parametrize(
    ("variable", "message"),
    [
        (("ORDERLY_ENCRYPTION_KEYS", "half-a-key"), "ORDERLY_ENCRYPTION_KEYS: "),
        (("ORDERLY_MAX_IN_FLIGHT", "0"), "ORDERLY_MAX_IN_FLIGHT: "),
        (("DATABASE_URL", "postgresql//user:half-a-key@host/orderly"), "DATABASE_URL is not a valid PostgreSQL URL"),
        (("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none"), "can't connect to the database: "),
    ],
)
def test_an_invalid_setting_is_named_without_its_value(
    variable: tuple[str, str],
    message: str,
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """After this exit code, the stack does not start the API again."""
    environment.setenv(*variable)
    assert main(str(tmp_path), "0") == REFUSED
    output = capsys.readouterr().err
    assert output.startswith(message)
    assert output.count("\n") == 1
    assert "half-a-key" not in output
