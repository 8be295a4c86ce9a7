"""Installs the opponents at first use: a venv and a Node folder under .cache/."""

import hashlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.stack import PROJECT

HERE = Path(__file__).parent
CACHE = PROJECT / ".cache" / "opponents"
REQUIREMENTS = HERE / "requirements.txt"
NODE_FILES = (HERE / "package.json", HERE / "package-lock.json")
INSTALL_SECONDS = 900


class Missing(Exception):
    """A server is not available on this machine; the message is the reason."""


def python() -> Path:
    """Return the interpreter of the opponents' venv.

    Raises:
        Missing: the packages cannot be installed.
    """
    venv = CACHE / "venv"
    interpreter = venv / "bin" / "python"
    if not _is_made_from(venv, [REQUIREMENTS]):
        _run([sys.executable, "-m", "venv", "--clear", str(venv)])
        install = ["-m", "pip", "--quiet", "install", "--require-hashes", "--requirement", str(REQUIREMENTS)]
        _run([str(interpreter), *install])
        _mark(venv, [REQUIREMENTS])
    return interpreter


def restate_server() -> Path:
    """Return Restate's server; npm has a package with it for each platform.

    Raises:
        Missing: npm is not installed, or has no package for this platform.
    """
    folder = CACHE / "node"
    if not _is_made_from(folder, NODE_FILES):
        if shutil.which("npm") is None:
            raise Missing("npm is not installed")
        folder.mkdir(parents=True, exist_ok=True)
        for file in NODE_FILES:
            shutil.copy(file, folder)
        _run(["npm", "ci", "--prefix", str(folder), "--ignore-scripts", "--no-audit", "--no-fund", "--silent"])
        _mark(folder, NODE_FILES)
    found = sorted(folder.glob("node_modules/@restatedev/restate-server-*/bin/restate-server"))
    if not found:
        raise Missing("Restate's package has no server for this machine")
    return found[0]


def redis_server() -> Path:
    """Return the machine's own Redis.

    Raises:
        Missing: Redis is not installed.
    """
    found = shutil.which("redis-server")
    if found is None:
        raise Missing("redis-server is not installed (on Debian and Ubuntu: apt-get install redis-server)")
    return Path(found)


def version_of(*command: str) -> str:
    """Return the first line of a program's output."""
    try:
        said = subprocess.run(command, capture_output=True, text=True, timeout=30, check=True).stdout
    except (OSError, subprocess.SubprocessError):
        return "unknown"
    return said.strip().splitlines()[0] if said.strip() else "unknown"


def package_versions(*names: str) -> str:
    """Return names and versions of packages in the opponents' venv."""
    code = (
        "import sys; from importlib.metadata import version as v; print(', '.join(f'{n} {v(n)}' for n in sys.argv[1:]))"
    )
    return version_of(str(python()), "-c", code, *names)


def _is_made_from(folder: Path, files: Sequence[Path]) -> bool:
    mark = folder / "made-from"
    return mark.exists() and mark.read_text() == _digest(files)


def _mark(folder: Path, files: Sequence[Path]) -> None:
    (folder / "made-from").write_text(_digest(files))


def _digest(files: Sequence[Path]) -> str:
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _run(command: Sequence[str]) -> None:
    try:
        subprocess.run(command, capture_output=True, text=True, timeout=INSTALL_SECONDS, check=True)
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout or "it said nothing").strip().splitlines()
        raise Missing(f"{' '.join(command[:3])} failed: {said[-1]}") from error
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{' '.join(command[:3])} failed: {error}") from error
