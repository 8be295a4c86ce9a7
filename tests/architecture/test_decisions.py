"""Decisions in docs/decisions name checks that exist; some of those checks are here."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
from temporalio.worker.workflow_sandbox import RestrictedWorkflowAccessError, SandboxRestrictions
from temporalio.worker.workflow_sandbox._importer import Importer
from temporalio.worker.workflow_sandbox._restrictions import RestrictionContext

from activities.payloads import Limits
from adapters.postgres.schema.tables import Operations

PROJECT = Path(__file__).parents[2]
FOLDER = PROJECT / "docs" / "decisions"
DECISIONS = sorted(set(FOLDER.glob("*.md")) - {FOLDER / "README.md"})
WEEK = 7 * 86_400


@pytest.mark.parametrize("page", DECISIONS, ids=lambda page: page.stem)
def test_a_decision_names_a_check_that_exists(page: Path) -> None:
    check = page.read_text().partition("**Check.**")[2]
    checks = re.findall(r"`(test_\w+)` in \[[^\]]+\]\(([^)]+)\)", check)
    assert checks
    for name, target in checks:
        tree = ast.parse((page.parent / target).read_text())
        names = {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
        assert name in names, f"{target}: {name}"


def test_the_sandbox_does_not_watch_passed_through_modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK's sandbox refuses the clock only to modules that it imports itself."""
    (tmp_path / "clock_reader.py").write_text("import time\ndef read():\n    return time.time()\n")
    monkeypatch.syspath_prepend(tmp_path)

    assert _read_clock_in_sandbox(SandboxRestrictions.default.with_passthrough_modules("clock_reader")) > 0
    with pytest.raises(RestrictedWorkflowAccessError):
        _read_clock_in_sandbox(SandboxRestrictions.default)


def _read_clock_in_sandbox(restrictions: SandboxRestrictions) -> float:
    context = RestrictionContext()
    with Importer(restrictions, context).applied():
        from clock_reader import read  # type: ignore[import-not-found]  # noqa: PLC0415 (the test writes it)

        context.is_runtime = True
        seconds: float = read()
        return seconds


def test_a_run_may_stay_open_for_weeks() -> None:
    """So a deploy meets open runs of many older versions."""
    assert Limits().wait_for > 4 * WEEK


def test_a_table_class_does_not_validate_its_values() -> None:
    """So requests and payloads need classes of their own."""
    values: dict[str, Any] = {"status": 42}
    assert vars(Operations(**values))["status"] == 42


def test_the_tracker_runs_without_temporal() -> None:
    tree = ast.parse((PROJECT / "engine" / "tracker.py").read_text())
    modules = [node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    modules += [alias.name for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names]
    assert not any("temporal" in module for module in modules)
