"""The rules of the carriers' simulators: each takes one request and refuses another, with the vendor's own code.

The requests are of the kind that the vendors' descriptions show, with fields that the simulators take and do not play.
"""

from collections.abc import Callable
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.fixtures.builders import Json
from tests.integration.sandbox.process import SandboxProcess

USPS_SIDE = {"firstName": "Grace", "lastName": "Hopper", "streetAddress": "4120 Bingham Ave", "city": "St. Louis"}
USPS_SIDE |= {"state": "MO", "ZIPCode": "63116", "email": "grace@example.com", "phone": "3145550134"}
USPS: Json = {
    "imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "NONE", "suppressPostage": False},
    "toAddress": {**USPS_SIDE, "ignoreBadAddress": True},
    "fromAddress": {**USPS_SIDE, "firm": "Compilers Inc"},
    "packageDescription": {
        "weightUOM": "lb",
        "weight": 2.5,
        "dimensionsUOM": "in",
        "length": 9.0,
        "width": 6.0,
        "height": 0.25,
        "processingCategory": "MACHINABLE",
        "mailingDate": "",
        "extraServices": [],
        "destinationEntryFacilityType": "NONE",
        "rateIndicator": "SP",
        "mailClass": "PRIORITY_MAIL",
        "packageOptions": {"packageValue": 35.0},
        "customerReference": [{"referenceNumber": "EF789UJK", "printReferenceNumber": True}],
    },
}
FEDEX_PARTY: Json = {
    "contact": {"personName": "Grace Hopper", "phoneNumber": "3145550134", "emailAddress": "grace@example.com"},
    "address": {"streetLines": ["4120 Bingham Ave"], "city": "St. Louis", "stateOrProvinceCode": "MO"},
}
FEDEX_PARTY["address"] |= {"postalCode": "63116", "countryCode": "US"}
FEDEX: Json = {
    "labelResponseOptions": "LABEL",
    "mergeLabelDocOption": "LABELS_AND_DOCS",
    "shipAction": "CONFIRM",
    "accountNumber": {"value": "740561073"},
    "requestedShipment": {
        "shipDatestamp": "2026-11-30",
        "shipper": FEDEX_PARTY,
        "recipients": [FEDEX_PARTY],
        "pickupType": "USE_SCHEDULED_PICKUP",
        "serviceType": "PRIORITY_OVERNIGHT",
        "packagingType": "YOUR_PACKAGING",
        "totalWeight": 20.0,
        "blockInsightVisibility": False,
        "shippingChargesPayment": {"paymentType": "SENDER", "payor": {}},
        "labelSpecification": {"imageType": "PDF", "labelStockType": "PAPER_4X6", "labelFormatType": "COMMON2D"},
        "requestedPackageLineItems": [
            {"groupPackageCount": 1, "weight": {"units": "LB", "value": 20.0}, "customerReferences": []}
        ],
    },
}
FEDEX_PARCEL = ("requestedShipment", "requestedPackageLineItems", 0)
UPS_ADDRESS = {"AddressLine": ["2311 York Rd"], "City": "Timonium", "StateProvinceCode": "MD", "PostalCode": "21093"}
UPS_ADDRESS |= {"CountryCode": "US"}
UPS_PARTY: Json = {"Name": "Compilers Inc", "AttentionName": "Grace Hopper", "FaxNumber": "8005550199"}
UPS_PARTY |= {"TaxIdentificationNumber": "123456", "Phone": {"Number": "4435550134"}, "Address": UPS_ADDRESS}
UPS: Json = {
    "ShipmentRequest": {
        "Request": {"SubVersion": "1801", "RequestOption": "nonvalidate"},
        "Shipment": {
            "Description": "Test",
            "Shipper": {**UPS_PARTY, "ShipperNumber": "A1B2C3"},
            "ShipTo": {**UPS_PARTY, "Residential": " "},
            "ShipFrom": UPS_PARTY,
            "PaymentInformation": {"ShipmentCharge": [{"Type": "01", "BillShipper": {"AccountNumber": "A1B2C3"}}]},
            "Service": {"Code": "03", "Description": "Express"},
            "Package": [
                {
                    "Description": " ",
                    "Packaging": {"Code": "02", "Description": "Nails"},
                    "Dimensions": {
                        "UnitOfMeasurement": {"Code": "IN", "Description": "Inches"},
                        "Length": "10",
                        "Width": "8",
                        "Height": "4",
                    },
                    "PackageWeight": {"UnitOfMeasurement": {"Code": "LBS", "Description": "Pounds"}, "Weight": "5"},
                }
            ],
        },
        "LabelSpecification": {
            "LabelImageFormat": {"Code": "GIF"},
            "LabelStockSize": {"Height": "6", "Width": "4"},
            "HTTPUserAgent": "Mozilla/4.5",
        },
    }
}
UPS_PARCEL = ("ShipmentRequest", "Shipment", "Package", 0)
EASYPOST_SIDE = {"name": "Grace Hopper", "street1": "388 Townsend St", "city": "San Francisco", "state": "CA"}
EASYPOST_SIDE |= {"zip": "94107", "country": "US", "phone": "4155550134", "email": "grace@example.com"}
EASYPOST: Json = {
    "shipment": {
        "from_address": EASYPOST_SIDE,
        "to_address": EASYPOST_SIDE,
        "parcel": {"length": 10, "width": 8, "height": 4, "weight": 15.4},
        "customs_info": {"eel_pfc": "NOEEI 30.37(a)", "customs_items": []},
        "options": {"label_format": "PNG", "invoice_number": "123"},
        "reference": "123",
    }
}
SHIPENGINE_SIDE = {"name": "Grace Hopper", "phone": "5125550134", "address_line1": "525 S Winchester Blvd"}
SHIPENGINE_SIDE |= {"city_locality": "San Jose", "state_province": "CA", "postal_code": "95128", "country_code": "US"}
SHIPENGINE: Json = {
    "shipment": {
        "carrier_id": "se-123890",
        "service_code": "usps_priority_mail",
        "external_shipment_id": "",
        "ship_date": "2026-11-30",
        "confirmation": "none",
        "ship_to": SHIPENGINE_SIDE,
        "ship_from": SHIPENGINE_SIDE,
        "packages": [{"package_code": "package", "weight": {"value": 20, "unit": "ounce"}}],
    },
    "is_return_label": False,
    "label_format": "pdf",
    "label_layout": "4x6",
    "label_download_type": "url",
    "validate_address": "no_validation",
}


def renewed(vendor: str, body: Json) -> Json:
    """Return the request with today's date and a reference of its own, if the vendor wants that."""
    fresh = deepcopy(body)
    if vendor == "usps":
        fresh["packageDescription"]["mailingDate"] = fresh["packageDescription"]["mailingDate"] or str(today())
    if vendor == "shipengine":
        fresh["shipment"]["external_shipment_id"] = fresh["shipment"]["external_shipment_id"] or uuid4().hex
    return fresh


def today() -> Any:
    return datetime.now(UTC).date()


REQUESTS: dict[str, tuple[str, Json]] = {
    "usps": ("/labels/v3/label", USPS),
    "fedex": ("/ship/v1/shipments", FEDEX),
    "ups": ("/api/shipments/v2409/ship", UPS),
    "easypost": ("/v2/shipments", EASYPOST),
    "shipengine": ("/v1/labels", SHIPENGINE),
}
HEADERS = {
    "usps": {"Authorization": "Bearer sim-usps-x", "X-Payment-Authorization-Token": "sim-usps-payment-1"},
    "fedex": {"Authorization": "Bearer sim-fedex-x"},
    "ups": {"Authorization": "Bearer sim-ups-x"},
    "easypost": {"Authorization": "Basic a2V5Og=="},
    "shipengine": {"API-Key": "key"},
}

Rule = tuple[str, str, tuple[str | int, ...], object, object, str]
"""The vendor, the rule with its source, the field, a value that is taken, one that is not, and the refusal's code."""
P = "packageDescription"
RULES: list[Rule] = [
    ("usps", "error list, 160001: mailing date", (P, "mailingDate"), "", "2020-01-01", "160001"),
    (
        "usps",
        "error list, 160009: no receipt on a ZPL page",
        ("imageInfo",),
        {"imageType": "ZPL203DPI", "receiptOption": "NONE"},
        {"imageType": "ZPL203DPI", "receiptOption": "SAME_PAGE"},
        "160009",
    ),
    ("usps", "error list, 160013: rate indicator of the mail class", (P, "rateIndicator"), "SP", "PA", "160013"),
    ("usps", "error list, 160075: name or firm", ("toAddress", "firstName"), "Ada", None, "160075"),
    ("usps", "error list, 160098: weight", (P, "weight"), 70.0, 70.1, "160098"),
    ("usps", "error list, 030008: size", (P, "length"), 95.0, 96.0, "030008"),
    (
        "usps",
        "Labels v3: four references at most",
        (P, "customerReference"),
        [{"referenceNumber": "1"}] * 4,
        [{"referenceNumber": "1"}] * 5,
        "400",
    ),
    (
        "usps",
        "Labels v3: 30 characters of a reference",
        (P, "customerReference"),
        [{"referenceNumber": "1" * 30}],
        [{"referenceNumber": "1" * 31}],
        "400",
    ),
    ("usps", "Labels v3: known fields only", (P, "extraServices"), [], None, ""),
    ("usps", "Labels v3: ZIP Code of 5 digits", ("toAddress", "ZIPCode"), "63118", "6311", "400"),
    (
        "fedex",
        "Ship v1: account number of 9 digits",
        ("accountNumber", "value"),
        "123456789",
        "12345678",
        "ACCOUNTNUMBER.VALUE.INVALID",
    ),
    (
        "fedex",
        "Ship v1: service types",
        ("requestedShipment", "serviceType"),
        "FIRST_OVERNIGHT",
        "PIGEON",
        "SERVICETYPE.NOT.FOUND",
    ),
    (
        "fedex",
        "Ship v1: stock for thermal labels",
        ("requestedShipment", "labelSpecification"),
        {"imageType": "ZPLII", "labelStockType": "STOCK_4X6"},
        {"imageType": "ZPLII", "labelStockType": "PAPER_4X6"},
        "REQUESTEDSHIPMENT.LABELSPECIFICATION.INVALID",
    ),
    (
        "fedex",
        "Ship v1: Ground takes references of 30",
        (*FEDEX_PARCEL, "customerReferences"),
        [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": "1" * 30}],
        [{"customerReferenceType": "CUSTOMER_REFERENCE", "value": "1" * 31}],
        "INVALID",
    ),
    (
        "fedex",
        "Ship v1: sides in whole units",
        (*FEDEX_PARCEL, "dimensions"),
        {"length": 9, "width": 6, "height": 3, "units": "IN"},
        {"length": 9.5, "width": 6, "height": 3, "units": "IN"},
        "INVALID",
    ),
    (
        "fedex",
        "Ship v1: street lines of 35",
        ("requestedShipment", "recipients", 0, "address", "streetLines"),
        ["x" * 35],
        ["x" * 36],
        "INVALID",
    ),
    ("ups", "Shipping: service codes", ("ShipmentRequest", "Shipment", "Service", "Code"), "14", "99", "120500"),
    (
        "ups",
        "Shipping: a GIF needs the browser",
        ("ShipmentRequest", "LabelSpecification", "HTTPUserAgent"),
        "Mozilla/5.0",
        None,
        "",
    ),
    ("ups", "weight and size limits: 150 lb", (*UPS_PARCEL, "PackageWeight", "Weight"), "150", "151", ""),
    ("ups", "weight and size limits: 165 inches", (*UPS_PARCEL, "Dimensions", "Length"), "108", "150", ""),
    ("ups", "Rating: the length is the longest side", (*UPS_PARCEL, "Dimensions", "Width"), "10", "11", ""),
    ("ups", "Shipping: names of 35", ("ShipmentRequest", "Shipment", "ShipTo", "Name"), "x" * 35, "x" * 36, ""),
    (
        "ups",
        "Shipping: shipper number of 6",
        ("ShipmentRequest", "Shipment", "Shipper", "ShipperNumber"),
        "Z9Y8X7",
        "Z9Y8X",
        "",
    ),
    ("easypost", "Parcel object: the weight is needed", ("shipment", "parcel", "weight"), 1, None, "PARAMETER.INVALID"),
    (
        "easypost",
        "Address object: country of two letters",
        ("shipment", "to_address", "country"),
        "US",
        "USA",
        "PARAMETER.INVALID",
    ),
    (
        "easypost",
        "Shipment object: ids of carrier accounts",
        ("shipment", "carrier_accounts"),
        ["ca_9685a1198a75477885a3cdca37559bac"],
        ["9685"],
        "PARAMETER.INVALID",
    ),
    (
        "easypost",
        "Options object: label formats",
        ("shipment", "options", "label_format"),
        "ZPL",
        "BMP",
        "PARAMETER.INVALID",
    ),
    ("shipengine", "create_label: external_shipment_id of 50", ("shipment", "external_shipment_id"), "", "x" * 51, ""),
    (
        "shipengine",
        "services of the carrier",
        ("shipment", "service_code"),
        "usps_ground_advantage",
        "ups_ground",
        "invalid_field_value",
    ),
    (
        "shipengine",
        "se_id: the carrier is connected",
        ("shipment", "carrier_id"),
        "se-123890",
        "se-9",
        "carrier_not_connected",
    ),
    (
        "shipengine",
        "create_label: units of weight",
        ("shipment", "packages", 0, "weight", "unit"),
        "pound",
        "stone",
        "",
    ),
    ("shipengine", "ship_from: the phone is needed", ("shipment", "ship_from", "phone"), "5125550134", None, ""),
]


def changed(body: Json, path: tuple[str | int, ...], value: object) -> Json:
    """Return the request with another value at the path; None takes the field away."""
    fresh = deepcopy(body)
    part: Any = fresh
    for name in path[:-1]:
        part = part[name]
    if value is None:
        part.pop(path[-1], None)
    else:
        part[path[-1]] = value
    return fresh


@pytest.fixture
def send(sandbox: SandboxProcess) -> Callable[[str, Json], httpx.Response]:
    def post(vendor: str, body: Json) -> httpx.Response:
        path, _ = REQUESTS[vendor]
        return httpx.post(f"{sandbox.url}/sim/{vendor}{path}", json=renewed(vendor, body), headers=HEADERS[vendor])

    return post


@pytest.mark.parametrize("vendor", REQUESTS)
def test_requests_of_the_recorded_kind_are_taken(send: Callable[[str, Json], httpx.Response], vendor: str) -> None:
    answer = send(vendor, REQUESTS[vendor][1])
    assert answer.status_code in (200, 201), answer.text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule[0]}, {rule[1]}")
def test_a_rule_takes_one_request_and_refuses_another(send: Callable[[str, Json], httpx.Response], rule: Rule) -> None:
    vendor, name, path, good, bad, code = rule
    _, body = REQUESTS[vendor]
    taken = send(vendor, changed(body, path, good))
    refused = send(vendor, changed(body, path, bad))

    assert taken.status_code in (200, 201), taken.text
    if name.endswith("known fields only"):
        refused = send(vendor, changed(body, (*path[:-1], "colour"), "red"))
    assert refused.status_code in (400, 404, 422), refused.text
    assert code in refused.text
