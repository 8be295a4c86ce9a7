"""Each shipping option changes exactly its field of UPS's request, and the simulator accepts it."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.carriers.ups import requests
from domain.errors import Rejected
from sandbox.carriers.ups.contracts import RateCall, ShipCall
from sandbox.carriers.ups.mapping import reference_of
from sandbox.carriers.ups.options import read_options
from sandbox.carriers.ups.rules import find_problem, read_purchase
from tests.fixtures.bodies import find_changes
from tests.fixtures.builders import FULL_SENDER, REFERENCE, SHORT_RECIPIENT, Json, build_shipment_request

ACCOUNT = "A1B2C3"
PHONE = "5035550199"
TO = {**SHORT_RECIPIENT, "phone": PHONE}
IN_BERLIN = {"state": None, "country": "DE", "postal_code": "10115", "phone": "+49 30 901820"}
SHOP = {**SHORT_RECIPIENT, "name": "UPS Store", "street1": "9 Mall Road"}
HOLD = {"location_id": "U12345678", "address": SHOP}
FRIDAY = "2026-12-04"
EMAIL = {"emails": ["ada@example.com"], "events": ["shipped", "delivered"]}
VALUE = {"declared_value": {"amount": "120.5", "currency": "USD"}}
ROOT = "ShipmentRequest.Shipment."
PACKAGE, SERVICES = "Package.0", "ShipmentServiceOptions"
PACKAGE_SERVICES = f"{PACKAGE}.PackageServiceOptions"
CHARGE = "PaymentInformation.ShipmentCharge.0"


def build_body(options: Json | None = None, service: str = "2ND_DAY_AIR", **changes: Any) -> Json:
    defaults = {"label_format": "ZPL", "ship_from": FULL_SENDER, "ship_to": TO}
    request = build_shipment_request(service, **{**defaults, **changes}, shipping_options=options)
    return requests.build_purchase(REFERENCE, request, ACCOUNT)


def build_rates(options: Json | None) -> Json:
    request = build_shipment_request("", ship_from=FULL_SENDER, ship_to=TO, shipping_options=options)
    return requests.build_rate_request(request, ACCOUNT)


def in_germany() -> Json:
    return {"service": "STANDARD", "ship_from": {**FULL_SENDER, **IN_BERLIN}, "ship_to": {**TO, **IN_BERLIN}}


OPTIONS: list[tuple[Json, Json]] = [
    ({"signature": "direct"}, {f"{PACKAGE_SERVICES}.DeliveryConfirmation.DCISType": "2"}),
    ({"signature": "adult"}, {f"{PACKAGE_SERVICES}.DeliveryConfirmation.DCISType": "3"}),
    ({"signature": "none"}, {f"{PACKAGE_SERVICES}.ShipperReleaseIndicator": "true"}),
    (
        VALUE,
        {
            f"{PACKAGE_SERVICES}.DeclaredValue.CurrencyCode": "USD",
            f"{PACKAGE_SERVICES}.DeclaredValue.MonetaryValue": "120.50",
        },
    ),
    ({"packaging": "pak"}, {f"{PACKAGE}.Packaging.Code": "04"}),
    ({"packaging": "small_box"}, {f"{PACKAGE}.Packaging.Code": "2a"}),
    ({"packaging": "medium_flat_rate_box"}, {f"{PACKAGE}.SimpleRate.Code": "M"}),
    (
        {"references": {"order": "1001", "po": "PO-1", "invoice": "I-2", "department": "D-3"}},
        {
            f"{PACKAGE}.ReferenceNumber.{place}.{name}": value
            for place, pair in enumerate((("ON", "1001"), ("PO", "PO-1"), ("IK", "I-2"), ("DP", "D-3")), start=1)
            for name, value in zip(("Code", "Value"), pair, strict=True)
        },
    ),
    ({"ship_date": FRIDAY}, {"ShipmentDate": "20261204"}),
    ({"saturday_delivery": True}, {f"{SERVICES}.SaturdayDeliveryIndicator": "true"}),
    (
        {"hold_at_location": HOLD},
        {
            "ShipmentIndicationType.0.Code": "01",
            "AlternateDeliveryAddress.Name": "UPS Store",
            "AlternateDeliveryAddress.AttentionName": "Ada",
            "AlternateDeliveryAddress.UPSAccessPointID": "U12345678",
            "AlternateDeliveryAddress.Address.AddressLine.0": "9 Mall Road",
            "AlternateDeliveryAddress.Address.City": "Portland",
            "AlternateDeliveryAddress.Address.StateProvinceCode": "OR",
            "AlternateDeliveryAddress.Address.PostalCode": "97201",
            "AlternateDeliveryAddress.Address.CountryCode": "US",
        },
    ),
    (
        {"billing": {"payer": "recipient", "account": "z9y8x7", "postal_code": "97201-1234"}},
        {
            f"{CHARGE}.BillReceiver.AccountNumber": "Z9Y8X7",
            f"{CHARGE}.BillReceiver.Address.PostalCode": "972011234",
        },
    ),
    (
        {"billing": {"payer": "third_party", "account": "Z9Y8X7", "postal_code": "97201"}},
        {
            f"{CHARGE}.BillThirdParty.AccountNumber": "Z9Y8X7",
            f"{CHARGE}.BillThirdParty.Address.PostalCode": "97201",
            f"{CHARGE}.BillThirdParty.Address.CountryCode": "US",
        },
    ),
    (
        {"notifications": EMAIL},
        {
            f"{SERVICES}.Notification.0.NotificationCode": "6",
            f"{SERVICES}.Notification.0.EMail.EMailAddress.0": "ada@example.com",
            f"{SERVICES}.Notification.1.NotificationCode": "8",
            f"{SERVICES}.Notification.1.EMail.EMailAddress.0": "ada@example.com",
        },
    ),
    ({"address_validation": "off"}, {"ShipmentRequest.Request.RequestOption": "nonvalidate"}),
    ({"label": {"size": "4x8"}}, {"ShipmentRequest.LabelSpecification.LabelStockSize.Height": "8"}),
    ({"carrier_options": {"DirectDeliveryOnlyIndicator": True}}, {f"{SERVICES}.DirectDeliveryOnlyIndicator": "true"}),
    ({"carrier_options": {"UPScarbonneutralIndicator": True}}, {f"{SERVICES}.UPScarbonneutralIndicator": "true"}),
    ({"carrier_options": {"SaturdayPickupIndicator": True}}, {f"{SERVICES}.SaturdayPickupIndicator": "true"}),
    ({"carrier_options": {"AdditionalHandlingIndicator": True}}, {f"{PACKAGE}.AdditionalHandlingIndicator": "true"}),
    ({"carrier_options": {"LargePackageIndicator": True}}, {f"{PACKAGE}.LargePackageIndicator": "true"}),
    ({"carrier_options": {"ProactiveIndicator": True}}, {f"{PACKAGE_SERVICES}.ProactiveIndicator": "true"}),
    (
        {"carrier_options": {"UserLevelDiscountIndicator": True}},
        {"ShipmentRatingOptions.UserLevelDiscountIndicator": "true"},
    ),
    ({"carrier_options": {"SimpleRate": "XL"}}, {f"{PACKAGE}.SimpleRate.Code": "XL"}),
    ({"carrier_options": {"Description": "Shirts"}}, {f"{PACKAGE}.Description": "Shirts"}),
    (
        {"carrier_options": {"CharacterSet": "deu"}},
        {"ShipmentRequest.LabelSpecification.CharacterSet": "deu"},
    ),
]


@pytest.mark.parametrize(("options", "changed"), OPTIONS, ids=lambda case: str(case)[:40])
def test_an_option_changes_only_its_field(options: Json, changed: Json) -> None:
    """The first reference stays the one that Tracking looks for."""
    body = build_body(options)
    assert find_changes(body, build_body(), ROOT) == changed
    assert body["ShipmentRequest"]["Shipment"]["Package"][0]["ReferenceNumber"][0] == {"Value": REFERENCE}


@pytest.mark.parametrize(("options", "changed"), OPTIONS, ids=lambda case: str(case)[:40])
def test_the_simulator_accepts_and_stores_every_option(options: Json, changed: Json) -> None:
    request = ShipCall.model_validate(build_body(options)).ShipmentRequest
    assert find_problem("02", read_purchase(request.Shipment)) is None or "ship_date" in options
    assert read_options(request)
    assert reference_of(request) == REFERENCE
    assert changed


def test_a_return_address_is_the_shipper_and_the_sender_the_origin() -> None:
    """UPS prints the shipper's address; the parcel starts at ShipFrom."""
    body = build_body({"return_address": SHOP})
    shipment, plain = body["ShipmentRequest"]["Shipment"], build_body()["ShipmentRequest"]["Shipment"]
    assert (shipment["Shipper"]["Name"], shipment["Shipper"]["ShipperNumber"]) == ("UPS Store", ACCOUNT)
    assert shipment["ShipFrom"] == {name: part for name, part in plain["Shipper"].items() if name != "ShipperNumber"}
    stored = read_options(ShipCall.model_validate(body).ShipmentRequest)
    assert "9 Mall Road" in stored["return_address"]


def test_signatures_outside_the_us_are_options_of_the_shipment() -> None:
    body, plain = build_body({"signature": "adult"}, **in_germany()), build_body(**in_germany())
    assert find_changes(body, plain, ROOT) == {f"{SERVICES}.DeliveryConfirmation.DCISType": "2"}
    assert find_problem("11", read_purchase(ShipCall.model_validate(body).ShipmentRequest.Shipment)) is None


def test_references_outside_the_us_are_on_the_shipment() -> None:
    body, plain = build_body({"references": {"po": "PO-1"}}, **in_germany()), build_body(**in_germany())
    changed = {"ReferenceNumber.1.Code": "PO", "ReferenceNumber.1.Value": "PO-1"}
    assert find_changes(body, plain, ROOT) == changed
    assert reference_of(ShipCall.model_validate(body).ShipmentRequest) == REFERENCE


@pytest.mark.parametrize(
    ("options", "changes", "field"),
    [
        ({"signature": "none"}, in_germany(), "shipping_options.signature"),
        ({"references": {"po": "1", "order": "2"}}, in_germany(), "shipping_options.references"),
        ({"notifications": EMAIL}, in_germany(), "shipping_options.notifications"),
        (
            {"notifications": {"emails": [f"{'a' * 39}@example.com"]}},
            {},
            "shipping_options.notifications.emails",
        ),
        ({"saturday_delivery": True, "ship_date": FRIDAY}, {}, "shipping_options.ship_date"),
        (
            {"billing": {"payer": "recipient", "account": "12345", "postal_code": "97201"}},
            {},
            "shipping_options.billing.account",
        ),
        (
            {"hold_at_location": {"location_id": "U1", "address": SHOP}},
            {},
            "shipping_options.hold_at_location.location_id",
        ),
        (
            {"hold_at_location": HOLD, "carrier_options": {"DirectDeliveryOnlyIndicator": True}},
            {},
            "shipping_options.hold_at_location",
        ),
        (
            {"packaging": "pak", "carrier_options": {"SimpleRate": "XS"}},
            {},
            "shipping_options.packaging",
        ),
        (
            {"return_address": {**SHOP, "country": "CA", "state": "ON", "postal_code": "K1P 1J1"}},
            {},
            "shipping_options.return_address.country",
        ),
    ],
)
def test_options_that_ups_would_refuse_name_the_field(options: Json, changes: Json, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        build_body(options, **changes)
    assert refused.value.field == field


def test_prices_depend_on_the_same_options() -> None:
    options = {"signature": "direct", **VALUE, "packaging": "tube", "saturday_delivery": True, "hold_at_location": HOLD}
    body = build_rates({**options, "references": {"po": "PO-1"}, "notifications": EMAIL})
    changed = find_changes(body, build_rates(None), "RateRequest.Shipment.")
    assert changed == {
        f"{PACKAGE}.PackagingType.Code": "03",
        f"{PACKAGE_SERVICES}.DeliveryConfirmation.DCISType": "2",
        f"{PACKAGE_SERVICES}.DeclaredValue.CurrencyCode": "USD",
        f"{PACKAGE_SERVICES}.DeclaredValue.MonetaryValue": "120.50",
        f"{SERVICES}.SaturdayDeliveryIndicator": "true",
        "ShipmentIndicationType.0.Code": "01",
        "AlternateDeliveryAddress.Name": "UPS Store",
        "AlternateDeliveryAddress.Address.AddressLine.0": "9 Mall Road",
        "AlternateDeliveryAddress.Address.City": "Portland",
        "AlternateDeliveryAddress.Address.StateProvinceCode": "OR",
        "AlternateDeliveryAddress.Address.PostalCode": "97201",
        "AlternateDeliveryAddress.Address.CountryCode": "US",
    }
    assert RateCall.model_validate(body)


REFUSED: list[tuple[str, Json, str]] = [
    ("03", {"Package": {"Packaging": {"Code": "04"}}}, "111210"),
    ("01", {"Package": {"SimpleRate": {"Code": "M"}}}, "111210"),
    ("03", {SERVICES: {"SaturdayDeliveryIndicator": "true"}}, "121210"),
    ("03", {SERVICES: {"DeliveryConfirmation": {"DCISType": "1"}}}, "121210"),
    ("03", {"ShipmentDate": "20200101"}, "10002"),
    ("03", {"ShipmentIndicationType": [{"Code": "01"}]}, "10002"),
]


@pytest.mark.parametrize(("service", "changes", "code"), REFUSED)
def test_the_simulator_refuses_what_ups_refuses(service: str, changes: Json, code: str) -> None:
    body = build_body()
    shipment = body["ShipmentRequest"]["Shipment"]
    shipment["Package"][0] |= changes.pop("Package", {})
    shipment |= changes
    problem = find_problem(service, read_purchase(ShipCall.model_validate(body).ShipmentRequest.Shipment))
    assert problem is not None
    assert problem[0] == code


def test_the_simulator_accepts_ship_dates_of_seven_days() -> None:
    day = datetime.now(UTC).date() + timedelta(days=7)
    shipment = ShipCall.model_validate(build_body({"ship_date": str(day)})).ShipmentRequest.Shipment
    assert find_problem("02", read_purchase(shipment)) is None
