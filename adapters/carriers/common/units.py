"""Weights and sizes in a carrier's units, rounded up so that the displayed price equals the billed one."""

from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from domain.measures import INCHES, POUNDS
from domain.parcels import Parcel
from domain.postal.refusals import refuse_field

SIZES = ("length", "width", "height")
UNITS: Mapping[str, str] = {
    **dict.fromkeys(("lb", "lbs", "pound", "pounds"), "lb"),
    **dict.fromkeys(("oz", "ounce", "ounces"), "oz"),
    **dict.fromkeys(("kg", "kgs", "kilogram"), "kg"),
    **dict.fromkeys(("g", "gram"), "g"),
}
"""The domain's units, by the carriers' names."""
BELOW_A_POUND = Decimal("15.999") * POUNDS["oz"]
"""The heaviest parcel, in pounds, with a price by the ounce."""


def to_weight(
    parcel: Parcel, *, unit: str = "lb", places: int = 2, maximum: int | None = None, place: int = 0
) -> Decimal:
    """Return a parcel's weight in lb, oz, kg or g, rounded up to `places` decimals.

    A parcel with a price by the ounce, up to 15.999 oz, is rounded down if it would round up to a pound. `place` is the
    parcel's place in the shipment, for messages.

    Raises:
        Rejected: it is above the maximum.
    """
    exact = parcel.weight if parcel.weight_unit == unit else parcel.weight * POUNDS[parcel.weight_unit] / POUNDS[unit]
    weight = _round(exact, places, ROUND_CEILING)
    limit = BELOW_A_POUND / POUNDS[unit]
    if exact <= limit < weight:
        weight = _round(exact, places, ROUND_FLOOR)
    if maximum is not None and weight > maximum:
        raise refuse_field(f"parcels.{place}.weight", f"must be at most {maximum} {unit}", "too_heavy")
    return weight


def to_sides(
    parcel: Parcel, *, unit: str = "in", places: int = 0, maximum: int | None = None, place: int = 0
) -> dict[str, Decimal]:
    """Return a parcel's sides in inches or centimetres; empty if it has none. Raises as `to_weight`."""
    if parcel.dimension_unit is None:
        return {}
    same, factor = parcel.dimension_unit == unit, INCHES[parcel.dimension_unit]
    known = {"length": parcel.length, "width": parcel.width, "height": parcel.height}
    exact = {name: side if same else side * factor / INCHES[unit] for name, side in known.items() if side is not None}
    sides = {name: _round(side, places, ROUND_CEILING) for name, side in exact.items()}
    for name, side in sides.items():
        if maximum is not None and side > maximum:
            raise refuse_field(f"parcels.{place}.{name}", f"must be at most {maximum} {unit}", "too_long")
    return sides


def read_pounds(value: object, unit: object) -> Decimal | None:
    """Parse a weight that a carrier echoes, with its name of the unit; None if either is unknown."""
    factor = POUNDS.get(UNITS.get(str(unit).strip().casefold(), ""))
    try:
        weight = Decimal(str(value).strip())
    except ArithmeticError:
        return None
    return weight * factor if factor is not None and weight.is_finite() and weight > 0 else None


def _round(value: Decimal, places: int, rounding: str) -> Decimal:
    return value.quantize(Decimal(1).scaleb(-places), rounding=rounding)
