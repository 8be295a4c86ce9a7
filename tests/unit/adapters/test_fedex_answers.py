"""FedEx labels, prices, tracking, cancels and failures are read."""

import base64
import json
from typing import Any

import pytest

from adapters.carriers.fedex import answers
from adapters.carriers.fedex.errors import field_of, parse_answer
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import CostPart, Label, RawAnswer
from domain.tracking import TrackingStatus


def build_label_answer(**piece: Any) -> dict[str, Any]:
    document = {"contentType": "LABEL", "docType": "PDF", "encodedLabel": base64.b64encode(b"%PDF-1.4").decode()}
    response = {"trackingNumber": "794953555571", "packageDocuments": [document], **piece}
    rating = {
        "shipmentRateDetails": [{"rateType": "PAYOR_ACCOUNT_SHIPMENT", "totalNetCharge": 21.4, "currency": "USD"}]
    }
    shipment = {
        "serviceType": "FEDEX_GROUND",
        "masterTrackingNumber": "794953555571",
        "pieceResponses": [response],
        "completedShipmentDetail": {"shipmentRating": rating},
    }
    return {"transactionId": "t", "output": {"transactionShipments": [shipment]}}


def test_a_purchased_label_is_read() -> None:
    label = answers.parse_label(build_label_answer(), "PDF")
    assert (label.tracking_number, label.carrier_shipment_id) == ("794953555571", "794953555571")
    assert (label.service, label.cost, label.currency, label.live) == ("GROUND", "21.40", "USD", True)
    assert label.document == b"%PDF-1.4"
    assert label.void_until is None


@pytest.mark.parametrize(
    "documents",
    [
        None,
        [],
        "label",
        [{"contentType": "LABEL", "url": "https://www.fedex.com/document/1"}],
        [{"contentType": "LABEL", "encodedLabel": "not base64!"}],
        [{"contentType": "LABEL", "encodedLabel": base64.b64encode(b"<html>").decode()}],
        [{"contentType": "COMMERCIAL_INVOICE", "encodedLabel": base64.b64encode(b"%PDF-1.4").decode()}],
        [{"contentType": "LABEL", "encodedLabel": 7}],
    ],
)
def test_an_unreadable_document_does_not_lose_the_label(documents: Any) -> None:
    """The tracking number is kept."""
    label = answers.parse_label(build_label_answer(packageDocuments=documents), "PDF")
    assert label.tracking_number == "794953555571"
    assert label.document is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"output": None},
        {"output": []},
        {"output": {"jobId": "abc123456"}},
        {"output": {"transactionShipments": []}},
        {"output": {"transactionShipments": "none"}},
        {"output": {"transactionShipments": [[]]}},
        {"output": {"transactionShipments": [{"serviceType": "FEDEX_GROUND", "pieceResponses": [{}]}]}},
        {"output": {"transactionShipments": [{"pieceResponses": [{"trackingNumber": "7949"}]}]}},
        build_label_answer(trackingNumber="9" * 300),
    ],
)
def test_an_answer_of_another_shape_is_ambiguous(body: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_label(body, "PDF")


@pytest.mark.parametrize("amount", [None, "much", True, 1e300, [], float("nan")])
def test_an_unreadable_price_does_not_lose_the_label(amount: Any) -> None:
    body = build_label_answer()
    rating = body["output"]["transactionShipments"][0]["completedShipmentDetail"]["shipmentRating"]
    rating["shipmentRateDetails"][0]["totalNetCharge"] = amount
    assert answers.parse_label(body, "PDF").cost is None


def build_tracking_answer(**changes: Any) -> dict[str, Any]:
    result = {
        "trackingNumberInfo": {"trackingNumber": "794953555571"},
        "serviceDetail": {"type": "FEDEX_2_DAY"},
        "latestStatusDetail": {"code": "DL"},
        "scanEvents": [
            {"date": "2026-02-03T12:01:00-07:00", "eventType": "DL", "eventDescription": "Delivered"},
            {"date": "2026-02-02T12:01:00-07:00", "eventType": "OC", "eventDescription": "Label created"},
            {"date": "2026-02-02T18:01:00-07:00", "eventType": "ZZ", "eventDescription": "New to us"},
        ],
        **changes,
    }
    return {"output": {"completeTrackResults": [{"trackingNumber": "794953555571", "trackResults": [result]}]}}


def test_tracking_events_are_read_in_order() -> None:
    """An unknown code becomes UNKNOWN with FedEx's description."""
    tracking = answers.parse_tracking(build_tracking_answer(), "794953555571")
    assert tracking.status is TrackingStatus.DELIVERED
    assert [event.status for event in tracking.events] == [
        TrackingStatus.PRE_TRANSIT,
        TrackingStatus.UNKNOWN,
        TrackingStatus.DELIVERED,
    ]
    assert tracking.events[1].description == "New to us"


def test_a_success_with_an_error_means_that_the_number_is_unknown() -> None:
    missing = build_tracking_answer(error={"code": "TRACKING.REFERENCENUMBER.NOTFOUND", "message": "none"})
    assert answers.parse_labels(missing) == []
    with pytest.raises(Rejected):
        answers.parse_tracking(missing, "794953555571")
    assert answers.parse_labels({"output": {"alerts": [{"code": "TRACKING.DATA.NOTFOUND"}]}}) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"output": {}},
        {"output": "none"},
        {"output": {"completeTrackResults": "none"}},
        build_tracking_answer(error={"code": "SYSTEM.UNAVAILABLE"}),
        build_tracking_answer(serviceDetail=None),
        build_tracking_answer(trackingNumberInfo=None),
    ],
)
def test_an_incomplete_tracking_answer_is_ambiguous(body: dict[str, Any]) -> None:
    """It does not prove that no label exists."""
    with pytest.raises(Ambiguous):
        answers.parse_labels(body)


def test_a_label_of_a_cancelled_shipment_is_not_live() -> None:
    assert [label.live for label in answers.parse_labels(build_tracking_answer(latestStatusDetail={"code": "CA"}))] == [
        False
    ]
    assert [label.service for label in answers.parse_labels(build_tracking_answer())] == ["FEDEX_2_DAY"]


@pytest.mark.parametrize("flag", [None, "true", 1])
def test_a_cancel_without_a_clear_flag_is_ambiguous(flag: Any) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_void({"output": {"cancelledShipment": flag}})


def build_failure(status: int, code: str | None = None, body: bytes | None = None, wait: str = "") -> RawAnswer:
    errors = {"transactionId": "t", "errors": [{"code": code, "message": "in FedEx's words"}]}
    return RawAnswer(status, body if body is not None else json.dumps(errors).encode(), {"retry-after": wait})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (build_failure(400, "SHIPPER.POSTALCODE.INVALID"), Rejected),
        (build_failure(422, "INVALID.INPUT.EXCEPTION"), Rejected),
        (build_failure(400, "SYSTEM.UNEXPECTED.ERROR"), Ambiguous),
        (build_failure(400, "ACCOUNTNUMBER.REGISTRATION.REQUIRED"), AuthFailed),
        (build_failure(401, "NOT.AUTHORIZED.ERROR"), AuthFailed),
        (build_failure(403, "FORBIDDEN.ERROR"), AuthFailed),
        (build_failure(429, "TOO.MANY.REQUESTS"), RateLimited),
        (build_failure(503, "SERVICE.UNAVAILABLE.ERROR", wait="5"), Ambiguous),
        (build_failure(500, "INTERNAL.SERVER.ERROR"), Ambiguous),
        (build_failure(502, body=b"<html>bad gateway"), Ambiguous),
        (build_failure(400, body=b"<html>bad request"), Rejected),
        (build_failure(302, body=b""), Ambiguous),
        (build_failure(200, body=b"<html>maintenance"), Ambiguous),
        (build_failure(200, body=b""), Ambiguous),
        (build_failure(200, body=b'{"output": {"trans'), Ambiguous),
        (build_failure(200, body=b"[]"), Ambiguous),
        (build_failure(200, body=b"\xff\xfe"), Ambiguous),
    ],
)
def test_a_failed_answer_raises_the_error_of_its_code(answer: RawAnswer, error: type[EffectError]) -> None:
    """The status alone is not enough."""
    with pytest.raises(error) as raised:
        parse_answer(answer)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("code", "field"),
    [
        ("RECIPIENT.POSTALCODE.INVALID", "ship_to.postal_code"),
        ("SHIPPER.PHONENUMBER.INVALID", "ship_from.phone"),
        ("RECIPIENT.ADDRESS.INVALID", "ship_to"),
        ("SERVICETYPE.NOT.FOUND", "service"),
        ("SIGNATUREOPTION.RESIDENTIAL.REQUIRED", "shipping_options.signature"),
        ("PACKAGINGTYPE.INVALID", "shipping_options.packaging"),
        ("EMAILNOTIFICATIONRECIPIENT.EMAILADDRESS.INVALID", "shipping_options.notifications"),
        ("SHIPPINGCHARGESPAYMENT.PAYOR.INVALID", "shipping_options.billing"),
        ("SHIPMENT.USER.UNAUTHORIZED", None),
        ("", None),
    ],
)
def test_an_error_code_names_the_field_if_it_has_one(code: str, field: str | None) -> None:
    assert field_of(code) == field


def parse_rated_label(rating: dict[str, Any]) -> Label:
    piece = {"trackingNumber": "794953555571", "packageDocuments": []}
    shipment: dict[str, Any] = {
        "serviceType": "FEDEX_GROUND",
        "masterTrackingNumber": "794953555571",
        "pieceResponses": [piece],
    }
    shipment |= {"completedShipmentDetail": {"shipmentRating": rating}}
    return answers.parse_label({"output": {"transactionShipments": [shipment]}}, "PDF")


def test_the_actual_rate_type_selects_the_price() -> None:
    """Without a known rate type, the first price is used."""
    list_price = {"rateType": "PAYOR_LIST_SHIPMENT", "totalNetCharge": 30.5, "currency": "USD"}
    surcharge = {"surchargeType": "FUEL", "amount": 1.5}
    account_price = {
        "rateType": "PAYOR_ACCOUNT_SHIPMENT",
        "totalNetCharge": 21.4,
        "currency": "USD",
        "totalBaseCharge": 25.0,
    }
    account_price |= {"surcharges": [surcharge], "totalFreightDiscounts": 5.0, "totalTaxes": 0.0}
    account_label = parse_rated_label(
        {"actualRateType": "PAYOR_ACCOUNT_SHIPMENT", "shipmentRateDetails": [list_price, account_price]}
    )
    first_label = parse_rated_label({"actualRateType": "OTHER", "shipmentRateDetails": [list_price, account_price]})

    assert (account_label.cost, first_label.cost) == ("21.40", "30.50")
    assert account_label.cost_parts == (
        CostPart("base charge", "25.00"),
        CostPart("FUEL", "1.50"),
        CostPart("discounts", "-5.00"),
        CostPart("other", "-0.10"),
    )


def test_rates_without_a_price_are_refused_with_the_messages_of_fedex() -> None:
    """The answer has only a service that the API does not offer."""
    reply = {
        "serviceType": "FEDEX_1_DAY_FREIGHT",
        "customerMessages": [{"code": "A", "message": "Freight only"}],
        "ratedShipmentDetails": [{"rateType": "ACCOUNT", "totalNetCharge": 1.0, "currency": "USD"}],
    }
    output = {"rateReplyDetails": [reply], "alerts": [{"message": "No other service"}]}
    with pytest.raises(Rejected) as refused:
        answers.parse_rates({"output": output})
    assert refused.value.message == "FedEx quoted no price for this shipment: No other service; Freight only"
