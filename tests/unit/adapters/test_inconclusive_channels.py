"""An inconclusive answer of a channel proves neither absence nor an undo; repeating the push could ship twice."""

import json
from collections.abc import Awaitable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from adapters.channels.amazon import AmazonChannel
from adapters.channels.bigcommerce import BigcommerceChannel
from adapters.channels.shopify import ShopifyChannel
from adapters.channels.woocommerce import WoocommerceChannel
from domain.errors import Rejected
from domain.shipping import RawAnswer
from tests.fixtures.answering import Reply
from tests.fixtures.builders import REFERENCE, build_fulfillment_request
from tests.unit.adapters.adapter_calls import NOW, TOKEN, call_adapter, expect_ambiguous, reply_always

NUMBER = "986578788855"
PUSH = build_fulfillment_request(
    external_id="225", tracking_number=NUMBER, carrier="fedex", line_items=[{"id": "11", "quantity": 2}],
    notify_customer=False,
)  # fmt: skip


def find_pushed(adapter: Any) -> Awaitable[Any]:
    fulfillments: Awaitable[Any] = adapter.find_fulfillments(REFERENCE, PUSH, NOW)
    return fulfillments


OTHERS = [{"id": number, "order_id": 225, "comments": ""} for number in range(1000, 1050)]
OURS = {"id": 6, "order_id": 225, "comments": f"x {REFERENCE}", "tracking_number": "1"}


@pytest.mark.parametrize(
    "page",
    [
        {"unexpected": [[]]}, [{"id": 9}], [{"id": None, "order_id": 225, "comments": ""}],
        [{"id": 9, "order_id": 999, "comments": ""}], [{"id": 9, "order_id": 225}], None, b"", b"<html>",
    ],
)  # fmt: skip
async def test_a_strange_list_of_bigcommerce_is_ambiguous(page: Any) -> None:
    """It proves neither that the shipment is missing nor that it is deleted."""
    await expect_ambiguous(BigcommerceChannel, reply_always(200, page), find_pushed)
    reply: Reply = lambda line: (404, b"") if line.startswith("DELETE") else (200, page)  # noqa: E731
    await expect_ambiguous(BigcommerceChannel, reply, lambda adapter: adapter.cancel("225/6"))


async def test_a_short_page_of_bigcommerce_is_not_the_last() -> None:
    pages = {"page=1": OTHERS, "page=2": [OURS]}
    reply: Reply = lambda line: next(((200, page) for at, page in pages.items() if at in line), (204, b""))  # noqa: E731
    assert [
        fulfillment.fulfillment_id for fulfillment in await call_adapter(BigcommerceChannel, reply, find_pushed)
    ] == ["225/6"]
    missing: Reply = lambda line: (404, b"") if line.startswith("DELETE") else reply(line)  # noqa: E731
    await expect_ambiguous(BigcommerceChannel, missing, lambda adapter: adapter.cancel("225/6"))


@pytest.mark.parametrize("status", [200, 202])
async def test_only_a_204_of_bigcommerce_confirms_a_deletion(status: int) -> None:
    await expect_ambiguous(BigcommerceChannel, reply_always(status, b""), lambda adapter: adapter.cancel("225/6"))


def build_entry(state: str = "live") -> dict[str, Any]:
    value = {
        "tracking_number": NUMBER, "carrier": "fedex", "line_items": [{"id": "315", "quantity": 2}], "state": state,
        "status_before": "processing",
    }  # fmt: skip
    return {"id": 5, "key": f"orderly_fulfillment_{REFERENCE}", "value": json.dumps(value)}


@pytest.mark.parametrize("fields", [None, [{}, {}], {"2": {}}, [{"key": None}]])
async def test_a_woocommerce_order_without_custom_fields_is_ambiguous(fields: Any) -> None:
    await expect_ambiguous(WoocommerceChannel, reply_always(200, {"id": 225, "meta_data": fields}), find_pushed)


async def test_woocommerces_custom_fields_may_be_an_object() -> None:
    """PHP turns a filtered list into an object."""
    order = {"id": 225, "meta_data": {"2": build_entry()}}
    assert len(await call_adapter(WoocommerceChannel, reply_always(200, order), find_pushed)) == 1


async def test_a_woocommerce_entry_in_an_unknown_state_is_ambiguous() -> None:
    order = {"id": 225, "status": "processing", "meta_data": [build_entry("Live ")]}
    await expect_ambiguous(
        WoocommerceChannel, reply_always(200, order), lambda adapter: adapter.cancel(f"225/{REFERENCE}")
    )


async def test_a_repeated_woocommerce_entry_is_ambiguous() -> None:
    """A live copy keeps it from being cancelled, and its number alone may belong to another push."""
    order = {"id": 225, "status": "processing", "meta_data": [build_entry("cancelled"), build_entry()]}
    await expect_ambiguous(
        WoocommerceChannel, reply_always(200, order), lambda adapter: adapter.cancel(f"225/{REFERENCE}")
    )
    twice = RawAnswer(
        200, json.dumps({"id": 225, "status": "processing", "meta_data": [build_entry(), build_entry()]}).encode()
    )

    async def read(adapter: Any) -> Any:
        return adapter.read_fulfillment(twice, PUSH)

    await expect_ambiguous(WoocommerceChannel, reply_always(200, order), read)


PLUGIN = {"options": {"tracking": "plugin"}}


@pytest.mark.parametrize("page", [[{}], [{"code": "x", "message": "y"}], {"unexpected": [[]]}])
async def test_a_strange_list_of_the_plugin_is_ambiguous(page: Any) -> None:
    await expect_ambiguous(WoocommerceChannel, reply_always(200, page), find_pushed, **PLUGIN)
    reply: Reply = lambda line: (404, b"<html>") if line.startswith("DELETE") else (200, page)  # noqa: E731
    await expect_ambiguous(WoocommerceChannel, reply, lambda adapter: adapter.cancel("225/tracking-17"), **PLUGIN)


async def test_the_plugins_tracking_numbers_may_be_numbers() -> None:
    page = [{"tracking_id": 17, "tracking_number": int(NUMBER)}]
    found = await call_adapter(
        WoocommerceChannel, reply_always(200, [{**page[0], "tracking_number": f" {NUMBER}"}]), find_pushed, **PLUGIN
    )
    assert len(found) == 1
    reply: Reply = lambda line: (404, b"<html>") if line.startswith("DELETE") else (200, page)  # noqa: E731
    await expect_ambiguous(WoocommerceChannel, reply, lambda adapter: adapter.cancel("225/tracking-17"), **PLUGIN)


FULFILLMENT = {
    "id": "gid://shopify/Fulfillment/1", "status": "SUCCESS", "createdAt": NOW.isoformat(),
    "trackingInfo": [{"number": NUMBER}],
}  # fmt: skip
PIECES = {
    "pageInfo": {"hasNextPage": False, "endCursor": None},
    "nodes": [{"quantity": 2, "lineItem": {"id": "gid://shopify/LineItem/11", "sku": "TEE"}}],
}


def reply_in_turn(*answers: Any) -> Reply:
    """Return the answers one after another, because all calls have the same path; the last one repeats."""
    remaining = list(answers)
    return lambda _: (200, remaining.pop(0) if len(remaining) > 1 else remaining[0])


def build_order(**changes: Any) -> dict[str, Any]:
    return {"data": {"order": {"id": "gid://shopify/Order/225", "fulfillments": [{**FULFILLMENT, **changes}]}}}


def build_fulfillment(**changes: Any) -> dict[str, Any]:
    return {"data": {"fulfillment": {**FULFILLMENT, "fulfillmentLineItems": {**PIECES, **changes}}}}


BROKEN = {"errors": [{"message": "Internal error", "extensions": {"code": "INTERNAL_SERVER_ERROR"}}]}


@pytest.mark.parametrize(
    "answers",
    [
        (build_order(trackingInfo=None),),
        ({**build_order(trackingInfo=[{"number": None}]), **BROKEN},),
        (build_order(), {"data": {"fulfillment": None}}),
        (build_order(), build_fulfillment(nodes=None)),
        (build_order(), build_fulfillment(pageInfo={})),
    ],
    ids=["no tracking", "errors", "not shown", "no nodes", "no end"],
)
async def test_a_partial_answer_of_shopify_is_ambiguous(answers: tuple[Any, ...]) -> None:
    await expect_ambiguous(ShopifyChannel, reply_in_turn(*answers), find_pushed)


MINUTES = timedelta(minutes=2)


@pytest.mark.parametrize(
    "answers",
    [({"data": {"order": None}},), (build_order(createdAt=(NOW - MINUTES).isoformat()), build_fulfillment())],
    ids=["no order", "before the push, by its clock"],
)
async def test_a_person_decides_if_shopify_can_not_prove_absence(answers: tuple[Any, ...]) -> None:
    """Shopify hides orders after 60 days, and its clock may be wrong."""
    with pytest.raises(Rejected):
        await call_adapter(ShopifyChannel, reply_in_turn(*answers), find_pushed)


async def test_shopify_may_normalize_the_tracking_number() -> None:
    typed = replace(PUSH, tracking_number="1z 999")
    reply = reply_in_turn(build_order(trackingInfo=[{"number": "1Z999"}]), build_fulfillment())
    assert (
        len(await call_adapter(ShopifyChannel, reply, lambda adapter: adapter.find_fulfillments(REFERENCE, typed, NOW)))
        == 1
    )


async def test_shopify_lists_some_numbers_of_a_shipment_with_many_parcels() -> None:
    """The carrier's number of the whole shipment is none of them."""
    numbers = tuple(f"JD01{number}" for number in range(7))
    pushed = replace(PUSH, tracking_number="1234567890", parcel_numbers=numbers)
    listed = build_order(trackingInfo=[{"number": number} for number in numbers[2:]])
    reply = reply_in_turn(listed, build_fulfillment())
    found = await call_adapter(ShopifyChannel, reply, lambda adapter: adapter.find_fulfillments(REFERENCE, pushed, NOW))
    assert len(found) == 1


async def test_only_a_204_of_amazon_confirms_a_shipment() -> None:
    items = [
        {"orderItemId": "11", "quantityOrdered": 2, "fulfillment": {"quantityFulfilled": 0, "quantityUnfulfilled": 2}}
    ]
    shown = (200, {"order": {"orderId": "1", "orderItems": items, "packages": []}})

    named = replace(PUSH, external_id="113-1234567-1234567")

    async def push(adapter: Any) -> Any:
        return adapter.read_fulfillment(await adapter.push(REFERENCE, named), named)

    reply: Reply = lambda line: TOKEN if "token" in line else (200, b"") if line.startswith("POST") else shown  # noqa: E731
    await expect_ambiguous(AmazonChannel, reply, push)
