"""Weights and sizes, as carriers take them."""

from decimal import Decimal

import pytest

from adapters.carriers.common.units import to_sides, to_weight
from domain.parcels import Parcel


@pytest.mark.parametrize(
    ("given", "unit", "found"),
    [
        (("2.5", "lb"), "lb", "2.50"),
        (("1", "oz"), "lb", "0.07"),
        (("0.1", "g"), "lb", "0.01"),
        (("1", "kg"), "lb", "2.21"),
        (("1", "lb"), "kg", "0.46"),
        (("16", "oz"), "oz", "16.00"),
        (("1", "lb"), "oz", "16.00"),
    ],
)
def test_a_weight_is_never_declared_too_low(given: tuple[str, str], unit: str, found: str) -> None:
    assert to_weight(Parcel(Decimal(given[0]), given[1]), unit=unit) == Decimal(found)


def test_sides_are_rounded_up() -> None:
    parcel = Parcel(Decimal(1), "lb", Decimal("25.4"), Decimal(10), Decimal("0.1"), "cm")
    assert to_sides(parcel) == {"length": Decimal(10), "width": Decimal(4), "height": Decimal(1)}
    assert to_sides(parcel, unit="cm") == {"length": Decimal(26), "width": Decimal(10), "height": Decimal(1)}
    assert to_sides(Parcel(Decimal(1), "lb")) == {}


@pytest.mark.parametrize(
    ("given", "unit", "places", "found"),
    [
        (("450", "g"), "lb", 4, "0.9921"),
        (("0.45", "kg"), "lb", 4, "0.9921"),
        (("15.9", "oz"), "lb", 4, "0.9938"),
        (("15.999", "oz"), "lb", 4, "0.9999"),
        (("15.9999", "oz"), "lb", 4, "1.0000"),
        (("0.9999", "lb"), "oz", 1, "15.9"),
        (("453", "g"), "oz", 1, "15.9"),
        (("453.5", "g"), "oz", 2, "15.99"),
        (("454", "g"), "oz", 1, "16.1"),
        (("16", "oz"), "oz", 1, "16.0"),
        (("1", "lb"), "lb", 4, "1.0000"),
        (("8", "oz"), "lb", 4, "0.5000"),
    ],
)
def test_a_weight_below_a_pound_stays_below_it(given: tuple[str, str], unit: str, places: int, found: str) -> None:
    """USPS prices up to 15.999 oz by the ounce: a rounded weight is never in the next tier."""
    weight = to_weight(Parcel(Decimal(given[0]), given[1]), unit=unit, places=places)
    assert weight == Decimal(found)
