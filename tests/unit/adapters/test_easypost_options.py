"""EasyPost's options: which fields they set, and the simulator's rates and fees for them."""

from typing import Any

import pytest

from adapters.carriers.easypost import requests
from adapters.carriers.easypost.options import find_other_option
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.easypost import EASYPOST
from sandbox.carriers.easypost import mapping
from sandbox.carriers.easypost.contracts import NewShipment
from tests.fixtures.builders import FULL_SENDER, REFERENCE, Json, build_shipment_request
from tests.fixtures.option_cases import CASES, OWN_CASES, OptionCase, OwnCase
from tests.unit.adapters.bodies import find_differences

PARCEL = {"weight": "1", "weight_unit": "lb", "length": "10", "width": "8", "height": "4", "dimension_unit": "in"}
OPTIONS, TO = "shipment.options", "shipment.to_address"
REFERENCES = {"order": "O-1", "po": "P-2", "department": "D 3", "invoice": "I-4"}
PRINTED = {
    f"{OPTIONS}.print_custom_1": "O-1",
    f"{OPTIONS}.print_custom_2": "P-2",
    f"{OPTIONS}.print_custom_3": "D 3",
    f"{OPTIONS}.invoice_number": "I-4",
}
ALL_CASES: list[OptionCase | OwnCase] = [*CASES, *OWN_CASES]
ACCOUNT = {"account": "A1B2C3", "postal_code": "97201", "country": "US"}


def build(options: Json, service: str = "USPS.Priority") -> ShipmentRequest:
    return build_shipment_request(service, parcels=[PARCEL], shipping_options=options)


def create(options: Json, service: str = "USPS.Priority") -> Json:
    body = requests.build_shipment(build(options, service), None, REFERENCE)
    NewShipment.model_validate(body)
    return body


@pytest.mark.parametrize(
    ("options", "service", "changed"),
    [
        ({"signature": "none"}, "USPS.Priority", {f"{OPTIONS}.delivery_confirmation": "NO_SIGNATURE"}),
        ({"signature": "indirect"}, "FedEx.Ground", {f"{OPTIONS}.delivery_confirmation": "INDIRECT_SIGNATURE"}),
        ({"references": REFERENCES}, "USPS.Priority", PRINTED),
        (
            {"references": REFERENCES},
            "UPSDAP.Ground",
            {**PRINTED, f"{OPTIONS}.print_custom_2_code": "PO", f"{OPTIONS}.print_custom_3_code": "DP"},
        ),
        ({"ship_date": "2026-12-01"}, "USPS.Priority", {f"{OPTIONS}.label_date": "2026-12-01T12:00:00+00:00"}),
        ({"saturday_delivery": True}, "USPS.Priority", {f"{OPTIONS}.saturday_delivery": True}),
        (
            {"billing": {"payer": "third_party", **ACCOUNT}},
            "UPS.Ground",
            {f"{OPTIONS}.payment": {"type": "THIRD_PARTY", **ACCOUNT}},
        ),
        ({"address_validation": "strict"}, "USPS.Priority", {f"{TO}.verify_strict": True}),
        ({"address_validation": "carrier"}, "USPS.Priority", {f"{TO}.verify": True}),
        ({"address_validation": "off"}, "USPS.Priority", {f"{OPTIONS}.address_validation_level": "0"}),
        ({"label": {"size": "letter"}}, "USPS.Priority", {f"{OPTIONS}.label_size": "8.5x11"}),
        ({"carrier_options": {"machinable": False}}, "USPS.Priority", {f"{OPTIONS}.machinable": False}),
        ({"insurance": {"amount": "9.5", "currency": "USD"}}, "USPS.Priority", {}),
    ],
)
def test_an_option_changes_only_its_own_fields(options: Json, service: str, changed: dict[str, Any]) -> None:
    assert find_differences(create(options, service), create({}, service)) == changed


@pytest.mark.parametrize("case", [case for case in ALL_CASES if case.profile is EASYPOST], ids=str)
def test_an_existing_shipment_shows_its_options(case: OptionCase | OwnCase) -> None:
    """The simulator echoes them; insurance is part of the purchase, and 4x6 is the usual label."""
    wanted, plain = (
        requests.build_shipment(request, None, REFERENCE) for request in (case.build_request(), case.build_request({}))
    )
    shown, without = (
        mapping.draft_response(mapping.Draft("shp_1", NewShipment.model_validate(body).shipment))
        for body in (wanted, plain)
    )
    assert find_other_option(shown, wanted) is find_other_option(without, plain) is None
    is_shown = wanted != plain
    assert (find_other_option(without, wanted) is not None) is is_shown
    if "verif" not in str(find_differences(wanted, plain)):  # a verified address fits any request
        assert (find_other_option(shown, plain) is not None) is is_shown


@pytest.mark.parametrize(
    ("packaging", "service", "package"),
    [
        ("padded_flat_rate_envelope", "USPS.Priority", "FlatRatePaddedEnvelope"),
        ("pak", "FedEx.2Day", "FedExPak"),
        ("pak", "UPS.NextDayAir", "Pak"),
    ],
)
def test_a_predefined_package_replaces_the_sides(packaging: str, service: str, package: str) -> None:
    parcel = create({"packaging": packaging}, service)["shipment"]["parcel"]
    assert parcel == {"weight": 16.0, "predefined_package": package}


def test_the_insurance_is_bought_with_the_label() -> None:
    insured = build({"insurance": {"amount": "249.99", "currency": "USD"}})

    assert requests.build_purchase("rate_1", insured) == {"rate": {"id": "rate_1"}, "insurance": "249.99"}
    assert requests.build_purchase("rate_1", build({})) == {"rate": {"id": "rate_1"}}


def test_a_return_address_is_fitted_like_the_others() -> None:
    back = create({"return_address": {**FULL_SENDER, "company": None}})["shipment"]["return_address"]
    assert back == create({})["shipment"]["from_address"] | back
    assert back["street1"] == "2600 Meridian Parkway"


def test_two_signatures_are_refused() -> None:
    options = {"signature": "direct", "carrier_options": {"delivery_confirmation": "SIGNATURE_RESTRICTED"}}
    with pytest.raises(Rejected) as refused:
        requests.check_request(build(options))
    assert refused.value.field == "shipping_options.signature"


@pytest.mark.parametrize(
    ("options", "offered"),
    [
        ({"packaging": "small_flat_rate_box"}, {"Priority"}),
        ({"packaging": "flat_rate_envelope"}, {"Priority", "Express"}),
        ({"saturday_delivery": True}, {"Priority", "Express", "Ground: Media & Library"}),
    ],
)
def test_the_simulator_offers_only_services_with_the_options(options: Json, offered: set[str]) -> None:
    """The options are part of the rates."""
    priced, plain = (
        mapping.rates(mapping.Draft("shp_1", NewShipment.model_validate(create(wanted)).shipment))
        for wanted in (options, {})
    )
    assert {rate["service"] for rate in priced} == offered
    prices = {rate["service"]: rate["rate"] for rate in plain}
    assert all(float(rate["rate"]) > float(prices[rate["service"]]) for rate in priced)
