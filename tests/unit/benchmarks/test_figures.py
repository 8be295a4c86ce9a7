"""Medians, percentiles and ratios are what their names say."""

from benchmarks.figures import Spread, percentile, ratios


def test_a_percentile_is_the_smallest_value_that_so_many_do_not_exceed() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [percentile(values, percent) for percent in (50, 95, 100)] == [50.0, 95.0, 100.0]
    assert percentile([7.0], 50) == 7.0


def test_a_spread_shows_its_ends_only_where_there_are_any() -> None:
    assert Spread.of([3.0, 1.0, 2.0]).format() == "2.0 [1.0-3.0]"
    assert Spread.of([2.0]).format(2) == "2.00"


def test_ratios_are_taken_within_each_repetition() -> None:
    """A machine that was half as fast in one repetition changes no ratio of it."""
    assert ratios([80.0, 40.0], [100.0, 50.0]) == Spread(0.8, 0.8, 0.8)
