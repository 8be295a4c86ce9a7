"""The API of an embedded stack refuses in one line what another try won't mend."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from bootstrap.embedded.processes import REFUSED
from bootstrap.embedded.service import main


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One with which the API would start, but for its database."""
    monkeypatch.setenv("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none")
    monkeypatch.setenv("ORDERLY_ENCRYPTION_KEYS", Fernet.generate_key().decode())
    return monkeypatch


@pytest.mark.parametrize(
    ("set_to", "said"),
    [
        (("ORDERLY_ENCRYPTION_KEYS", "half-a-key"), "ORDERLY_ENCRYPTION_KEYS: "),
        (("ORDERLY_MAX_IN_FLIGHT", "0"), "ORDERLY_MAX_IN_FLIGHT: "),
        (("DATABASE_URL", "postgresql//user:half-a-key@host/orderly"), "DATABASE_URL is not a valid PostgreSQL URL"),
        (("DATABASE_URL", "postgresql://nobody@127.0.0.1:1/none"), "can't connect to the database: "),
    ],
)
def test_what_is_wrong_is_named_without_its_value(
    set_to: tuple[str, str],
    said: str,
    environment: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
) -> None:
    """The exit code tells the stack not to try again."""
    environment.setenv(*set_to)
    assert main(str(tmp_path), "0") == REFUSED
    told = capsys.readouterr().err
    assert told.startswith(said)
    assert told.count("\n") == 1
    assert "half-a-key" not in told
