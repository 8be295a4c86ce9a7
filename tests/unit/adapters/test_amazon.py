"""Amazon's requests as its API description has them, and its answers read."""

import json
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
from domain.shipping import Connection, Mode, RawAnswer, SafetyClass
from tests.fixtures.builders import build_connection_settings, build_fulfillment_request

REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
AT = datetime(2026, 11, 23, 19, 0, 30, 123456, UTC)


def request(**changed: Any) -> FulfillmentRequest:
    given = {
        "external_id": "113-1234567-7654321",
        "tracking_number": "986578788855",
        "carrier": "fedex",
        "line_items": None,
        "notify_customer": False,
        "known_items": [{"id": "1", "sku": "TEE", "quantity": 2}],
    }
    return build_fulfillment_request(**{**given, **changed})


def order(fulfilled: int = 0, packages: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    fulfillment = {"quantityFulfilled": fulfilled, "quantityUnfulfilled": 3 - fulfilled}
    item = {"orderItemId": "77", "quantityOrdered": 3, "product": {"sellerSku": "TEE"}, "fulfillment": fulfillment}
    return {"orderItems": [item], **({"packages": packages} if packages is not None else {})}


def package(number: str, tracking_number: str, quantity: int) -> dict[str, Any]:
    items = [{"orderItemId": "77", "quantity": quantity}]
    return {"packageReferenceId": number, "trackingNumber": tracking_number, "packageItems": items}


def confirmed(**changed: Any) -> dict[str, Any]:
    given: dict[str, Any] = {"found": order(), "request": request(), **changed}
    return requests.build_confirmation(REFERENCE, given["request"], given["found"], "ATVPDKIKX0DER", AT)


def test_a_confirmation_is_what_amazon_asks_for() -> None:
    """All that remains, and the package's number as a text."""
    number = requests.make_package_number(REFERENCE)

    assert confirmed(found=order(fulfilled=1)) == {
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


def test_the_same_package_again_asks_for_the_same() -> None:
    """What a lost answer's package took of the order still remains for its repetition."""
    own = package(requests.make_package_number(REFERENCE), "986578788855", 3)

    again = confirmed(found=order(fulfilled=3, packages=[own]))

    assert again == confirmed()
    with pytest.raises(Rejected) as refused:
        confirmed(found=order(fulfilled=3, packages=[package("5", "1Z", 3)]))
    assert refused.value.vendor_code == "exceeds_remaining"


def test_other_carriers_go_by_their_name() -> None:
    """Amazon wants the name where it has no code."""
    detail = confirmed(request=request(carrier="Pony Express"))["packageDetail"]

    assert (detail["carrierCode"], detail["carrierName"]) == ("Other", "Pony Express")


def test_a_package_is_found_by_its_number_or_its_tracking_number() -> None:
    """And one that is not shown yet is told from one that is not there."""
    number = requests.make_package_number(REFERENCE)
    assert answers.has_package(order(3, [package(number, "other", 3)]), number, "986578788855")
    assert answers.has_package(order(3, [package("1", "986578788855", 3)]), number, "986578788855")
    assert not answers.has_package(order(3, [package("1", "other", 3)]), number, "986578788855")
    assert not answers.lacks_packages(order(3, [package("1", "other", 3)]))
    assert not answers.lacks_packages(order())
    assert answers.lacks_packages(order(3))
    assert answers.lacks_packages(order(3, [package("1", "other", 2)]))


@pytest.mark.parametrize("wrong", ["1001", "113-1234567-765432", "113-1234567-7654321/x", "113-1234567-765432١"])
def test_an_order_of_another_kind_of_shop_is_refused(wrong: str) -> None:
    """Amazon's ids have a shape; what has another never gets into a path."""
    with pytest.raises(Rejected) as refused:
        requests.check_order_id(wrong)
    assert refused.value.field == "order.external_id"


@pytest.mark.parametrize(
    "body", [{}, {"order": []}, {"order": {}}, {"order": {"orderItems": [[]]}}, {"unexpected": [[]]}]
)
def test_an_order_of_another_shape_is_none(body: dict[str, Any]) -> None:
    """It is ambiguous, never an empty order."""
    with pytest.raises(Ambiguous):
        answers.parse_order(body)


def answer(status: int, body: Any = b"", **headers: str) -> RawAnswer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return RawAnswer(status, content, {name.replace("_", "-"): value for name, value in headers.items()})


def failure(code: str, message: str) -> dict[str, Any]:
    return {"errors": [{"code": code, "message": message, "details": ""}]}


FAILURES = [
    (answer(400, failure("InvalidInput", "trackingNumber: is invalid")), Rejected, "InvalidInput", "tracking_number"),
    (answer(404, failure("NotFound", "no such order")), Rejected, "NotFound", None),
    (answer(400, {"errors": {"code": "One", "message": "not a list"}}), Rejected, "One", None),
    (answer(400, b"<html>"), Rejected, None, None),
    (answer(403, failure("Unauthorized", "denied")), AuthFailed, "Unauthorized", None),
    (answer(503, failure("ServiceUnavailable", "later"), retry_after="1"), Ambiguous, "ServiceUnavailable", None),
    (answer(200, b"<html>"), Ambiguous, None, None),
    (answer(200, {"unexpected": [[]]}), Ambiguous, None, None),
]


@pytest.mark.parametrize(("told", "kind", "code", "field"), FAILURES)
def test_only_nothing_is_a_success(
    told: RawAnswer, kind: type[EffectError], code: str | None, field: str | None
) -> None:
    """A confirmation is answered by 204 without a body; a failure with Amazon's own code and, where it tells, field."""
    errors.check_empty(answer(204))
    with pytest.raises(kind) as raised:
        errors.check_empty(told)
    assert type(raised.value) is kind
    assert getattr(raised.value, "vendor_code", None) == code
    assert getattr(raised.value, "field", None) == field


def test_it_is_left_alone_until_its_rate_lets_another_through() -> None:
    """One divided by the rate, at most an hour; a second where it does not say."""
    for limited, after in (
        (answer(429, x_amzn_ratelimit_limit="0.5"), 2.0),
        (answer(429, x_amzn_ratelimit_limit="0.00001"), 3600.0),
        (answer(429, x_amzn_ratelimit_limit="0"), 1.0),
        (answer(429, x_amzn_ratelimit_limit="nan"), 1.0),
        (answer(429, x_amzn_ratelimit_limit="0.5", retry_after="9"), 9.0),
        (answer(429), 1.0),
    ):
        with pytest.raises(RateLimited) as raised:
            errors.parse_answer(limited)
        assert raised.value.after == after


async def test_a_token_that_is_refused_by_403_is_replaced_once() -> None:
    """Amazon's gateway says 403 of an expired one."""
    calls: list[str] = []

    def handle(sent: httpx.Request) -> httpx.Response:
        if sent.url.path == "/token":
            return httpx.Response(200, json={"access_token": f"T{len(calls)}", "expires_in": 3600})
        calls.append(sent.headers["x"])
        return httpx.Response(403)

    client = httpx.AsyncClient(transport=httpx.MockTransport(handle), base_url="https://amazon.example")
    tokens = Tokens(client, lambda: client.build_request("POST", "/token"), (401, 403))

    got = await tokens.send(lambda token: client.build_request("POST", "/x", headers={"x": token}), 5.0)

    assert (got.status, calls) == (403, ["T0", "T1"])


async def test_nothing_is_ever_taken_back() -> None:
    """And it says so before anybody tries."""
    made = AmazonChannel(
        Connection(
            id=None,  # type: ignore[arg-type]
            vendor="amazon",
            mode=Mode.LIVE,
            active=True,
            version=AT,
            settings=build_connection_settings(can_cancel=True),
            credentials={},
        ),
        Destination("https://amazon.example"),
    )

    assert (made.capabilities.can_cancel, made.capabilities.safety) == (False, SafetyClass.KEYED)
    assert (await made.cancel("113-1234567-7654321/1")).outcome is UndoOutcome.UNSUPPORTED
    assert made.read_fulfillment(answer(204), request()).notified is True
    await made.aclose()
