"""Operations with their order and shipment: `include`."""

from dataclasses import replace
from typing import Any

import pytest

from adapters.postgres.core.transaction import OrganizationTransaction
from api.http.auth import Scope
from tests.fixtures.in_process_api import ApiClient
from tests.fixtures.rows import Rows

PATH = "/api/operations"


async def test_an_operation_includes_its_order_and_shipment(client: ApiClient, rows: Rows) -> None:
    """In a list and alone, in the form of their own endpoints; the shipment is the newest."""
    order = rows.insert_order()
    operation = rows.insert_operation("completed", order_id=order)
    rows.insert_shipment(operation_id=operation, order_id=order, status="voided", created_at="2026-01-01T00:00:00Z")
    shipment = rows.insert_shipment(operation_id=operation, order_id=order)

    for query in ("include=order,shipment", "include=shipment&include=order"):
        (listed,) = await client.data("GET", f"{PATH}?{query}")
        alone = await client.data("GET", f"{PATH}/{operation}?{query}")
        assert listed["order"] == alone["order"] == await client.data("GET", f"/api/orders/{order}")
        assert listed["shipment"] == alone["shipment"] == await client.data("GET", f"/api/shipments/{shipment}")
    only = await client.data("GET", f"{PATH}/{operation}?include=order")
    assert ("order" in only, "shipment" in only) == (True, False)
    assert not {"order", "shipment"} & (await client.data("GET", f"{PATH}/{operation}")).keys()


async def test_an_operation_that_bought_nothing_includes_the_shipment_that_it_uses(
    client: ApiClient, rows: Rows
) -> None:
    bought, void, neither = (rows.insert_operation("completed") for _ in range(3))
    shipment = rows.insert_shipment(operation_id=bought)
    rows.insert("shipment_uses", operation_id=void, shipment_id=shipment, depends_on=bought)

    listed = {row["id"]: row for row in await client.data("GET", f"{PATH}?include=order,shipment")}

    assert listed[str(bought)]["shipment"]["id"] == listed[str(void)]["shipment"]["id"] == str(shipment)
    assert "shipment" not in listed[str(neither)]
    assert all("order" not in row for row in listed.values())


async def test_a_page_with_resources_takes_one_more_round_trip(
    client: ApiClient, rows: Rows, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        order = rows.insert_order()
        rows.insert_shipment(operation_id=rows.insert_operation(order_id=order), order_id=order)
    trips: list[int] = []
    fetch_each = OrganizationTransaction.fetch_each

    async def counted(self: OrganizationTransaction, queries: Any, **params: Any) -> Any:
        trips.append(len(queries))
        return await fetch_each(self, queries, **params)

    monkeypatch.setattr(OrganizationTransaction, "fetch_each", counted)
    assert len(await client.data("GET", f"{PATH}?include=order,shipment")) == 5
    assert trips == [2, 3]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("include=", "include"), ("include=input", "include"), ("include=order,,shipment", "include"), ("page=1", "page")],
)
async def test_a_bad_include_is_refused(client: ApiClient, rows: Rows, query: str, parameter: str) -> None:
    operation = rows.insert_operation()

    for path in (f"{PATH}/{operation}", PATH)[: 1 if parameter == "page" else 2]:
        error = (await client.call("GET", f"{path}?{query}")).json()["error"]
        assert (error["code"], error["details"]["parameter"]) == ("invalid_request", parameter)


async def test_an_included_resource_needs_its_scope(client: ApiClient, rows: Rows) -> None:
    operation = rows.insert_operation()
    limited = replace(client, secret=rows.insert_key(Scope.OPERATIONS_READ, Scope.ORDERS_READ))

    for path in (PATH, f"{PATH}/{operation}"):
        assert (await limited.call("GET", f"{path}?include=order")).status_code == 200
        refused = await limited.call("GET", f"{path}?include=order,shipment")
        assert (refused.status_code, refused.json()["error"]["code"]) == (403, "insufficient_scope")
