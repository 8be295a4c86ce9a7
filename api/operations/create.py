"""Records operations, and executes them in the same transaction on request."""

from dataclasses import replace
from uuid import UUID

from pydantic import BaseModel

from api.http.auth import Caller, Scope
from api.http.body import validate
from api.http.idempotency import run_once
from api.http.responses import Answer
from api.operations.duplicate_guard import is_guarded, mark_purchase, refuse_duplicates
from api.operations.reach import require_one_mode
from api.operations.references import StoredReferences
from api.operations.schemas import OperationCreate
from api.operations.views import show_created
from api.operations.wait_for_run import CreateCall, Started, run_and_wait
from domain.errors import FieldError, InvalidInput, OrderNotFound
from domain.json_values import Json
from domain.operations import NewOperation
from domain.orders import Order
from domain.plan import Plan
from domain.ports.stores import OrganizationData
from workflows.operation_type import OperationType

OUTSIDE_INPUT = ("order_id", "order", "carrier_account")
"""Sources outside the input that a refused field's path may start with."""


async def create_operation(caller: Caller, body: OperationCreate) -> Answer:
    """Record a pending operation after checking its input; execute it in the same transaction if `body` asks for it."""
    kind = caller.context.registry.get(body.type)

    async def prepare(data: OrganizationData) -> NewOperation:
        references = StoredReferences(data, caller.context.carrier_queries, caller.key.mode)
        order = await _read_order(data, references, body)
        operation_input = validate(kind.input_model, body.input, "input")
        plan = await make_plan(kind, operation_input, order, references)
        new = replace(kind.new_operation(body.order_id, dump_input(operation_input), plan), metadata=body.metadata)
        new = await mark_purchase(caller, kind, operation_input, references, new)
        await refuse_duplicates(caller, data, [(("input",), new)])
        return new

    async def create(data: OrganizationData) -> Answer:
        return show_created(caller.context, await data.operations.create(await prepare(data)))

    async def create_and_start(data: OrganizationData) -> Started:
        return await data.operations.create_and_start(await prepare(data))

    single = not (kind.buys and is_guarded(caller))
    if not body.execute:
        return await run_once(caller, create, single=single)
    caller.require(Scope.OPERATIONS_EXECUTE)
    return await run_and_wait(CreateCall(caller, create_and_start, is_single=single))


async def _read_order(data: OrganizationData, references: StoredReferences, body: OperationCreate) -> Order | None:
    """Read the order, and in the same round trip its bridge and the carrier account that the input names."""
    if body.order_id is None:
        return None
    account_id = _read_account_id(body)
    found, bridge, account = await data.order_with_connections(body.order_id, account_id)
    references.preload("order", [body.order_id], {body.order_id: found})
    if bridge is not None:
        references.preload("bridge", [bridge.id], {bridge.id: bridge})
    if account_id is not None:
        references.preload("account", [account_id], {account_id: account})
    order = await references.order(body.order_id)
    if order is None:
        raise OrderNotFound(body.order_id)
    return order


def _read_account_id(body: OperationCreate) -> UUID | None:
    """Return the account's id if the input, which is not validated yet, has one."""
    try:
        return UUID(body.input["carrier_account_id"])
    except (KeyError, TypeError, AttributeError, ValueError):
        return None


def dump_input(operation_input: BaseModel) -> Json:
    """Return the input to record: the fields that were sent, after validation."""
    return operation_input.model_dump(mode="json", by_alias=True, exclude_unset=True)


async def make_plan(
    kind: OperationType, operation_input: BaseModel, order: Order | None, references: StoredReferences, *path: str | int
) -> Plan:
    """Check an input against the organization's data; return the plan.

    Raises:
        InvalidInput: with paths from the body's root; `path` leads to the operation.
        LiveModeRefused: a test key would use something with mode `live`.
    """
    try:
        plan = await kind.make_plan(operation_input, order, references)
        await require_one_mode(references, kind, plan, order)
    except InvalidInput as error:
        raise replace(error, fields=[_prefix_path(field, path) for field in error.fields]) from None
    return plan


def _prefix_path(field: FieldError, path: tuple[str | int, ...]) -> FieldError:
    below = field.path if field.path[:1] and field.path[0] in OUTSIDE_INPUT else ("input", *field.path)
    return FieldError((*path, *below), field.message)
