"""Only `workflows/` and the implementing activities name steps and operation types.

All other code reads the descriptors of types and steps, so an installed type works like a built-in one.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from workflows.registry import BUILT_IN

PROJECT = Path(__file__).parents[2]
PACKAGES = ("adapters", "api", "bootstrap", "domain", "engine")
STEPS = [step for kind in BUILT_IN for step in kind.steps]
OWNED = [(step.name, step.activity, step.recovery, step.compensation, step.waiting) for step in STEPS]
NAMES = {kind.name for kind in BUILT_IN} | {name for names in OWNED for name in names if name}
WORD = re.compile(rf"(?<![\w.])({'|'.join(sorted(NAMES))})(?!\w)")
MODULES = sorted(path for package in PACKAGES for path in (PROJECT / package).rglob("*.py"))


def find_names(source: str) -> Iterator[str]:
    """Return the names in the strings of a module, each with its line; examples of errors are left out."""
    tree = ast.parse(source)
    assignments = [node for node in ast.walk(tree) if isinstance(node, ast.Assign)]
    values = [node for node in assignments if ast.unparse(node.targets[0]) == "example"]
    examples = {text for node in values for text in ast.walk(node)}
    for node in ast.walk(tree):
        if node not in examples and isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from (f"{node.lineno}: {found[0]}" for found in WORD.finditer(node.value))


def test_other_packages_name_no_step_and_no_type() -> None:
    names_by_module = {str(path.relative_to(PROJECT)): list(find_names(path.read_text())) for path in MODULES}
    assert {module: names for module, names in names_by_module.items() if names} == {}


def test_a_name_in_a_string_is_found() -> None:
    assert list(find_names("x = \"select 1 where step = 'buy_label'\"")) == ["1: buy_label"]
