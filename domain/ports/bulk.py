"""What the API asks of the store for hundreds of operations at a time: few statements, however many they are."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from domain.operations import NewOperation, Operation, OperationStatus


@dataclass(frozen=True, slots=True)
class LockedOperation:
    """A pending operation that nobody else can change within this transaction."""

    id: UUID
    type: str


class BulkStore(Protocol):
    """Many operations of one organization, within one transaction."""

    async def create(self, operations: Sequence[NewOperation], actor: str) -> list[Operation]:
        """Insert pending operations, each with its log entry; return them in order.

        Their ids rise in that order.
        """

    async def lock_pending(self, filters: Mapping[str, Any], limit: int) -> list[LockedOperation]:
        """Return the oldest pending operations, at most so many and oldest first, and let nobody else change them.

        Filters: type, order_id, ids.
        """

    async def execute(self, locked: Sequence[LockedOperation], actor: str) -> int:
        """Open a run of each, exactly as `OperationStore.start_run` does; return how many.

        The runs are nobody's: any dispatcher takes them from the table at once.
        """

    async def statuses(self, operation_ids: Collection[UUID]) -> dict[UUID, OperationStatus]:
        """Return the status of those that there are, by id."""
