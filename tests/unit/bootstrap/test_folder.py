"""The data folder is private and locked, and processes left by a killed stack are ended."""

import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.folder import LOG_LIMIT, MAX_SOCKET_PATH, SOCKET_NAME, DataFolder
from bootstrap.embedded.orphan_processes import MARKER, StackRecord, end_orphans, read_record, remove_stale_locks


@pytest.fixture
def sleeper(folder: DataFolder, request: pytest.FixtureRequest) -> Iterator[subprocess.Popen[bytes]]:
    """Start a process with the folder's marker, or the marker of the parameter."""
    marker = str(getattr(request, "param", folder.root))
    code = "import sys; print('on', flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [sys.executable, "-c", code],
        env=os.environ | {MARKER: marker},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"on\n"
        yield process
        process.kill()


def test_the_folder_and_its_key_are_private(folder: DataFolder) -> None:
    key = folder.encryption_key()
    assert stat.S_IMODE(folder.root.stat().st_mode) == 0o700
    assert stat.S_IMODE(folder.encryption_key_file.stat().st_mode) == 0o600
    assert folder.encryption_key() == key
    assert len(key) == 44


def test_a_second_stack_can_not_lock_the_folder(folder: DataFolder) -> None:
    folder.lock()
    with pytest.raises(
        StackError, match=rf"^another orderly up \(pid {os.getpid()}\) uses {folder.root}: .*--data-dir"
    ):
        DataFolder(folder.root).lock()


def test_a_long_log_is_renamed(folder: DataFolder) -> None:
    log = folder.logs / "api.log"
    log.write_bytes(b"x" * (LOG_LIMIT + 1))
    assert folder.log_path("api") == log
    assert not log.exists()
    assert (folder.logs / "api.log.1").stat().st_size == LOG_LIMIT + 1


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """Make a folder with a short path, because pytest's own paths may be long."""
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def test_a_folder_with_a_long_path_has_its_socket_elsewhere(
    tmp_path: Path, short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(short_folder))
    deep = DataFolder(tmp_path / ("x" * 120))
    deep.create()
    path = deep.socket_folder()
    assert path.parent == short_folder
    assert path == deep.socket_folder()
    assert len(str(path / SOCKET_NAME)) <= MAX_SOCKET_PATH
    assert stat.S_IMODE(path.stat().st_mode) == 0o700


def test_a_long_runtime_folder_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Postgres can't start with a socket path that is too long."""
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path / ("y" * 90)))
    deep = DataFolder(tmp_path / ("x" * 120))
    deep.create()
    path = deep.socket_folder()
    path.rmdir()
    assert path.parent == Path("/tmp")  # noqa: S108 (compared, not used)


def test_an_orphaned_process_is_ended(folder: DataFolder, sleeper: subprocess.Popen[bytes]) -> None:
    StackRecord(pids={"api": sleeper.pid}).write(folder)
    assert end_orphans(folder, read_record(folder)) == ["api"]
    assert sleeper.wait(5) == -9


@pytest.mark.parametrize("sleeper", ["/some/other/folder"], indirect=True)
def test_another_process_with_a_recorded_pid_is_not_ended(folder: DataFolder, sleeper: subprocess.Popen[bytes]) -> None:
    StackRecord(pids={"api": sleeper.pid}).write(folder)
    assert end_orphans(folder, read_record(folder)) == []
    assert sleeper.poll() is None


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"ports": {"--a": "x"}, "pids": {}}', '{"ports": 1, "pids": 2}'])
def test_a_broken_record_is_ignored(folder: DataFolder, text: str) -> None:
    folder.processes_file.write_text(text)
    assert read_record(folder) == StackRecord()


def test_the_lock_files_of_a_dead_postgres_are_removed(folder: DataFolder) -> None:
    folder.postgres.mkdir()
    stale = folder.postgres / "postmaster.pid"
    stale.write_text(f"{os.getpid()}\n")
    remove_stale_locks(folder.postgres, [stale, folder.root / "absent"])
    assert not stale.exists()
