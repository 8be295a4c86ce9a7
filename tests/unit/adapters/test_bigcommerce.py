"""BigCommerce's requests as its API description has them, and its answers read."""

import json
from typing import Any

import pytest

from adapters.channels.bigcommerce import answers, errors, requests
from domain.channels import FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from tests.fixtures.builders import build_fulfillment_request

REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
ORDER = [{"id": "a", "sku": "TEE", "quantity": 5}, {"id": "b", "sku": "MUG", "quantity": 1}]


def request(**changed: Any) -> FulfillmentRequest:
    given = {
        "external_id": "225",
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
        "known_items": ORDER,
    }
    return build_fulfillment_request(**{**given, **changed})


def product(number: int, sku: str, quantity: int, shipped: int = 0, **changed: Any) -> dict[str, Any]:
    own = {"id": number, "sku": sku, "quantity": quantity, "quantity_shipped": shipped, "order_address_id": 127}
    return {**own, "type": "physical", **changed}


PRODUCTS = [product(188, "TEE", 5, 2), product(189, "MUG", 1)]


def items(body: dict[str, Any]) -> dict[int, int]:
    return {item["order_product_id"]: item["quantity"] for item in body["items"]}


def test_a_shipment_is_what_v2_asks_for() -> None:
    """All that remains, the address that BigCommerce asks for, and the reference in the comments."""
    body = requests.build_shipment(REFERENCE, request(), PRODUCTS)

    assert body == {
        "order_address_id": 127,
        "tracking_number": "986578788855",
        "shipping_provider": "fedex",
        "comments": f"Shipped with fedex. Reference {REFERENCE}",
        "items": [{"order_product_id": 188, "quantity": 3}, {"order_product_id": 189, "quantity": 1}],
    }
    assert answers.has_reference(body, REFERENCE)
    assert not answers.has_reference(body, REFERENCE[:-1])


def test_parts_are_named_by_their_id_our_id_or_sku() -> None:
    """BigCommerce's own id first, then the SKU, which our own id leads to."""
    assert items(requests.build_shipment(REFERENCE, request(line_items=[{"id": "188", "quantity": 2}]), PRODUCTS)) == {
        188: 2
    }
    assert items(requests.build_shipment(REFERENCE, request(line_items=[{"id": "a", "quantity": 1}]), PRODUCTS)) == {
        188: 1
    }
    assert items(requests.build_shipment(REFERENCE, request(line_items=[{"sku": "MUG", "quantity": 1}]), PRODUCTS)) == {
        189: 1
    }


def test_two_products_of_one_sku_are_filled_in_order() -> None:
    """What the first has not got is taken of the second, and each is named once."""
    products = [product(1, "TEE", 2), product(2, "TEE", 2)]
    wanted = [{"sku": "TEE", "quantity": 1}, {"sku": "TEE", "quantity": 2}]

    assert items(requests.build_shipment(REFERENCE, request(line_items=wanted), products)) == {1: 2, 2: 1}


REFUSED = [
    ({"line_items": [{"sku": "TEE", "quantity": 4}]}, PRODUCTS, "exceeds_remaining", "line_items.0.quantity"),
    ({"line_items": [{"sku": "HAT", "quantity": 1}]}, PRODUCTS, "no_such_line_item", "line_items.0"),
    ({}, [product(188, "TEE", 5, 5)], "exceeds_remaining", "line_items"),
    ({}, [product(188, "EBOOK", 1, type="digital")], "exceeds_remaining", "line_items"),
    ({}, [product(1, "A", 1), product(2, "B", 1, order_address_id=9)], "several_addresses", "line_items"),
    ({"tracking_number": "9" * 51}, PRODUCTS, "too_long", "tracking_number"),
]


@pytest.mark.parametrize(("changed", "products", "code", "field"), REFUSED)
def test_what_it_could_not_take_is_refused_by_name(
    changed: dict[str, Any], products: list[dict[str, Any]], code: str, field: str
) -> None:
    """Before anything is sent."""
    with pytest.raises(Rejected) as refused:
        requests.build_shipment(REFERENCE, request(**changed), products)

    assert (refused.value.vendor_code, refused.value.field) == (code, field)


def test_an_order_of_another_kind_of_shop_is_refused() -> None:
    """BigCommerce's ids are numbers; what is not one never gets into a path."""
    with pytest.raises(Rejected) as refused:
        requests.check_order_id("../1")
    assert refused.value.field == "order.external_id"
    for wrong in ("225", "225/x", "/6", "225/6/7", "²/6"):
        with pytest.raises(Rejected):
            requests.split_id(wrong)
    assert requests.split_id("225/6") == ("225", "6")


def answer(status: int, body: Any = None, **headers: str) -> RawAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawAnswer(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


def test_a_shipment_is_read() -> None:
    """Ids may be numbers or texts."""
    made = {"id": 6, "order_id": "225", "tracking_number": "986578788855", "comments": ""}

    found = answers.parse_fulfillment(errors.parse_answer(answer(201, made)), notified=True)

    assert (found.fulfillment_id, found.status, found.notified) == ("225/6", FulfillmentStatus.LIVE, True)


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"id": 6', {"id": 6}, [[]], {"id": [], "order_id": 1}])
def test_a_success_that_cant_be_read_may_have_happened(body: Any) -> None:
    """It is ambiguous, never a crash and never a success."""
    with pytest.raises(Ambiguous):
        answers.parse_fulfillment(errors.parse_answer(answer(201, body)), notified=False)


def test_a_list_is_empty_without_content_or_a_single_object() -> None:
    """204 is an empty list; a single object is a list of one; HTML is none."""
    assert errors.parse_list(answer(204, b"")) == []
    assert errors.parse_list(answer(200, {"id": 6, "order_id": 225})) == [{"id": 6, "order_id": 225}]
    others: list[Any] = [b"<html>", {"unexpected": [[]]}, [{"id": 6}], None]
    for other in others:
        with pytest.raises(Ambiguous):
            errors.parse_list(answer(200, other))


FAILURES = [
    (answer(400, [{"status": 400, "message": "The field 'items' is invalid."}]), Rejected, "400"),
    (answer(422, {"status": 422, "title": "Unprocessable"}), Rejected, "422"),
    (answer(401, b"<html>"), AuthFailed, None),
    (answer(403, [{"status": 403, "message": "no scope"}]), AuthFailed, "403"),
    (answer(503, b"", retry_after="1"), Ambiguous, None),
    (answer(500, b""), Ambiguous, None),
    (answer(302, b""), Ambiguous, None),
]


@pytest.mark.parametrize(("failure", "kind", "code"), FAILURES)
def test_failures_mean_what_their_status_says(failure: RawAnswer, kind: type[EffectError], code: str | None) -> None:
    """With BigCommerce's own code, where it has one."""
    with pytest.raises(kind) as raised:
        errors.parse_answer(failure)
    assert type(raised.value) is kind
    assert getattr(raised.value, "vendor_code", None) == code


def test_it_is_left_alone_for_as_long_as_it_asks() -> None:
    """In milliseconds, or else in the usual header, at most an hour; a second where it does not say."""
    for limited, after in (
        (answer(429, b"", x_rate_limit_time_reset_ms="15500"), 15.5),
        (answer(429, b"", x_rate_limit_time_reset_ms="99999999"), 3600.0),
        (answer(429, b"", x_rate_limit_time_reset_ms="9" * 400), 3600.0),
        (answer(429, b"", x_rate_limit_time_reset_ms="9" * 5000), 3600.0),
        (answer(429, b"", retry_after="7"), 7.0),
        (answer(429, b""), 1.0),
    ):
        with pytest.raises(RateLimited) as raised:
            errors.parse_answer(limited)
        assert raised.value.after == after


def test_a_deletion_is_done_where_nothing_is_answered() -> None:
    """A page of HTML with a success is no word of BigCommerce's."""
    errors.check_empty(answer(204, b""))
    with pytest.raises(Ambiguous):
        errors.check_empty(answer(200, b"<html>"))
