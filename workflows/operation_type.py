"""What an operation type is; `workflows/registry.py` lists them."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from activities.ports import ActivityPorts
from domain.orders import Order
from domain.ports.references import References

Check = Callable[[Any, Order | None, References], Awaitable[dict[str, Any]]]
"""Checks an input against the organization's data and returns the plan.

The plan is what workflows and operators see of the input: ids, carrier, service, channel; never an address or a secret.
Raises `InvalidInput` with paths from the input's root, or `("order_id",)`.
"""


@dataclass(frozen=True)
class OperationType:
    """One operation type: its contract, and the workflow that runs it (registered under the type's name)."""

    name: str
    description: str
    input_model: type[BaseModel]
    output_model: type[BaseModel]
    supports_undo: bool
    check: Check
    workflow: type
    make_activities: Callable[[ActivityPorts], Sequence[Callable[..., Any]]] | None = None
    """Makes the activities of a type that has some of its own; the built-in ones are registered with every worker."""
