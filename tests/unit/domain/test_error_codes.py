"""Each error code and message is declared once, in its class."""

import ast
from collections import Counter
from collections.abc import Iterator

import pytest
from pydantic_core import to_json

from api.http.errors import list_errors, status_of
from domain.codes import FailureCode
from domain.errors import DomainError
from domain.operations import UndoRefusal
from tests.unit.docs.pages import ROOT

DECLARATIONS = {"domain/codes.py", "domain/effects.py", "domain/errors.py", "domain/operations.py"}
DECLARATIONS |= {"domain/operation_errors.py", "api/http/errors.py"}
OTHER_WORDS = {"auth_failed", "did_not_happen", "not_found", "rejected", "undo_failed"}
OTHER_WORDS |= {"account_paused", "rate_limited"}
"""Words that are also a status, a choice, a state, a cause or a result."""
PACKAGES = ("activities", "adapters", "api", "bootstrap", "domain", "engine", "workflows")


def iterate_leaves(error: type[DomainError]) -> Iterator[type[DomainError]]:
    subclasses = error.__subclasses__()
    if not subclasses:
        yield error
    for subclass in subclasses:
        yield from iterate_leaves(subclass)


@pytest.mark.parametrize("error", list(iterate_leaves(DomainError)), ids=lambda error: error.__name__)
def test_every_error_declares_code_status_remedy_and_example(error: type[DomainError]) -> None:
    example = error(**error.example)

    assert error in set(list_errors())
    assert 400 <= status_of(error) < 600
    assert error.code
    assert error.remedy.endswith((".", "`."))
    assert error.__doc__
    assert example.message == str(example)
    assert to_json(example.details)


def test_no_two_classes_declare_the_same_code() -> None:
    declared = Counter(error.code for error in list_errors() if "code" in vars(error))

    assert [code for code, times in declared.items() if times > 1] == []


def test_codes_and_messages_are_written_only_in_their_declarations() -> None:
    """So every raised code is a declared one."""
    declared = {text for error in list_errors() for text in (error.code, error.template)}
    declared |= {text for code in FailureCode for text in (code, code.message)}
    declared |= {reason.message for reason in UndoRefusal}
    misplaced = [
        (str(path.relative_to(ROOT)), node.lineno, node.value)
        for package in PACKAGES
        for path in sorted((ROOT / package).rglob("*.py"))
        if str(path.relative_to(ROOT)) not in DECLARATIONS
        and path.parent.parent.name not in ("carriers", "channels")  # a vendor's own words
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Constant) and node.value in declared - OTHER_WORDS - {""}
    ]

    assert misplaced == []
