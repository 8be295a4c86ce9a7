"""Makes a bulk action's call for one operation, with the functions of the single calls."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from pydantic_core import to_jsonable_python

from api.operations.execution import start_execution, start_retry
from api.operations.service import cancel_pending
from api.operations.undo import start_undo
from domain.bulk_actions import BulkAction, BulkActionKind, ItemResult, ItemStatus
from domain.clock import Clock
from domain.errors import DomainError, Unavailable
from domain.operation_errors import UndoInUse
from domain.operations import Run, RunOptions
from domain.ports.stores import OrganizationData
from workflows.registry import OperationTypes


@dataclass(frozen=True, slots=True)
class Attempt:
    """Implements `engine.bulk_actions.Attempt`."""

    registry: OperationTypes
    clock: Clock

    async def __call__(self, data: OrganizationData, action: BulkAction, operation_id: UUID) -> ItemResult:
        try:
            run = await self._change(data, action, operation_id)
        except Unavailable:
            raise
        except UndoInUse as error:
            users = [user.id for user in error.used_by]
            if await data.bulk_actions.has_open_item(action, users):
                return ItemResult(ItemStatus.WAITING)  # until this action has undone the users
            return _skip(error)
        except DomainError as error:
            return _skip(error)
        return ItemResult(ItemStatus.SUCCEEDED) if run is None else ItemResult(ItemStatus.RUNNING, run.run)

    async def _change(self, data: OrganizationData, action: BulkAction, operation_id: UUID) -> Run | None:
        """Return the run that was opened; None if the operation was cancelled."""
        target = (data, operation_id)
        if action.action is BulkActionKind.CANCEL:
            await cancel_pending(*target)
            return None
        if action.action is BulkActionKind.EXECUTE:
            return (await start_execution(*target, is_offered=False))[1]
        if action.action is BulkActionKind.RETRY:
            return (await start_retry(*target, is_offered=False))[1]
        options = RunOptions(force=action.force, reason=action.reason)
        return (await start_undo(self, *target, options, is_offered=False))[1]


def _skip(error: DomainError) -> ItemResult:
    """Return the result of a refused call, with the error that the single call returns."""
    details: Mapping[str, object] = to_jsonable_python(error.details)
    return ItemResult(
        ItemStatus.SKIPPED, error={"code": error.code, "message": error.message, "details": dict(details)}
    )
