"""The linters and generators of the client tests: `make test-clients` installs them from their lock files.

Without npm or a registry, the tests are skipped; in CI they fail.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

from tests.fixtures.stack import PROJECT

HERE = Path(__file__).parent
FOLDER = PROJECT / ".venv" / "clients"
PYTHON = FOLDER / "bin" / "python"
NODE_MODULES = FOLDER / "node_modules"
LOCKS = (PROJECT / "lock" / "clients.txt", HERE / "package.json", HERE / "package-lock.json")
STAMP = FOLDER / "stamp"
PACKAGES = {"npm": "nodejs npm", "node": "nodejs npm", "jq": "jq", "curl": "curl"}
"""Debian's packages of the commands that the tests need."""
SECONDS = 300
QUIET = {"NO_COLOR": "1", "REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}


def find_problem() -> str | None:
    """Return the reason why the tools can't run, or None."""
    for command, packages in PACKAGES.items():
        if shutil.which(command) is None:
            return f"{command} is missing: on Debian and Ubuntu, apt install {packages}"
    if not STAMP.exists() or STAMP.read_text() != _fingerprint():
        return "the tools are not installed: run make test-clients"
    return None


def install() -> None:
    """Install the tools.

    Raises:
        OSError, subprocess.SubprocessError: a tool is missing, or a download failed.
    """
    venv.create(FOLDER, clear=True, with_pip=True)
    _install(str(PYTHON), "-m", "pip", "install", "--quiet", "--require-hashes", "--requirement", str(LOCKS[0]))
    for name in ("package.json", "package-lock.json"):
        shutil.copy(HERE / name, FOLDER)
    _install("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel", "error")
    STAMP.write_text(_fingerprint())


def run(*command: str | Path, folder: Path, **env: str) -> str:
    """Run a tool to its end; return its output, with the standard error at the end, or fail with both."""
    path = os.pathsep.join((str(FOLDER / "bin"), str(NODE_MODULES / ".bin"), os.environ["PATH"]))
    process = subprocess.run(
        [str(part) for part in command],
        cwd=folder, env={**os.environ, **QUIET, "PATH": path, **env}, capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip
    output = process.stdout + process.stderr
    assert process.returncode == 0, f"{command}: {output}"
    return output


def _install(*command: str) -> None:
    subprocess.run(command, cwd=FOLDER, check=True, timeout=SECONDS)


def _fingerprint() -> str:
    return hashlib.sha256(b"".join(path.read_bytes() for path in LOCKS)).hexdigest()


def main() -> int:
    """Install the tools if they are missing or outdated; print one line if that fails."""
    try:
        if find_problem() is not None:
            install()
    except (OSError, subprocess.SubprocessError) as error:
        sys.stderr.write(f"The tests of generated clients are skipped: {find_problem()} ({error})\n")
        return 1 if os.environ.get("CI") else 0
    return 0


if __name__ == "__main__":
    sys.exit(main())
