"""The documentation describes all of the code, and nothing else."""

import importlib.util
import re
import shlex
import sys
import tomllib
from pathlib import Path
from typing import Any

import click
import pytest

from adapters.postgres.runs.run_outcome import RESULT_UPDATES
from adapters.postgres.schema.tables import Table
from adapters.temporal.client import ORDER, ORGANIZATION, TYPE
from api.app import ROUTERS
from api.http.auth import Scope
from api.http.errors import list_errors, status_of
from api.openapi.document import describe
from bootstrap.cli.main import main
from bootstrap.settings import Settings
from domain.effects import REVERSED, EffectState, UndoOutcome
from domain.operations import OperationStatus
from domain.shipping import SafetyClass
from tests.crash.points import crash_points
from tests.unit.docs import generate, pages
from tests.unit.docs.pages import ROOT, table
from workflows.execution import STATUS
from workflows.operation_type import OperationType
from workflows.registry import BUILT_IN, ENTRY_POINT_GROUP, OperationTypes


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return describe(ROUTERS, OperationTypes(BUILT_IN))


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page: Path) -> None:
    """Every link into the project leads to an existing file and heading."""
    for target in pages.links(page):
        name, _, anchor = target.partition("#")
        there = (page.parent / name).resolve() if name else page
        assert there.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in pages.anchors(there), f"{page.name}: {target}"


def test_the_index_lists_every_page() -> None:
    """The map of the documentation leads to every page, and the table of decisions to every decision."""
    folder = ROOT / "docs"
    indexes = (folder / "index.md", folder / "decisions" / "README.md")
    listed = {(index.parent / link).resolve() for index in indexes for link in pages.links(index)}

    assert [page for page in folder.rglob("*.md") if page not in {*listed, folder / "index.md"}] == []


def test_a_page_begins_with_its_purpose() -> None:
    """The first sentence of each page in docs/ describes the page."""
    found = [page for page in pages.PAGES if page.is_relative_to(ROOT / "docs")]
    pattern = re.compile(r"# .+\n\nTh(?:is page|ese pages) .+\.\n")

    assert [page.name for page in found if not pattern.match(page.read_text())] == []


@pytest.mark.parametrize("page", pages.PAGES, ids=lambda page: page.name)
def test_named_files_are_there(page: Path) -> None:
    """Every file or folder that a page names exists."""
    packages = [path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")]
    named = re.findall(rf"`((?:{'|'.join(packages)})/[\w./-]*)`", pages.prose(page))

    for name in named:
        assert (ROOT / name).exists(), f"{page.name}: {name}"


def test_named_tests_exist() -> None:
    """Every test that a page names by its function exists."""
    functions = set(re.findall(r"def (test_\w+)", pages.sources("tests")))

    assert set(re.findall(r"`(test_\w+)`", pages.read_all())) <= functions


def test_make_targets() -> None:
    """Every make target named in a page exists, and CONTRIBUTING.md names every documented target."""
    makefile = pages.text("Makefile")
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    explained = set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", pages.read_all(), re.MULTILINE))

    assert named <= targets
    assert explained <= set(re.findall(r"make ([a-z-]+)", pages.text("CONTRIBUTING.md")))


def test_command_lines() -> None:
    """Every `orderly` command line uses existing commands and flags."""
    for line in pages.commands():
        words = shlex.split(line, comments=True) if "orderly" in line else []
        while words and re.fullmatch(r"[A-Z_]+=.*", words[0]):
            words.pop(0)
        if words and words[0] in ("orderly", ".venv/bin/orderly"):
            check_command(main, words[1:], line)


def check_command(command: click.Command, words: list[str], line: str) -> None:
    if isinstance(command, click.Group) and words and not words[0].startswith("-"):
        assert words[0] in command.commands, line
        return check_command(command.commands[words[0]], words[1:], line)
    flags = {flag for parameter in command.params for flag in parameter.opts} | {"--help", "-h"}
    assert {word for word in words if word.startswith("-")} <= flags, line
    return None


def test_every_command_is_named() -> None:
    """The pages name every command."""
    for name in main.commands:
        assert re.search(rf"orderly (?:\w+\|)*{name}\b", pages.read_all()), name


def variables_of_the_command_line(command: click.Command) -> set[str]:
    own = {str(parameter.envvar) for parameter in command.params if parameter.envvar}
    below = command.commands.values() if isinstance(command, click.Group) else ()
    return own.union(*(variables_of_the_command_line(command) for command in below))


def variables_of_the_settings() -> dict[str, Any]:
    return {
        str(field.validation_alias or f"ORDERLY_{name.upper()}"): field.default
        for name, field in Settings.model_fields.items()
    }


def test_environment_variables() -> None:
    """Every variable is documented, and every documented variable exists."""
    known = set(variables_of_the_settings()) | variables_of_the_command_line(main)
    documented = set(table("docs/reference/configuration.md", "Every process"))
    named = set(re.findall(r"\b(?:ORDERLY|DATABASE)_[A-Z_]+\b", pages.read_all()))

    assert set(variables_of_the_settings()) <= documented
    assert known <= named | {"TEMPORAL_ADDRESS"}
    assert named <= known


def test_defaults() -> None:
    """The documented defaults are those of the settings."""
    page = pages.text("docs/reference/configuration.md")
    rows = dict(re.findall(r"^\| `([A-Z_]+)` \| `([^`]+)`", page, re.MULTILINE))
    for name, default in variables_of_the_settings().items():
        if name in rows and default is not None:
            written = float(default) if isinstance(default, bool | int | float) else default
            documented = float(rows[name]) if isinstance(default, bool | int | float) else rows[name]
            assert documented == written, name


def test_folders() -> None:
    """The map of folders names every package, and nothing else."""
    overview = next(block for block in pages.blocks("CONTRIBUTING.md", "") if block.startswith("api/"))
    named = set(re.findall(r"^(\w+)/", overview, re.MULTILINE))
    packages = {path.parent.name for path in ROOT.glob("*/__init__.py")}

    assert named == packages | {"docs"}


def test_operation_types() -> None:
    """The README's table has every type, and shows which can be undone."""
    assert table("README.md", "Operation types") == [
        "create_shipment",
        "push_fulfillment",
        "update_order_status",
        "fulfill_order",
        "void_shipment",
    ]
    assert {kind.name for kind in BUILT_IN} == set(table("README.md", "Operation types"))
    for kind in BUILT_IN:
        row = next(row for row in pages.text("README.md").splitlines() if row.startswith(f"| `{kind.name}` |"))
        assert ("undo_not_available" not in row) is kind.supports_undo, kind.name


@pytest.mark.parametrize("page", sorted({page for page, _ in generate.TABLES}))
def test_tables_of_codes(page: str) -> None:
    """The tables of codes agree with the declarations; if not, run `make docs`."""
    assert pages.text(page) == generate.generated(page)


def test_error_codes(openapi: dict[str, Any]) -> None:
    """The OpenAPI document has every declared code, with its status, and no other."""
    answered = {
        (int(status), code)
        for path in openapi["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        for code in response.get("content", {}).get("application/json", {}).get("examples", {})
        if int(status) >= 400
    }
    declared = {(status_of(error), error.code) for error in list_errors()}

    assert declared - answered == {(404, "not_found"), (405, "method_not_allowed")}  # of no path
    assert answered <= declared


def test_log_events() -> None:
    """The page lists every event that the code writes, and no other."""
    written = set(
        re.findall(r"[\"']((?:operation|step|effect)\.[a-z_]+)[\"']", pages.sources("adapters/postgres", "activities"))
    )
    written |= {f"operation.{result}" for result in RESULT_UPDATES}

    assert set(table("docs/reference/log.md", "Events")) == written


def test_alarms() -> None:
    """Each text that operators search for in the processes' logs is written by the code."""
    written = pages.sources("adapters", "api", "bootstrap", "engine")

    assert [text for text in table("docs/howto/operate.md", "The processes' logs") if text not in written] == []


def test_paths(openapi: dict[str, Any]) -> None:
    """Every path in the docs is one of the API's, and every resource and action of the API is in the reference."""
    patterns = [re.sub(r"\{\w+\}", r"[^/]+", path) + r"(?:\\?.*)?$" for path in openapi["paths"]]
    for path in re.findall(r"`(?:[A-Z, `]+ )?(/api/[\w{}/.<>-]+)", pages.read_all()):
        assert any(re.match(pattern, path) for pattern in patterns), path
    for path in openapi["paths"]:
        last = [part for part in path.split("/") if part and "{" not in part][-1]
        assert last in pages.text("docs/reference/api.md"), path


def test_fields_of_an_operation(openapi: dict[str, Any]) -> None:
    """The reference names every field of an operation."""
    fields = openapi["components"]["schemas"]["OperationDetail"]["properties"]

    assert [name for name in fields if f"`{name}`" not in pages.text("docs/reference/api.md")] == []


def test_scopes() -> None:
    """The table of scopes has every scope, and no other."""
    assert set(table("docs/reference/api.md", "Keys and scopes")) == set(Scope)
    assert set(re.findall(r"`([a-z-]+:[a-z]+)`", pages.text("docs/reference/api.md"))) == set(Scope)


def test_statuses() -> None:
    """The picture and the page have the six statuses."""
    picture = set(re.findall(r">(\w+)</text>", pages.text("docs/lifecycle.svg")))

    assert set(OperationStatus) <= picture
    assert set(OperationStatus) <= set(table("docs/reference/api.md", "Operations", 1))


def test_the_ledger() -> None:
    """The page has the states, safety classes and outcomes of the code."""
    page = pages.text("docs/explanation/ledger.md")
    assert set(EffectState) <= set(re.findall(r"\w+", next(iter(pages.blocks("docs/explanation/ledger.md", "")))))
    assert set(table("docs/explanation/ledger.md", "Recovery")) == set(SafetyClass)
    assert set(table("docs/explanation/ledger.md", "Compensation")) == set(UndoOutcome)
    gone = re.findall(r"^\| (`.*`) \| is gone \|", page, re.MULTILINE)
    assert {word for cell in gone for word in re.findall(r"`(\w+)`", cell)} == REVERSED


def test_crash_points() -> None:
    """The table has every crash point, and no other."""
    assert set(table("docs/explanation/reliability.md", "Crash points")) == {
        point.rpartition(".")[0] for point in crash_points()
    }


def test_tables_of_the_database() -> None:
    """The page on the architecture names every table."""
    assert set(table("docs/explanation/architecture.md", "Tables")) == set(Table.metadata.tables)


def test_search_attributes() -> None:
    """The guide for operators lists every search attribute."""
    names = [key.name for key in (ORGANIZATION, TYPE, ORDER, STATUS)]

    assert set(table("docs/howto/operate.md", "Find a run in the Temporal UI")) == set(names)
    assert all(f"--name {name} --type Keyword" in pages.text("docs/howto/deploy.md") for name in names)


def test_the_changelog_is_short() -> None:
    """A line has at most 120 characters, and a release at most 50 lines."""
    releases = pages.text("CHANGELOG.md").split("\n## ")

    assert [line for line in pages.text("CHANGELOG.md").splitlines() if len(line) > 120] == []
    assert [release.partition("\n")[0] for release in releases if len(release.splitlines()) > 50] == []


def test_the_version_has_its_entry() -> None:
    """The newest entry of the changelog is the version's own."""
    version = tomllib.loads(pages.text("pyproject.toml"))["project"]["version"]
    newest = re.search(r"^## ([\d.]+) - \d{4}-\d\d-\d\d$", pages.text("CHANGELOG.md"), re.MULTILINE)

    assert newest is not None
    assert newest.group(1) == version


def test_the_example_is_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """The how-to page shows the example as it is, and it is an operation type that fits the others."""
    folder = ROOT / "docs" / "examples" / "hold_order"
    shown = pages.blocks("docs/howto/add-a-type.md", "python")
    assert (folder / "hold_order.py").read_text() in shown
    entry_points = tomllib.loads((folder / "pyproject.toml").read_text())["project"]["entry-points"]
    module_name, _, attribute = entry_points[ENTRY_POINT_GROUP]["hold_order"].partition(":")

    spec = importlib.util.spec_from_file_location(module_name, folder / f"{module_name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    monkeypatch.setitem(sys.modules, module_name, module)
    spec.loader.exec_module(module)

    kind = getattr(module, attribute)
    assert isinstance(kind, OperationType)
    assert OperationTypes([*BUILT_IN, kind]).get("hold_order") is kind
