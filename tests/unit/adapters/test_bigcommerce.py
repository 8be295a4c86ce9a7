"""BigCommerce requests have the fields of its API description, and its answers are read."""

from typing import Any

import pytest

from adapters.channels.bigcommerce import answers, errors, requests
from domain.channels import FulfillmentRequest, FulfillmentStatus
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from tests.fixtures.builders import REFERENCE, build_fulfillment_request, build_raw_answer

ORDER = [{"id": "a", "sku": "TEE", "quantity": 5}, {"id": "b", "sku": "MUG", "quantity": 1}]


def build_request(**changes: Any) -> FulfillmentRequest:
    defaults = {
        "external_id": "225",
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
        "known_items": ORDER,
    }
    return build_fulfillment_request(**{**defaults, **changes})


def build_product(number: int, sku: str, quantity: int, shipped: int = 0, **changes: Any) -> dict[str, Any]:
    fields = {"id": number, "sku": sku, "quantity": quantity, "quantity_shipped": shipped, "order_address_id": 127}
    return {**fields, "type": "physical", **changes}


PRODUCTS = [build_product(188, "TEE", 5, 2), build_product(189, "MUG", 1)]


def collect_quantities(body: dict[str, Any]) -> dict[int, int]:
    return {item["order_product_id"]: item["quantity"] for item in body["items"]}


def test_a_shipment_has_the_fields_of_the_v2_api() -> None:
    """It has all remaining items, one address, and the reference in its comments."""
    body = requests.build_shipment(REFERENCE, build_request(), PRODUCTS)

    assert body == {
        "order_address_id": 127,
        "tracking_number": "986578788855",
        "shipping_provider": "fedex",
        "comments": f"Shipped with fedex. Reference {REFERENCE}",
        "items": [{"order_product_id": 188, "quantity": 3}, {"order_product_id": 189, "quantity": 1}],
    }
    assert answers.has_reference(body, REFERENCE)
    assert not answers.has_reference(body, REFERENCE[:-1])


def test_a_line_item_is_found_by_id_or_sku() -> None:
    """BigCommerce's id comes first, then the SKU; the order's own id leads to a SKU."""
    assert collect_quantities(
        requests.build_shipment(REFERENCE, build_request(line_items=[{"id": "188", "quantity": 2}]), PRODUCTS)
    ) == {188: 2}
    assert collect_quantities(
        requests.build_shipment(REFERENCE, build_request(line_items=[{"id": "a", "quantity": 1}]), PRODUCTS)
    ) == {188: 1}
    assert collect_quantities(
        requests.build_shipment(REFERENCE, build_request(line_items=[{"sku": "MUG", "quantity": 1}]), PRODUCTS)
    ) == {189: 1}


def test_two_products_of_one_sku_are_filled_in_order() -> None:
    """The second product adds the missing quantity, and each is named once."""
    products = [build_product(1, "TEE", 2), build_product(2, "TEE", 2)]
    line_items = [{"sku": "TEE", "quantity": 1}, {"sku": "TEE", "quantity": 2}]

    assert collect_quantities(requests.build_shipment(REFERENCE, build_request(line_items=line_items), products)) == {
        1: 2,
        2: 1,
    }


REFUSED = [
    ({"line_items": [{"sku": "TEE", "quantity": 4}]}, PRODUCTS, "exceeds_remaining", "line_items.0.quantity"),
    ({"line_items": [{"sku": "HAT", "quantity": 1}]}, PRODUCTS, "no_such_line_item", "line_items.0"),
    ({}, [build_product(188, "TEE", 5, 5)], "exceeds_remaining", "line_items"),
    ({}, [build_product(188, "EBOOK", 1, type="digital")], "exceeds_remaining", "line_items"),
    ({}, [build_product(1, "A", 1), build_product(2, "B", 1, order_address_id=9)], "several_addresses", "line_items"),
    ({"tracking_number": "9" * 51}, PRODUCTS, "too_long", "tracking_number"),
]


@pytest.mark.parametrize(("changes", "products", "code", "field"), REFUSED)
def test_a_request_that_bigcommerce_would_refuse_names_the_field(
    changes: dict[str, Any], products: list[dict[str, Any]], code: str, field: str
) -> None:
    """It is refused before any call."""
    with pytest.raises(Rejected) as refused:
        requests.build_shipment(REFERENCE, build_request(**changes), products)

    assert (refused.value.vendor_code, refused.value.field) == (code, field)


def test_an_id_that_bigcommerce_can_not_have_is_refused() -> None:
    """It never becomes part of a path."""
    with pytest.raises(Rejected) as refused:
        requests.check_order_id("../1")
    assert refused.value.field == "order.external_id"
    for wrong in ("225", "225/x", "/6", "225/6/7", "²/6"):
        with pytest.raises(Rejected):
            requests.split_id(wrong)
    assert requests.split_id("225/6") == ("225", "6")


def test_a_shipment_is_read() -> None:
    """Ids may be numbers or strings."""
    shipment = {"id": 6, "order_id": "225", "tracking_number": "986578788855", "comments": ""}

    fulfillment = answers.parse_fulfillment(errors.parse_answer(build_raw_answer(201, shipment)), notified=True)

    assert (fulfillment.fulfillment_id, fulfillment.status, fulfillment.notified) == (
        "225/6",
        FulfillmentStatus.LIVE,
        True,
    )


@pytest.mark.parametrize("body", [b"<html>", b"", b'{"id": 6', {"id": 6}, [[]], {"id": [], "order_id": 1}])
def test_an_unreadable_success_is_ambiguous(body: Any) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_fulfillment(errors.parse_answer(build_raw_answer(201, body)), notified=False)


def test_a_list_may_be_empty_or_a_single_object() -> None:
    """A 204 is an empty list; any other answer without a list is ambiguous."""
    assert errors.parse_list(build_raw_answer(204, b"")) == []
    assert errors.parse_list(build_raw_answer(200, {"id": 6, "order_id": 225})) == [{"id": 6, "order_id": 225}]
    wrong_bodies: list[Any] = [b"<html>", {"unexpected": [[]]}, [{"id": 6}], None]
    for body in wrong_bodies:
        with pytest.raises(Ambiguous):
            errors.parse_list(build_raw_answer(200, body))


FAILURES = [
    (build_raw_answer(400, [{"status": 400, "message": "The field 'items' is invalid."}]), Rejected, "400"),
    (build_raw_answer(422, {"status": 422, "title": "Unprocessable"}), Rejected, "422"),
    (build_raw_answer(401, b"<html>"), AuthFailed, None),
    (build_raw_answer(403, [{"status": 403, "message": "no scope"}]), AuthFailed, "403"),
    (build_raw_answer(503, b"", retry_after="1"), Ambiguous, None),
    (build_raw_answer(500, b""), Ambiguous, None),
    (build_raw_answer(302, b""), Ambiguous, None),
]


@pytest.mark.parametrize(("failure", "kind", "code"), FAILURES)
def test_a_failed_answer_raises_the_error_of_its_status(
    failure: RawAnswer, kind: type[EffectError], code: str | None
) -> None:
    """The error has BigCommerce's code, if the answer has one."""
    with pytest.raises(kind) as raised:
        errors.parse_answer(failure)
    assert type(raised.value) is kind
    assert getattr(raised.value, "vendor_code", None) == code


def test_a_rate_limited_call_waits_as_long_as_the_headers_ask() -> None:
    """It waits at most an hour, and a second without a header."""
    for limited, after in (
        (build_raw_answer(429, b"", x_rate_limit_time_reset_ms="15500"), 15.5),
        (build_raw_answer(429, b"", x_rate_limit_time_reset_ms="99999999"), 3600.0),
        (build_raw_answer(429, b"", x_rate_limit_time_reset_ms="9" * 400), 3600.0),
        (build_raw_answer(429, b"", x_rate_limit_time_reset_ms="9" * 5000), 3600.0),
        (build_raw_answer(429, b"", retry_after="7"), 7.0),
        (build_raw_answer(429, b""), 1.0),
    ):
        with pytest.raises(RateLimited) as raised:
            errors.parse_answer(limited)
        assert raised.value.after == after


def test_only_an_empty_answer_confirms_a_deletion() -> None:
    """A successful web page is not an answer of BigCommerce."""
    errors.check_empty(build_raw_answer(204, b""))
    with pytest.raises(Ambiguous):
        errors.check_empty(build_raw_answer(200, b"<html>"))


def test_the_comments_show_the_numbers_of_several_parcels() -> None:
    """A shipment has one tracking number, the first one; its reference is still found."""
    numbers = ("986578788855", "986578788856")
    body = requests.build_shipment(REFERENCE, build_request(parcel_numbers=numbers), PRODUCTS)

    assert body["tracking_number"] == numbers[0]
    assert body["comments"] == f"Shipped with fedex. Reference {REFERENCE} Parcels {' '.join(numbers)}"
    assert answers.has_reference(body, REFERENCE)
