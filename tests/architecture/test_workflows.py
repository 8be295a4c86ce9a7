"""Workflow code is deterministic, so a replay makes the same commands on another machine, months later.

Built-in types run outside the SDK's sandbox (`adapters/temporal/runner.py`). These tests read the source of workflows
and of the modules that workflows use. They refuse the calls that the sandbox refuses, and some that it does not see.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
ID_MODULE = PROJECT / "domain" / "ids.py"
"""Creates new ids. No workflow module may import it."""
MODULES = sorted(
    {*(PROJECT / "workflows").rglob("*.py"), *(PROJECT / "domain").rglob("*.py"), PROJECT / "activities/payloads.py"}
    - {ID_MODULE}
)

FOREIGN = frozenset(
    {"concurrent", "glob", "http", "io", "multiprocessing", "os", "pathlib", "queue", "random", "secrets", "shutil",
     "socket", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "zoneinfo"}
    | {"uuid.uuid1", "uuid.uuid4", "domain.ids"}
)  # fmt: skip
"""Clocks, random numbers and I/O: whole modules, or single names of a harmless module."""

CALLS = frozenset(
    {"open", "input", "print", "eval", "exec", "compile", "breakpoint", "id", "hash", "globals", "__import__"}
    | {"now", "utcnow", "today", "uuid1", "uuid4"}
)
"""Built-in functions and methods whose result or effect depends on the process or the time."""

UNORDERED = frozenset({"set", "frozenset"})


def find_violations(source: str) -> list[str]:
    """Return the non-deterministic code of a module, each with its line."""
    return [f"{node.lineno}: {code}" for node, code in _iterate_violations(ast.parse(source))]


def _iterate_violations(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names if _is_foreign(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((node, name) for name in names if _is_foreign(node.module) or name in FOREIGN)
        elif isinstance(node, ast.Call) and _get_called_name(node.func) in CALLS and not _is_harmless(node.func):
            yield node, f"{_get_called_name(node.func)}()"
        elif isinstance(node, ast.For | ast.comprehension) and _is_unordered(node.iter):
            yield node.iter, "a loop over a set"


def _is_foreign(module: str) -> bool:
    return module in FOREIGN or module.partition(".")[0] in FOREIGN


def _get_called_name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_harmless(function: ast.expr) -> bool:
    """Return True for the workflow's own clock, `workflow.now()`, and for `re.compile()`."""
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return False
    return function.value.id == "workflow" or (function.value.id, function.attr) == ("re", "compile")


def _is_unordered(iterated: ast.expr) -> bool:
    return isinstance(iterated, ast.Set) or (
        isinstance(iterated, ast.Call) and _get_called_name(iterated.func) in UNORDERED
    )


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_workflow_module_is_deterministic(module: Path) -> None:
    assert find_violations(module.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "import time",
        "import os.path",
        "from random import choice",
        "from uuid import uuid4",
        "from domain.ids import new_id",
        "from domain import ids",
        "def f(d): return d.now()",
        "def f(): return open('x')",
        "for number in {1, 2}: pass",
        "for letter in set('ab'): pass",
        "[number for number in {1, 2}]",
    ],
)
def test_non_deterministic_code_is_found(source: str) -> None:
    assert len(find_violations(source)) == 1


@pytest.mark.parametrize(
    "source", ["from datetime import datetime", "from uuid import UUID", "workflow.now()", "re.compile(r'a')"]
)
def test_deterministic_code_is_accepted(source: str) -> None:
    assert find_violations(source) == []
