"""Amazon requests have the fields of its API description, and its answers are read."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from adapters.channels.amazon import AmazonChannel, answers, errors, requests
from adapters.http.oauth import Tokens
from adapters.http.transport import Destination
from domain.channels import FulfillmentRequest
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer, SafetyClass
from tests.fixtures.builders import (
    REFERENCE,
    build_connection,
    build_fulfillment_request,
    build_raw_answer,
)

AT = datetime(2026, 11, 23, 19, 0, 30, 123456, UTC)


def build_request(**changes: Any) -> FulfillmentRequest:
    defaults = {
        "external_id": "113-1234567-7654321",
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
        "known_items": [{"id": "1", "sku": "TEE", "quantity": 2}],
    }
    return build_fulfillment_request(**{**defaults, **changes})


def build_order(fulfilled: int = 0, packages: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    fulfillment = {"quantityFulfilled": fulfilled, "quantityUnfulfilled": 3 - fulfilled}
    item = {"orderItemId": "77", "quantityOrdered": 3, "product": {"sellerSku": "TEE"}, "fulfillment": fulfillment}
    return {"orderItems": [item], **({"packages": packages} if packages is not None else {})}


def build_package(number: str, tracking_number: str, quantity: int) -> dict[str, Any]:
    items = [{"orderItemId": "77", "quantity": quantity}]
    return {"packageReferenceId": number, "trackingNumber": tracking_number, "packageItems": items}


def build_confirmation(**changes: Any) -> dict[str, Any]:
    inputs: dict[str, Any] = {"found": build_order(), "request": build_request(), **changes}
    return requests.build_confirmation(REFERENCE, inputs["request"], inputs["found"], "ATVPDKIKX0DER", AT)


def test_a_confirmation_has_the_fields_of_amazons_api() -> None:
    """It has all remaining items, and the package's number as a string of digits."""
    number = requests.make_package_number(REFERENCE)

    assert build_confirmation(found=build_order(fulfilled=1)) == {
        "marketplaceId": "ATVPDKIKX0DER",
        "packageDetail": {
            "packageReferenceId": number,
            "carrierCode": "FedEx",
            "trackingNumber": "986578788855",
            "shipDate": "2026-11-23T19:00:30Z",
            "orderItems": [{"orderItemId": "77", "quantity": 2}],
        },
    }
    assert number.isdigit()
    assert 1 <= int(number) <= requests.MAX_PACKAGE_NUMBER
    assert number == requests.make_package_number(REFERENCE) != requests.make_package_number(REFERENCE[::-1])


def test_a_repeated_confirmation_is_identical() -> None:
    """Items of the package itself still count as remaining, because its answer may be lost."""
    own_package = build_package(requests.make_package_number(REFERENCE), "986578788855", 3)

    repeated_confirmation = build_confirmation(found=build_order(fulfilled=3, packages=[own_package]))

    assert repeated_confirmation == build_confirmation()
    with pytest.raises(Rejected) as refused:
        build_confirmation(found=build_order(fulfilled=3, packages=[build_package("5", "1Z", 3)]))
    assert refused.value.vendor_code == "exceeds_remaining"


def test_an_unknown_carrier_is_sent_by_its_name() -> None:
    """Amazon needs a name for a carrier without a code."""
    detail = build_confirmation(request=build_request(carrier="Pony Express"))["packageDetail"]

    assert (detail["carrierCode"], detail["carrierName"]) == ("Other", "Pony Express")


def test_a_package_is_found_by_its_number_or_its_tracking_number() -> None:
    """While Amazon does not show all packages, a missing package proves nothing."""
    number = requests.make_package_number(REFERENCE)
    assert answers.has_package(build_order(3, [build_package(number, "other", 3)]), number, "986578788855")
    assert answers.has_package(build_order(3, [build_package("1", "986578788855", 3)]), number, "986578788855")
    assert not answers.has_package(build_order(3, [build_package("1", "other", 3)]), number, "986578788855")
    assert not answers.lacks_packages(build_order(3, [build_package("1", "other", 3)]))
    assert not answers.lacks_packages(build_order())
    assert answers.lacks_packages(build_order(3))
    assert answers.lacks_packages(build_order(3, [build_package("1", "other", 2)]))


@pytest.mark.parametrize("wrong", ["1001", "113-1234567-765432", "113-1234567-7654321/x", "113-1234567-765432١"])
def test_an_order_id_that_amazon_can_not_have_is_refused(wrong: str) -> None:
    """It never becomes part of a path."""
    with pytest.raises(Rejected) as refused:
        requests.check_order_id(wrong)
    assert refused.value.field == "order.external_id"


@pytest.mark.parametrize(
    "body", [{}, {"order": []}, {"order": {}}, {"order": {"orderItems": [[]]}}, {"unexpected": [[]]}]
)
def test_an_order_of_another_shape_is_ambiguous(body: dict[str, Any]) -> None:
    """It is never read as an empty order."""
    with pytest.raises(Ambiguous):
        answers.parse_order(body)


def build_failure(code: str, message: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message, "details": ""}]}


FAILURES = [
    (
        build_raw_answer(400, build_failure("InvalidInput", "trackingNumber: is invalid")),
        Rejected,
        "InvalidInput",
        "tracking_number",
    ),
    (build_raw_answer(404, build_failure("NotFound", "no such order")), Rejected, "NotFound", None),
    (build_raw_answer(400, {"errors": {"code": "One", "message": "not a list"}}), Rejected, "One", None),
    (build_raw_answer(400, b"<html>"), Rejected, None, None),
    (build_raw_answer(403, build_failure("Unauthorized", "denied")), AuthFailed, "Unauthorized", None),
    (
        build_raw_answer(503, build_failure("ServiceUnavailable", "later"), retry_after="1"),
        Ambiguous,
        "ServiceUnavailable",
        None,
    ),
    (build_raw_answer(200, b"<html>"), Ambiguous, None, None),
    (build_raw_answer(200, {"unexpected": [[]]}), Ambiguous, None, None),
]


@pytest.mark.parametrize(("raw_answer", "kind", "code", "field"), FAILURES)
def test_only_an_empty_204_confirms_the_shipment(
    raw_answer: RawAnswer, kind: type[EffectError], code: str | None, field: str | None
) -> None:
    """A failure has Amazon's code and, if Amazon names one, the field."""
    errors.check_empty(build_raw_answer(204))
    with pytest.raises(kind) as raised:
        errors.check_empty(raw_answer)
    assert type(raised.value) is kind
    assert getattr(raised.value, "vendor_code", None) == code
    assert getattr(raised.value, "field", None) == field


def test_a_rate_limited_call_waits_for_the_rate() -> None:
    """It waits for one divided by the rate, at most an hour, and a second without a rate."""
    for limited, after in (
        (build_raw_answer(429, x_amzn_ratelimit_limit="0.5"), 2.0),
        (build_raw_answer(429, x_amzn_ratelimit_limit="0.00001"), 3600.0),
        (build_raw_answer(429, x_amzn_ratelimit_limit="0"), 1.0),
        (build_raw_answer(429, x_amzn_ratelimit_limit="nan"), 1.0),
        (build_raw_answer(429, x_amzn_ratelimit_limit="0.5", retry_after="9"), 9.0),
        (build_raw_answer(429), 1.0),
    ):
        with pytest.raises(RateLimited) as raised:
            errors.parse_answer(limited)
        assert raised.value.after == after


async def test_a_token_that_is_refused_by_403_is_replaced_once() -> None:
    """Amazon's gateway answers an expired token with 403."""
    calls: list[str] = []

    def handle(http_request: httpx.Request) -> httpx.Response:
        if http_request.url.path == "/token":
            return httpx.Response(200, json={"access_token": f"T{len(calls)}", "expires_in": 3600})
        calls.append(http_request.headers["x"])
        return httpx.Response(403)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), base_url="https://amazon.example")
    tokens = Tokens(client, lambda: client.build_request("POST", "/token"), (401, 403))

    last_answer = await tokens.send(lambda token: client.build_request("POST", "/x", headers={"x": token}), 5.0)

    assert (last_answer.status, calls) == (403, ["T0", "T1"])


async def test_a_confirmation_can_not_be_undone() -> None:
    """The channel's capabilities already exclude it."""
    channel = AmazonChannel(build_connection("amazon", can_cancel=True), Destination("https://amazon.example"))

    assert (channel.capabilities.can_cancel, channel.capabilities.safety) == (False, SafetyClass.KEYED)
    assert (await channel.cancel("113-1234567-7654321/1")).outcome is UndoOutcome.UNSUPPORTED
    assert channel.read_fulfillment(build_raw_answer(204), build_request()).notified is True
    await channel.aclose()
