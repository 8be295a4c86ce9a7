"""Units of weight and length, as factors of a pound and an inch."""

from collections.abc import Mapping
from decimal import Decimal

POUNDS: Mapping[str, Decimal] = {
    "lb": Decimal(1),
    "oz": Decimal(1) / 16,
    "kg": Decimal("2.2046226218"),
    "g": Decimal("0.0022046226218"),
}
INCHES: Mapping[str, Decimal] = {"in": Decimal(1), "cm": 1 / Decimal("2.54")}
