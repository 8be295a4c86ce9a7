"""Percentiles, spreads and ratios of figures."""

from benchmarks.figures import Spread, percentile, ratios


def test_a_percentile_is_the_smallest_value_with_enough_at_or_below() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [percentile(values, percent) for percent in (50, 95, 100)] == [50.0, 95.0, 100.0]
    assert percentile([7.0], 50) == 7.0


def test_a_spread_of_one_value_has_no_ends() -> None:
    assert Spread.of([3.0, 1.0, 2.0]).format() == "2.0 [1.0-3.0]"
    assert Spread.of([2.0]).format(2) == "2.00"


def test_ratios_are_taken_within_each_repetition() -> None:
    """A slow machine in one repetition changes no ratio."""
    assert ratios([80.0, 40.0], [100.0, 50.0]) == Spread(0.8, 0.8, 0.8)
