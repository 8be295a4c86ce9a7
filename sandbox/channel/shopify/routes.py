"""Shopify's single HTTP route, below `/sim/shopify`."""

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, RefusedError
from sandbox.calls import Body, Call, FaultGate
from sandbox.channel.channel_service import ChannelService
from sandbox.channel.shopify.auth import CALL, answer_data, answer_user_error
from sandbox.channel.shopify.shop import ShopifyShop


def shopify_routes(gate: FaultGate, channel: ChannelService) -> APIRouter:
    """Return the router of `/sim/shopify`, the `base_url` of bridges; all versions of the API behave the same."""
    router = APIRouter(prefix="/sim/shopify")
    shop = ShopifyShop(channel)

    @router.post("/admin/api/{version}/graphql.json")
    async def graphql(request: Request, version: str) -> Response:  # noqa: ARG001 - part of the path
        body = await gate.body(request)
        return await gate.answer(request, _call(body, shop), lambda fault: shop.execute(body, fault), CALL)

    return router


def _call(body: Body, shop: ShopifyShop) -> Call:
    """Return the call's target, recognized by the fields of the GraphQL document."""
    text, ident = _query(body)
    if "fulfillmentCreate" in text:
        tracking = ("variables", "fulfillment", "trackingInfo")
        return Call("fulfillments.create", body.text(*tracking, "number") or body.text(*tracking, "numbers", 0))
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
    """Return the document and its id variable; empty if they are missing."""
    try:
        payload = body.payload()
    except RefusedError:
        return "", ""
    text = payload.get("query") if isinstance(payload, dict) else None
    return (text if isinstance(text, str) else ""), body.text("variables", "id") or ""
