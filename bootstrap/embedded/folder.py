"""The data folder: the files of a stack, its lock and its permissions."""

import base64
import fcntl
import hashlib
import os
import stat
import tempfile
from pathlib import Path

from bootstrap.embedded.errors import StackError

LOG_LIMIT = 10 * 1024 * 1024  # bytes; a longer log is renamed at the next start
SOCKET_NAME = ".s.PGSQL.5432"
MAX_SOCKET_PATH = 100  # the kernel takes 107 bytes on Linux, 103 on macOS


class DataFolder:
    """Paths of one stack's files, its lock and its encryption key."""

    def __init__(self, root: Path) -> None:
        self.root = root.expanduser().absolute()
        self.logs = self.root / "logs"
        self.postgres = self.root / "postgres"
        self.temporal = self.root / "temporal"
        self.sandbox = self.root / "sandbox"
        self.stack_file = self.root / "stack.json"
        self.demo_file = self.root / "demo.json"
        self.processes_file = self.root / "processes.json"
        self.encryption_key_file = self.root / "encryption.key"
        self._lock: int | None = None

    def create(self) -> None:
        """Create the folder and its subfolders; raises StackError if that fails or they are not writable."""
        try:
            for path in (self.root, self.logs, self.temporal, self.sandbox):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=self.root):
                pass
        except OSError as error:
            reason = error.strerror or str(error)
            raise StackError(
                f"can't write the data folder {self.root}: {reason}; "
                "correct its permissions or choose another folder with --data-dir"
            ) from error

    def lock(self) -> None:
        """Claim the folder until this process ends; raises StackError if another stack has it."""
        handle = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            owner = os.read(handle, 32).decode(errors="replace").strip() or "unknown"
            os.close(handle)
            raise StackError(
                f"another orderly up (pid {owner}) uses {self.root}: stop it or choose another folder with --data-dir"
            ) from error
        os.ftruncate(handle, 0)
        os.write(handle, f"{os.getpid()}\n".encode())
        self._lock = handle

    def log_path(self, name: str) -> Path:
        """Return the log of one process; an older log that is too long is renamed first."""
        path = self.logs / f"{name}.log"
        if path.exists() and path.stat().st_size > LOG_LIMIT:
            path.replace(path.with_suffix(".log.1"))
        return path

    def encryption_key(self) -> str:
        """Return the stack's own Fernet key, created at the first start."""
        if not self.encryption_key_file.exists():
            write_private(self.encryption_key_file, base64.urlsafe_b64encode(os.urandom(32)).decode() + "\n")
        return self.encryption_key_file.read_text().strip()

    def socket_folder(self) -> Path:
        """Return a private folder whose path is short enough for a Unix socket.

        Raises:
            StackError: another user owns the folder that replaces one whose path is too long.
        """
        inside = self.root / "socket"
        if _fits_socket(inside):
            inside.mkdir(mode=0o700, exist_ok=True)
            return inside
        name = f"orderly-{hashlib.sha256(os.fsencode(self.root)).hexdigest()[:16]}"
        shared = [Path(os.environ.get("XDG_RUNTIME_DIR") or tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 (owner checked below)
        short = next(folder / name for folder in shared if _fits_socket(folder / name))
        short.mkdir(mode=0o700, exist_ok=True)
        found = short.lstat()
        if not stat.S_ISDIR(found.st_mode) or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
            raise StackError(f"{short} belongs to another user: remove it or choose a shorter --data-dir")
        return short


def _fits_socket(folder: Path) -> bool:
    return len(os.fsencode(folder / SOCKET_NAME)) <= MAX_SOCKET_PATH


def write_private(path: Path, text: str) -> None:
    """Write a file atomically, readable by its owner only."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
