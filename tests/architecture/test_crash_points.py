"""Every crash point has a test in which a process dies there."""

from bootstrap.crash_points import crash_points
from tests.crash.cases import MIGRATIONS, RETENTION, cases


def test_every_point_has_its_test() -> None:
    """A method that a port gains is a point, and needs a case; a case of a point that is gone goes, too."""
    assert {case.point for case in cases()} | set(MIGRATIONS) | set(RETENTION) == set(crash_points())
