"""Simulators of the toy vendors' protocols for the sandbox."""

import base64
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request, Response

from sandbox.answers import Answer, error, parse, refuse
from sandbox.auth import VendorAuth, has_secret
from sandbox.calls import Body, Call
from sandbox.carriers.contracts import LabelRequest
from sandbox.carriers.sales import Sale, SoldLabel
from sandbox.carriers.services import Service
from sandbox.faults import Fault
from sandbox.simulators import Parts

CARRIER = "toy_carrier"
BY_TRAIN = Service("Toy Train", Decimal("5.00"), Decimal("0.50"), "94001900000000")


def _toy_error(status: int, code: str, *, headers: dict[str, str] | None = None) -> Answer:
    return Answer(status, {"error": {"code": code, "message": code}}, headers or {})


AUTH = VendorAuth(
    has_secret("X-Toy-Key"),
    _toy_error,
    {
        "reject": (422, "REJECTED"),
        "auth_failed": (401, "WRONG_KEY"),
        "rate_limited": (429, "SLOW_DOWN"),
        "unavailable": (503, "LATER"),
        "server_error": (500, "BROKEN"),
        "no_lookup": (400, "NO_LOOKUP"),
    },
)


def carrier_routes(parts: Parts) -> APIRouter:
    """`/sim/toy_carrier`: buy labels, find them by reference, void them."""
    router = APIRouter(prefix=f"/sim/{CARRIER}")

    @router.post("/labels")
    async def buy(request: Request) -> Response:
        body = await parts.gate.body(request)
        call = Call("labels.create", body.text("reference"))
        return await parts.gate.answer(request, call, lambda fault: _sell(parts, body, fault), AUTH)

    @router.get("/labels")
    async def find(request: Request, reference: str) -> Response:
        call = Call("labels.find", reference, absent=Answer(200, {"labels": []}))

        def answer(_: Fault) -> Answer:
            return Answer(200, {"labels": [_label(label) for label in parts.sales.find(CARRIER, reference=reference)]})

        return await parts.gate.answer(request, call, answer, AUTH)

    @router.delete("/labels/{label_id}")
    async def void(request: Request, label_id: str) -> Response:
        call = Call("labels.void", parts.sales.reference_of(CARRIER, label_id=label_id))

        def answer(fault: Fault) -> Answer:
            found = parts.sales.find(CARRIER, label_id=label_id)
            if not found:
                raise refuse(404, "NO_LABEL", "there is no such label")
            return Answer(200, {"outcome": parts.sales.void(found[0], fault)})

        return await parts.gate.answer(request, call, answer, AUTH)

    return router


def channel_routes(parts: Parts) -> APIRouter:
    """`/sim/toy_channel`: create fulfillments, find them by reference, cancel them."""
    router = APIRouter(prefix="/sim/toy_channel")

    _order_route(router, parts)

    @router.post("/orders/{external_id}/fulfillments")
    async def push(request: Request, external_id: str) -> Response:
        body = await parts.gate.body(request)
        call = Call("fulfillments.create", body.text("reference"))

        def answer(_: Fault) -> Answer:
            return Answer(201, _fulfillment(parts.channel.fulfill(external_id, body.payload())))

        return await parts.gate.answer(request, call, answer, AUTH)

    @router.get("/fulfillments")
    async def find(request: Request, reference: str) -> Response:
        def answer(_: Fault) -> Answer:
            return Answer(200, {"fulfillments": [_fulfillment(entry) for entry in parts.channel.ledger(reference)]})

        return await parts.gate.answer(request, Call("fulfillments.find", reference), answer, AUTH)

    @router.get("/fulfillments/{fulfillment_id}")
    async def status(request: Request, fulfillment_id: str) -> Response:
        def answer(_: Fault) -> Answer:
            found = parts.channel.entries(fulfillment_id=fulfillment_id)
            return Answer(200, _fulfillment(found[0])) if found else error(404, "NO_FULFILLMENT", "there is none")

        return await parts.gate.answer(request, Call("fulfillments.status", None), answer, AUTH)

    @router.delete("/fulfillments/{fulfillment_id}")
    async def cancel(request: Request, fulfillment_id: str) -> Response:
        call = Call("fulfillments.cancel", parts.channel.reference_of(fulfillment_id))

        def answer(fault: Fault) -> Answer:
            return Answer(200, {"outcome": parts.channel.cancel(fulfillment_id, fault)})

        return await parts.gate.answer(request, call, answer, AUTH)

    return router


def _order_route(router: APIRouter, parts: Parts) -> None:
    @router.get("/orders/{external_id}")
    async def read_order(request: Request, external_id: str) -> Response:
        def answer(_: Fault) -> Answer:
            return Answer(200, parts.channel.order(external_id))

        return await parts.gate.answer(request, Call("orders.get", None), answer, AUTH)


def _sell(parts: Parts, body: Body, fault: Fault) -> Answer:
    fields = dict(body.payload())
    parcels = [{"weight": fields.pop("pounds"), "weight_unit": "lb"}]
    request = parse(LabelRequest, {**fields, "parcels": parcels})
    sale = Sale(carrier=CARRIER, code=request.service, service=BY_TRAIN, request=request, numbers="usps", fault=fault)
    return Answer(201, _label(parts.sales.sell(sale)))


def _label(label: SoldLabel) -> dict[str, Any]:
    return {
        "id": label.label_id,
        "tracking_number": label.tracking_number,
        "service": label.service,
        "status": label.status,
        "document": base64.b64encode(label.document).decode(),
    }


def _fulfillment(entry: dict[str, Any]) -> dict[str, Any]:
    names = ("status", "tracking_number", "notified")
    return {"id": entry["fulfillment_id"], **{name: entry[name] for name in names}}
