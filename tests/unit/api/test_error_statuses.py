"""Every error of the API has an HTTP status."""

from collections.abc import Iterator

import api.http.errors
import domain.errors
from api.http.errors import status_of
from domain.errors import DomainError


def leaves(error: type[DomainError]) -> Iterator[type[DomainError]]:
    below = error.__subclasses__()
    if not below:
        yield error
    for subclass in below:
        yield from leaves(subclass)


def test_every_leaf_of_the_error_tree_has_a_status() -> None:
    modules = (api.http.errors.__name__, domain.errors.__name__)
    errors = [error for error in leaves(DomainError) if error.__module__ in modules]

    assert len(errors) > 15
    assert [error.__name__ for error in errors if status_of(error) is None] == []
