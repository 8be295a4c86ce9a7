"""Fixtures of the client tests: the document of a running API, and the clients generated from it."""

import os
from pathlib import Path

import httpx
import pytest

from tests.clients import tools
from tests.fixtures.stack import PROJECT, Stack

EXAMPLES = PROJECT / "docs" / "examples" / "client"


@pytest.fixture(scope="session", autouse=True)
def _installed() -> None:
    problem = tools.find_problem()
    if problem is None:
        return
    if os.environ.get("CI"):
        pytest.fail(problem)
    pytest.skip(problem)


@pytest.fixture(scope="session")
def document(running_stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The OpenAPI document that the API serves, in a file."""
    path = tmp_path_factory.mktemp("document") / "openapi.json"
    path.write_bytes(httpx.get(f"{running_stack.info['api_url']}/openapi.json").raise_for_status().content)
    return path


@pytest.fixture(scope="session")
def python_client(document: Path) -> Path:
    """The folder with the Python package that openapi-python-client generated."""
    folder = document.with_name("python")
    folder.mkdir()
    package = folder / "orderly_operations_client"
    output = tools.run(
        "openapi-python-client", "generate", "--path", document, "--output-path", package, "--meta", "none",
        "--fail-on-warning", folder=folder,
    )  # fmt: skip
    assert "arning" not in output, output
    return folder


@pytest.fixture(scope="session")
def typescript_client(document: Path) -> Path:
    """The folder with `orderly.d.ts`, which openapi-typescript generated, and all TypeScript files to compile."""
    folder = document.with_name("typescript")
    folder.mkdir()
    output = tools.run("openapi-typescript", document, "--output", folder / "orderly.d.ts", folder=folder)
    assert "arning" not in output, output
    assert "⚠" not in output, output
    (folder / "node_modules").symlink_to(tools.NODE_MODULES)
    (folder / "package.json").write_text('{"type": "module"}')
    for source in (*EXAMPLES.glob("*.ts"), *(tools.HERE / "typescript").glob("*.ts")):
        (folder / source.name).write_text(source.read_text())
    return folder
