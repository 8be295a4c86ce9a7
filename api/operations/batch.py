"""Creates hundreds of operations in one call: all of them, or none with the reasons."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from pydantic import BaseModel

from api.http.auth import Caller, Scope
from api.http.body import validate
from api.http.idempotency import run_once
from api.http.responses import Answer, answer_many
from api.operations.create import dump_input, make_plan
from api.operations.duplicate_guard import mark_purchase, refuse_duplicates
from api.operations.references import StoredReferences
from api.operations.schemas import OperationBatch, OperationCreate
from api.operations.views import show_brief
from domain.errors import CodedFieldError, FieldError, InvalidInput, OrderNotFound, UnknownOperationType
from domain.operations import NewOperation
from domain.ports.bulk import LockedOperation
from domain.ports.stores import OrganizationData
from workflows.operation_type import OperationType
from workflows.registry import OperationTypes

OPERATIONS = "operations"


@dataclass(frozen=True, slots=True)
class Item:
    """One operation of the batch, validated without the organization's data."""

    index: int
    body: OperationCreate
    kind: OperationType
    input: BaseModel


async def create_batch(caller: Caller, batch: OperationBatch) -> Answer:
    """Record operations in one transaction, and start those that are to be executed."""
    started: list[UUID] = []

    async def create(data: OrganizationData) -> Answer:
        items, refused = _read_items(caller.context.registry, batch.operations)
        if batch.execute or any(item.body.execute for item in items):
            caller.require(Scope.OPERATIONS_EXECUTE)
        references = await _preload_references(
            StoredReferences(data, caller.context.carrier_queries, caller.key.mode), data, items
        )
        rows: list[NewOperation] = []
        for item in items:
            await asyncio.sleep(0)  # planning hundreds of operations must not hold up other requests
            try:
                rows.append(await _plan_operation(caller, item, references))
            except InvalidInput as error:
                refused.extend(_add_code(error))
        if refused:
            raise InvalidInput(sorted(refused, key=lambda field: int(field.path[1])))
        paths = [(OPERATIONS, item.index, "input") for item in items]
        await refuse_duplicates(caller, data, list(zip(paths, rows, strict=True)))
        created = await data.bulk.create(rows)
        wanted = [
            LockedOperation(operation.id, operation.type)
            for item, operation in zip(items, created, strict=True)
            if batch.execute or item.body.execute
        ]
        if wanted:
            await data.bulk.execute(wanted)
            started.extend(operation.id for operation in wanted)
            stored = await data.operations.get_many([operation.id for operation in created])
            created = [stored[operation.id] for operation in created]
        return answer_many([show_brief(caller.context, operation) for operation in created], 201)

    answer = await run_once(caller, create)
    if started:
        caller.context.dispatch.sweep_soon()
    return answer


def _read_items(types: OperationTypes, bodies: Sequence[Any]) -> tuple[list[Item], list[FieldError]]:
    items: list[Item] = []
    refused: list[FieldError] = []
    for index, body in enumerate(bodies):
        try:
            items.append(_read_item(types, index, body))
        except InvalidInput as error:
            refused.extend(error.fields)
    return items, refused


def _read_item(types: OperationTypes, index: int, raw: Any) -> Item:
    body = validate(OperationCreate, raw, OPERATIONS, index)
    try:
        kind = types.get(body.type)
    except UnknownOperationType as error:
        raise InvalidInput([CodedFieldError((OPERATIONS, index, "type"), error.message, error.code)]) from None
    return Item(index, body, kind, validate(kind.input_model, body.input, OPERATIONS, index, "input"))


async def _plan_operation(caller: Caller, item: Item, references: StoredReferences) -> NewOperation:
    body, order = item.body, None
    if body.order_id is not None:
        order = await references.order(body.order_id)
        if order is None:
            message = f"there is no order {body.order_id}"
            raise InvalidInput([CodedFieldError((OPERATIONS, item.index, "order_id"), message, OrderNotFound.code)])
    plan = await make_plan(item.kind, item.input, order, references, OPERATIONS, item.index)
    new = replace(item.kind.new_operation(body.order_id, dump_input(item.input), plan), metadata=body.metadata)
    return await mark_purchase(caller, item.kind, item.input, references, new)


def _add_code(error: InvalidInput) -> Sequence[FieldError]:
    """Return the fields of an error, each with the error's code if it is more exact than the batch's own."""
    if error.code == InvalidInput.code:
        return error.fields
    return [CodedFieldError(field.path, field.message, error.code) for field in error.fields]


async def _preload_references(
    references: StoredReferences, data: OrganizationData, items: Sequence[Item]
) -> StoredReferences:
    """Read the orders and shipments of a batch with one statement each."""
    orders = {item.body.order_id for item in items if item.body.order_id is not None}
    idents = {getattr(item.input, "shipment_id", None) for item in items}
    shipments = {ident for ident in idents if isinstance(ident, UUID)}
    if orders:
        references.preload("order", orders, await data.orders.get_many(orders))
    if shipments:
        references.preload("shipment", shipments, await data.shipments.get_many(shipments))
    return references
