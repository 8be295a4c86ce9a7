"""Weights and sizes are converted to the carrier's units."""

from decimal import Decimal

import pytest

from adapters.carriers.common.units import to_sides, to_weight
from domain.parcels import Parcel


@pytest.mark.parametrize(
    ("amount", "unit", "converted"),
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
def test_a_weight_is_rounded_up(amount: tuple[str, str], unit: str, converted: str) -> None:
    assert to_weight(Parcel(Decimal(amount[0]), amount[1]), unit=unit) == Decimal(converted)


def test_sides_are_rounded_up() -> None:
    parcel = Parcel(Decimal(1), "lb", Decimal("25.4"), Decimal(10), Decimal("0.1"), "cm")
    assert to_sides(parcel) == {"length": Decimal(10), "width": Decimal(4), "height": Decimal(1)}
    assert to_sides(parcel, unit="cm") == {"length": Decimal(26), "width": Decimal(10), "height": Decimal(1)}
    assert to_sides(Parcel(Decimal(1), "lb")) == {}


@pytest.mark.parametrize(
    ("amount", "unit", "places", "converted"),
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
def test_a_weight_below_a_pound_stays_below_it(amount: tuple[str, str], unit: str, places: int, converted: str) -> None:
    """USPS prices up to 15.999 oz by the ounce, so rounding must not reach the next tier."""
    weight = to_weight(Parcel(Decimal(amount[0]), amount[1]), unit=unit, places=places)
    assert weight == Decimal(converted)
