"""The ports for bulk actions: their store within an organization, and the search for open ones."""

from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from domain.bulk_actions import BulkAction, BulkActionKind, BulkItem, ItemResult, NewBulkAction, OpenBulkAction
from domain.ports.rows import PageQuery, RowStore, Total

if TYPE_CHECKING:
    from domain.ports.stores import OrganizationData


class BulkActionStore(RowStore[BulkAction], Protocol):
    """Bulk actions and their items; filters: action, status (`running` or `ended`)."""

    async def count(self, action: BulkActionKind, filters: Mapping[str, Any]) -> int:
        """Return how many operations match the filters and have the status that the action needs.

        Filters: type, order_id, error_code, created_after, created_before, bulk_action_id, held.
        """

    async def find_missing(self, ids: Collection[UUID]) -> set[UUID]:
        """Return the ids that are no operation of the organization."""

    async def create(self, new: NewBulkAction, limit: int) -> BulkAction:
        """Record an action, with an item for each of its operations, at most `limit`."""

    async def list_items(
        self, ident: UUID, filters: Mapping[str, Any], page: PageQuery
    ) -> tuple[list[BulkItem], Total]:
        """Return a page of an action's items, and their total; filters: status."""

    async def stop(self, ident: UUID) -> BulkAction | None:
        """Skip the waiting items of an action, and return it; None if it does not exist. Waits for its lock."""

    async def lock(self, ident: UUID) -> BulkAction | None:
        """Lock an action for this transaction; None if it has ended, or if another process holds the lock."""

    async def next_items(self, action: BulkAction, limit: int) -> list[BulkItem]:
        """Return the next items to try: oldest operations first, newest first for an undo."""

    async def has_open_item(self, action: BulkAction, operation_ids: Collection[UUID]) -> bool:
        """Return True if one of the operations is an item whose status is not final."""

    async def record(self, action: BulkAction, results: Mapping[UUID, ItemResult]) -> None:
        """Record the results of attempts, by item id, and change the action's counts."""

    async def settle(self, action: BulkAction) -> bool:
        """Record the results of ended runs, if it is time to read them again; return whether it was."""


class BulkDatabase(Protocol):
    """The database of all organizations, as the worker of bulk actions uses it."""

    async def open_bulk_actions(self) -> Sequence[OpenBulkAction]:
        """Return one action with work to do now of each organization."""

    def organization(self, organization_id: UUID) -> "AbstractAsyncContextManager[OrganizationData]":
        """As `domain.ports.stores.Database.organization`."""
