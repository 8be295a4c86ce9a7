"""Ports for the activities of operation types from installed packages."""

from dataclasses import dataclass

from domain.ports.ledger import ActivityReads, Ledger


@dataclass(frozen=True, slots=True)
class ActivityPorts:
    """The ledger, which makes a type's own effects recoverable and undoable, and the reads that activities may use."""

    ledger: Ledger
    reads: ActivityReads
