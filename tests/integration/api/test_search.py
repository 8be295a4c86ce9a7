"""Search of lists by the start of an id or number: `q`."""

from uuid import UUID

import pytest

from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows
from tests.integration.api.test_list_filters import find, ids, refused_parameters

OPERATIONS, ORDERS, SHIPMENTS = "/api/operations", "/api/orders", "/api/shipments"


def insert_parcel(rows: Rows, prefix: str) -> tuple[UUID, UUID, UUID]:
    """Insert an order with a shipment and the operation that bought it, whose numbers have a prefix."""
    order = rows.insert_order(external_id=f"{prefix}-ext", order_number=f"#{prefix}")
    operation = rows.insert_operation("completed", order_id=order)
    shipment = rows.insert_shipment(operation_id=operation, order_id=order, tracking_number=f"1Z{prefix}99")
    return order, operation, shipment


async def test_ids_and_numbers_are_found_by_their_start(client: ApiClient, rows: Rows, other_rows: Rows) -> None:
    """Whole or in part, and never of another organization."""
    order, operation, shipment = insert_parcel(rows, "A\u00e9%_1")
    insert_parcel(rows, "B2")
    insert_parcel(other_rows, "A\u00e9%_1")
    using = rows.insert_operation()
    rows.insert("shipment_uses", operation_id=using, shipment_id=shipment, depends_on=operation)

    for text in (
        "A\u00e9%_1-ext",
        "A\u00e9",
        "Ae\u0301%",
        "#A\u00e9%_1",
        "#A",
        str(order),
        str(order)[:8].upper(),
        str(order)[:20],
    ):
        assert await find(client, ORDERS, q=text) == ids(order), text
        assert await find(client, OPERATIONS, q=text) == ids(operation), text
        assert await find(client, SHIPMENTS, q=text) == ids(shipment), text
    for text in ("1ZA\u00e9%_199", "1ZA"):
        assert await find(client, ORDERS, q=text) == ids(order), text
        assert await find(client, OPERATIONS, q=text) == ids(operation, using), text
        assert await find(client, SHIPMENTS, q=text) == ids(shipment), text
    assert await find(client, OPERATIONS, q=str(operation)) == ids(operation)
    assert await find(client, SHIPMENTS, q=str(operation)) == ids(shipment)
    assert await find(client, SHIPMENTS, q=str(shipment)[:9]) == ids(shipment)


@pytest.mark.parametrize("text", ["a\u00e9", "%", "_", "ext", "' or true --", str(UUID(int=1)), "fb3decb", "1za"])
async def test_other_texts_find_nothing(client: ApiClient, rows: Rows, text: str) -> None:
    """The case of numbers matters, and no character is a wildcard."""
    insert_parcel(rows, "A\u00e9%_1")

    for path in (OPERATIONS, ORDERS, SHIPMENTS):
        assert await find(client, path, q=text) == set()


async def test_a_search_combines_with_filters(client: ApiClient, rows: Rows) -> None:
    order, operation, _ = insert_parcel(rows, "A1")
    failed = rows.insert_operation("failed", order_id=order)

    assert await find(client, OPERATIONS, q="A1") == ids(operation, failed)
    assert await find(client, OPERATIONS, q="A1", status="failed", sort="updated_at") == ids(failed)
    assert await find(client, OPERATIONS, q="A1", metadata=[]) == ids(operation, failed)


async def test_a_search_that_is_too_broad_is_refused(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("adapters.postgres.core.search.MAX_FOUND", 2)
    made = [rows.insert_order(external_id=f"A{n}") for n in range(3)]

    assert await find(client, ORDERS, q="A1") == ids(made[1])
    assert list(await refused_parameters(client, ORDERS, q="A")) == ["q"]


@pytest.mark.parametrize("text", ["", "x" * 201, "a\nb", ["a", "b"]])
async def test_a_bad_text_is_refused(client: ApiClient, text: str) -> None:
    for path in (OPERATIONS, ORDERS, SHIPMENTS):
        assert list(await refused_parameters(client, path, q=text)) == ["q"]
