"""A label is adopted only where nothing that its carrier repeats contradicts what was asked for."""

from dataclasses import replace
from decimal import Decimal

import pytest

from adapters.carriers.common.units import read_pounds
from domain.adoption import find_difference
from domain.parcels import Address, Parcel
from domain.shipping import EchoedDetails, Label, ShipmentRequest

HOME = Address("A", "1 W", "Memphis", "38103", "US")
ASKED = ShipmentRequest(
    service="GROUND",
    label_format="PDF",
    ship_from=HOME,
    ship_to=HOME,
    parcels=(Parcel(Decimal(10), "kg"), Parcel(Decimal(8), "oz")),
)
LABEL = Label("1", "1", "GROUND", live=True, label_format="PDF")


@pytest.mark.parametrize(
    ("echo", "other"),
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
def test_what_a_carrier_repeats_must_agree(echo: EchoedDetails, other: str | None) -> None:
    """What it leaves out says nothing; a ZIP Code may have its last digits, and a weight may be rounded."""
    assert find_difference(replace(LABEL, echo=echo), ASKED) == other


def test_another_service_is_another_label() -> None:
    """Whatever else agrees."""
    assert find_difference(replace(LABEL, service="FEDEX_2_DAY"), ASKED) == "service"


def test_postal_codes_are_compared_without_blanks() -> None:
    """And in capitals; an order without one contradicts none."""
    label = replace(LABEL, echo=EchoedDetails("K1A 0B1"))
    assert find_difference(label, replace(ASKED, ship_to=replace(HOME, postal_code="k1a0b1"))) is None
    assert find_difference(label, replace(ASKED, ship_to=replace(HOME, postal_code=""))) is None


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
def test_a_weight_in_a_carriers_words(value: object, unit: object, pounds: str | None) -> None:
    """Its unit has many names; what can't be told is not told."""
    assert read_pounds(value, unit) == (None if pounds is None else Decimal(pounds))
