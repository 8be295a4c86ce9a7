"""Every carrier's request builder serves as the check of a shipment, without an account's credentials."""

from dataclasses import replace
from typing import Any

import pytest

from bootstrap.vendors import REQUEST_CHECKS, check_request
from domain.errors import Rejected
from domain.shipping import ShipmentRequest
from domain.vendors.catalogue import CARRIERS
from tests.fixtures.builders import PARCEL, SHIP_TO, build_shipment_request
from tests.integration.carriers.vendors import BY_NAME

LONG = "International Business Machines Corporation of New York, Department of Receiving and Quite Other Matters"


def request(carrier: str, **changed: Any) -> ShipmentRequest:
    return build_shipment_request(BY_NAME[carrier].service, BY_NAME[carrier].formats[0], **changed)


def test_every_carrier_has_a_check_and_limits() -> None:
    assert set(REQUEST_CHECKS) == set(CARRIERS)
    assert all(profile.limits is not None for profile in CARRIERS.values())


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_purchase_and_a_question_for_prices_pass(carrier: str) -> None:
    shipment = request(carrier)
    assert check_request(carrier, shipment) == ()
    assert check_request(carrier, replace(shipment, service="")) == ()


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("service", [None, ""])
@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"parcels": [PARCEL, PARCEL]}, "parcels"),
        ({"ship_to": {**SHIP_TO, "country": "FR"}}, "ship_to.country"),
        ({"ship_to": {**SHIP_TO, "street1": "x" * 150}}, "ship_to.street1"),
        ({"ship_to": {**SHIP_TO, "city": "Portland \ue000"}}, "ship_to.city"),
    ],
)
def test_both_are_refused_alike(carrier: str, service: str | None, changed: dict[str, Any], field: str) -> None:
    shipment = request(carrier, **changed)
    with pytest.raises(Rejected) as refused:
        check_request(carrier, shipment if service is None else replace(shipment, service=service))
    assert refused.value.field == field


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_shortened_name_is_reported(carrier: str) -> None:
    assert len(LONG) > 100
    [note] = check_request(carrier, request(carrier, ship_to={**SHIP_TO, "name": LONG}))
    assert note.startswith("ship_to.name is shortened from ")
