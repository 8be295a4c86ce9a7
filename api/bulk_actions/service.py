"""Records and finds bulk actions; `engine.bulk_actions` makes their calls."""

from api.bulk_actions.schemas import (
    MAX_ITEMS,
    BulkActionCreate,
    BulkActionQuery,
    BulkActionRead,
    BulkItemQuery,
    BulkItemRead,
)
from api.http.auth import Caller
from api.http.body import MAX_ERRORS
from api.http.idempotency import run_once
from api.http.resources import find_row, list_rows
from api.http.responses import Answer, answer_one, answer_page
from api.http.types import parse_path_id
from api.operations.read_models import CountRead
from domain.bulk_actions import HELD_FILTER, BulkAction, BulkActionKind, NewBulkAction
from domain.errors import BulkActionNotFound, CodedFieldError, FieldError, InvalidInput, OperationNotFound
from domain.operation_errors import CountChanged
from domain.ports.stores import OrganizationData


async def create_bulk_action(caller: Caller, body: BulkActionCreate) -> Answer:
    """Record a bulk action, or count the operations that its filter matches."""
    filters = body.filter.to_filters() if body.filter is not None else {}
    if HELD_FILTER in filters and body.action is not BulkActionKind.CANCEL:
        raise InvalidInput([FieldError(("filter", HELD_FILTER), "is allowed only with cancel")])
    new = NewBulkAction(body.action, body.ids, filters, body.force, body.reason)

    async def create(data: OrganizationData) -> Answer:
        if body.dry_run:
            return answer_one(CountRead(count=await data.bulk_actions.count(new.action, filters)))
        if body.ids is not None:
            await _refuse_unknown(data, body)
        # One more than the maximum, so that a larger number never equals the expected one.
        action = await data.bulk_actions.create(new, MAX_ITEMS + 1)
        if body.expected_count is not None and action.total != body.expected_count:
            raise CountChanged(await data.bulk_actions.count(new.action, filters), body.expected_count)
        return answer_one(to_read_model(action), 202, f"/api/bulk-actions/{action.id}")

    return await run_once(caller, create)


async def _refuse_unknown(data: OrganizationData, body: BulkActionCreate) -> None:
    ids = body.ids or []
    missing = await data.bulk_actions.find_missing(ids)
    refused = [
        CodedFieldError(("ids", index), f"there is no operation {ident}", OperationNotFound.code)
        for index, ident in enumerate(ids)
        if ident in missing
    ]
    if refused:
        raise InvalidInput(refused[:MAX_ERRORS])


async def list_bulk_actions(caller: Caller, query: BulkActionQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.bulk_actions, to_read_model)


async def get_bulk_action(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return answer_one(to_read_model(await find_row(data.bulk_actions, raw_id, BulkActionNotFound)))


async def stop_bulk_action(caller: Caller, raw_id: str) -> Answer:
    """Skip the items whose call is not made yet; runs that were opened go on."""
    ident = parse_path_id(raw_id, BulkActionNotFound)

    async def stop(data: OrganizationData) -> Answer:
        action = await data.bulk_actions.stop(ident)
        if action is None:
            raise BulkActionNotFound(ident)
        return answer_one(to_read_model(action))

    return await run_once(caller, stop)


async def list_bulk_action_items(caller: Caller, raw_id: str, query: BulkItemQuery) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        action = await find_row(data.bulk_actions, raw_id, BulkActionNotFound)
        page_query = query.to_page_query(caller.organization_id, action.id)
        rows, total = await data.bulk_actions.list_items(action.id, query.to_filters(), page_query)
    page_rows, place = query.paginate(page_query, rows, total, caller.organization_id, action.id)
    return answer_page([BulkItemRead.model_validate(row) for row in page_rows], place)


def to_read_model(action: BulkAction) -> BulkActionRead:
    return BulkActionRead.of(action, status="running" if action.ended_at is None else "ended")
