"""An inconclusive answer of a carrier proves neither absence nor a void; repeating the purchase could pay twice."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from adapters.carriers.easypost import EasyPostCarrier
from adapters.carriers.fedex import FedexCarrier
from adapters.carriers.shipengine import ShipEngineCarrier
from adapters.carriers.ups import UpsCarrier
from adapters.carriers.usps import UspsCarrier
from domain.errors import EffectError, MayBeDone, Rejected
from domain.shipping import PurchaseAttempt
from tests.fixtures.answering import Reply
from tests.fixtures.builders import REFERENCE, build_shipment_request
from tests.unit.adapters.adapter_calls import NOW, TOKEN, call_adapter, expect_ambiguous
from tests.unit.adapters.easypost_shipments import MISSING

PAYMENT = (200, {"paymentAuthorizationToken": "p"})


def buy_label(service: str, label_format: str = "PDF") -> Callable[[Any], Awaitable[Any]]:
    request = build_shipment_request(service, label_format)

    async def buy(adapter: Any) -> Any:
        return adapter.read_label(await adapter.buy(REFERENCE, request), request)

    return buy


def reply_to_search(first: tuple[int, Any], page: Any) -> Reply:
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
async def test_a_strange_list_of_easypost_is_inconclusive(first: tuple[int, Any], page: Any) -> None:
    with pytest.raises(EffectError):
        await call_adapter(
            EasyPostCarrier,
            reply_to_search(first, page),
            lambda adapter: adapter.find_labels(REFERENCE, PurchaseAttempt(NOW, NOW)),
        )


async def test_the_search_at_easypost_begins_before_the_shipment_was_made() -> None:
    lines: list[str] = []

    def reply(line: str) -> tuple[int, Any]:
        lines.append(line)
        return reply_to_search(MISSING, {"shipments": [], "has_more": False})(line)

    started_at = NOW - timedelta(hours=20)
    await call_adapter(
        EasyPostCarrier, reply, lambda adapter: adapter.find_labels(REFERENCE, PurchaseAttempt(started_at, NOW))
    )
    assert f"start_datetime={started_at - timedelta(minutes=10):%Y-%m-%dT%H%%3A%M%%3A%SZ}" in lines[-1]


DRAFT = {
    "id": "shp_1", "reference": REFERENCE, "postage_label": None, "tracking_code": None,
    "rates": [{"id": "rate_1", "carrier": "USPS", "service": "Priority", "rate": "1.00", "currency": "USD"}],
}  # fmt: skip


@pytest.mark.parametrize("refusal", [(408, b""), (409, {"error": {"code": "CONFLICT", "message": "in progress"}})])
async def test_a_refusal_of_easypost_may_hide_a_purchase(refusal: tuple[int, Any]) -> None:
    reply: Reply = lambda line: refusal if line.endswith("/buy") else (200, DRAFT)  # noqa: E731
    await expect_ambiguous(EasyPostCarrier, reply, buy_label("USPS.Priority"))


def build_shipengine_error(**changes: Any) -> dict[str, Any]:
    return {
        "error_source": "shipengine",
        "error_type": "validation",
        "error_code": "unspecified",
        "message": "x",
        **changes,
    }


@pytest.mark.parametrize(
    ("status", "errors"),
    [
        (400, [{"message": "already exists", "field": "external_shipment_id"}]),
        (400, [build_shipengine_error(message=f"external_shipment_id '{REFERENCE}' is already in use")]),
        (400, [build_shipengine_error(), build_shipengine_error(error_type="system")]),
        (400, [build_shipengine_error(error_source="carrier", error_code="timeout")]),
        (409, [build_shipengine_error(error_type="business_rules")]),
    ],
    ids=["field", "words", "second", "timeout", "409"],
)
async def test_a_refusal_of_shipengine_may_hide_a_purchase(status: int, errors: list[Any]) -> None:
    services = (200, {"services": [{"service_code": "ups_ground"}]})
    reply: Reply = lambda line: (status, {"errors": errors}) if line.startswith("POST") else services  # noqa: E731
    await expect_ambiguous(ShipEngineCarrier, reply, buy_label("ups_ground"), options={"carrier_id": "se-1"})


def reply_with_token(answer: tuple[int, Any], instead: str = "", then: tuple[int, Any] = (200, {})) -> Reply:
    """Reply with a token to the login, `then` to a line that contains `instead`, and `answer` to any other."""
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
async def test_a_refusal_of_fedex_may_hide_a_purchase(refusal: tuple[int, Any]) -> None:
    await expect_ambiguous(FedexCarrier, reply_with_token(refusal), buy_label("GROUND"))


@pytest.mark.parametrize("refusal", [(408, b""), (400, {"response": {"errors": [{"code": "20001", "message": "m"}]}})])
async def test_a_refusal_of_ups_may_hide_a_purchase(refusal: tuple[int, Any]) -> None:
    await expect_ambiguous(UpsCarrier, reply_with_token(refusal), buy_label("GROUND", "ZPL"))


def build_fedex_result(number: str, status: str) -> dict[str, Any]:
    return {"trackingNumberInfo": {"trackingNumber": number}, "latestStatusDetail": {"code": status}}


@pytest.mark.parametrize(
    "results",
    [[build_fedex_result("794", "CA"), build_fedex_result("794", "OC")], [build_fedex_result("795", "CA")]],
    ids=["a number that came round again", "another number"],
)
async def test_a_cancelled_parcel_at_fedex_may_be_another_one(results: list[Any]) -> None:
    refused = (400, {"errors": [{"code": "SHIPMENT.VOID.REFUSED", "message": "no"}]})
    track = (200, {"output": {"completeTrackResults": [{"trackingNumber": "794", "trackResults": results}]}})
    with pytest.raises(MayBeDone):
        await call_adapter(
            FedexCarrier, reply_with_token(track, "cancel", refused), lambda adapter: adapter.void("794")
        )


async def test_a_typed_tracking_number_is_tracked() -> None:
    track = (200, {"output": {"completeTrackResults": [{"trackResults": [build_fedex_result("794AB", "OC")]}]}})
    assert (
        await call_adapter(FedexCarrier, reply_with_token(track), lambda adapter: adapter.track("794 ab"))
    ).tracking_number == "794 ab"
    parcels = [{"trackingNumber": "1ZNEW", "currentStatus": {"type": "M"}}]
    shown = (200, {"trackResponse": {"shipment": [{"package": parcels}]}})
    assert (
        await call_adapter(UpsCarrier, reply_with_token(shown), lambda adapter: adapter.track("1z new"))
    ).tracking_number == "1z new"


async def test_a_voided_parcel_at_ups_may_be_another_one() -> None:
    refused = (400, {"response": {"errors": [{"code": "190100", "message": "n"}]}})
    parcels = [
        {"trackingNumber": number, "currentStatus": {"type": kind}}
        for number, kind in (("1ZOLD", "MV"), ("1ZNEW", "M"))
    ]
    track = (200, {"trackResponse": {"shipment": [{"package": parcels}]}})
    with pytest.raises(MayBeDone):
        await call_adapter(
            UpsCarrier, reply_with_token(track, "DELETE", refused), lambda adapter: adapter.void("1ZNEW")
        )


async def test_a_void_of_ups_must_include_the_parcel() -> None:
    parcel = {"TrackingNumber": "1ZNEW", "Status": {"Code": "0", "Description": "not voided"}}
    answer = {"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": "1"}}, "PackageLevelResults": [parcel]}}
    shown = {"trackingNumber": "1ZNEW", "currentStatus": {"type": "M"}}
    track = (200, {"trackResponse": {"shipment": [{"package": [shown]}]}})
    with pytest.raises(MayBeDone):
        await call_adapter(
            UpsCarrier, reply_with_token(track, "DELETE", (200, answer)), lambda adapter: adapter.void("1ZNEW")
        )


@pytest.mark.parametrize(
    "message",
    [
        "The label has not already been canceled.",
        "The refund request for another label was already submitted",
        "Duplicate submission: try again later",
        "Your payment account has already been cancelled",
    ],
)
async def test_already_in_a_message_of_usps_may_be_about_something_else(message: str) -> None:
    refused = (400, {"error": {"code": "400", "message": message}})
    reply: Reply = lambda line: TOKEN if "oauth" in line else PAYMENT if "payment" in line else refused  # noqa: E731
    with pytest.raises(Rejected):
        await call_adapter(UspsCarrier, reply, lambda adapter: adapter.void("9200"))
