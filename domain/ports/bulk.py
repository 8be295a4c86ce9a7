"""The port for bulk calls: a constant number of statements for hundreds of operations."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from domain.operations import NewOperation, Operation, OperationStatus


@dataclass(frozen=True, slots=True)
class LockedOperation:
    """A pending operation whose row this transaction has locked."""

    id: UUID
    type: str


class BulkStore(Protocol):
    """Many operations of one organization, in one transaction."""

    async def create(self, operations: Sequence[NewOperation]) -> list[Operation]:
        """Insert pending operations, each with its log entry, and return them in order; their ids ascend."""

    async def lock_pending(self, filters: Mapping[str, Any], limit: int) -> list[LockedOperation]:
        """Lock the oldest pending operations, at most `limit`, and return them, oldest first.

        Filters: type, order_id, ids.
        """

    async def execute(self, locked: Sequence[LockedOperation]) -> int:
        """Open a run of each operation, exactly as `OperationStore.start_run` does; return how many.

        No process is offered the runs: any dispatcher claims them from the table at once.
        """

    async def statuses(self, operation_ids: Collection[UUID]) -> dict[UUID, OperationStatus]:
        """Return the statuses of the operations that exist, by id."""
