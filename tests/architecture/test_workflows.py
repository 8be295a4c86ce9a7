"""Workflow code is deterministic: a replay must come to the same commands, on another machine and months later.

The built-in types run outside the SDK's sandbox (`adapters/temporal/runner.py`): what it would refuse is refused here,
with some of what it can't see in modules that are passed through it. Read are the workflows and what they are built of.
"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
NEVER = PROJECT / "domain" / "ids.py"
"""Makes new ids, which no workflow may: whoever imports it is found."""
MODULES = sorted(
    {*(PROJECT / "workflows").rglob("*.py"), *(PROJECT / "domain").rglob("*.py"), PROJECT / "activities/payloads.py"}
    - {NEVER}
)

FOREIGN = frozenset(
    {"concurrent", "glob", "http", "io", "multiprocessing", "os", "pathlib", "queue", "random", "secrets", "shutil",
     "socket", "ssl", "subprocess", "sys", "tempfile", "threading", "time", "urllib", "zoneinfo"}
    | {"uuid.uuid1", "uuid.uuid4", "domain.ids"}
)  # fmt: skip
"""Clocks, chance, the machine: as whole modules, or as names of a module that is harmless otherwise."""

CALLS = frozenset(
    {"open", "input", "print", "eval", "exec", "compile", "breakpoint", "id", "hash", "globals", "__import__"}
    | {"now", "utcnow", "today", "uuid1", "uuid4"}
)
"""Built-in functions and methods with an answer, or an effect, of this process or this moment."""

UNORDERED = frozenset({"set", "frozenset"})


def found_in(source: str) -> list[str]:
    """Return what a module does that no workflow may, each with its line."""
    return [f"{node.lineno}: {what}" for node, what in _strange(ast.parse(source))]


def _strange(tree: ast.Module) -> Iterator[tuple[ast.stmt | ast.expr, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((node, alias.name) for alias in node.names if _is_foreign(alias.name))
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
            yield from ((node, name) for name in names if _is_foreign(node.module) or name in FOREIGN)
        elif isinstance(node, ast.Call) and _called(node.func) in CALLS and not _is_harmless(node.func):
            yield node, f"{_called(node.func)}()"
        elif isinstance(node, ast.For | ast.comprehension) and _is_unordered(node.iter):
            yield node.iter, "a loop over a set"


def _is_foreign(module: str) -> bool:
    return module in FOREIGN or module.partition(".")[0] in FOREIGN


def _called(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    return function.id if isinstance(function, ast.Name) else ""


def _is_harmless(function: ast.expr) -> bool:
    """Whether it is the workflow's own clock, `workflow.now()`, or compiles a pattern, `re.compile()`."""
    if not isinstance(function, ast.Attribute) or not isinstance(function.value, ast.Name):
        return False
    return function.value.id == "workflow" or (function.value.id, function.attr) == ("re", "compile")


def _is_unordered(iterated: ast.expr) -> bool:
    return isinstance(iterated, ast.Set) or (isinstance(iterated, ast.Call) and _called(iterated.func) in UNORDERED)


@pytest.mark.parametrize("module", MODULES, ids=lambda path: str(path.relative_to(PROJECT)))
def test_a_workflow_module_asks_neither_clock_nor_chance_nor_the_machine(module: Path) -> None:
    assert found_in(module.read_text()) == []


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
        "for one in {1, 2}: pass",
        "for one in set('ab'): pass",
        "[one for one in {1, 2}]",
    ],
)
def test_what_no_workflow_may_do_is_found(source: str) -> None:
    assert len(found_in(source)) == 1


@pytest.mark.parametrize(
    "source", ["from datetime import datetime", "from uuid import UUID", "workflow.now()", "re.compile(r'a')"]
)
def test_what_a_workflow_may_do_is_not(source: str) -> None:
    assert found_in(source) == []
