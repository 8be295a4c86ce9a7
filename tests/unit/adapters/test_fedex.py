"""FedEx's requests as its API description has them, and its answers read."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.carriers.fedex import answers, requests
from adapters.carriers.fedex.codes import LABELS, SERVICES
from adapters.carriers.fedex.errors import field_of, parse_answer
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import CostPart, Label, RawAnswer, ShipmentRequest
from domain.tracking import TrackingStatus
from domain.vendors.fedex import FEDEX
from tests.fixtures.builders import FULL_SENDER, SHORT_RECIPIENT, build_shipment_request

ACCOUNT = "740561073"
REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
TO = {**SHORT_RECIPIENT, "state": None, "phone": "5035550199"}
PARCEL = {"weight": "40", "weight_unit": "oz", "length": "30", "width": "20", "height": "10", "dimension_unit": "cm"}


def request(**changed: Any) -> ShipmentRequest:
    usual = {"ship_from": FULL_SENDER, "ship_to": TO, "parcels": [PARCEL]}
    return build_shipment_request(**{**usual, **changed})


def test_a_purchase_is_what_ship_v1_asks_for() -> None:
    """Required parts, units, the reference on the parcel."""
    body = requests.build_purchase(REFERENCE, request(), ACCOUNT, None)

    assert body == {
        "labelResponseOptions": "LABEL",
        "accountNumber": {"value": ACCOUNT},
        "requestedShipment": {
            "shipper": {
                "contact": {"personName": "Warehouse", "companyName": "Orderly", "phoneNumber": "9195550100"},
                "address": {
                    "streetLines": ["2600 Meridian Parkway", "Dock 4"],
                    "city": "Durham",
                    "stateOrProvinceCode": "NC",
                    "postalCode": "27713",
                    "countryCode": "US",
                },
            },
            "recipients": [
                {
                    "contact": {"personName": "Ada", "phoneNumber": "5035550199"},
                    "address": {
                        "streetLines": ["1 Way"],
                        "city": "Portland",
                        "stateOrProvinceCode": "OR",
                        "postalCode": "97201",
                        "countryCode": "US",
                    },
                }
            ],
            "pickupType": "DROPOFF_AT_FEDEX_LOCATION",
            "packagingType": "YOUR_PACKAGING",
            "serviceType": "FEDEX_GROUND",
            "totalWeight": 2.5,
            "shippingChargesPayment": {"paymentType": "SENDER"},
            "labelSpecification": {"imageType": "PDF", "labelStockType": "PAPER_4X6"},
            "requestedPackageLineItems": [
                {
                    "sequenceNumber": 1,
                    "customerReferences": [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": REFERENCE}],
                    "weight": {"units": "LB", "value": 2.5},
                    "dimensions": {"length": 12, "width": 8, "height": 4, "units": "IN"},
                }
            ],
        },
    }
    assert json.loads(json.dumps(body)) == body


def test_every_service_and_format_has_its_code() -> None:
    """What the API takes, FedEx is asked for; home delivery goes to a residence."""
    assert set(SERVICES) == set(FEDEX.services)
    assert set(LABELS) == set(FEDEX.label_formats)
    home = requests.build_purchase(REFERENCE, request(service="GROUND_HOME_DELIVERY"), ACCOUNT, "USE_SCHEDULED_PICKUP")
    assert home["requestedShipment"]["recipients"][0]["address"]["residential"] is True
    assert home["requestedShipment"]["pickupType"] == "USE_SCHEDULED_PICKUP"


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"service": "PIGEON"}, "service"),
        ({"ship_to": {**TO, "phone": None}}, "ship_to.phone"),
        ({"ship_to": {**TO, "phone": "555"}}, "ship_to.phone"),
        ({"ship_from": {**FULL_SENDER, "phone": "1234567890123456"}}, "ship_from.phone"),
        ({"ship_to": {**TO, "country": "DE"}}, "ship_to.country"),
        ({"ship_to": {**TO, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**TO, "street1": "x" * 36}}, "ship_to.street1"),
        ({"ship_to": {**TO, "street2": "x" * 36}}, "ship_to.street2"),
        (
            {"ship_to": {**TO, "country": "FR"}, "ship_from": {**FULL_SENDER, "country": "FR", "state": None}},
            "ship_to.country",
        ),
        ({"ship_to": {**TO, "city": "x" * 36}}, "ship_to.city"),
        ({"ship_to": {**TO, "postal_code": "x" * 11}}, "ship_to.postal_code"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
        ({"parcels": [{**PARCEL, "length": "9000"}]}, "parcels.0.length"),
    ],
)
def test_what_fedex_could_not_take_names_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, request(**changed), ACCOUNT, None)
    assert refused.value.field == field


def test_the_search_by_reference_covers_local_days() -> None:
    """Whatever zone FedEx counts the ship date in, the day is within."""
    at = datetime(2026, 3, 1, 0, 30, tzinfo=UTC)
    info = requests.build_reference_query(REFERENCE, ACCOUNT, at)["referencesInformation"]
    assert (info["shipDateBegin"], info["shipDateEndDate"]) == ("2026-02-28", "2026-03-02")
    assert (info["type"], info["value"], info["accountNumber"]) == ("CUSTOMER_REFERENCE", REFERENCE, ACCOUNT)


def bought(**piece: Any) -> dict[str, Any]:
    document = {"contentType": "LABEL", "docType": "PDF", "encodedLabel": base64.b64encode(b"%PDF-1.4").decode()}
    given = {"trackingNumber": "794953555571", "packageDocuments": [document], **piece}
    rating = {
        "shipmentRateDetails": [{"rateType": "PAYOR_ACCOUNT_SHIPMENT", "totalNetCharge": 21.4, "currency": "USD"}]
    }
    shipment = {
        "serviceType": "FEDEX_GROUND",
        "masterTrackingNumber": "794953555571",
        "pieceResponses": [given],
        "completedShipmentDetail": {"shipmentRating": rating},
    }
    return {"transactionId": "t", "output": {"transactionShipments": [shipment]}}


def test_a_bought_label_is_read() -> None:
    label = answers.parse_label(bought(), "PDF")
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
def test_a_label_without_its_document_was_bought_all_the_same(documents: Any) -> None:
    """Its tracking number must not be lost with it."""
    label = answers.parse_label(bought(packageDocuments=documents), "PDF")
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
        bought(trackingNumber="9" * 300),
    ],
)
def test_another_shape_may_be_a_label(body: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_label(body, "PDF")


@pytest.mark.parametrize("amount", [None, "much", True, 1e300, [], float("nan")])
def test_a_strange_price_is_no_reason_to_lose_a_label(amount: Any) -> None:
    body = bought()
    rating = body["output"]["transactionShipments"][0]["completedShipmentDetail"]["shipmentRating"]
    rating["shipmentRateDetails"][0]["totalNetCharge"] = amount
    assert answers.parse_label(body, "PDF").cost is None


def tracked(**changed: Any) -> dict[str, Any]:
    result = {
        "trackingNumberInfo": {"trackingNumber": "794953555571"},
        "serviceDetail": {"type": "FEDEX_2_DAY"},
        "latestStatusDetail": {"code": "DL"},
        "scanEvents": [
            {"date": "2026-02-03T12:01:00-07:00", "eventType": "DL", "eventDescription": "Delivered"},
            {"date": "2026-02-02T12:01:00-07:00", "eventType": "OC", "eventDescription": "Label created"},
            {"date": "2026-02-02T18:01:00-07:00", "eventType": "ZZ", "eventDescription": "New to us"},
        ],
        **changed,
    }
    return {"output": {"completeTrackResults": [{"trackingNumber": "794953555571", "trackResults": [result]}]}}


def test_scans_are_told_in_their_order() -> None:
    """A code that nobody here knows is told as unknown, with FedEx's own words."""
    found = answers.parse_tracking(tracked(), "794953555571")
    assert found.status is TrackingStatus.DELIVERED
    assert [event.status for event in found.events] == [
        TrackingStatus.PRE_TRANSIT,
        TrackingStatus.UNKNOWN,
        TrackingStatus.DELIVERED,
    ]
    assert found.events[1].description == "New to us"


def test_what_track_does_not_know_is_told_with_a_success() -> None:
    missing = tracked(error={"code": "TRACKING.REFERENCENUMBER.NOTFOUND", "message": "none"})
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
        tracked(error={"code": "SYSTEM.UNAVAILABLE"}),
        tracked(serviceDetail=None),
        tracked(trackingNumberInfo=None),
    ],
)
def test_an_answer_that_says_nothing_proves_nothing(body: dict[str, Any]) -> None:
    """It is not taken for "there is none"."""
    with pytest.raises(Ambiguous):
        answers.parse_labels(body)


def test_a_cancelled_shipment_is_no_live_label() -> None:
    assert [label.live for label in answers.parse_labels(tracked(latestStatusDetail={"code": "CA"}))] == [False]
    assert [label.service for label in answers.parse_labels(tracked())] == ["FEDEX_2_DAY"]


@pytest.mark.parametrize("told", [None, "true", 1])
def test_a_cancel_that_does_not_say_so_is_none(told: Any) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_void({"output": {"cancelledShipment": told}})


def failure(status: int, code: str | None = None, body: bytes | None = None, wait: str = "") -> RawAnswer:
    errors = {"transactionId": "t", "errors": [{"code": code, "message": "in FedEx's words"}]}
    return RawAnswer(status, body if body is not None else json.dumps(errors).encode(), {"retry-after": wait})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failure(400, "SHIPPER.POSTALCODE.INVALID"), Rejected),
        (failure(422, "INVALID.INPUT.EXCEPTION"), Rejected),
        (failure(400, "SYSTEM.UNEXPECTED.ERROR"), Ambiguous),
        (failure(400, "ACCOUNTNUMBER.REGISTRATION.REQUIRED"), AuthFailed),
        (failure(401, "NOT.AUTHORIZED.ERROR"), AuthFailed),
        (failure(403, "FORBIDDEN.ERROR"), AuthFailed),
        (failure(429, "TOO.MANY.REQUESTS"), RateLimited),
        (failure(503, "SERVICE.UNAVAILABLE.ERROR", wait="5"), Ambiguous),
        (failure(500, "INTERNAL.SERVER.ERROR"), Ambiguous),
        (failure(502, body=b"<html>bad gateway"), Ambiguous),
        (failure(400, body=b"<html>bad request"), Rejected),
        (failure(302, body=b""), Ambiguous),
        (failure(200, body=b"<html>maintenance"), Ambiguous),
        (failure(200, body=b""), Ambiguous),
        (failure(200, body=b'{"output": {"trans'), Ambiguous),
        (failure(200, body=b"[]"), Ambiguous),
        (failure(200, body=b"\xff\xfe"), Ambiguous),
    ],
)
def test_a_failure_is_what_its_code_says(answer: RawAnswer, error: type[EffectError]) -> None:
    """The status alone does not decide."""
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
        ("SHIPMENT.USER.UNAUTHORIZED", None),
        ("", None),
    ],
)
def test_a_code_names_the_field_where_it_can(code: str, field: str | None) -> None:
    assert field_of(code) == field


def rated(rating: dict[str, Any]) -> Label:
    piece = {"trackingNumber": "794953555571", "packageDocuments": []}
    shipment: dict[str, Any] = {
        "serviceType": "FEDEX_GROUND",
        "masterTrackingNumber": "794953555571",
        "pieceResponses": [piece],
    }
    shipment |= {"completedShipmentDetail": {"shipmentRating": rating}}
    return answers.parse_label({"output": {"transactionShipments": [shipment]}}, "PDF")


def test_the_actual_rate_type_names_the_price_that_is_paid() -> None:
    """Of several prices, with its parts; without the name, or with a strange one, the first."""
    listed = {"rateType": "PAYOR_LIST_SHIPMENT", "totalNetCharge": 30.5, "currency": "USD"}
    surcharge = {"surchargeType": "FUEL", "amount": 1.5}
    paid = {"rateType": "PAYOR_ACCOUNT_SHIPMENT", "totalNetCharge": 21.4, "currency": "USD", "totalBaseCharge": 25.0}
    paid |= {"surcharges": [surcharge], "totalFreightDiscounts": 5.0, "totalTaxes": 0.0}
    named = rated({"actualRateType": "PAYOR_ACCOUNT_SHIPMENT", "shipmentRateDetails": [listed, paid]})
    strange = rated({"actualRateType": "OTHER", "shipmentRateDetails": [listed, paid]})

    assert (named.cost, strange.cost) == ("21.40", "30.50")
    assert named.cost_parts == (
        CostPart("base charge", "25.00"),
        CostPart("FUEL", "1.50"),
        CostPart("discounts", "-5.00"),
        CostPart("other", "-0.10"),
    )


def test_no_price_is_a_refusal_with_the_words_of_fedex() -> None:
    """A service that can't be bought here is none; alerts and messages say more."""
    reply = {
        "serviceType": "FEDEX_1_DAY_FREIGHT",
        "customerMessages": [{"code": "A", "message": "Freight only"}],
        "ratedShipmentDetails": [{"rateType": "ACCOUNT", "totalNetCharge": 1.0, "currency": "USD"}],
    }
    output = {"rateReplyDetails": [reply], "alerts": [{"message": "No other service"}]}
    with pytest.raises(Rejected) as refused:
        answers.parse_rates({"output": output})
    assert refused.value.message == "FedEx quoted no price for this shipment: No other service; Freight only"
