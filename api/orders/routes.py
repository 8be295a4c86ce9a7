"""Routes of orders."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import OrdersRead, OrdersWrite
from api.http.body import Body
from api.http.contract import Contract, Success, promises
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.orders import service
from api.orders.schemas import OrderCreate, OrderQuery, OrderRead, OrderUpdate

router = APIRouter(prefix="/api/orders", tags=["orders"])

EXAMPLE: dict[str, Any] = {
    "id": "660e8400-e29b-41d4-a716-446655440000",
    "external_id": "1001",
    "order_number": "#1001",
    "status": "pending",
    "currency": "USD",
    "total": "49.90",
    "customer": {"name": "Ada Buyer", "email": "ada@example.com"},
    "ship_to": {
        "name": "Ada Buyer",
        "street1": "1600 Pine Street",
        "city": "Boulder",
        "state": "CO",
        "postal_code": "80302",
        "country": "US",
    },
    "line_items": [{"id": "1", "sku": "MUG-1", "name": "Mug", "quantity": 2, "price": "24.95"}],
    "bridge_id": None,
    "created_at": "2026-01-15T10:00:00Z",
    "updated_at": "2026-01-15T10:00:00Z",
}

GIVEN = {name: EXAMPLE[name] for name in ("external_id", "order_number", "total", "customer", "ship_to", "line_items")}


@router.get("")
@promises(
    Contract(
        "List orders",
        {
            200: Success(
                "A page of orders.",
                Page[OrderRead],
                {
                    "data": [EXAMPLE],
                    "pagination": {"page": 1, "limit": 20, "total": 1, "totalPages": 1, "hasMore": False},
                },
            )
        },
    )
)
async def list_orders(caller: OrdersRead, query: Annotated[OrderQuery, Depends(Query(OrderQuery))]) -> Response:
    """See the contract."""
    return (await service.list_orders(caller, query)).response()


@router.post("")
@promises(
    Contract(
        "Create or update an order",
        {
            201: Success(
                "Created.",
                Envelope[OrderRead],
                {"data": EXAMPLE},
                headers=("Location",),
                links={"order_id": ("get_order", "update_order")},
            ),
            200: Success("Updated: there was one with this external_id.", Envelope[OrderRead], {"data": EXAMPLE}),
        },
        "An update changes the fields that are given; what is left out keeps its value.",
        {422: ("invalid_input",)},
        keyed=True,
        given=GIVEN,
    )
)
async def upsert_order(caller: OrdersWrite, body: Annotated[OrderCreate, Depends(Body(OrderCreate))]) -> Response:
    """See the contract."""
    return (await service.upsert_order(caller, body)).response()


@router.get("/{order_id}")
@promises(
    Contract(
        "Get an order",
        {200: Success("The order.", Envelope[OrderRead], {"data": EXAMPLE})},
        refused={404: ("order_not_found",)},
    )
)
async def get_order(caller: OrdersRead, order_id: str) -> Response:
    """See the contract."""
    return (await service.get_order(caller, order_id)).response()


@router.patch("/{order_id}")
@promises(
    Contract(
        "Change an order",
        {200: Success("The order as it is now.", Envelope[OrderRead], {"data": EXAMPLE})},
        refused={404: ("order_not_found",), 422: ("invalid_input",)},
        keyed=True,
        given={"status": "processing"},
    )
)
async def update_order(
    caller: OrdersWrite, order_id: str, body: Annotated[OrderUpdate, Depends(Body(OrderUpdate))]
) -> Response:
    """See the contract."""
    return (await service.update_order(caller, order_id, body)).response()
