"""UPS tracking, voids, rates and failures are read."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.carriers.ups import answers
from adapters.carriers.ups.errors import is_unknown, parse_answer
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer
from domain.tracking import TrackingStatus
from tests.fixtures.builders import REFERENCE

NUMBER = "1ZA1B2C30312345678"


def build_tracking_answer(**changes: Any) -> dict[str, Any]:
    scans = [
        {"status": {"type": "D", "description": "DELIVERED"}, "gmtDate": "20260203", "gmtTime": "19:01:00"},
        {"status": {"type": "ZZ", "description": "New to us"}, "gmtDate": "20260203", "gmtTime": "74700"},
        {"status": {"type": "M", "description": "Label created"}, "gmtDate": "20260202", "gmtTime": "190100"},
    ]
    parcel = {
        "trackingNumber": NUMBER,
        "referenceNumber": [{"type": "PACKAGE", "number": REFERENCE}],
        "currentStatus": {"type": "D"},
        "service": {"code": "518", "description": "UPS 2nd Day Air®"},
        "activity": scans,
        **changes,
    }
    return {"trackResponse": {"shipment": [{"inquiryNumber": NUMBER, "package": [parcel]}]}}


EMPTY_RESULT = {
    "trackResponse": {"shipment": [{"inquiryNumber": "x", "warnings": [{"code": "TW0001", "message": "none"}]}]}
}


def test_tracking_events_are_read_in_order() -> None:
    """An unknown code becomes UNKNOWN with UPS's description; an hour may lack its leading zero."""
    tracking = answers.parse_tracking(build_tracking_answer(), NUMBER)
    assert tracking.status is TrackingStatus.DELIVERED
    assert [event.status for event in tracking.events] == [
        TrackingStatus.PRE_TRANSIT,
        TrackingStatus.UNKNOWN,
        TrackingStatus.DELIVERED,
    ]
    assert tracking.events[1].at == datetime(2026, 2, 3, 7, 47, tzinfo=UTC)
    assert tracking.events[1].description == "New to us"


@pytest.mark.parametrize("clock", [None, "late", "99:99:99", "235960", "1" * 20])
def test_an_event_with_an_unreadable_time_has_no_time(clock: Any) -> None:
    scan = {"status": {"type": "M"}, "gmtDate": "20260203", "gmtTime": clock}
    tracking = answers.parse_tracking(build_tracking_answer(activity=scan), NUMBER)
    assert [event.at for event in tracking.events] == [None]


def test_a_success_with_a_warning_means_that_the_number_is_unknown() -> None:
    assert answers.parse_labels(EMPTY_RESULT, REFERENCE) == []
    with pytest.raises(Rejected):
        answers.parse_tracking(EMPTY_RESULT, NUMBER)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"trackResponse": {}},
        {"trackResponse": {"shipment": []}},
        {"trackResponse": {"shipment": "none"}},
        {"trackResponse": {"shipment": [{"inquiryNumber": "x"}]}},
        {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0002", "message": "busy"}]}]}},
        build_tracking_answer(trackingNumber=None),
        build_tracking_answer(service=None),
        build_tracking_answer(referenceNumber="none"),
    ],
)
def test_an_incomplete_tracking_answer_is_ambiguous(body: dict[str, Any]) -> None:
    """It does not prove that no label exists."""
    with pytest.raises(Ambiguous):
        answers.parse_labels(body, REFERENCE)


def test_a_label_of_a_voided_shipment_is_not_live() -> None:
    assert [
        label.live for label in answers.parse_labels(build_tracking_answer(currentStatus={"type": "MV"}), REFERENCE)
    ] == [False]
    assert [label.service for label in answers.parse_labels(build_tracking_answer(), REFERENCE)] == ["2ND_DAY_AIR"]


def test_a_parcel_with_another_reference_is_not_adopted() -> None:
    """A parcel without references in the answer is adopted."""
    assert answers.parse_labels(build_tracking_answer(referenceNumber=[{"number": "ORDER-7"}]), REFERENCE) == []
    assert len(answers.parse_labels(build_tracking_answer(referenceNumber={"number": REFERENCE}), REFERENCE)) == 1
    assert len(answers.parse_labels(build_tracking_answer(referenceNumber=None), REFERENCE)) == 1


def build_void_answer(code: Any) -> dict[str, Any]:
    return {"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": code}}}}


@pytest.mark.parametrize("code", ["1", "&#xD;&#xD;1", 1])
def test_a_void_is_confirmed_by_its_status_code(code: Any) -> None:
    """UPS's test system writes carriage returns before the code."""
    assert answers.parse_void(build_void_answer(code)) is UndoOutcome.VOIDED
    with pytest.raises(Rejected):
        answers.parse_void(build_void_answer("0"))


@pytest.mark.parametrize("code", [None, True, "", "2", "yes", []])
def test_a_void_without_a_clear_status_is_ambiguous(code: Any) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_void(build_void_answer(code))


def test_rates_are_the_accounts_negotiated_prices() -> None:
    """Services that the API does not offer are left out; a single rate may come without a list."""
    list_price, negotiated_price = ({"CurrencyCode": "USD", "MonetaryValue": amount} for amount in ("20", "12.5"))
    ground = {
        "Service": {"Code": "03"},
        "TotalCharges": list_price,
        "NegotiatedRateCharges": {"TotalCharge": negotiated_price},
    }
    saver = {"Service": {"Code": "13"}, "TotalCharges": list_price}
    freight = {"Service": {"Code": "308"}, "TotalCharges": list_price}
    rates = answers.parse_rates({"RateResponse": {"RatedShipment": [ground, saver, freight]}})
    assert [(rate.service, rate.amount) for rate in rates] == [("GROUND", "12.50"), ("NEXT_DAY_AIR_SAVER", "20.00")]
    assert [rate.service for rate in answers.parse_rates({"RateResponse": {"RatedShipment": ground}})] == ["GROUND"]
    with pytest.raises(Ambiguous):
        answers.parse_rates({"RateResponse": {}})


def build_failure(status: int, code: str | None = None, body: bytes | None = None, wait: str = "") -> RawAnswer:
    errors = {"response": {"errors": [{"code": code, "message": "in UPS's words"}]}}
    return RawAnswer(status, body if body is not None else json.dumps(errors).encode(), {"retry-after": wait})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (build_failure(400, "120206"), Rejected),
        (build_failure(422, "10002"), Rejected),
        (build_failure(401, "250002"), AuthFailed),
        (build_failure(403, "250003"), AuthFailed),
        (build_failure(429, "10429"), RateLimited),
        (build_failure(503, "10503", wait="5"), Ambiguous),
        (build_failure(500, "10500"), Ambiguous),
        (build_failure(502, body=b"<html>bad gateway"), Ambiguous),
        (build_failure(400, body=b"<html>bad request"), Rejected),
        (build_failure(400, body=b'{"response": {"errors": "none"}}'), Rejected),
        (build_failure(302, body=b""), Ambiguous),
        (build_failure(200, body=b"<html>maintenance"), Ambiguous),
        (build_failure(200, body=b""), Ambiguous),
        (build_failure(200, body=b'{"ShipmentResponse": {"Ship'), Ambiguous),
        (build_failure(200, body=b"[]"), Ambiguous),
        (build_failure(200, body=b"\xff\xfe"), Ambiguous),
    ],
)
def test_a_failed_answer_raises_the_matching_error(answer: RawAnswer, error: type[EffectError]) -> None:
    with pytest.raises(error) as raised:
        parse_answer(answer)
    assert type(raised.value) is error


def test_a_refusal_keeps_the_code_and_message_of_ups() -> None:
    """A single error may come without a list."""
    for errors in ([{"code": "120206", "message": "no such state"}], {"code": 120206, "message": "no such state"}):
        body = json.dumps({"response": {"errors": errors}}).encode()
        with pytest.raises(Rejected) as refused:
            parse_answer(RawAnswer(400, body, {}))
        assert (refused.value.vendor_code, refused.value.message) == ("120206", "no such state")


def test_only_a_404_of_ups_tracking_means_an_unknown_number() -> None:
    """A server in front of UPS may also answer with 404."""
    assert is_unknown(build_failure(404, "TRK404"))
    assert not is_unknown(build_failure(404, body=b"<html>not found"))
    assert not is_unknown(build_failure(400, "TRK404"))


def test_rates_without_a_price_are_refused_with_the_alerts_of_ups() -> None:
    alert = {"Code": "110971", "Description": "Your invoice may vary"}
    body = {"RateResponse": {"Response": {"Alert": [alert]}, "RatedShipment": [{"Service": {"Code": "96"}}]}}
    with pytest.raises(Rejected) as refused:
        answers.parse_rates(body)
    assert refused.value.message == "UPS quoted no price for this shipment: Your invoice may vary"
