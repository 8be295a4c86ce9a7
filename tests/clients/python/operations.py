"""Create, execute, undo, batch, pages, label and errors, with the client of openapi-python-client."""

import os
from uuid import UUID, uuid4

from httpx import Timeout
from orderly_operations_client import AuthenticatedClient
from orderly_operations_client.api.operations import (
    create_operation,
    create_operations,
    execute_operation,
    get_operation,
    list_operations,
    undo_operation,
)
from orderly_operations_client.api.shipments import get_label, list_shipments
from orderly_operations_client.models import (
    CreateShipmentCreate,
    CreateShipmentInput,
    CreateShipmentOperationDetail,
    EnvelopeOperationDetail,
    EnvelopeOperationRead,
    ErrorEnvelope,
    OperationBatch,
    OrderStatus,
    PageOperationRead,
    PageShipmentRead,
    SeveralOperationRead,
    UpdateOrderStatusCreate,
    UpdateOrderStatusInput,
    UpdateOrderStatusOperation,
)
from orderly_operations_client.types import File

client = AuthenticatedClient(base_url=os.environ["API"], token=os.environ["KEY"], timeout=Timeout(60))
order = UUID(os.environ["ORDER"])


def check_execute_and_undo() -> None:
    label = CreateShipmentInput.from_dict(
        {"carrier": "fedex", "service": "GROUND", "parcels": [{"weight": 2, "weight_unit": "lb"}]}
    )
    body = CreateShipmentCreate(type_="create_shipment", order_id=order, input_=label)
    key = str(uuid4())
    first = create_operation.sync_detailed(client=client, body=body, idempotency_key=key)
    again = create_operation.sync_detailed(client=client, body=body, idempotency_key=key)
    assert isinstance(first.parsed, EnvelopeOperationRead)
    assert isinstance(again.parsed, EnvelopeOperationRead)
    assert first.parsed.data.id == again.parsed.data.id
    assert again.headers["Idempotent-Replayed"] == "true"

    executed = execute_operation.sync(first.parsed.data.id, client=client, prefer="wait=30")
    assert isinstance(executed, EnvelopeOperationDetail)
    operation = executed.data
    assert isinstance(operation, CreateShipmentOperationDetail)
    assert operation.output is not None
    assert operation.output.carrier == "fedex"
    assert operation.input_.service == "GROUND"

    document = get_label.sync(operation.output.shipment_id, client=client)
    assert isinstance(document, File)
    assert document.payload.read().startswith(b"%PDF-")
    shipments = list_shipments.sync(client=client, operation_id=[operation.id])
    assert isinstance(shipments, PageShipmentRead)
    assert [shipment.tracking_number for shipment in shipments.data] == [operation.output.tracking_number]

    undone = undo_operation.sync(operation.id, client=client, prefer="wait=30")
    assert isinstance(undone, EnvelopeOperationDetail)
    assert undone.data.status == "undone"


def check_batch_and_pages() -> None:
    change = UpdateOrderStatusInput(status=OrderStatus.ON_HOLD)
    one = UpdateOrderStatusCreate(type_="update_order_status", order_id=order, input_=change)
    created = create_operations.sync(client=client, body=OperationBatch(operations=[one] * 5))
    assert isinstance(created, SeveralOperationRead)
    assert all(isinstance(operation, UpdateOrderStatusOperation) for operation in created.data)

    found: list[UUID] = []
    cursor: str | None = "first"
    while cursor:
        page = list_operations.sync(client=client, cursor=cursor, limit=2, type_=["update_order_status"])
        assert isinstance(page, PageOperationRead)
        found += [operation.id for operation in page.data]
        cursor = page.pagination.next_cursor or None
    assert found[::-1] == [operation.id for operation in created.data]
    by_number = list_operations.sync(client=client, page=2, limit=2, type_=["update_order_status"])
    assert isinstance(by_number, PageOperationRead)
    assert [operation.id for operation in by_number.data] == found[2:4]


def check_errors() -> None:
    missing = get_operation.sync(uuid4(), client=client)
    assert isinstance(missing, ErrorEnvelope)
    assert missing.error.code == "operation_not_found"


check_execute_and_undo()
check_batch_and_pages()
check_errors()
