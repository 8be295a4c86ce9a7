"""The request builder of each carrier also checks shipments, without the credentials of an account."""

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


def build_request(carrier: str, **changes: Any) -> ShipmentRequest:
    return build_shipment_request(BY_NAME[carrier].service, BY_NAME[carrier].formats[0], **changes)


def test_every_carrier_has_a_check_and_limits() -> None:
    assert set(REQUEST_CHECKS) == set(CARRIERS)
    assert all(profile.limits is not None for profile in CARRIERS.values())


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_valid_purchase_and_rate_request_pass(carrier: str) -> None:
    shipment = build_request(carrier)
    assert check_request(carrier, shipment) == ()
    assert check_request(carrier, replace(shipment, service="")) == ()


@pytest.mark.parametrize("carrier", CARRIERS)
@pytest.mark.parametrize("service", [None, ""])
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"parcels": [PARCEL] * 51}, "parcels"),
        ({"ship_to": {**SHIP_TO, "street1": "x" * 150}}, "ship_to.street1"),
        ({"ship_to": {**SHIP_TO, "city": "Portland \ue000"}}, "ship_to.city"),
    ],
)
def test_an_invalid_purchase_or_rate_request_is_refused(
    carrier: str, service: str | None, changes: dict[str, Any], field: str
) -> None:
    shipment = build_request(carrier, **changes)
    with pytest.raises(Rejected) as refused:
        check_request(carrier, shipment if service is None else replace(shipment, service=service))
    assert refused.value.field == field


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_domestic_purchase_does_not_go_abroad(carrier: str) -> None:
    """The usual service has no route to France, or the customs data are missing."""
    with pytest.raises(Rejected) as refused:
        check_request(carrier, build_request(carrier, ship_to={**SHIP_TO, "country": "FR"}))
    assert refused.value.field in ("service", "customs", "ship_to.country")


@pytest.mark.parametrize("carrier", CARRIERS)
def test_a_shortened_name_is_reported(carrier: str) -> None:
    assert len(LONG) > 100
    [note] = check_request(carrier, build_request(carrier, ship_to={**SHIP_TO, "name": LONG}))
    assert note.startswith("ship_to.name is shortened from ")
