"""Weights and sizes in the units that a carrier takes, rounded up: a carrier bills what was declared too low."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, Decimal
from typing import Any

from domain.errors import Rejected
from domain.measures import INCHES, POUNDS

SIZES = ("length", "width", "height")
UNITS: Mapping[str, str] = {
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "oz"),
    **dict.fromkeys(("kg", "kgs", "kilogram"), "kg"),
    **dict.fromkeys(("g", "gram"), "g"),
}
"""Our units, by what carriers call them."""


def to_weight(parcel: Mapping[str, Any], index: int, *, unit: str = "lb", places: int = 2) -> Decimal:
    """Return a parcel's weight.

    Args:
        parcel: in the shape of the API.
        index: which of the shipment's, for the error.
        unit: lb, oz, kg or g.
        places: decimals to round up to.

    Raises:
        Rejected: its weight or unit is none.
    """
    field = f"parcels.{index}.weight"
    found = _positive_number(parcel.get("weight"), field)
    factor = POUNDS.get(str(parcel.get("weight_unit")))
    if factor is None:
        raise Rejected(f"{field}_unit is none of {', '.join(POUNDS)}", vendor_code="wrong_unit", field=f"{field}_unit")
    same = parcel["weight_unit"] == unit
    return _round_up(found if same else found * factor / POUNDS[unit], places)


def to_sides(parcel: Mapping[str, Any], index: int, *, unit: str = "in", places: int = 0) -> dict[str, Decimal] | None:
    """Return a parcel's sides in inches or centimetres; None where it has none. Raises as `to_weight`."""
    if parcel.get("dimension_unit") is None:
        return None
    field = f"parcels.{index}"
    factor = INCHES.get(str(parcel["dimension_unit"]))
    if factor is None:
        name = f"{field}.dimension_unit"
        raise Rejected(f"{name} is none of {', '.join(INCHES)}", vendor_code="wrong_unit", field=name)
    same = parcel["dimension_unit"] == unit
    found = {name: _positive_number(parcel.get(name), f"{field}.{name}") for name in SIZES}
    return {name: _round_up(one if same else one * factor / INCHES[unit], places) for name, one in found.items()}


def read_pounds(value: object, unit: object) -> Decimal | None:
    """Read a weight that a carrier repeats, in whatever words it has for the unit; None where it can't be told."""
    factor = POUNDS.get(UNITS.get(str(unit).strip().casefold(), ""))
    try:
        found = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return found * factor if factor is not None and found.is_finite() and found > 0 else None


def _positive_number(value: object, field: str) -> Decimal:
    try:
        found = Decimal(str(value))
    except ArithmeticError:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0:
        raise Rejected(f"{field} is no number above 0", vendor_code="not_a_number", field=field)
    return found


def _round_up(value: Decimal, places: int) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_CEILING)
