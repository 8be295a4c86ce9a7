"""What an operation type of an installed package builds its own activities on."""

from dataclasses import dataclass

from domain.ports.ledger import ActivityReads, Ledger


@dataclass(frozen=True, slots=True)
class ActivityPorts:
    """The ledger, so that an own effect can be recovered and undone like the built-in ones, and what may be read."""

    ledger: Ledger
    reads: ActivityReads
