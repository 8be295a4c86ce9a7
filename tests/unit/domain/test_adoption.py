"""A label is adopted only if no detail that the carrier repeats contradicts the request."""

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.carriers.common.units import read_pounds
from domain.adoption import find_difference
from domain.label_parts import LabelParcel
from domain.parcels import Address, Parcel
from domain.shipping import EchoedDetails, Label, ShipmentRequest
from domain.shipping_options import merge_options
from tests.fixtures.builders import Json

HOME = Address("A", "1 W", "Memphis", "38103", "US")
REQUEST = ShipmentRequest(
    service="GROUND",
    label_format="PDF",
    ship_from=HOME,
    ship_to=HOME,
    parcels=(Parcel(Decimal(10), "kg"), Parcel(Decimal(8), "oz")),
)
PARTS = (LabelParcel(1, "1"), LabelParcel(2, "2"))
LABEL = Label("1", "1", "GROUND", live=True, label_format="PDF", parcels=PARTS)


@pytest.mark.parametrize(
    ("echo", "difference"),
    [
        (EchoedDetails(), None),
        (EchoedDetails("38103", Decimal("22.55")), None),
        (EchoedDetails("38103-1234"), None),
        (EchoedDetails("381"), None),
        (EchoedDetails("38104"), "postal code"),
        (EchoedDetails("38104", Decimal(99)), "postal code"),
        (EchoedDetails(pounds=Decimal(24)), None),
        (EchoedDetails(pounds=Decimal(26)), "weight"),
        (EchoedDetails(pounds=Decimal(2)), "weight"),
    ],
)
def test_repeated_details_must_agree_with_the_request(echo: EchoedDetails, difference: str | None) -> None:
    """A missing detail agrees; a ZIP Code may have four more digits, and a weight may be rounded."""
    assert find_difference(replace(LABEL, echo=echo), REQUEST) == difference


@pytest.mark.parametrize(
    ("options", "echoed", "difference"),
    [
        ({"hold_at_location": {"location_id": "1"}}, "97201", None),
        ({"address_validation": "carrier"}, "38104-1234", None),
        ({"address_validation": "strict"}, "38104", None),
        ({"address_validation": "carrier"}, "38203", "postal code"),
        ({"address_validation": "off"}, "38104", "postal code"),
    ],
)
def test_a_carrier_may_echo_the_address_that_an_option_permits(
    options: Json, echoed: str, difference: str | None
) -> None:
    """It is that of the collection point, or corrected within its region; the weight must agree as always."""
    request = replace(REQUEST, shipping_options=merge_options(None, options))
    assert find_difference(replace(LABEL, echo=EchoedDetails(echoed)), request) == difference
    light = replace(LABEL, echo=EchoedDetails(echoed, Decimal(2)))
    assert find_difference(light, request) == (difference or "weight")


def test_a_label_with_another_service_is_different() -> None:
    assert find_difference(replace(LABEL, service="FEDEX_2_DAY"), REQUEST) == "service"


def test_postal_codes_are_compared_without_blanks_and_case() -> None:
    """An order without a postal code agrees with any."""
    label = replace(LABEL, echo=EchoedDetails("K1A 0B1"))
    assert find_difference(label, replace(REQUEST, ship_to=replace(HOME, postal_code="k1a0b1"))) is None
    assert find_difference(label, replace(REQUEST, ship_to=replace(HOME, postal_code=""))) is None


@pytest.mark.parametrize(
    ("value", "unit", "pounds"),
    [
        ("2.00", "LBS", "2"),
        (32, "ounce", "2"),
        ("2", "LB", "2"),
        (16.0, "oz", "1"),
        ("1", "stone", None),
        ("", "LB", None),
        ("0", "LB", None),
        (None, None, None),
        ("NaN", "lb", None),
        ([], "lb", None),
    ],
)
def test_a_carriers_weight_is_read_in_pounds(value: object, unit: object, pounds: str | None) -> None:
    """The unit has many names; an unreadable weight is none."""
    assert read_pounds(value, unit) == (None if pounds is None else Decimal(pounds))
