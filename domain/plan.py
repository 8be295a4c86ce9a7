"""What workflows and operators may see of an operation's input."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True)
class Plan:
    """What a type's `check` makes of an input: ids and names, never an address or a secret.

    `can_undo` is False if the channel can't cancel. `extra` are keys of an installed type's own; in JSON they stand
    beside the others.
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
        """Return what the plan has under a key of its JSON; None if it has nothing."""
        return getattr(self, key) if key in KEYS else self.extra.get(key)


KEYS = {known.name for known in fields(Plan)} - {"extra"}
