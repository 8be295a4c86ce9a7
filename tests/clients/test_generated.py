"""Generated clients compile without warnings and run against a real stack.

Each file in `python/` and `typescript/` is the script of one topic. Scripts get API, KEY and ORDER.
"""

import sys
from pathlib import Path

import pytest

from tests.clients import tools
from tests.clients.conftest import EXAMPLES
from tests.fixtures.api import Api

STRICT = (
    "--strict", "--noEmitOnError", "--module", "nodenext", "--target", "es2022", "--types", "node",
    "--noUncheckedIndexedAccess", "--exactOptionalPropertyTypes", "--noPropertyAccessFromIndexSignature",
)  # fmt: skip
PYTHON_SCRIPTS = sorted((tools.HERE / "python").glob("*.py"))
TYPESCRIPT_SCRIPTS = sorted((tools.HERE / "typescript").glob("*.ts"))


@pytest.fixture(scope="session")
def compiled(typescript_client: Path) -> Path:
    """The folder of the TypeScript client with its files compiled."""
    tools.run("tsc", *STRICT, *sorted(typescript_client.glob("*.ts")), folder=typescript_client)
    return typescript_client


@pytest.fixture
def variables(fresh: Api) -> dict[str, str]:
    """The variables of a script: an organization with a FedEx account and an order."""
    account = fresh.account("fedex")
    fresh.http.patch(f"/api/carrier-accounts/{account['id']}", json={"is_default": True}).raise_for_status()
    return {"API": fresh.url, "KEY": fresh.key, "ORDER": fresh.order()["id"]}


def test_python_types(python_client: Path) -> None:
    """Strict mypy accepts the scripts with the generated package."""
    scripts = [EXAMPLES / "quickstart.py", *PYTHON_SCRIPTS]
    flags = ("--strict", "--follow-imports", "silent", "--python-executable", tools.PYTHON, "--config-file", "")
    tools.run(
        sys.executable, "-m", "mypy", *flags, "--cache-dir", python_client / "cache", "--scripts-are-modules", *scripts,
        folder=python_client, MYPYPATH=str(python_client),
    )  # fmt: skip


@pytest.mark.parametrize("script", PYTHON_SCRIPTS, ids=lambda script: script.stem)
def test_python(script: Path, python_client: Path, variables: dict[str, str], tmp_path: Path) -> None:
    tools.run(tools.PYTHON, script, folder=tmp_path, PYTHONPATH=str(python_client), **variables)


@pytest.mark.parametrize("script", TYPESCRIPT_SCRIPTS, ids=lambda script: script.stem)
def test_typescript(script: Path, compiled: Path, variables: dict[str, str], tmp_path: Path) -> None:
    tools.run("node", compiled / f"{script.stem}.js", folder=tmp_path, **variables)


@pytest.mark.parametrize("language", ["python", "typescript", "curl"])
def test_quickstart(
    language: str, python_client: Path, compiled: Path, variables: dict[str, str], tmp_path: Path
) -> None:
    """The quick starts of the documentation buy a label, save it, list operations and undo."""
    commands: dict[str, tuple[str | Path, ...]] = {
        "python": (tools.PYTHON, EXAMPLES / "quickstart.py"),
        "typescript": ("node", compiled / "quickstart.js"),
        "curl": ("bash", EXAMPLES / "quickstart.sh"),
    }
    command = (*commands[language], variables["ORDER"])
    output = tools.run(*command, folder=tmp_path, PYTHONPATH=str(python_client), **variables)

    bought, count, undone = output.splitlines()
    assert bought.startswith("bought ")
    assert count == "operations of the order: 1"
    assert undone == "undone"
    assert (tmp_path / "label.pdf").read_bytes().startswith(b"%PDF-")
