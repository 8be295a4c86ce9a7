"""Creates, finds and cancels operations."""

from dataclasses import replace
from functools import partial
from typing import TypeVar
from uuid import UUID

from pydantic import BaseModel

from api.http.auth import Caller
from api.http.body import validate
from api.http.idempotency import run_once
from api.http.resources import list_rows
from api.http.responses import Answer, answer_one
from api.http.types import parse_path_id
from api.operations.duplicate_guard import is_guarded, mark_purchase, refuse_duplicates
from api.operations.references import StoredReferences
from api.operations.schemas import OperationCreate, OperationQuery
from api.operations.undo_policy import gather_facts, show_undo
from api.operations.views import show_brief, show_detail
from domain.errors import FieldError, InvalidInput, OperationNotFound, OrderNotFound
from domain.json_values import Json
from domain.operation_errors import OperationNotPending
from domain.operations import Operation
from domain.orders import Order
from domain.plan import Plan
from domain.ports.references import References
from domain.ports.stores import OperationRecord, OrganizationData
from workflows.operation_type import OperationType

T = TypeVar("T")

OUTSIDE_INPUT = ("order_id", "order", "carrier_account")
"""Sources outside the input that a refused field's path may start with."""


async def list_operations(caller: Caller, query: OperationQuery) -> Answer:
    return await list_rows(caller, query, lambda data: data.operations, partial(show_brief, caller.context))


async def get_operation(caller: Caller, raw_id: str) -> Answer:
    async with caller.context.database.autocommit(caller.organization_id) as data:
        return await show_whole(caller, data, await require_record(data, raw_id))


async def show_whole(caller: Caller, data: OrganizationData, record: OperationRecord, status: int = 200) -> Answer:
    facts = await gather_facts(caller, data, record)
    return answer_one(show_detail(caller.context, record, facts), status)


async def get_undo_preflight(caller: Caller, raw_id: str) -> Answer:
    """Return the preflight of an undo, step by step; changes nothing."""
    async with caller.context.database.autocommit(caller.organization_id) as data:
        record = await require_record(data, raw_id)
        facts = await gather_facts(caller, data, record)
    return answer_one(show_undo(facts))


async def create_operation(caller: Caller, body: OperationCreate) -> Answer:
    """Record a pending operation after checking its input."""
    kind = caller.context.registry.get(body.type)

    async def create(data: OrganizationData) -> Answer:
        order = None
        if body.order_id is not None:
            order = await data.orders.get(body.order_id)
            if order is None:
                raise OrderNotFound(body.order_id)
        operation_input = validate(kind.input_model, body.input, "input")
        references = StoredReferences(data, caller.context.carrier_queries)
        plan = await make_plan(kind, operation_input, order, references)
        new = kind.new_operation(body.order_id, dump_input(operation_input), plan)
        new = await mark_purchase(caller, kind, operation_input, references, new)
        await refuse_duplicates(caller, data, [(("input",), new)])
        operation = await data.operations.create(new, caller.actor)
        return answer_one(show_brief(caller.context, operation), 201, f"/api/operations/{operation.id}")

    return await run_once(caller, create, single=not (kind.buys and is_guarded(caller)))


def dump_input(operation_input: BaseModel) -> Json:
    """Return the input to record: the fields that were sent, after validation."""
    return operation_input.model_dump(mode="json", by_alias=True, exclude_unset=True)


async def make_plan(
    kind: OperationType, operation_input: BaseModel, order: Order | None, references: References, *path: str | int
) -> Plan:
    """Check an input against the organization's data; return the plan.

    Raises:
        InvalidInput: with paths from the body's root; `path` leads to the operation.
    """
    try:
        return await kind.make_plan(operation_input, order, references)
    except InvalidInput as error:
        raise replace(error, fields=[_prefix_path(field, path) for field in error.fields]) from None


def _prefix_path(field: FieldError, path: tuple[str | int, ...]) -> FieldError:
    below = field.path if field.path[:1] and field.path[0] in OUTSIDE_INPUT else ("input", *field.path)
    return FieldError((*path, *below), field.message)


async def cancel_operation(caller: Caller, raw_id: str) -> Answer:
    operation_id = parse_path_id(raw_id, OperationNotFound)

    async def cancel(data: OrganizationData) -> Answer:
        cancelled = await data.operations.cancel(operation_id, caller.actor)
        if cancelled is None:
            raise OperationNotPending((await require_operation(data, raw_id)).status)
        return answer_one(show_brief(caller.context, cancelled))

    return await run_once(caller, cancel)


async def require_operation(data: OrganizationData, raw_id: str) -> Operation:
    """Return an operation; raises OperationNotFound if the organization has no such operation."""
    operation_id = parse_path_id(raw_id, OperationNotFound)
    return _require(await data.operations.get(operation_id), operation_id)


async def require_record(data: OrganizationData, raw_id: str) -> OperationRecord:
    """Return an operation with its ledger, runs and log.

    Raises:
        OperationNotFound: the organization has no such operation.
    """
    operation_id = parse_path_id(raw_id, OperationNotFound)
    return _require(await data.operations.record(operation_id), operation_id)


def _require(looked_up: T | None, operation_id: UUID) -> T:
    if looked_up is None:
        raise OperationNotFound(operation_id)
    return looked_up
