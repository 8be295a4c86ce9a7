"""The rules of the carriers' simulators: one accepted and one refused request each, with the vendor's error code.

The requests are like the examples in the vendors' documentation, with fields that the simulators accept and ignore.
"""

from collections.abc import Callable

import httpx
import pytest

from tests.fixtures.builders import Json
from tests.integration.sandbox.carrier_requests import HEADERS, REQUESTS, change_request, renew_request
from tests.integration.sandbox.process import SandboxProcess

FEDEX_PARCEL = ("requestedShipment", "requestedPackageLineItems", 0)
UPS_PARCEL = ("ShipmentRequest", "Shipment", "Package", 0)

Rule = tuple[str, str, tuple[str | int, ...], object, object, str]
"""The vendor, the rule with its source, the field, an accepted value, a refused value, and the error code."""
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
    (
        "fedex",
        "Ship v1: signature options",
        (*FEDEX_PARCEL, "packageSpecialServices"),
        {"specialServiceTypes": ["SIGNATURE_OPTION"], "signatureOptionType": "ADULT"},
        {"specialServiceTypes": ["SIGNATURE_OPTION"], "signatureOptionType": "CHILD"},
        "SIGNATUREOPTIONTYPE.INVALID",
    ),
    (
        "fedex",
        "Ship v1: HOLD_AT_LOCATION needs its detail",
        ("requestedShipment", "shipmentSpecialServices"),
        {"specialServiceTypes": ["HOLD_AT_LOCATION"], "holdAtLocationDetail": {"locationId": "YBZA"}},
        {"specialServiceTypes": ["HOLD_AT_LOCATION"]},
        "SHIPMENTSPECIALSERVICES.INVALID",
    ),
    (
        "fedex",
        "Ship v1: a payer needs an account",
        ("requestedShipment", "shippingChargesPayment"),
        {"paymentType": "RECIPIENT", "payor": {"responsibleParty": {"accountNumber": {"value": "123456789"}}}},
        {"paymentType": "RECIPIENT"},
        "SHIPPINGCHARGESPAYMENT.INVALID",
    ),
    (
        "fedex",
        "Ship v1: packagings of Express",
        ("requestedShipment", "packagingType"),
        "FEDEX_PAK",
        "FEDEX_10KG_BOX",
        "SERVICE.PACKAGECOMBINATION.INVALID",
    ),
    (
        "ups",
        "Shipping: delivery confirmation of a package",
        (*UPS_PARCEL, "PackageServiceOptions"),
        {"DeliveryConfirmation": {"DCISType": "3"}},
        {"DeliveryConfirmation": {"DCISType": "1"}},
        "10002",
    ),
    (
        "ups",
        "Shipping: references of 35 with a code of the table",
        (*UPS_PARCEL, "ReferenceNumber"),
        [{"Value": "1" * 35}, {"Code": "PO", "Value": "2"}],
        [{"Value": "1" * 35}, {"Code": "XX", "Value": "2"}],
        "10002",
    ),
    (
        "ups",
        "Shipping: one payer",
        ("ShipmentRequest", "Shipment", "PaymentInformation", "ShipmentCharge"),
        [{"Type": "01", "BillReceiver": {"AccountNumber": "Z9Y8X7", "Address": {"PostalCode": "21093"}}}],
        [{"Type": "01"}],
        "10002",
    ),
    (
        "ups",
        "Shipping: e-mails of 50",
        ("ShipmentRequest", "Shipment", "ShipmentServiceOptions"),
        {"Notification": [{"NotificationCode": "6", "EMail": {"EMailAddress": ["ada@example.com"]}}]},
        {"Notification": [{"NotificationCode": "6", "EMail": {"EMailAddress": ["a" * 39 + "@example.com"]}}]},
        "10002",
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


@pytest.fixture
def send(sandbox: SandboxProcess) -> Callable[[str, Json], httpx.Response]:
    def post(vendor: str, body: Json) -> httpx.Response:
        path, _ = REQUESTS[vendor]
        return httpx.post(
            f"{sandbox.url}/sim/{vendor}{path}", json=renew_request(vendor, body), headers=HEADERS[vendor]
        )

    return post


@pytest.mark.parametrize("vendor", REQUESTS)
def test_documented_requests_are_accepted(send: Callable[[str, Json], httpx.Response], vendor: str) -> None:
    answer = send(vendor, REQUESTS[vendor][1])
    assert answer.status_code in (200, 201), answer.text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule[0]}, {rule[1]}")
def test_a_rule_accepts_one_request_and_refuses_another(
    send: Callable[[str, Json], httpx.Response], rule: Rule
) -> None:
    vendor, name, path, good, bad, code = rule
    _, body = REQUESTS[vendor]
    taken = send(vendor, change_request(body, path, good))
    refused = send(vendor, change_request(body, path, bad))

    assert taken.status_code in (200, 201), taken.text
    if name.endswith("known fields only"):
        refused = send(vendor, change_request(body, (*path[:-1], "colour"), "red"))
    assert refused.status_code in (400, 404, 422), refused.text
    assert code in refused.text
