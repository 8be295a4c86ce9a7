"""The plan of an operation: the part of its input that workflows and operators may see."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Plan:
    """The result of a type's `check` of an input: ids and names, never an address or a secret.

    `can_undo` is False if the channel can't cancel. `extra` has the keys of an installed type; in JSON they are at the
    same level as the other fields.
    """

    carrier_account_id: UUID | None = None
    carrier: str | None = None
    service: str | None = None
    shipment_id: UUID | None = None
    tracking_number: str | None = None
    bridge_id: UUID | None = None
    channel: str | None = None
    can_undo: bool | None = None
    status: str | None = None
    extra: Mapping[str, Any] = field(default_factory=dict)

    def value(self, key: str) -> Any:
        """Return the plan's value for a key of its JSON; None if there is none."""
        return getattr(self, key) if key in KEYS else self.extra.get(key)


KEYS = {known.name for known in fields(Plan)} - {"extra"}
