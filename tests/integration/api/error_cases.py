"""How tests provoke the errors that the API declares."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from domain.errors import DomainError
from tests.fixtures.real_service import LiveShop

OPERATIONS = "/api/operations"

Case = Callable[[LiveShop], Awaitable[httpx.Response]]


class Cases(dict[type[DomainError], Case]):
    """The call that provokes each error."""

    def provokes(self, error: type[DomainError]) -> Callable[[Case], Case]:
        """Register the decorated function as the case of an error."""

        def register(case: Case) -> Case:
            self[error] = case
            return case

        return register

    def add_call(self, error: type[DomainError], method: str, path: str, body: Any = None, **headers: str) -> None:
        """Register an error that a single call provokes."""
        self[error] = lambda shop: shop.call(method, path, body, **headers)
