"""USPS requests have the fields of its API description."""

import json
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest

from adapters.carriers.usps import answers, parts, requests
from adapters.carriers.usps.codes import IMAGES, RATE_INDICATORS, SERVICES, SKUS
from domain.errors import Ambiguous, Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.usps import USPS
from domain.vendors.usps_options import DOMESTIC
from tests.fixtures.builders import FULL_SENDER, REFERENCE, SHORT_RECIPIENT, build_shipment_request

REQUESTED_AT = datetime(2026, 11, 24, 3, 59, tzinfo=UTC)
LATER = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
FROM = {**FULL_SENDER, "company": None, "state": "nc", "postal_code": "27713-1234", "phone": None}
TO = {**SHORT_RECIPIENT, "name": "Ada  King Lovelace", "company": "Engines"}
PARCEL = {"weight": "40", "weight_unit": "oz", "length": "4", "width": "12", "height": "9", "dimension_unit": "in"}


def build_request(**changes: Any) -> ShipmentRequest:
    defaults = {
        "service": "GROUND_ADVANTAGE",
        "ship_from": FROM,
        "ship_to": TO,
        "parcels": [PARCEL],
        "asked_at": REQUESTED_AT,
    }
    return build_shipment_request(**{**defaults, **changes})


def test_a_purchase_has_the_fields_of_labels_v3() -> None:
    """Weights and sizes are converted, the longest side is the length, and names are first and last names."""
    body = requests.build_purchase(REFERENCE, build_request(), LATER)

    assert body == {
        "imageInfo": {"imageType": "PDF", "labelType": "4X6LABEL", "receiptOption": "NONE"},
        "toAddress": {
            "firstName": "Ada King",
            "lastName": "Lovelace",
            "firm": "Engines",
            "streetAddress": "1 Way",
            "city": "Portland",
            "state": "OR",
            "ZIPCode": "97201",
        },
        "fromAddress": {
            "firm": "Warehouse",
            "streetAddress": "2600 Meridian Parkway",
            "secondaryAddress": "Dock 4",
            "city": "Durham",
            "state": "NC",
            "ZIPCode": "27713",
            "ZIPPlus4": "1234",
        },
        "packageDescription": {
            "mailClass": "USPS_GROUND_ADVANTAGE",
            "rateIndicator": "SP",
            "weight": 2.5,
            "length": 12.0,
            "width": 9.0,
            "height": 4.0,
            "processingCategory": "MACHINABLE",
            "destinationEntryFacilityType": "NONE",
            "weightUOM": "lb",
            "dimensionsUOM": "in",
            "mailingDate": "2026-11-23",
            "customerReference": [{"referenceNumber": REFERENCE, "printReferenceNumber": True}],
        },
    }
    assert json.loads(json.dumps(body)) == body


def test_a_repeated_purchase_is_identical() -> None:
    """It is the same days later, because USPS replays only an identical request with the same key."""
    assert requests.build_purchase(REFERENCE, build_request(), REQUESTED_AT) == requests.build_purchase(
        REFERENCE, build_request(), LATER
    )
    assert requests.make_key(REFERENCE) == requests.make_key(REFERENCE) != requests.make_key(REFERENCE.lower())
    assert UUID(requests.make_key(REFERENCE)).version == 4


@pytest.mark.parametrize(
    ("requested_at", "zip_code", "day"),
    [
        ("2026-11-24T03:59:00+00:00", "27713", "2026-11-23"),
        ("2026-11-24T04:00:00+00:00", "27713", "2026-11-24"),
        ("2026-11-24T04:00:00+00:00", "96813", "2026-11-24"),
        ("2026-11-23T14:00:00+00:00", "96910", "2026-11-24"),
    ],
)
def test_the_mailing_date_is_not_over_at_the_origin(requested_at: str, zip_code: str, day: str) -> None:
    shipment = build_request(
        asked_at=datetime.fromisoformat(requested_at), ship_from={**FROM, "state": None, "postal_code": zip_code}
    )
    assert parts.choose_mailing_date(shipment, LATER).isoformat() == day


def test_every_service_and_label_format_has_a_usps_code() -> None:
    """Every service also has the SKU that a reprint shows."""
    assert set(SERVICES) == set(USPS.services) == set(RATE_INDICATORS) == set(SKUS.values())
    assert set(IMAGES) == set(USPS.label_formats)


@pytest.mark.parametrize(
    ("parcel", "category"),
    [({}, "MACHINABLE"), ({"weight": "401"}, "NONSTANDARD"), ({"length": "23"}, "NONSTANDARD")],
)
def test_a_heavy_or_long_parcel_is_declared_nonstandard(parcel: dict[str, str], category: str) -> None:
    body = requests.build_purchase(REFERENCE, build_request(parcels=[{**PARCEL, **parcel}]), REQUESTED_AT)
    assert body["packageDescription"]["processingCategory"] == category


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"service": "PIGEON"}, "service"),
        ({"service": "PRIORITY_MAIL_INTERNATIONAL", "ship_to": {**TO, "country": "DE"}}, "customs"),
        ({"ship_to": {**TO, "state": "Pluto"}}, "ship_to.state"),
        ({"ship_to": {**TO, "postal_code": "972"}}, "ship_to.postal_code"),
        ({"ship_to": {**TO, "postal_code": "97201 0"}}, "ship_to.postal_code"),
        ({"ship_to": {**TO, "name": "Ada \ue000"}}, "ship_to.name"),
        ({"ship_to": {**TO, "street1": "x" * 51}}, "ship_to.street1"),
        ({"ship_to": {**TO, "street2": "x" * 51}}, "ship_to.street2"),
        ({"ship_to": {**TO, "city": "x" * 29}}, "ship_to.city"),
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
        ({"parcels": [{"weight": "1", "weight_unit": "lb"}]}, "parcels.0.length"),
        ({"parcels": [{**PARCEL, "weight": "1121"}]}, "parcels.0.weight"),
    ],
)
def test_a_request_that_usps_would_refuse_names_the_field(changes: dict[str, Any], field: str) -> None:
    """The refusal of an unknown service lists the services."""
    with pytest.raises(Rejected) as refused:
        requests.build_purchase(REFERENCE, build_request(**changes), REQUESTED_AT)
    assert refused.value.field == field
    if field == "service":
        assert all(code in refused.value.message for code in USPS.services)


def test_the_account_is_payer_and_label_owner() -> None:
    """Without a mailer ID for manifests, that of the labels is used."""
    body = requests.build_authorization({"crid": "1", "mid": "902994482", "account_number": "1000"})
    account = {"CRID": "1", "MID": "902994482", "manifestMID": "902994482"}
    payment = {"accountType": "EPS", "accountNumber": "1000"}
    assert body == {"roles": [{"roleName": name, **account, **payment} for name in ("PAYER", "LABEL_OWNER")]}


def test_a_rate_request_is_built_for_each_service() -> None:
    """An answer without a price is ambiguous."""
    rate_requests = requests.build_rate_requests(build_request(), REQUESTED_AT)
    assert [service for service, _ in rate_requests] == list(DOMESTIC)
    assert {body["originZIPCode"] for _, body in rate_requests} == {"27713"}
    assert answers.parse_price({"totalBasePrice": 9.3}, [], "PRIORITY_MAIL").amount == "9.30"
    with pytest.raises(Ambiguous):
        answers.parse_price({"rates": []}, [], "PRIORITY_MAIL")
