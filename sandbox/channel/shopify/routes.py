"""Shopify's one HTTP call, below `/sim/shopify`."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, FaultGate
from sandbox.channel.channel_service import ChannelService
from sandbox.channel.shopify.auth import CALL, answer_data, answer_user_error
from sandbox.channel.shopify.shop import ShopifyShop


def shopify_routes(gate: FaultGate, channel: ChannelService) -> APIRouter:
    """`/sim/shopify`, which a bridge's `base_url` names; any dated version of the API is the same here."""
    router = APIRouter(prefix="/sim/shopify")
    shop = ShopifyShop(channel)

    @router.post("/admin/api/{version}/graphql.json")
    async def graphql(request: Request, version: str) -> Response:  # noqa: ARG001 - the path's
        body = await gate.body(request)
        return await gate.answer(request, _call(body, shop), lambda fault: shop.execute(body, fault), CALL)

    return router


def _call(body: Body, shop: ShopifyShop) -> Call:
    """Returns which of the sandbox's targets a document is: by what it asks for."""
    text, ident = _query(body)
    if "fulfillmentCreate" in text:
        return Call("fulfillments.create", body.text("variables", "fulfillment", "trackingInfo", "number"))
    reference = shop.reference_of(ident)
    if "fulfillmentCancel" in text:
        absent = answer_user_error("fulfillmentCancel", "Fulfillment does not exist.", "id")
        return Call("fulfillments.cancel", reference, absent)
    if "fulfillmentOrder" in text:
        return Call("orders.get", None, answer_data({"order": None}))
    if "fulfillments" in text:
        return Call("fulfillments.find", None, answer_data({"order": {"fulfillments": []}}))
    return Call("fulfillments.status", reference, Answer(200, {"data": {"fulfillment": None}}))


def _query(body: Body) -> tuple[str, str]:
    """Returns the document, and the id that it is about; empty if there is none."""
    try:
        payload = body.payload()
    except RefusedError:
        return "", ""
    text = payload.get("query") if isinstance(payload, dict) else None
    return (text if isinstance(text, str) else ""), body.text("variables", "id") or ""
