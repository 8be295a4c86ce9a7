"""Shopify fulfillments, pages and failures are read."""

import json
from typing import Any

import pytest

from adapters.channels.shopify import answers
from adapters.channels.shopify.documents import CREATE, ORDER
from adapters.channels.shopify.errors import parse_payload, parse_root
from domain.channels import FulfillmentStatus
from domain.errors import Ambiguous, AuthFailed, Curable, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from tests.unit.adapters.shopify_pushes import NUMBER, build_request


def answer(body: Any, status: int = 200, **headers: str) -> RawAnswer:
    return RawAnswer(status, body if isinstance(body, bytes) else json.dumps(body).encode(), headers)


FULFILLMENT = {
    "id": "gid://shopify/Fulfillment/1",
    "status": "SUCCESS",
    "createdAt": "2026-11-23T18:00:00Z",
    "trackingInfo": [{"number": NUMBER}],
}


def build_created_answer(fulfillment: Any, *messages: str, **more: Any) -> dict[str, Any]:
    errors = [{"field": ["fulfillment", "trackingInfo", "number"], "message": message} for message in messages]
    return {"data": {"fulfillmentCreate": {"fulfillment": fulfillment, "userErrors": errors}}, **more}


def test_a_fulfillment_is_read() -> None:
    """A single object counts as a list; errors next to a created fulfillment are ignored."""
    for body in (
        build_created_answer(FULFILLMENT),
        build_created_answer({**FULFILLMENT, "trackingInfo": {"number": NUMBER}}),
        build_created_answer(FULFILLMENT, errors=[{"message": "Internal error"}]),
    ):
        read = answers.parse_fulfillment(parse_payload(answer(body), CREATE))
        assert (read.fulfillment_id, read.numbers) == ("gid://shopify/Fulfillment/1", (NUMBER,))
        assert answers.to_fulfillment(read, NUMBER, notified=True).status is FulfillmentStatus.LIVE


def test_user_errors_are_rejected_with_shopifys_messages() -> None:
    """They have no code; the refusal has the API's name of the field."""
    with pytest.raises(Rejected) as refused:
        parse_payload(answer(build_created_answer(None, "Number is bad", "Really")), CREATE)

    assert refused.value.message == "Number is bad; Really"
    assert (refused.value.vendor_code, refused.value.field) == ("userErrors", "tracking_number")


def build_throttled_answer(available: Any, rate: Any, cost: Any = 70, max_available: Any = 1000) -> dict[str, Any]:
    bucket = {"maximumAvailable": max_available, "currentlyAvailable": available, "restoreRate": rate}
    costs = {"requestedQueryCost": cost, "actualQueryCost": None, "throttleStatus": bucket}
    error = {"message": "Throttled", "extensions": {"code": "THROTTLED"}}
    return {"errors": [error], "extensions": {"cost": costs}}


@pytest.mark.parametrize(
    ("body", "after"),
    [
        (build_throttled_answer(20, 50), 1.0),
        (build_throttled_answer(66.0, 100.0), 0.1),
        (build_throttled_answer(0, 50, 1000), 20.0),
        (build_throttled_answer(90, 50), 0.1),
        (build_throttled_answer(0, 0), 1.0),
        (build_throttled_answer(None, "x"), 1.0),
        (build_throttled_answer(-(10.0**9), 1), 3600.0),
        ({"errors": [{"message": "Throttled"}]}, 1.0),
    ],
)
def test_a_throttled_call_waits_for_the_bucket(body: dict[str, Any], after: float) -> None:
    """It waits until the bucket holds the cost of the call, or a second if the answer has no figures."""
    with pytest.raises(RateLimited) as limited:
        parse_payload(answer(body), CREATE)
    assert limited.value.after == pytest.approx(after)


def test_a_call_that_costs_more_than_the_bucket_is_rejected() -> None:
    """Waiting would never end."""
    with pytest.raises(Rejected):
        parse_payload(answer(build_throttled_answer(0, 50, 2000)), CREATE)


def build_error_answer(code: str) -> dict[str, Any]:
    return {"data": {"fulfillmentCreate": None}, "errors": [{"message": "no", "extensions": {"code": code}}]}


@pytest.mark.parametrize(
    ("raw_answer", "error"),
    [
        (answer(build_error_answer("ACCESS_DENIED")), AuthFailed),
        (answer(build_error_answer("MAX_COST_EXCEEDED")), Rejected),
        (answer(build_error_answer("INTERNAL_SERVER_ERROR")), Ambiguous),
        (answer(build_error_answer("TIMEOUT")), Ambiguous),
        (answer({"errors": "what?"}), Ambiguous),
        (answer({"errors": ["what?"], "data": None}), Ambiguous),
        (answer(build_created_answer(None)), Ambiguous),
        (answer({"data": {"fulfillmentCreate": None}}), Ambiguous),
        (answer({"data": None}), Ambiguous),
        (answer({"data": {"fulfillmentCreate": []}}), Ambiguous),
        (answer({}), Ambiguous),
        (answer([]), Ambiguous),
        (answer(b""), Ambiguous),
        (answer(b"<html>Shopify</html>"), Ambiguous),
        (answer(json.dumps(build_created_answer(FULFILLMENT)).encode()[:-9]), Ambiguous),
        (answer({"errors": "bad token"}, 401), AuthFailed),
        (answer({"errors": "no scope"}, 403), AuthFailed),
        (answer(b"<html>", 403), Rejected),
        (answer({"errors": "frozen"}, 402), Curable),
        (answer(b"<html>", 404), Rejected),
        (answer({"errors": "slow down"}, 429, **{"retry-after": "2"}), RateLimited),
        (answer(b"", 500), Ambiguous),
        (answer(b"", 503, **{"retry-after": "2"}), Ambiguous),
        (answer(b"", 302), Ambiguous),
    ],
)
def test_an_answer_without_a_fulfillment_raises_the_matching_error(
    raw_answer: RawAnswer, error: type[EffectError]
) -> None:
    """An unclear answer is ambiguous, because the fulfillment may exist."""
    with pytest.raises(EffectError) as raised:
        parse_payload(raw_answer, CREATE)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "NEW"},
        {"id": ""},
        {"id": "x" * 256},
        {"createdAt": "soon"},
        {"createdAt": "2026-11-23T18:00:00"},
        {"trackingInfo": "x"},
    ],
)
def test_a_fulfillment_of_another_shape_is_ambiguous(changes: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_fulfillment({**FULFILLMENT, **changes})


def test_an_unknown_order_is_none() -> None:
    """Shopify answers with a null root and no errors."""
    assert parse_root(answer({"data": {"order": None}}), ORDER) is None


def build_lines(*items: tuple[str, str | None, int], more: bool = False) -> dict[str, Any]:
    nodes = [
        {"quantity": count, "lineItem": {"id": f"gid://shopify/LineItem/{number}", "sku": sku}}
        for number, sku, count in items
    ]
    return {"fulfillmentLineItems": {"pageInfo": {"hasNextPage": more, "endCursor": "x"}, "nodes": nodes}}


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (build_lines(("11", "TEE", 1), ("12", "MUG", 1)), True),
        (build_lines(("91", "TEE", 1), ("92", "MUG", 1)), True),
        (build_lines(("11", "TEE", 2)), False),
        (build_lines(("11", "TEE", 1)), False),
        (build_lines(("11", "TEE", 1), ("12", "MUG", 2)), False),
        (build_lines(("11", "TEE", 1), ("13", None, 1)), False),
        (build_lines(("13", None, 1), more=True), True),
        (build_lines(), False),
    ],
)
def test_a_fulfillment_is_recognized_by_its_line_items(body: dict[str, Any], expected: bool) -> None:
    """It must have exactly the pushed quantities."""
    push = build_request(line_items=[{"id": "11", "quantity": 1}, {"sku": "MUG", "quantity": 1}])

    assert answers.has_lines(body, push) is expected


def test_a_page_without_a_usable_end_is_ambiguous() -> None:
    """It lacks its page info, or has a next page without a cursor."""
    nowhere = {"nodes": [], "pageInfo": {"hasNextPage": True, "endCursor": None}}
    shapes: list[Any] = [None, [], {"nodes": []}, nowhere]
    for connection in shapes:
        with pytest.raises(Ambiguous):
            answers.parse_page(connection)
