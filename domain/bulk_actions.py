"""Bulk actions: one change of many operations, which the service makes item by item."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from domain.json_values import Json
from domain.origin import Origin


class BulkActionKind(StrEnum):
    """The call that a bulk action makes for each of its operations."""

    EXECUTE = "execute"
    CANCEL = "cancel"
    RETRY = "retry"
    UNDO = "undo"


class ItemStatus(StrEnum):
    """The progress of one item; `waiting` and `running` are not final."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"


HELD_FILTER = "held"
"""The filter that selects operations which wait for a paused account or bridge, instead of pending ones."""

STOPPED = {"code": "stopped", "message": "The bulk action was stopped."}
"""The error of items that were waiting at a stop."""


@dataclass(frozen=True, slots=True)
class NewBulkAction:
    """A bulk action to record; it contains the operations of `ids`, or those that match `filters`."""

    action: BulkActionKind
    ids: list[UUID] | None
    filters: Mapping[str, Any]
    force: bool
    reason: str | None


@dataclass(frozen=True, slots=True)
class BulkAction:
    """A bulk action as stored; `total` is the sum of the five counts, by item status."""

    id: UUID
    organization_id: UUID
    action: BulkActionKind
    filter: Json | None
    force: bool
    reason: str | None
    actor: str
    total: int
    waiting: int
    running: int
    succeeded: int
    failed: int
    skipped: int
    created_at: datetime
    updated_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class OpenBulkAction:
    """An action with work to do, and the origin of its changes."""

    organization_id: UUID
    id: UUID
    actor: str
    request_id: str | None

    @property
    def origin(self) -> Origin:
        return Origin(self.actor, self.request_id)


@dataclass(frozen=True, slots=True)
class BulkItem:
    """One operation of a bulk action; `run` is the run that the action opened, `created_at` is the operation's."""

    id: UUID
    operation_id: UUID
    status: ItemStatus
    run: int | None
    error: Json | None
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class ItemResult:
    """The result of the attempt to change one operation. An item that is still `waiting` is attempted again later."""

    status: ItemStatus
    run: int | None = None
    error: Json | None = None
