"""No step and no operation type is named outside `workflows/` and the activities that implement it.

What the API, the SQL, the preflight and the dispatcher must know of a step or a type, its descriptor says: so an
installed one is treated as a built-in one.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from workflows.registry import BUILT_IN

PROJECT = Path(__file__).parents[2]
ROOMS = ("adapters", "api", "bootstrap", "domain", "engine")
STEPS = [step for kind in BUILT_IN for step in kind.steps]
OWNED = [(step.name, step.activity, step.recovery, step.compensation, step.waiting) for step in STEPS]
NAMES = {kind.name for kind in BUILT_IN} | {name for names in OWNED for name in names if name}
WORD = re.compile(rf"(?<![\w.])({'|'.join(sorted(NAMES))})(?!\w)")
MODULES = sorted(path for room in ROOMS for path in (PROJECT / room).rglob("*.py"))


def named_in(source: str) -> Iterator[str]:
    """Return the names that stand in the texts of a module, each with its line; examples of errors may name any."""
    tree = ast.parse(source)
    set_once = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    given = [node for node in set_once if ast.unparse(node.targets[0]) == "example"]
    examples = {text for node in given for text in ast.walk(node)}
    for node in ast.walk(tree):
        if node not in examples and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (f"{node.lineno}: {found[0]}" for found in WORD.finditer(node.value))


def test_no_step_and_no_type_is_named() -> None:
    found = {str(path.relative_to(PROJECT)): list(named_in(path.read_text())) for path in MODULES}
    assert {module: names for module, names in found.items() if names} == {}


def test_a_name_is_found() -> None:
    assert list(named_in("x = \"select 1 where step = 'buy_label'\"")) == ["1: buy_label"]
