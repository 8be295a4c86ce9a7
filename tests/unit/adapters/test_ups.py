"""UPS's requests as its API description has them, and its answers read."""

import base64
import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.carriers.ups import answers, requests
from adapters.carriers.ups.codes import LABELS, SERVICES, TITLES
from adapters.carriers.ups.errors import is_unknown, parse_answer
from domain.effects import UndoOutcome
from domain.errors import Ambiguous, AuthFailed, EffectError, RateLimited, Rejected
from domain.shipping import RawAnswer, ShipmentRequest, format_of
from domain.tracking import TrackingStatus
from domain.vendors.ups import UPS
from tests.fixtures.builders import FULL_SENDER, SHORT_RECIPIENT, build_shipment_request

ACCOUNT = "A1B2C3"
REFERENCE = "MFRGGZDFMZTWQ2LKNNWG23TPOA"
NUMBER = "1ZA1B2C30312345678"
FROM = {**FULL_SENDER, "postal_code": "27713-1234"}
PARCEL = {"weight": "40", "weight_unit": "oz", "length": "30", "width": "20", "height": "40", "dimension_unit": "cm"}


def request(**changed: Any) -> ShipmentRequest:
    given = {
        "service": "GROUND",
        "label_format": "ZPL",
        "ship_from": FROM,
        "ship_to": SHORT_RECIPIENT,
        "parcels": [PARCEL],
    }
    return build_shipment_request(**{**given, **changed})


def test_a_purchase_is_what_shipping_asks_for() -> None:
    """Required parts, units, the longest side as the length, the reference on the parcel."""
    body = requests.build_purchase(REFERENCE, request(), ACCOUNT)

    assert body == {
        "ShipmentRequest": {
            "Request": {"RequestOption": "validate", "TransactionReference": {"CustomerContext": REFERENCE}},
            "Shipment": {
                "Shipper": {
                    "Name": "Orderly",
                    "AttentionName": "Warehouse",
                    "Phone": {"Number": "9195550100"},
                    "ShipperNumber": ACCOUNT,
                    "Address": {
                        "AddressLine": ["2600 Meridian Parkway", "Dock 4"],
                        "City": "Durham",
                        "StateProvinceCode": "NC",
                        "PostalCode": "277131234",
                        "CountryCode": "US",
                    },
                },
                "ShipTo": {
                    "Name": "Ada",
                    "AttentionName": "Ada",
                    "Address": {
                        "AddressLine": ["1 Way"],
                        "City": "Portland",
                        "StateProvinceCode": "OR",
                        "PostalCode": "97201",
                        "CountryCode": "US",
                    },
                },
                "ShipmentRatingOptions": {"NegotiatedRatesIndicator": "Y"},
                "PaymentInformation": {
                    "ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": ACCOUNT}}],
                },
                "Service": {"Code": "03"},
                "Package": [
                    {
                        "Packaging": {"Code": "02"},
                        "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS"}, "Weight": "2.5"},
                        "Dimensions": {
                            "UnitOfMeasurement": {"Code": "IN"},
                            "Length": "16",
                            "Width": "12",
                            "Height": "8",
                        },
                        "ReferenceNumber": [{"Value": REFERENCE}],
                    }
                ],
            },
            "LabelSpecification": {
                "LabelImageFormat": {"Code": "ZPL"},
                "LabelStockSize": {"Height": "6", "Width": "4"},
            },
        }
    }
    assert json.loads(json.dumps(body)) == body


IN_SAN_JUAN = {"country": "PR", "state": None, "postal_code": "00901", "city": "San Juan", "phone": "787-555-0123"}
IN_OTTAWA = {"country": "CA", "state": "Ontario", "postal_code": "k1a0b1", "city": "Ottawa"}


@pytest.mark.parametrize(
    ("start", "end", "on_parcel"),
    [
        ({}, {}, True),
        (IN_SAN_JUAN, IN_SAN_JUAN, True),
        ({}, IN_SAN_JUAN, False),
        (IN_SAN_JUAN, {"phone": "5035550199"}, False),
        (IN_OTTAWA, IN_OTTAWA, False),
    ],
)
def test_the_reference_stands_where_its_lane_has_it(
    start: dict[str, Any], end: dict[str, Any], on_parcel: bool
) -> None:
    """At the other place nothing would ever be found by it."""
    lane = {"ship_from": {**FROM, **start}, "ship_to": {**SHORT_RECIPIENT, **end}}
    shipment = requests.build_purchase(REFERENCE, request(**lane), ACCOUNT)["ShipmentRequest"]["Shipment"]
    noted = [{"Value": REFERENCE}]
    assert shipment.get("ReferenceNumber") == (None if on_parcel else noted)
    assert shipment["Package"][0].get("ReferenceNumber") == (noted if on_parcel else None)


def test_every_service_and_format_has_its_code() -> None:
    """What the API takes, UPS is asked for, and what Tracking calls it is told in the API's word."""
    assert set(SERVICES) == set(TITLES.values()) == set(UPS.services)
    assert set(LABELS) == set(UPS.label_formats)
    image = requests.build_purchase(REFERENCE, request(label_format="PDF"), ACCOUNT)["ShipmentRequest"][
        "LabelSpecification"
    ]
    assert image["LabelImageFormat"] == {"Code": "GIF"}
    assert image["HTTPUserAgent"]


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"service": "PIGEON"}, "service"),
        ({"ship_to": {**SHORT_RECIPIENT, "country": "DE"}}, "ship_to.country"),
        ({"ship_to": {**SHORT_RECIPIENT, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**SHORT_RECIPIENT, "street1": "x" * 36}}, "ship_to.street1"),
        ({"ship_to": {**SHORT_RECIPIENT, "street2": "x" * 36}}, "ship_to.street2"),
        ({"ship_to": {**SHORT_RECIPIENT, "city": "x" * 31}}, "ship_to.city"),
        ({"ship_to": {**SHORT_RECIPIENT, "state": "Pluto"}}, "ship_to.state"),
        ({"service": "NEXT_DAY_AIR_EARLY"}, "ship_to.phone"),
        ({"ship_to": {**SHORT_RECIPIENT, **IN_SAN_JUAN, "phone": None}}, "ship_to.phone"),
        ({"ship_from": {**FROM, "phone": None}, "ship_to": {**SHORT_RECIPIENT, **IN_SAN_JUAN}}, "ship_from.phone"),
        ({"ship_to": {**SHORT_RECIPIENT, "state": "ID"}}, "ship_to.postal_code"),
        ({"ship_to": {**SHORT_RECIPIENT, "postal_code": "x" * 10}}, "ship_to.postal_code"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
        ({"parcels": [{**PARCEL, "width": "900"}]}, "parcels.0.width"),
        ({"parcels": [{**PARCEL, "weight": "151", "weight_unit": "lb"}]}, "parcels.0.weight"),
    ],
)
def test_what_ups_could_not_take_names_its_field(changed: dict[str, Any], field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, request(**changed), ACCOUNT)
    assert refused.value.field == field


def test_an_unknown_service_is_answered_with_those_that_there_are() -> None:
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, request(service="PIGEON"), ACCOUNT)
    assert all(code in refused.value.message for code in UPS.services)


def test_the_search_by_reference_covers_the_days_of_pickup() -> None:
    """A label of today may be picked up tomorrow, and UPS's day may still be yesterday."""
    query = requests.build_reference_query(ACCOUNT, datetime(2026, 3, 1, 0, 30, tzinfo=UTC))
    assert (query["fromPickUpDate"], query["toPickUpDate"]) == ("20260228", "20260314")
    assert query["shipperNum"] == ACCOUNT


def encoded(document: bytes) -> str:
    return base64.b64encode(document).decode()


def bought(image: Any = None, **changed: Any) -> dict[str, Any]:
    listed, own = ({"CurrencyCode": "USD", "MonetaryValue": amount} for amount in ("30.10", "21.4"))
    label = {"ImageFormat": {"Code": "ZPL"}, "GraphicImage": image or encoded(b"^XA^XZ")}
    results = {
        "ShipmentCharges": {"TotalCharges": listed},
        "NegotiatedRateCharges": {"TotalCharge": own},
        "ShipmentIdentificationNumber": NUMBER,
        "PackageResults": [{"TrackingNumber": NUMBER, "ShippingLabel": label}],
        **changed,
    }
    return {"ShipmentResponse": {"Response": {}, "ShipmentResults": results}}


def test_a_bought_label_is_read() -> None:
    """With the account's own price; of the list's, where there is no other."""
    label = answers.parse_label(bought(), "GROUND", "ZPL")
    assert (label.tracking_number, label.carrier_shipment_id) == (NUMBER, NUMBER)
    assert (label.service, label.cost, label.currency, label.live) == ("GROUND", "21.40", "USD", True)
    assert label.document == b"^XA^XZ"
    assert label.void_until is None
    assert answers.parse_label(bought(NegotiatedRateCharges=None), "GROUND", "ZPL").cost == "30.10"


@pytest.mark.parametrize(
    "pieces", [{"TrackingNumber": NUMBER}, [{"TrackingNumber": NUMBER}], [{}], [], None, "none", {"ShippingLabel": []}]
)
def test_one_parcel_without_its_list_or_its_parts_was_bought_all_the_same(pieces: Any) -> None:
    """The shipment's number is that of its first parcel."""
    label = answers.parse_label(bought(PackageResults=pieces), "GROUND", "ZPL")
    assert (label.tracking_number, label.document) == (NUMBER, None)


@pytest.mark.parametrize("image", ["not base64!", encoded(b"<html>"), encoded(b"GIF89a"), 7, ["^XA"]])
def test_a_label_without_its_document_was_bought_all_the_same(image: Any) -> None:
    """Its tracking number must not be lost with it."""
    label = answers.parse_label(bought(image), "GROUND", "ZPL")
    assert (label.tracking_number, label.document) == (NUMBER, None)


def test_a_pdf_is_not_in_the_answer() -> None:
    """The image that is there is no PDF: that is fetched by Label Recovery."""
    assert answers.parse_label(bought(encoded(b"GIF89a")), "GROUND", "PDF").document is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"ShipmentResponse": None},
        {"ShipmentResponse": []},
        {"ShipmentResponse": {"ShipmentResults": []}},
        {"ShipmentResponse": {"ShipmentResults": {"PackageResults": []}}},
        {"ShipmentResponse": {"ShipmentResults": {"PackageResults": [[]], "ShipmentIdentificationNumber": NUMBER}}},
        bought(ShipmentIdentificationNumber=None, PackageResults=[{}]),
        bought(ShipmentIdentificationNumber="9" * 300, PackageResults=[{}]),
    ],
)
def test_another_shape_may_be_a_label(body: dict[str, Any]) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_label(body, "GROUND", "ZPL")


@pytest.mark.parametrize("amount", [None, "much", True, 1e300, [], float("nan")])
def test_a_strange_price_is_no_reason_to_lose_a_label(amount: Any) -> None:
    money = {"CurrencyCode": "USD", "MonetaryValue": amount}
    body = bought(NegotiatedRateCharges={"TotalCharge": money}, ShipmentCharges={"TotalCharges": money})
    assert answers.parse_label(body, "GROUND", "ZPL").cost is None


def recovered(*images: Any, **single: Any) -> dict[str, Any]:
    results: Any = [{"TrackingNumber": NUMBER, "LabelImage": {"GraphicImage": image}} for image in images]
    return {"LabelRecoveryResponse": {"LabelResults": single.get("results", results)}}


def test_a_large_label_is_recovered_whole() -> None:
    """2 MB; alone, and as a single object where a list is documented."""
    large = b"%PDF-1.4".ljust(2 * 1024 * 1024, b"\n")
    assert answers.parse_document(recovered(encoded(large))) == large
    single = {"LabelImage": {"GraphicImage": encoded(large)}}
    assert answers.parse_document(recovered(results=single)) == large


def test_a_label_that_is_no_pdf_is_none() -> None:
    """UPS is known to send a GIF for what was asked for otherwise."""
    with pytest.raises(Rejected):
        answers.parse_document(recovered(encoded(b"GIF89a")))
    for other in ({}, recovered(), recovered(7), recovered(results="none")):
        with pytest.raises(Ambiguous):
            answers.parse_document(other)


@pytest.mark.parametrize(
    ("document", "form"),
    [
        (b"%PDF-1.7", "PDF"),
        (b"\n^XA", "ZPL"),
        (b"~DG1^FS^XA", "ZPL"),
        (b"~DG1^FS", None),
        (b"\x89PNG\r\n", "PNG"),
        (b"GIF89a", None),
        (b"", None),
    ],
)
def test_a_document_tells_its_format(document: bytes, form: str | None) -> None:
    assert format_of(document) == form


def tracked(**changed: Any) -> dict[str, Any]:
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
        **changed,
    }
    return {"trackResponse": {"shipment": [{"inquiryNumber": NUMBER, "package": [parcel]}]}}


NOTHING = {"trackResponse": {"shipment": [{"inquiryNumber": "x", "warnings": [{"code": "TW0001", "message": "none"}]}]}}


def test_scans_are_told_in_their_order() -> None:
    """A code that nobody here knows is told as unknown, with UPS's own words; an hour may lack its zero."""
    found = answers.parse_tracking(tracked(), NUMBER)
    assert found.status is TrackingStatus.DELIVERED
    assert [event.status for event in found.events] == [
        TrackingStatus.PRE_TRANSIT,
        TrackingStatus.UNKNOWN,
        TrackingStatus.DELIVERED,
    ]
    assert found.events[1].at == datetime(2026, 2, 3, 7, 47, tzinfo=UTC)
    assert found.events[1].description == "New to us"


@pytest.mark.parametrize("clock", [None, "late", "99:99:99", "235960", "1" * 20])
def test_a_strange_clock_is_no_time(clock: Any) -> None:
    scan = {"status": {"type": "M"}, "gmtDate": "20260203", "gmtTime": clock}
    found = answers.parse_tracking(tracked(activity=scan), NUMBER)
    assert [event.at for event in found.events] == [None]


def test_what_tracking_does_not_know_is_told_with_a_success() -> None:
    assert answers.parse_labels(NOTHING, REFERENCE) == []
    with pytest.raises(Rejected):
        answers.parse_tracking(NOTHING, NUMBER)


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"trackResponse": {}},
        {"trackResponse": {"shipment": []}},
        {"trackResponse": {"shipment": "none"}},
        {"trackResponse": {"shipment": [{"inquiryNumber": "x"}]}},
        {"trackResponse": {"shipment": [{"warnings": [{"code": "TW0002", "message": "busy"}]}]}},
        tracked(trackingNumber=None),
        tracked(service=None),
        tracked(referenceNumber="none"),
    ],
)
def test_an_answer_that_says_nothing_proves_nothing(body: dict[str, Any]) -> None:
    """It is not taken for "there is none"."""
    with pytest.raises(Ambiguous):
        answers.parse_labels(body, REFERENCE)


def test_a_voided_shipment_is_no_live_label() -> None:
    assert [label.live for label in answers.parse_labels(tracked(currentStatus={"type": "MV"}), REFERENCE)] == [False]
    assert [label.service for label in answers.parse_labels(tracked(), REFERENCE)] == ["2ND_DAY_AIR"]


def test_anothers_parcel_is_not_adopted() -> None:
    """One that is told to carry other references only is none of ours."""
    assert answers.parse_labels(tracked(referenceNumber=[{"number": "ORDER-7"}]), REFERENCE) == []
    assert len(answers.parse_labels(tracked(referenceNumber={"number": REFERENCE}), REFERENCE)) == 1
    assert len(answers.parse_labels(tracked(referenceNumber=None), REFERENCE)) == 1


def void_answer(code: Any) -> dict[str, Any]:
    return {"VoidShipmentResponse": {"SummaryResult": {"Status": {"Code": code}}}}


@pytest.mark.parametrize("code", ["1", "&#xD;&#xD;1", 1])
def test_a_void_says_so(code: Any) -> None:
    """UPS's test system writes carriage returns before the code."""
    assert answers.parse_void(void_answer(code)) is UndoOutcome.VOIDED
    with pytest.raises(Rejected):
        answers.parse_void(void_answer("0"))


@pytest.mark.parametrize("code", [None, True, "", "2", "yes", []])
def test_a_void_that_does_not_say_so_is_none(code: Any) -> None:
    with pytest.raises(Ambiguous):
        answers.parse_void(void_answer(code))


def test_prices_are_the_accounts_own() -> None:
    """Of services that there are here; a single one may come without its list."""
    listed, own = ({"CurrencyCode": "USD", "MonetaryValue": amount} for amount in ("20", "12.5"))
    ground = {"Service": {"Code": "03"}, "TotalCharges": listed, "NegotiatedRateCharges": {"TotalCharge": own}}
    saver = {"Service": {"Code": "13"}, "TotalCharges": listed}
    freight = {"Service": {"Code": "308"}, "TotalCharges": listed}
    found = answers.parse_rates({"RateResponse": {"RatedShipment": [ground, saver, freight]}})
    assert [(rate.service, rate.amount) for rate in found] == [("GROUND", "12.50"), ("NEXT_DAY_AIR_SAVER", "20.00")]
    assert [rate.service for rate in answers.parse_rates({"RateResponse": {"RatedShipment": ground}})] == ["GROUND"]
    with pytest.raises(Ambiguous):
        answers.parse_rates({"RateResponse": {}})


def failure(status: int, code: str | None = None, body: bytes | None = None, wait: str = "") -> RawAnswer:
    errors = {"response": {"errors": [{"code": code, "message": "in UPS's words"}]}}
    return RawAnswer(status, body if body is not None else json.dumps(errors).encode(), {"retry-after": wait})


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (failure(400, "120206"), Rejected),
        (failure(422, "10002"), Rejected),
        (failure(401, "250002"), AuthFailed),
        (failure(403, "250003"), AuthFailed),
        (failure(429, "10429"), RateLimited),
        (failure(503, "10503", wait="5"), Ambiguous),
        (failure(500, "10500"), Ambiguous),
        (failure(502, body=b"<html>bad gateway"), Ambiguous),
        (failure(400, body=b"<html>bad request"), Rejected),
        (failure(400, body=b'{"response": {"errors": "none"}}'), Rejected),
        (failure(302, body=b""), Ambiguous),
        (failure(200, body=b"<html>maintenance"), Ambiguous),
        (failure(200, body=b""), Ambiguous),
        (failure(200, body=b'{"ShipmentResponse": {"Ship'), Ambiguous),
        (failure(200, body=b"[]"), Ambiguous),
        (failure(200, body=b"\xff\xfe"), Ambiguous),
    ],
)
def test_a_failure_is_what_it_says(answer: RawAnswer, error: type[EffectError]) -> None:
    with pytest.raises(error) as raised:
        parse_answer(answer)
    assert type(raised.value) is error


def test_a_refusal_keeps_upss_code_and_words() -> None:
    """A single error may come without its list."""
    for errors in ([{"code": "120206", "message": "no such state"}], {"code": 120206, "message": "no such state"}):
        body = json.dumps({"response": {"errors": errors}}).encode()
        with pytest.raises(Rejected) as refused:
            parse_answer(RawAnswer(400, body, {}))
        assert (refused.value.vendor_code, refused.value.message) == ("120206", "no such state")


def test_only_tracking_itself_says_that_it_has_nothing() -> None:
    """A 404 of a server that knows no such path is no answer of Tracking."""
    assert is_unknown(failure(404, "TRK404"))
    assert not is_unknown(failure(404, body=b"<html>not found"))
    assert not is_unknown(failure(400, "TRK404"))


def test_no_price_is_a_refusal_with_the_words_of_ups() -> None:
    alert = {"Code": "110971", "Description": "Your invoice may vary"}
    body = {"RateResponse": {"Response": {"Alert": [alert]}, "RatedShipment": [{"Service": {"Code": "96"}}]}}
    with pytest.raises(Rejected) as refused:
        answers.parse_rates(body)
    assert refused.value.message == "UPS quoted no price for this shipment: Your invoice may vary"


def test_itemized_charges_are_the_parts_of_a_negotiated_price() -> None:
    """What they leave of it is `other`; a price of the list has its two halves."""
    fuel = {"Code": "375", "Description": "", "CurrencyCode": "USD", "MonetaryValue": "1.10"}
    own = {"TotalCharge": {"CurrencyCode": "USD", "MonetaryValue": "10.15"}, "ItemizedCharges": [fuel]}
    halves = {
        "TransportationCharges": {"CurrencyCode": "USD", "MonetaryValue": "12.00"},
        "ServiceOptionsCharges": {"CurrencyCode": "USD", "MonetaryValue": "2.50"},
        "TotalCharges": {"CurrencyCode": "USD", "MonetaryValue": "14.50"},
    }
    results: dict[str, Any] = {"ShipmentIdentificationNumber": NUMBER, "PackageResults": [{"TrackingNumber": NUMBER}]}
    results |= {"ShipmentCharges": halves}
    listed = answers.parse_label({"ShipmentResponse": {"ShipmentResults": results}}, "GROUND", "ZPL")
    results |= {"NegotiatedRateCharges": own}
    negotiated = answers.parse_label({"ShipmentResponse": {"ShipmentResults": results}}, "GROUND", "ZPL")

    assert [(part.name, part.amount) for part in listed.cost_parts] == [
        ("transportation", "12.00"),
        ("service options", "2.50"),
    ]
    assert [(part.name, part.amount) for part in negotiated.cost_parts] == [("375", "1.10"), ("other", "9.05")]
