"""Buy a label with a generated client, save its document, read the list of operations, and undo the purchase."""

import os
import sys
from http import HTTPStatus
from pathlib import Path
from uuid import UUID, uuid4

from httpx import Timeout
from orderly_operations_client import AuthenticatedClient
from orderly_operations_client.api.operations import create_operation, list_operations, undo_operation
from orderly_operations_client.api.shipments import get_label
from orderly_operations_client.models import (
    CreateShipmentCreate,
    CreateShipmentInput,
    CreateShipmentOperation,
    EnvelopeOperationRead,
    ErrorEnvelope,
    PageOperationRead,
)
from orderly_operations_client.types import File

client = AuthenticatedClient(base_url=os.environ["API"], token=os.environ["KEY"], timeout=Timeout(60))

# Buy a label. The key makes the call safe to repeat; `wait` waits up to 30 s for the end.
created = create_operation.sync(
    client=client,
    idempotency_key=str(uuid4()),
    prefer="wait=30",
    body=CreateShipmentCreate(
        type_="create_shipment",
        order_id=UUID(sys.argv[1]),
        input_=CreateShipmentInput.from_dict({"carrier": "fedex", "service": "GROUND"}),
        execute=True,
    ),
)
if isinstance(created, ErrorEnvelope):
    sys.exit(f"{created.error.code}: {created.error.message}")
assert isinstance(created, EnvelopeOperationRead)
operation = created.data
assert isinstance(operation, CreateShipmentOperation)  # the class depends on the type
if operation.status != "completed" or operation.output is None:
    sys.exit(f"{operation.status}: {operation.error or operation.attention or operation.progress}")
print("bought", operation.output.tracking_number)

# Save the label's document.
label = get_label.sync(operation.output.shipment_id, client=client)
if isinstance(label, File):
    Path("label.pdf").write_bytes(label.payload.read())

# Read all operations of the order, page by page.
cursor: str | None = "first"
count = 0
while cursor:
    page = list_operations.sync(client=client, order_id=[UUID(sys.argv[1])], cursor=cursor, limit=100)
    assert isinstance(page, PageOperationRead)
    count += len(page.data)
    cursor = page.pagination.next_cursor or None
print("operations of the order:", count)

# Undo the purchase: the service voids the label. 202 means that the carrier needs longer.
undone = undo_operation.sync_detailed(operation.id, client=client, idempotency_key=str(uuid4()))
print("undone" if undone.status_code is HTTPStatus.OK else f"undo: {undone.status_code}")
