"""Figures: medians with their spread, percentiles, ratios."""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spread:
    """The median of the repetitions, with the lowest and highest value."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Summarize one value per repetition."""
        return cls(statistics.median(values), min(values), max(values))

    def format(self, digits: int = 1) -> str:
        """Format as `median [low-high]`."""
        if self.low == self.high:
            return f"{self.median:.{digits}f}"
        return f"{self.median:.{digits}f} [{self.low:.{digits}f}-{self.high:.{digits}f}]"


def percentile(values: Sequence[float], percent: float) -> float:
    """Return the smallest value that at least `percent` percent of the values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]


def percentiles(values: Sequence[float]) -> tuple[float, ...]:
    """Return the percentiles 1 to 100 (nearest rank)."""
    ordered = sorted(values)
    return tuple(ordered[math.ceil(len(ordered) * percent / 100) - 1] for percent in range(1, 101))


def ratios(values: Sequence[float], to: Sequence[float]) -> Spread:
    """Summarize the ratios of two subjects within each repetition, so that influences on both cancel out."""
    return Spread.of([value / base for value, base in zip(values, to, strict=True)])
