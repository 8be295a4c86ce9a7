"""Axes of a chart: the position of a value, and the values of the ticks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

STEPS = (1.0, 2.0, 5.0, 10.0)
FEW_TICKS = 6


@dataclass(frozen=True)
class Axis:
    """One axis: linear from zero, or logarithmic.

    Attributes:
        label: its quantity, with the unit.
        logarithmic: True if equal distances are equal ratios.
        ticks: the labelled values; empty: chosen automatically.
    """

    label: str
    logarithmic: bool = False
    ticks: tuple[float, ...] = ()


@dataclass(frozen=True)
class Scale:
    """An axis with its position in pixels."""

    low: float
    high: float
    start: float
    end: float
    logarithmic: bool
    ticks: tuple[float, ...]

    def at(self, value: float) -> float:
        """Return the pixel of a value."""
        low, high, one = (
            (math.log10(number) for number in (self.low, self.high, max(value, self.low)))
            if (self.logarithmic)
            else (self.low, self.high, value)
        )
        return self.start + (one - low) / (high - low) * (self.end - self.start)


def lay_out(axis: Axis, values: Sequence[float], start: float, end: float) -> Scale:
    """Lay out an axis along pixels so that it contains all values."""
    if axis.logarithmic:
        ticks = axis.ticks or logarithmic_ticks(min(values), max(values))
        low, high = min(*ticks, *values), max(*ticks, *values)
    else:
        ticks = axis.ticks or linear_ticks(max(values))
        low, high = 0.0, max(*ticks, *values)
    return Scale(low, high if high > low else low + 1, start, end, axis.logarithmic, ticks)


def linear_ticks(highest: float) -> tuple[float, ...]:
    """Return round values from zero to the first one at or above the highest."""
    if highest <= 0:
        return (0.0, 1.0)
    magnitude = 10.0 ** math.floor(math.log10(highest / FEW_TICKS))
    step = next(magnitude * step for step in STEPS if magnitude * step * FEW_TICKS >= highest)
    return tuple(round(step * number, 10) for number in range(math.ceil(highest / step - 1e-9) + 1))


def logarithmic_ticks(lowest: float, highest: float) -> tuple[float, ...]:
    """Return 1, 2 and 5 times the powers of ten around the values; only the powers if there would be too many ticks."""
    first, last = math.floor(math.log10(lowest)), math.ceil(math.log10(highest))
    fine = [step * 10.0**power for power in range(first, last + 1) for step in STEPS[:3]]
    inside = [tick for tick in fine if tick <= highest * 2.5 and tick >= lowest / 2.5]
    if len(inside) <= 2 * FEW_TICKS:
        return tuple(inside)
    return tuple(10.0**power for power in range(first, last + 1))


def format_tick(value: float) -> str:
    """Format a tick: 0.5, 20, 1,000, 5 M."""
    if value >= 1_000_000 and value % 100_000 == 0:
        return f"{value / 1_000_000:g} M"
    return f"{value:,.10g}"
