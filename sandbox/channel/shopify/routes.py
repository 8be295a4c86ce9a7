"""Shopify's one HTTP call, below `/sim/shopify`."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, Gate
from sandbox.channel.channel_service import Desk
from sandbox.channel.shopify.auth import ShopifyDialect, answered, user_error
from sandbox.channel.shopify.shop import ShopifyShop

SPEAK = ShopifyDialect()


def shopify_routes(gate: Gate, desk: Desk) -> APIRouter:
    """`/sim/shopify`, which a bridge's `base_url` names; any dated version of the API is the same here."""
    router = APIRouter(prefix="/sim/shopify")
    shop = ShopifyShop(desk)

    @router.post("/admin/api/{version}/graphql.json")
    async def graphql(request: Request, version: str) -> Response:  # noqa: ARG001 - the path's
        body = await gate.body(request)
        return await gate.pass_through(request, _call(body, shop), lambda fault: shop.execute(body, fault), SPEAK)

    return router


def _call(body: Body, shop: ShopifyShop) -> Call:
    """Which of the sandbox's targets a document is: by what it asks for."""
    text, ident = _asked(body)
    if "fulfillmentCreate" in text:
        return Call("fulfillments.create", body.text("variables", "fulfillment", "trackingInfo", "number"))
    reference = shop.reference_of(ident)
    if "fulfillmentCancel" in text:
        absent = user_error("fulfillmentCancel", "Fulfillment does not exist.", "id")
        return Call("fulfillments.cancel", reference, absent)
    if "fulfillmentOrder" in text:
        return Call("orders.get", None, answered({"order": None}))
    if "fulfillments" in text:
        return Call("fulfillments.find", None, answered({"order": {"fulfillments": []}}))
    return Call("fulfillments.status", reference, Answer(200, {"data": {"fulfillment": None}}))


def _asked(body: Body) -> tuple[str, str]:
    """The document, and the id that it is about; empty where there is none."""
    try:
        asked = body.payload()
    except RefusedError:
        return "", ""
    text = asked.get("query") if isinstance(asked, dict) else None
    return (text if isinstance(text, str) else ""), body.text("variables", "id") or ""
