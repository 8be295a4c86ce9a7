"""Routes of orders."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.http.auth import OrdersRead, OrdersWrite
from api.http.body import Body
from api.http.pagination import Query
from api.http.responses import Envelope, Page
from api.http.types import PathId
from api.openapi.errors import raises
from api.orders import service
from api.orders.schemas import OrderCreate, OrderErase, OrderQuery, OrderRead, OrderUpdate
from domain.errors import OrderBridgeFixed, OrderExists, OrderInUse, OrderIsTest, OrderNotFound

router = APIRouter(prefix="/api/orders", tags=["orders"])


@router.get("", response_model=Page[OrderRead], response_description="A page of orders.")
async def list_orders(caller: OrdersRead, query: Annotated[OrderQuery, Depends(Query(OrderQuery))]) -> Response:
    """List orders."""
    return (await service.list_orders(caller, query)).to_response()


@router.post(
    "",
    status_code=201,
    response_model=Envelope[OrderRead],
    response_description="Created.",
    responses={
        200: {
            "model": Envelope[OrderRead],
            "description": "Updated; the bridge already had an order with this external_id.",
        },
    },
)
@raises(OrderIsTest, keyed=True)
async def upsert_order(caller: OrdersWrite, body: Annotated[OrderCreate, Depends(Body(OrderCreate))]) -> Response:
    """Create or update an order.

    `bridge_id` and `external_id` together identify an order, so two shops may have the same order number. An update
    changes the fields that you send; missing fields keep their value. If the bridge has no such order, but there is an
    order with this `external_id` without a bridge and without operations, that order joins the bridge.
    """
    return (await service.upsert_order(caller, body)).to_response()


@router.get("/{order_id}", response_model=Envelope[OrderRead], response_description="The order.")
@raises(OrderNotFound)
async def get_order(caller: OrdersRead, order_id: PathId) -> Response:
    """Get an order."""
    return (await service.get_order(caller, order_id)).to_response()


@router.patch("/{order_id}", response_model=Envelope[OrderRead], response_description="The changed order.")
@raises(OrderNotFound, OrderBridgeFixed, OrderExists, OrderIsTest, keyed=True)
async def update_order(
    caller: OrdersWrite, order_id: PathId, body: Annotated[OrderUpdate, Depends(Body(OrderUpdate))]
) -> Response:
    """Change an order.

    `bridge_id` can be set only once, because it identifies the order.
    """
    return (await service.update_order(caller, order_id, body)).to_response()


@router.post("/{order_id}/erase", response_model=Envelope[OrderRead], response_description="The erased order.")
@raises(OrderNotFound, OrderInUse, keyed=True)
async def erase_order(
    caller: OrdersWrite, order_id: PathId, body: Annotated[OrderErase, Depends(Body(OrderErase))]
) -> Response:
    """Erase the personal data of an order.

    It can't be reverted. The customer, addresses, names of line items, metadata and free texts disappear from the
    order, its operations with their logs, its shipments with their labels, and the stored answers of repeated calls.
    Ids, amounts, references, carriers, tracking numbers and times stay, so most operations can still be undone.
    """
    return (await service.erase_order(caller, order_id, body)).to_response()
