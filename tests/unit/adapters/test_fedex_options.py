"""Each shipping option changes exactly its field of FedEx's request, and the simulator accepts it."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from adapters.carriers.fedex import requests
from domain.errors import Rejected
from sandbox.carriers.fedex.contracts import RateRequest, ShipRequest
from sandbox.carriers.fedex.options import read_options
from sandbox.carriers.fedex.rules import find_purchase_problem
from tests.fixtures.bodies import find_changes
from tests.fixtures.builders import FULL_SENDER, REFERENCE, SHORT_RECIPIENT, Json, build_shipment_request

ACCOUNT = "740561073"
TO = {**SHORT_RECIPIENT, "phone": "5035550199"}
HOME = {**TO, "residential": True}
SHOP = {**SHORT_RECIPIENT, "name": "FedEx Office", "street1": "9 Mall Road", "phone": "5035550100"}
OWN = {"customerReferenceType": "CUSTOMER_REFERENCE", "value": REFERENCE}
FRIDAY = date(2026, 12, 4)
EMAIL = {"emails": ["ada@example.com"], "events": ["shipped", "delivered"]}


def build_body(options: Json | None = None, service: str = "FEDEX_2_DAY", **changes: Any) -> Json:
    sides = {"ship_from": FULL_SENDER, "ship_to": TO}
    request = build_shipment_request(service, **{**sides, **changes}, shipping_options=options)
    return requests.build_purchase(REFERENCE, request, ACCOUNT, None)


def build_rates(options: Json | None) -> Json:
    request = build_shipment_request("", ship_from=FULL_SENDER, ship_to=TO, shipping_options=options)
    return requests.build_rate_request(request, ACCOUNT, None)


ROOT = "requestedShipment."
PACKAGE = "requestedPackageLineItems.0"
SERVICES = "shipmentSpecialServices"
LABEL = "labelSpecification"
SIGNATURE = f"{PACKAGE}.packageSpecialServices"
OPTIONS: list[tuple[Json, Json]] = [
    (
        {"signature": "adult"},
        {f"{SIGNATURE}.specialServiceTypes.0": "SIGNATURE_OPTION", f"{SIGNATURE}.signatureOptionType": "ADULT"},
    ),
    (
        {"declared_value": {"amount": "120.50", "currency": "USD"}},
        {
            f"{PACKAGE}.declaredValue.amount": 120.5,
            f"{PACKAGE}.declaredValue.currency": "USD",
            "totalDeclaredValue.amount": 120.5,
            "totalDeclaredValue.currency": "USD",
        },
    ),
    ({"packaging": "pak"}, {"packagingType": "FEDEX_PAK"}),
    (
        {"packaging": "medium_flat_rate_box"},
        {"packagingType": "FEDEX_MEDIUM_BOX", f"{SERVICES}.specialServiceTypes.0": "FEDEX_ONE_RATE"},
    ),
    (
        {"references": {"po": "PO-1", "invoice": "I-2", "department": "D-3"}},
        {
            f"{PACKAGE}.customerReferences.1.customerReferenceType": "P_O_NUMBER",
            f"{PACKAGE}.customerReferences.1.value": "PO-1",
            f"{PACKAGE}.customerReferences.2.customerReferenceType": "INVOICE_NUMBER",
            f"{PACKAGE}.customerReferences.2.value": "I-2",
            f"{PACKAGE}.customerReferences.3.customerReferenceType": "DEPARTMENT_NUMBER",
            f"{PACKAGE}.customerReferences.3.value": "D-3",
        },
    ),
    ({"ship_date": str(FRIDAY)}, {"shipDatestamp": str(FRIDAY)}),
    ({"saturday_delivery": True}, {f"{SERVICES}.specialServiceTypes.0": "SATURDAY_DELIVERY"}),
    (
        {"hold_at_location": {"location_id": "YBZA"}},
        {
            f"{SERVICES}.specialServiceTypes.0": "HOLD_AT_LOCATION",
            f"{SERVICES}.holdAtLocationDetail.locationId": "YBZA",
        },
    ),
    (
        {"billing": {"payer": "third_party", "account": "123456789", "postal_code": "97201", "country": "US"}},
        {
            "shippingChargesPayment.paymentType": "THIRD_PARTY",
            "shippingChargesPayment.payor.responsibleParty.accountNumber.value": "123456789",
            "shippingChargesPayment.payor.responsibleParty.address.postalCode": "97201",
            "shippingChargesPayment.payor.responsibleParty.address.countryCode": "US",
        },
    ),
    (
        {"notifications": EMAIL},
        {
            "emailNotificationDetail.aggregationType": "PER_SHIPMENT",
            "emailNotificationDetail.emailNotificationRecipients.0.emailNotificationRecipientType": "OTHER",
            "emailNotificationDetail.emailNotificationRecipients.0.emailAddress": "ada@example.com",
            "emailNotificationDetail.emailNotificationRecipients.0.notificationFormatType": "HTML",
            "emailNotificationDetail.emailNotificationRecipients.0.notificationType": "EMAIL",
            "emailNotificationDetail.emailNotificationRecipients.0.locale": "en_US",
            "emailNotificationDetail.emailNotificationRecipients.0.notificationEventType.0": "ON_SHIPMENT",
            "emailNotificationDetail.emailNotificationRecipients.0.notificationEventType.1": "ON_DELIVERY",
        },
    ),
    (
        {"return_address": SHOP},
        {
            f"{LABEL}.printedLabelOrigin.contact.personName": "FedEx Office",
            f"{LABEL}.printedLabelOrigin.contact.phoneNumber": "5035550100",
            f"{LABEL}.printedLabelOrigin.address.streetLines.0": "9 Mall Road",
            f"{LABEL}.printedLabelOrigin.address.city": "Portland",
            f"{LABEL}.printedLabelOrigin.address.stateOrProvinceCode": "OR",
            f"{LABEL}.printedLabelOrigin.address.postalCode": "97201",
            f"{LABEL}.printedLabelOrigin.address.countryCode": "US",
        },
    ),
    ({"label": {"size": "4x8"}}, {f"{LABEL}.labelStockType": "PAPER_4X8"}),
    ({"carrier_options": {"pickupType": "USE_SCHEDULED_PICKUP"}}, {"pickupType": "USE_SCHEDULED_PICKUP"}),
    ({"carrier_options": {"blockInsightVisibility": True}}, {"blockInsightVisibility": True}),
    ({"carrier_options": {"recipientLocationNumber": "77"}}, {"recipientLocationNumber": "77"}),
    ({"carrier_options": {"itemDescription": "Shirts"}}, {f"{PACKAGE}.itemDescription": "Shirts"}),
    (
        {"carrier_options": {"packageSpecialServices": "NON_STANDARD_CONTAINER"}},
        {f"{SIGNATURE}.specialServiceTypes.0": "NON_STANDARD_CONTAINER"},
    ),
    (
        {"carrier_options": {"shipmentSpecialServices": "SATURDAY_PICKUP"}},
        {f"{SERVICES}.specialServiceTypes.0": "SATURDAY_PICKUP"},
    ),
    (
        {"carrier_options": {"maskedData": "TOTAL_WEIGHT"}},
        {f"{LABEL}.customerSpecifiedDetail.maskedData.0": "TOTAL_WEIGHT"},
    ),
]


@pytest.mark.parametrize(("options", "changed"), OPTIONS, ids=lambda case: str(case)[:40])
def test_an_option_changes_only_its_field(options: Json, changed: Json) -> None:
    """The first customer reference stays the one that Track looks for."""
    body = build_body(options)
    assert find_changes(body, build_body(), ROOT) == changed
    assert body["requestedShipment"]["requestedPackageLineItems"][0]["customerReferences"][0] == OWN


@pytest.mark.parametrize(("options", "changed"), OPTIONS, ids=lambda case: str(case)[:40])
def test_the_simulator_accepts_and_stores_every_option(options: Json, changed: Json) -> None:
    shipment = ShipRequest.model_validate(build_body(options)).requestedShipment
    assert find_purchase_problem(shipment) is None or "ship_date" in options
    assert len(read_options(shipment)) >= len(options)
    assert changed


def test_options_of_home_delivery() -> None:
    own = {"deliveryInstructions": "Back door", "homedeliveryPremiumType": "EVENING"}
    body = build_body({"carrier_options": own}, "GROUND_HOME_DELIVERY")
    assert find_changes(body, build_body(service="GROUND_HOME_DELIVERY"), ROOT) == {
        "recipients.0.deliveryInstructions": "Back door",
        f"{SERVICES}.specialServiceTypes.0": "HOME_DELIVERY_PREMIUM",
        f"{SERVICES}.homeDeliveryPremiumDetail.homedeliveryPremiumType": "EVENING",
        f"{SERVICES}.homeDeliveryPremiumDetail.phoneNumber.areaCode": "503",
        f"{SERVICES}.homeDeliveryPremiumDetail.phoneNumber.localNumber": "5550199",
    }
    assert find_purchase_problem(ShipRequest.model_validate(body).requestedShipment) is None


def test_a_label_for_a_thermal_printer_has_its_stock_and_resolution() -> None:
    body = build_body({"label": {"size": "4x8", "dpi": 300}}, label_format="ZPL")
    label = body["requestedShipment"]["labelSpecification"]
    assert label == {"imageType": "ZPLII", "labelStockType": "STOCK_4X8", "resolution": 300}
    assert ShipRequest.model_validate(body)


def test_an_unknown_address_counts_as_residential_for_an_indirect_signature() -> None:
    body = build_body({"signature": "indirect"})
    assert body["requestedShipment"]["recipients"][0]["address"]["residential"] is True


def test_a_hold_may_name_the_address_of_its_location() -> None:
    body = build_body({"hold_at_location": {"location_id": "YBZA", "address": SHOP}})
    hold = body["requestedShipment"]["shipmentSpecialServices"]["holdAtLocationDetail"]
    assert hold["locationContactAndAddress"]["address"]["streetLines"] == ["9 Mall Road"]
    assert ShipRequest.model_validate(body)


@pytest.mark.parametrize(
    ("options", "changes", "field"),
    [
        ({"signature": "indirect"}, {"ship_to": {**TO, "residential": False}}, "signature"),
        ({"signature": "none", "declared_value": {"amount": "500", "currency": "USD"}}, {}, "signature"),
        (
            {"packaging": "pak", "declared_value": {"amount": "500.01", "currency": "USD"}},
            {},
            "declared_value.amount",
        ),
        ({"saturday_delivery": True, "ship_date": str(FRIDAY)}, {}, "ship_date"),
        ({"billing": {"payer": "recipient", "account": "12345678"}}, {}, "billing.account"),
        ({"notifications": {"emails": [f"{'a' * 69}@example.com"]}}, {}, "notifications.emails"),
    ],
)
def test_options_that_fedex_would_refuse_name_the_field(options: Json, changes: Json, field: str) -> None:
    with pytest.raises(Rejected) as refused:
        build_body(options, **changes)
    assert refused.value.field == f"shipping_options.{field}"


def test_a_home_delivery_premium_needs_a_phone_number_of_ten_digits() -> None:
    own = {"carrier_options": {"homedeliveryPremiumType": "EVENING"}}
    with pytest.raises(Rejected) as refused:
        build_body(own, "GROUND_HOME_DELIVERY", ship_to={**TO, "phone": "+49 30 9018200"})
    assert refused.value.field == "ship_to.phone"


def test_one_rate_has_a_maximum_weight() -> None:
    parcel = {"weight": "10.1", "weight_unit": "lb"}
    with pytest.raises(Rejected) as refused:
        build_body({"packaging": "flat_rate_envelope"}, parcels=[parcel])
    assert refused.value.field == "parcels.0.weight"


def test_prices_depend_on_the_same_options() -> None:
    options = {
        "signature": "direct",
        "declared_value": {"amount": "100", "currency": "USD"},
        "packaging": "tube",
        "saturday_delivery": True,
        "ship_date": str(FRIDAY),
        "notifications": EMAIL,
    }
    body = build_rates(options)
    assert find_changes(body, build_rates(None), ROOT) == {
        f"{SIGNATURE}.specialServiceTypes.0": "SIGNATURE_OPTION",
        f"{SIGNATURE}.signatureOptionType": "DIRECT",
        f"{PACKAGE}.declaredValue.amount": 100.0,
        f"{PACKAGE}.declaredValue.currency": "USD",
        "packagingType": "FEDEX_TUBE",
        f"{SERVICES}.specialServiceTypes.0": "SATURDAY_DELIVERY",
        "shipDateStamp": str(FRIDAY),
    }
    assert RateRequest.model_validate(body)


REFUSED: list[tuple[str, Json, str]] = [
    ("FEDEX_GROUND", {"packagingType": "FEDEX_PAK"}, "SERVICE.PACKAGECOMBINATION.INVALID"),
    ("FEDEX_2_DAY", {"totalDeclaredValue": {"amount": 1.0, "currency": "USD"}}, "TOTALDECLAREDVALUE.MISMATCH"),
    ("FEDEX_2_DAY_AM", {SERVICES: {"specialServiceTypes": ["SATURDAY_DELIVERY"]}}, "SATURDAYDELIVERY.SERVICE.INVALID"),
    ("FEDEX_2_DAY", {SERVICES: {"specialServiceTypes": ["FEDEX_ONE_RATE"]}}, "ONERATE.PACKAGINGTYPE.INVALID"),
    ("FEDEX_2_DAY", {"shipDatestamp": "2026-13-01"}, "SHIPDATESTAMP.INVALID"),
    ("FEDEX_2_DAY", {"shipDatestamp": "9999-12-01"}, "SHIPDATESTAMP.TOOLATE"),
]


@pytest.mark.parametrize(("service", "changes", "code"), REFUSED)
def test_the_simulator_refuses_what_fedex_refuses(service: str, changes: Json, code: str) -> None:
    body = build_body()
    body["requestedShipment"] |= {"serviceType": service, **changes}
    problem = find_purchase_problem(ShipRequest.model_validate(body).requestedShipment)
    assert problem is not None
    assert problem[0] == code


def test_the_simulator_accepts_ship_dates_of_ten_days() -> None:
    day = datetime.now(UTC).date() + timedelta(days=10)
    body = build_body({"ship_date": str(day)})
    assert find_purchase_problem(ShipRequest.model_validate(body).requestedShipment) is None
