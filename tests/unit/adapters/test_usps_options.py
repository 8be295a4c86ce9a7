"""USPS's options: which fields they set, and which of them exclude each other."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from adapters.carriers.usps import answers, requests
from adapters.http.json import Json
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.usps_options import DOMESTIC
from sandbox.carriers.usps.contracts import LabelRequest
from sandbox.carriers.usps.mapping import to_label_request
from tests.fixtures.builders import FULL_SENDER, REFERENCE, build_shipment_request
from tests.unit.adapters.bodies import find_differences

ASKED_AT = datetime(2026, 11, 24, 3, 59, tzinfo=UTC)
LATER = datetime(2026, 11, 28, tzinfo=UTC)
PARCEL = {"weight": "40", "weight_unit": "oz", "length": "4", "width": "12", "height": "9", "dimension_unit": "in"}
MONEY = {"amount": "100.00", "currency": "USD"}
PACKAGE = "packageDescription"


def build(options: Json, service: str = "PRIORITY_MAIL", **fields: Any) -> ShipmentRequest:
    parcels = fields.pop("parcels", [PARCEL])
    return build_shipment_request(service, parcels=parcels, asked_at=ASKED_AT, shipping_options=options, **fields)


def purchase(options: Json, service: str = "PRIORITY_MAIL", **fields: Any) -> Json:
    body = requests.build_purchase(REFERENCE, build(options, service, **fields), LATER)
    assert body == requests.build_purchase(REFERENCE, build(options, service, **fields), ASKED_AT)
    LabelRequest.model_validate(body)
    return body


@pytest.mark.parametrize(
    ("options", "service", "changed"),
    [
        ({"signature": "direct"}, "PRIORITY_MAIL", {f"{PACKAGE}.extraServices": [921]}),
        ({"signature": "direct"}, "PRIORITY_MAIL_EXPRESS", {f"{PACKAGE}.extraServices": [981]}),
        ({"signature": "adult"}, "GROUND_ADVANTAGE", {f"{PACKAGE}.extraServices": [922]}),
        (
            {"insurance": {**MONEY, "amount": "500.01"}},
            "PRIORITY_MAIL",
            {f"{PACKAGE}.extraServices": [931], f"{PACKAGE}.packageOptions": {"packageValue": 500.01}},
        ),
        (
            {"insurance": {**MONEY, "amount": "500"}},
            "GROUND_ADVANTAGE",
            {f"{PACKAGE}.extraServices": [930], f"{PACKAGE}.packageOptions": {"packageValue": 500.0}},
        ),
        (
            {"insurance": MONEY, "carrier_options": {"extraServices": "955,480", "contentType": "FRUITS"}},
            "PRIORITY_MAIL_EXPRESS",
            {
                f"{PACKAGE}.extraServices": [925, 955, 480],
                f"{PACKAGE}.packageOptions": {"packageValue": 100.0, "contentType": "FRUITS"},
            },
        ),
        ({"packaging": "medium_flat_rate_box"}, "PRIORITY_MAIL", {f"{PACKAGE}.rateIndicator": "FB"}),
        ({"packaging": "flat_rate_envelope"}, "PRIORITY_MAIL_EXPRESS", {f"{PACKAGE}.rateIndicator": "E4"}),
        ({"packaging": "cubic"}, "GROUND_ADVANTAGE", {f"{PACKAGE}.rateIndicator": "CP"}),
        ({"carrier_options": {"rateIndicator": "P7"}}, "GROUND_ADVANTAGE", {f"{PACKAGE}.rateIndicator": "P7"}),
        ({"ship_date": "2026-11-27"}, "PRIORITY_MAIL", {f"{PACKAGE}.mailingDate": "2026-11-27"}),
        ({"address_validation": "off"}, "PRIORITY_MAIL", {"toAddress.ignoreBadAddress": True}),
        ({"label": {"size": "6x4"}}, "PRIORITY_MAIL", {"imageInfo.labelType": "6X4LABEL"}),
        ({"carrier_options": {"suppressPostage": False}}, "PRIORITY_MAIL", {"imageInfo.suppressPostage": False}),
        ({"packaging": "own", "saturday_delivery": False, "signature": "none"}, "PRIORITY_MAIL", {}),
    ],
)
def test_an_option_changes_only_its_own_fields(options: Json, service: str, changed: dict[str, Any]) -> None:
    assert find_differences(purchase(options, service), purchase({}, service)) == changed


def test_references_follow_the_operations_own() -> None:
    """USPS does not name them, so each kind has a start of its own."""
    body = purchase({"references": {"po": "4711", "department": "9"}})

    texts = [reference["referenceNumber"] for reference in body[PACKAGE]["customerReference"]]
    assert texts == [REFERENCE, "PO 4711", "DEPT 9"]
    assert to_label_request(LabelRequest.model_validate(body)).options["references.po"] == "4711"


def test_a_return_address_is_fitted_like_the_others() -> None:
    back = {**FULL_SENDER, "name": "Returns Desk", "company": None}
    assert purchase({"return_address": back})["returnAddress"] == {
        "firstName": "Returns",
        "lastName": "Desk",
        "streetAddress": "2600 Meridian Parkway",
        "secondaryAddress": "Dock 4",
        "city": "Durham",
        "state": "NC",
        "ZIPCode": "27713",
    }


def test_a_zpl_label_has_300_dots_per_inch() -> None:
    body = requests.build_purchase(REFERENCE, build({"label": {"dpi": 300}}, label_format="ZPL"), LATER)
    assert body["imageInfo"]["imageType"] == "ZPL300DPI"


@pytest.mark.parametrize(
    ("options", "field"),
    [
        ({"references": dict.fromkeys(("order", "po", "invoice", "department"), "1")}, "references"),
        ({"signature": "adult", "carrier_options": {"extraServices": "923"}}, "carrier_options.extraServices"),
        ({"carrier_options": {"extraServices": "955,955"}}, "carrier_options.extraServices"),
        (
            {"insurance": MONEY, "signature": "direct", "carrier_options": {"extraServices": "480,481,955,957"}},
            "carrier_options.extraServices",
        ),
        ({"signature": "direct", "carrier_options": {"carrierRelease": True}}, "carrier_options.carrierRelease"),
        ({"packaging": "cubic", "carrier_options": {"rateIndicator": "P5"}}, "packaging"),
        ({"ship_date": "2026-12-01"}, "ship_date"),
        ({"return_address": {**FULL_SENDER, "country": "DE"}}, "return_address.country"),
    ],
)
def test_options_that_exclude_each_other_are_refused(options: Json, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        requests.check_request(build(options))
    assert refused.value.field == f"shipping_options.{field}"


@pytest.mark.parametrize(
    ("service", "parcel"),
    [
        ("PRIORITY_MAIL", {"weight": "321"}),
        ("GROUND_ADVANTAGE", {"length": "19"}),
        ("PRIORITY_MAIL", {"length": "13", "width": "9", "height": "8"}),
    ],
)
def test_a_parcel_above_the_cubic_limits_is_refused(service: str, parcel: dict[str, str]) -> None:
    with pytest.raises(Rejected) as refused:
        requests.check_request(build({"packaging": "cubic"}, service, parcels=[{**PARCEL, **parcel}]))
    assert refused.value.vendor_code == "not_cubic"


def test_a_price_is_requested_only_for_services_with_the_options() -> None:
    """Extra services are priced by a request of their own."""
    request = build({"packaging": "flat_rate_envelope", "insurance": MONEY, "signature": "direct"}, service="")
    found = requests.build_rate_requests(request, LATER)

    assert {service: body["rateIndicator"] for service, body in found} == {
        "PRIORITY_MAIL": "FE",
        "PRIORITY_MAIL_EXPRESS": "E4",
    }
    extra = requests.build_extra_rate_request(request, *found[1])
    assert extra is not None
    assert (extra["extraServices"], extra["itemValue"], extra["mailClass"]) == (
        [981, 925],
        100.0,
        found[1][1]["mailClass"],
    )
    assert requests.build_extra_rate_request(build({}, service=""), *found[0]) is None
    assert answers.parse_price({"totalBasePrice": 9.3}, [{"price": 3.65}], "X").amount == str(Decimal("12.95"))


def test_a_signature_of_none_is_available_with_every_service() -> None:
    found = requests.build_rate_requests(build({"signature": "none"}, service=""), LATER)
    assert [service for service, _ in found] == list(DOMESTIC)


def test_a_price_starts_at_the_induction_zip_code() -> None:
    request = build({"carrier_options": {"inductionZIPCode": "10001"}}, service="")
    assert {body["originZIPCode"] for _, body in requests.build_rate_requests(request, LATER)} == {"10001"}


def test_a_price_declares_a_nonstandard_parcel() -> None:
    """USPS's prices have no field for the contents."""
    own = {"hasNonstandardCharacteristics": True, "contentType": "PERISHABLE"}
    for _, body in requests.build_rate_requests(build({"carrier_options": own}, service=""), LATER):
        assert body["hasNonstandardCharacteristics"] is True
        assert "contentType" not in body
