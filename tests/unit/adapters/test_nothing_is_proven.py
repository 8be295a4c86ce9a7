"""Answers that prove nothing: neither that something is not there, nor that it was taken back, nor that it failed.

Each is told to a real adapter over real HTTP. What is taken for absent is made, and paid, a second time.
"""

import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from adapters.carriers.easypost import EasyPostCarrier
from adapters.carriers.fedex import FedexCarrier
from adapters.carriers.shipengine import ShipEngineCarrier
from adapters.carriers.ups import UpsCarrier
from adapters.carriers.usps import UspsCarrier
from adapters.channels.amazon import AmazonChannel
from adapters.channels.bigcommerce import BigcommerceChannel
from adapters.channels.shopify import ShopifyChannel
from adapters.channels.woocommerce import WoocommerceChannel
from adapters.http.transport import Destination
from domain.errors import Ambiguous, EffectError, MayBeDone, Rejected
from domain.shipping import Connection, Mode, PurchaseAttempt, RawAnswer
from tests.fixtures.answering import Reply, answering
from tests.fixtures.builders import build_connection_settings, build_fulfillment_request, build_shipment_request

REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
NOW = datetime.now(UTC)
NUMBER = "986578788855"
CREDENTIALS = {
    "api_key": "k", "access_token": "t", "store_hash": "abc", "consumer_key": "a", "consumer_secret": "b",
    "client_id": "c", "client_secret": "d", "refresh_token": "r", "account_number": "1", "crid": "1", "mid": "1",
}  # fmt: skip
TOKEN = (200, {"access_token": "t", "expires_in": 3600})
PAYMENT = (200, {"paymentAuthorizationToken": "p"})
PUSH = build_fulfillment_request(
    external_id="225", tracking_number=NUMBER, carrier="fedex", line_items=[{"id": "11", "quantity": 2}],
    notify_customer=False,
)  # fmt: skip


async def call_adapter(kind: Any, reply: Reply, call: Callable[[Any], Awaitable[Any]], **settings: Any) -> Any:
    """Return what the adapter makes of the answers."""
    vendor = kind.__name__.lower().removesuffix("carrier").removesuffix("channel")
    connection = Connection(
        UUID(int=1), vendor, Mode.LIVE, True, NOW, build_connection_settings(**settings), CREDENTIALS
    )
    async with answering(reply, []) as url:
        adapter = kind(connection, Destination(url))
        try:
            return await call(adapter)
        finally:
            await adapter.aclose()


async def call_in_doubt(kind: Any, reply: Reply, call: Callable[[Any], Awaitable[Any]], **settings: Any) -> EffectError:
    """Return how the adapter refuses to conclude anything."""
    with pytest.raises(EffectError) as raised:
        await call_adapter(kind, reply, call, **settings)
    assert isinstance(raised.value, Ambiguous), raised.value
    return raised.value


def always(status: int, body: Any) -> Reply:
    return lambda _: (status, body)


def pushed(adapter: Any) -> Awaitable[Any]:
    found: Awaitable[Any] = adapter.find_fulfillments(REFERENCE, PUSH, NOW)
    return found


def bought(service: str, label_format: str = "PDF") -> Callable[[Any], Awaitable[Any]]:
    request = build_shipment_request(service, label_format)

    async def buy(adapter: Any) -> Any:
        return adapter.read_label(await adapter.buy(REFERENCE, request), request)

    return buy


OTHERS = [{"id": number, "order_id": 225, "comments": ""} for number in range(1000, 1050)]
OURS = {"id": 6, "order_id": 225, "comments": f"x {REFERENCE}", "tracking_number": "1"}


@pytest.mark.parametrize(
    "listed",
    [
        {"unexpected": [[]]}, [{"id": 9}], [{"id": None, "order_id": 225, "comments": ""}],
        [{"id": 9, "order_id": 999, "comments": ""}], [{"id": 9, "order_id": 225}], None, b"", b"<html>",
    ],
)  # fmt: skip
async def test_bigcommerce_lists_something_else(listed: Any) -> None:
    """Neither is ours absent by it, nor was it deleted before."""
    await call_in_doubt(BigcommerceChannel, always(200, listed), pushed)
    reply: Reply = lambda line: (404, b"") if line.startswith("DELETE") else (200, listed)  # noqa: E731
    await call_in_doubt(BigcommerceChannel, reply, lambda adapter: adapter.cancel("225/6"))


async def test_bigcommerce_lists_fewer_than_it_was_asked_for() -> None:
    pages = {"page=1": OTHERS, "page=2": [OURS]}
    reply: Reply = lambda line: next(((200, page) for at, page in pages.items() if at in line), (204, b""))  # noqa: E731
    assert [fulfillment.fulfillment_id for fulfillment in await call_adapter(BigcommerceChannel, reply, pushed)] == [
        "225/6"
    ]
    missing: Reply = lambda line: (404, b"") if line.startswith("DELETE") else reply(line)  # noqa: E731
    await call_in_doubt(BigcommerceChannel, missing, lambda adapter: adapter.cancel("225/6"))


@pytest.mark.parametrize("status", [200, 202])
async def test_bigcommerce_deletes_with_204_only(status: int) -> None:
    await call_in_doubt(BigcommerceChannel, always(status, b""), lambda adapter: adapter.cancel("225/6"))


def entry(state: str = "live") -> dict[str, Any]:
    value = {
        "tracking_number": NUMBER, "carrier": "fedex", "line_items": [{"id": "315", "quantity": 2}], "state": state,
        "status_before": "processing",
    }  # fmt: skip
    return {"id": 5, "key": f"orderly_fulfillment_{REFERENCE}", "value": json.dumps(value)}


@pytest.mark.parametrize("fields", [None, [{}, {}], {"2": {}}, [{"key": None}]])
async def test_woocommerce_hides_custom_fields(fields: Any) -> None:
    await call_in_doubt(WoocommerceChannel, always(200, {"id": 225, "meta_data": fields}), pushed)


async def test_woocommerce_shows_a_filtered_list_of_custom_fields() -> None:
    """PHP makes an object of a list that lost an entry."""
    order = {"id": 225, "meta_data": {"2": entry()}}
    assert len(await call_adapter(WoocommerceChannel, always(200, order), pushed)) == 1


async def test_woocommerce_has_an_entry_in_another_state() -> None:
    order = {"id": 225, "status": "processing", "meta_data": [entry("Live ")]}
    await call_in_doubt(WoocommerceChannel, always(200, order), lambda adapter: adapter.cancel(f"225/{REFERENCE}"))


async def test_woocommerce_has_an_entry_twice() -> None:
    """It is not cancelled while one of them lives; and by its number alone it may be another push's."""
    order = {"id": 225, "status": "processing", "meta_data": [entry("cancelled"), entry()]}
    await call_in_doubt(WoocommerceChannel, always(200, order), lambda adapter: adapter.cancel(f"225/{REFERENCE}"))
    twice = RawAnswer(200, json.dumps({"id": 225, "status": "processing", "meta_data": [entry(), entry()]}).encode())

    async def read(adapter: Any) -> Any:
        return adapter.read_fulfillment(twice, PUSH)

    await call_in_doubt(WoocommerceChannel, always(200, order), read)


PLUGIN = {"options": {"tracking": "plugin"}}


@pytest.mark.parametrize("listed", [[{}], [{"code": "x", "message": "y"}], {"unexpected": [[]]}])
async def test_the_plugin_lists_something_else(listed: Any) -> None:
    await call_in_doubt(WoocommerceChannel, always(200, listed), pushed, **PLUGIN)
    reply: Reply = lambda line: (404, b"<html>") if line.startswith("DELETE") else (200, listed)  # noqa: E731
    await call_in_doubt(WoocommerceChannel, reply, lambda adapter: adapter.cancel("225/tracking-17"), **PLUGIN)


async def test_the_plugin_writes_numbers_as_numbers() -> None:
    listed = [{"tracking_id": 17, "tracking_number": int(NUMBER)}]
    found = await call_adapter(
        WoocommerceChannel, always(200, [{**listed[0], "tracking_number": f" {NUMBER}"}]), pushed, **PLUGIN
    )
    assert len(found) == 1
    reply: Reply = lambda line: (404, b"<html>") if line.startswith("DELETE") else (200, listed)  # noqa: E731
    await call_in_doubt(WoocommerceChannel, reply, lambda adapter: adapter.cancel("225/tracking-17"), **PLUGIN)


FULFILLMENT = {
    "id": "gid://shopify/Fulfillment/1", "status": "SUCCESS", "createdAt": NOW.isoformat(),
    "trackingInfo": [{"number": NUMBER}],
}  # fmt: skip
PIECES = {
    "pageInfo": {"hasNextPage": False, "endCursor": None},
    "nodes": [{"quantity": 2, "lineItem": {"id": "gid://shopify/LineItem/11", "sku": "TEE"}}],
}


def shopify(*answers: Any) -> Reply:
    """Answer in turn: all calls go to the same address."""
    left = list(answers)
    return lambda _: (200, left.pop(0) if len(left) > 1 else left[0])


def order(**changed: Any) -> dict[str, Any]:
    return {"data": {"order": {"id": "gid://shopify/Order/225", "fulfillments": [{**FULFILLMENT, **changed}]}}}


def alone(**changed: Any) -> dict[str, Any]:
    return {"data": {"fulfillment": {**FULFILLMENT, "fulfillmentLineItems": {**PIECES, **changed}}}}


BROKEN = {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}


@pytest.mark.parametrize(
    "answers",
    [
        (order(trackingInfo=None),),
        ({**order(trackingInfo=[{"number": None}]), **BROKEN},),
        (order(), {"data": {"fulfillment": None}}),
        (order(), alone(nodes=None)),
        (order(), alone(pageInfo={})),
    ],
    ids=["no tracking", "errors", "not shown", "no nodes", "no end"],
)
async def test_shopify_shows_a_part(answers: tuple[Any, ...]) -> None:
    await call_in_doubt(ShopifyChannel, shopify(*answers), pushed)


MINUTES = timedelta(minutes=2)


@pytest.mark.parametrize(
    "answers",
    [({"data": {"order": None}},), (order(createdAt=(NOW - MINUTES).isoformat()), alone())],
    ids=["no order", "before the push, by its clock"],
)
async def test_shopify_leaves_it_to_a_person(answers: tuple[Any, ...]) -> None:
    """An order is not shown after 60 days, and a clock may be wrong: ours is neither there nor absent."""
    with pytest.raises(Rejected):
        await call_adapter(ShopifyChannel, shopify(*answers), pushed)


async def test_shopify_writes_a_number_its_own_way() -> None:
    typed = replace(PUSH, tracking_number="1z 999")
    reply = shopify(order(trackingInfo=[{"number": "1Z999"}]), alone())
    assert (
        len(await call_adapter(ShopifyChannel, reply, lambda adapter: adapter.find_fulfillments(REFERENCE, typed, NOW)))
        == 1
    )


async def test_amazon_confirms_with_204_only() -> None:
    items = [
        {"orderItemId": "11", "quantityOrdered": 2, "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 2}}
    ]
    shown = (200, {"order": {"orderId": "1", "orderItems": items, "packages": []}})

    named = replace(PUSH, external_id="113-1234567-1234567")

    async def push(adapter: Any) -> Any:
        return adapter.read_fulfillment(await adapter.push(REFERENCE, named), named)

    reply: Reply = lambda line: TOKEN if "token" in line else (200, b"") if line.startswith("POST") else shown  # noqa: E731
    await call_in_doubt(AmazonChannel, reply, push)


MISSING = (404, {"error": {"code": "NOT_FOUND", "message": "none"}})


def easypost(first: tuple[int, Any], page: Any) -> Reply:
    return lambda line: (200, page) if "shipments?" in line else first


@pytest.mark.parametrize(
    ("first", "page"),
    [
        (MISSING, {"shipments": [], "has_more": True}),
        (MISSING, {"shipments": None, "has_more": False}),
        (MISSING, {"shipments": {"error": "x"}, "has_more": False}),
        (MISSING, {"shipments": [{"id": "shp_1"}], "has_more": False}),
        ((404, {"error": {"code": 404, "message": "not found"}}), {"shipments": [], "has_more": False}),
    ],
    ids=["more, and none", "null", "no list", "without references", "a gateway's 404"],
)
async def test_easypost_lists_something_else(first: tuple[int, Any], page: Any) -> None:
    with pytest.raises(EffectError):
        await call_adapter(
            EasyPostCarrier,
            easypost(first, page),
            lambda adapter: adapter.find_labels(REFERENCE, PurchaseAttempt(NOW, NOW)),
        )


async def test_easypost_is_asked_for_what_was_made_long_before_it_was_bought() -> None:
    asked: list[str] = []

    def reply(line: str) -> tuple[int, Any]:
        asked.append(line)
        return easypost(MISSING, {"shipments": [], "has_more": False})(line)

    begun = NOW - timedelta(hours=20)
    await call_adapter(
        EasyPostCarrier, reply, lambda adapter: adapter.find_labels(REFERENCE, PurchaseAttempt(begun, NOW))
    )
    assert f"start_datetime={begun - timedelta(minutes=10):%Y-%m-%dT%H%%3A%M%%3A%SZ}" in asked[-1]


DRAFT = {
    "id": "shp_1", "reference": REFERENCE, "postage_label": None, "tracking_code": None,
    "rates": [{"id": "rate_1", "carrier": "USPS", "service": "Priority", "rate": "1.00", "currency": "USD"}],
}  # fmt: skip


@pytest.mark.parametrize("refusal", [(408, b""), (409, {"error": {"code": "CONFLICT", "message": "in progress"}})])
async def test_easypost_may_have_sold_it(refusal: tuple[int, Any]) -> None:
    reply: Reply = lambda line: refusal if line.endswith("/buy") else (200, DRAFT)  # noqa: E731
    await call_in_doubt(EasyPostCarrier, reply, bought("USPS.Priority"))


def shipengine_error(**changed: Any) -> dict[str, Any]:
    return {
        "error_source": "shipengine",
        "error_type": "validation",
        "error_code": "unspecified",
        "message": "x",
        **changed,
    }


@pytest.mark.parametrize(
    ("status", "errors"),
    [
        (400, [{"message": "already exists", "field": "external_shipment_id"}]),
        (400, [shipengine_error(message=f"external_shipment_id '{REFERENCE}' is already in use")]),
        (400, [shipengine_error(), shipengine_error(error_type="system")]),
        (400, [shipengine_error(error_source="carrier", error_code="timeout")]),
        (409, [shipengine_error(error_type="business_rules")]),
    ],
    ids=["field", "words", "second", "timeout", "409"],
)
async def test_shipengine_may_have_sold_it(status: int, errors: list[Any]) -> None:
    services = (200, {"services": [{"service_code": "ups_ground"}]})
    reply: Reply = lambda line: (status, {"errors": errors}) if line.startswith("POST") else services  # noqa: E731
    await call_in_doubt(ShipEngineCarrier, reply, bought("ups_ground"), options={"carrier_id": "se-1"})


def signed_in(answer: tuple[int, Any], instead: str = "", then: tuple[int, Any] = (200, {})) -> Reply:
    """Give out a token; answer `then` to lines with `instead`."""
    return lambda line: TOKEN if "oauth" in line else then if instead and instead in line else answer


@pytest.mark.parametrize(
    "refusal",
    [
        (408, b""),
        (
            400,
            {"errors": [{"code": "SHIPMENT.X", "message": "a"}, {"code": "SYSTEM.UNEXPECTED.ERROR", "message": "b"}]},
        ),
        (500, {"errors": [{"code": "ACCOUNTNUMBER.REGISTRATION.REQUIRED", "message": "b"}]}),
    ],
    ids=["408", "second", "500"],
)
async def test_fedex_may_have_sold_it(refusal: tuple[int, Any]) -> None:
    await call_in_doubt(FedexCarrier, signed_in(refusal), bought("GROUND"))


@pytest.mark.parametrize("refusal", [(408, b""), (400, {"response": {"errors": [{"code": "20001", "message": "m"}]}})])
async def test_ups_may_have_sold_it(refusal: tuple[int, Any]) -> None:
    await call_in_doubt(UpsCarrier, signed_in(refusal), bought("GROUND", "ZPL"))


def fedex_result(number: str, status: str) -> dict[str, Any]:
    return {"trackingNumberInfo": {"trackingNumber": number}, "latestStatusDetail": {"code": status}}


@pytest.mark.parametrize(
    "results",
    [[fedex_result("794", "CA"), fedex_result("794", "OC")], [fedex_result("795", "CA")]],
    ids=["a number that came round again", "another number"],
)
async def test_fedex_shows_another_parcel_that_is_cancelled(results: list[Any]) -> None:
    refused = (400, {"errors": [{"code": "SHIPMENT.VOID.REFUSED", "message": "no"}]})
    track = (200, {"output": {"completeTrackResults": [{"trackingNumber": "794", "trackResults": results}]}})
    with pytest.raises(MayBeDone):
        await call_adapter(FedexCarrier, signed_in(track, "cancel", refused), lambda adapter: adapter.void("794"))


async def test_a_number_is_tracked_as_a_person_types_it() -> None:
    track = (200, {"output": {"completeTrackResults": [{"trackResults": [fedex_result("794AB", "OC")]}]}})
    assert (
        await call_adapter(FedexCarrier, signed_in(track), lambda adapter: adapter.track("794 ab"))
    ).tracking_number == "794 ab"
    parcels = [{"trackingNumber": "1ZNEW", "currentStatus": {"type": "M"}}]
    shown = (200, {"trackResponse": {"shipment": [{"package": parcels}]}})
    assert (
        await call_adapter(UpsCarrier, signed_in(shown), lambda adapter: adapter.track("1z new"))
    ).tracking_number == "1z new"


async def test_ups_shows_another_parcel_that_is_void() -> None:
    refused = (400, {"response": {"errors": [{"code": "190100", "message": "n"}]}})
    parcels = [
        {"trackingNumber": number, "currentStatus": {"type": kind}}
        for number, kind in (("1ZOLD", "MV"), ("1ZNEW", "M"))
    ]
    track = (200, {"trackResponse": {"shipment": [{"package": parcels}]}})
    with pytest.raises(MayBeDone):
        await call_adapter(UpsCarrier, signed_in(track, "DELETE", refused), lambda adapter: adapter.void("1ZNEW"))


async def test_ups_voids_all_but_the_parcel() -> None:
    parcel = {"TrackingNumber": "1ZNEW", "Status": {"Code": "0", "Description": "not voided"}}
    answer = {"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": "1"}}, "PackageLevelResults": [parcel]}}
    shown = {"trackingNumber": "1ZNEW", "currentStatus": {"type": "M"}}
    track = (200, {"trackResponse": {"shipment": [{"package": [shown]}]}})
    with pytest.raises(MayBeDone):
        await call_adapter(UpsCarrier, signed_in(track, "DELETE", (200, answer)), lambda adapter: adapter.void("1ZNEW"))


@pytest.mark.parametrize(
    "message",
    [
        "The label has not already been canceled.",
        "The refund request for another label was already submitted",
        "Duplicate submission: try again later",
        "Your payment account has already been cancelled",
    ],
)
async def test_usps_says_already_of_something_else(message: str) -> None:
    refused = (400, {"error": {"code": "400", "message": message}})
    reply: Reply = lambda line: TOKEN if "oauth" in line else PAYMENT if "payment" in line else refused  # noqa: E731
    with pytest.raises(Rejected):
        await call_adapter(UspsCarrier, reply, lambda adapter: adapter.void("9200"))
