"""The reference, the README and the examples agree with the code."""

import importlib.util
import re
import sys
import tomllib
from dataclasses import fields
from typing import Any

import pytest

from adapters.postgres.runs.run_outcome import RESULT_UPDATES
from adapters.postgres.schema.tables import Table
from adapters.temporal.client import ORDER, ORGANIZATION, TYPE
from api.app import ROUTERS
from api.http.auth import Scope
from api.http.errors import list_errors, status_of
from api.openapi.document import describe
from domain.effects import REVERSED, Effect, EffectState, UndoOutcome
from domain.operations import OperationStatus
from domain.shipping import SafetyClass
from tests.crash.points import crash_points
from tests.unit.docs import generate, pages
from tests.unit.docs.pages import ROOT, read_table
from workflows.execution import STATUS
from workflows.operation_type import OperationType
from workflows.registry import BUILT_IN, ENTRY_POINT_GROUP, OperationTypes


@pytest.fixture(scope="module")
def openapi() -> dict[str, Any]:
    return describe(ROUTERS, OperationTypes(BUILT_IN))


def test_the_readme_lists_every_operation_type() -> None:
    """It shows whether the type can be undone."""
    assert read_table("README.md", "Operation types") == [
        "create_shipment",
        "push_fulfillment",
        "update_order_status",
        "fulfill_order",
        "void_shipment",
    ]
    assert {kind.name for kind in BUILT_IN} == set(read_table("README.md", "Operation types"))
    for kind in BUILT_IN:
        row = next(row for row in pages.read_page("README.md").splitlines() if row.startswith(f"| `{kind.name}` |"))
        assert ("undo_not_available" not in row) is kind.supports_undo, kind.name


@pytest.mark.parametrize("page", sorted({page for page, _ in generate.TABLES}))
def test_tables_of_codes(page: str) -> None:
    """The tables of codes agree with the declarations; if not, run `make docs`."""
    assert pages.read_page(page) == generate.regenerate(page)


def test_openapi_has_every_error_code_and_no_other(openapi: dict[str, Any]) -> None:
    responses = {
        (int(status), code)
        for path in openapi["paths"].values()
        for operation in path.values()
        for status, response in operation["responses"].items()
        for code in response.get("content", {}).get("application/json", {}).get("examples", {})
        if int(status) >= 400
    }
    declared = {(status_of(error), error.code) for error in list_errors()}

    assert declared - responses == {(404, "not_found"), (405, "method_not_allowed")}  # of no path
    assert responses <= declared


def test_the_log_page_lists_every_event_and_no_other() -> None:
    events = set(
        re.findall(
            r"[\"']((?:operation|step|effect)\.[a-z_]+)[\"']", pages.read_sources("adapters/postgres", "activities")
        )
    )
    events -= {f"effect.{field.name}" for field in fields(Effect)}  # columns in SQL
    events |= {f"operation.{result}" for result in RESULT_UPDATES}

    assert set(read_table("docs/reference/log.md", "Events")) == events


def test_documented_log_lines_are_written_by_the_code() -> None:
    code = pages.read_sources("adapters", "api", "bootstrap", "engine")

    assert [text for text in read_table("docs/howto/operate.md", "The processes' logs") if text not in code] == []


def test_paths_exist_and_are_documented(openapi: dict[str, Any]) -> None:
    patterns = [re.sub(r"\{\w+\}", r"[^/]+", path) + r"(?:\\?.*)?$" for path in openapi["paths"]]
    for path in re.findall(r"`(?:[A-Z, `]+ )?(/api/[\w{}/.<>-]+)", pages.read_all()):
        assert any(re.match(pattern, path) for pattern in patterns), path
    for path in openapi["paths"]:
        last = [part for part in path.split("/") if part and "{" not in part][-1]
        assert last in pages.read_page("docs/reference/api.md"), path


def test_fields_of_an_operation(openapi: dict[str, Any]) -> None:
    """The reference names every field of an operation."""
    fields = openapi["components"]["schemas"]["CreateShipmentOperationDetail"]["properties"]

    assert [name for name in fields if f"`{name}`" not in pages.read_page("docs/reference/api.md")] == []


def test_the_reference_lists_every_scope_and_no_other() -> None:
    assert set(read_table("docs/reference/api.md", "Keys and scopes")) == set(Scope)
    assert set(re.findall(r"`([a-z-]+:[a-z]+)`", pages.read_page("docs/reference/api.md"))) == set(Scope)


def test_picture_and_reference_have_every_status() -> None:
    picture = set(re.findall(r">(\w+)</text>", pages.read_page("docs/lifecycle.svg")))

    assert set(OperationStatus) <= picture
    assert set(OperationStatus) <= set(read_table("docs/reference/api.md", "Operations", 1))


def test_the_ledger_page_has_all_states_classes_and_outcomes() -> None:
    page = pages.read_page("docs/explanation/ledger.md")
    assert set(EffectState) <= set(re.findall(r"\w+", next(iter(pages.find_blocks("docs/explanation/ledger.md", "")))))
    assert set(read_table("docs/explanation/ledger.md", "Recovery")) == set(SafetyClass)
    assert set(read_table("docs/explanation/ledger.md", "Compensation")) == set(UndoOutcome)
    reversed_outcomes = re.findall(r"^\| (`.*`) \| is gone \|", page, re.MULTILINE)
    assert {word for cell in reversed_outcomes for word in re.findall(r"`(\w+)`", cell)} == REVERSED


def test_the_table_of_crash_points_is_complete() -> None:
    assert set(read_table("docs/explanation/reliability.md", "Crash points")) == {
        point.rpartition(".")[0] for point in crash_points()
    }


def test_the_architecture_page_names_every_table() -> None:
    assert set(read_table("docs/explanation/architecture.md", "Tables")) == set(Table.metadata.tables)


def test_every_search_attribute_is_documented() -> None:
    names = [key.name for key in (ORGANIZATION, TYPE, ORDER, STATUS)]

    assert set(read_table("docs/howto/operate.md", "Find a run in the Temporal UI")) == set(names)
    assert all(f"--name {name} --type Keyword" in pages.read_page("docs/howto/deploy.md") for name in names)


def test_the_quick_starts_are_shown_without_changes() -> None:
    """`make test-clients` runs the files."""
    page = "docs/howto/generate-a-client.md"
    for language, suffix in (("python", "py"), ("ts", "ts"), ("bash", "sh")):
        assert pages.find_blocks(page, language) == [pages.read_page(f"docs/examples/client/quickstart.{suffix}")]


def test_the_example_type_is_shown_and_works(monkeypatch: pytest.MonkeyPatch) -> None:
    """The how-to page shows its file without changes."""
    folder = ROOT / "docs" / "examples" / "hold_order"
    blocks = pages.find_blocks("docs/howto/add-a-type.md", "python")
    assert (folder / "hold_order.py").read_text() in blocks
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
