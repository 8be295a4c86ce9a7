"""Registry of operation types: the built-in ones, and those of installed packages.

A package adds a type with an entry point in the group `orderly.operation_types` that loads an `OperationType`.
"""

from collections.abc import Iterable
from importlib.metadata import entry_points

from domain.errors import UnknownOperationType
from workflows.operation_type import OperationType
from workflows.operations.create_shipment import CREATE_SHIPMENT
from workflows.operations.fulfill_order import FULFILL_ORDER
from workflows.operations.push_fulfillment import PUSH_FULFILLMENT
from workflows.operations.update_order_status import UPDATE_ORDER_STATUS
from workflows.operations.void_shipment import VOID_SHIPMENT

ENTRY_POINT_GROUP = "orderly.operation_types"

BUILT_IN = (CREATE_SHIPMENT, PUSH_FULFILLMENT, UPDATE_ORDER_STATUS, FULFILL_ORDER, VOID_SHIPMENT)


class OperationTypes:
    """The registered types, by name."""

    def __init__(self, types: Iterable[OperationType]) -> None:
        self._types: dict[str, OperationType] = {}
        for kind in types:
            if kind.name in self._types:
                raise ValueError(f"operation type {kind.name} is registered twice")
            self._types[kind.name] = kind

    def find(self, name: str) -> OperationType | None:
        """Return a type, or None if it is not installed."""
        return self._types.get(name)

    def get(self, name: str) -> OperationType:
        """Return a type; raises UnknownOperationType with the names of all types."""
        found = self._types.get(name)
        if found is None:
            known = sorted(self._types)
            raise UnknownOperationType(name, ", ".join(known), known)
        return found

    def all(self) -> list[OperationType]:
        return [self._types[name] for name in sorted(self._types)]


def load_types() -> OperationTypes:
    """Load the built-in types and those of installed packages."""
    installed = [entry.load() for entry in entry_points(group=ENTRY_POINT_GROUP)]
    return OperationTypes([*BUILT_IN, *installed])
