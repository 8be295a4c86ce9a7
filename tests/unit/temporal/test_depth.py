"""How many runs may move at a time, against an engine whose starts take longer the more runs move in it."""

import pytest

from adapters.temporal.depth import SHARED_SECONDS, Depth

IDLE = 0.005
MOST = 32


class Engine:
    """Starts take so much longer for each run that moves; a carrier that is slow leaves fewer of them moving."""

    def __init__(self, depth: Depth, each: float = 0.5) -> None:
        self.depth = depth
        self.each = each
        self.now = 0.0

    def runs(self, starts: int, *, full: bool = True) -> int:
        """Start so many; return the limit afterwards."""
        for _ in range(starts):
            self.now += 0.02
            moving = self.depth.limit if full else 1
            self.depth.started(IDLE * (1 + self.each * moving), self.now, full=full)
        return self.depth.limit


def test_it_begins_with_few_and_lets_in_as_many_as_bring_more() -> None:
    depth = Depth(MOST)
    assert depth.limit == 2
    # Found among two: an idle start is taken for 1.5 to 2 times what it is.
    assert 10 <= Engine(depth).runs(500) <= 24


def test_runs_that_only_wait_for_their_carrier_hold_nobody_up() -> None:
    assert Engine(Depth(MOST), each=0.01).runs(500) == MOST


def test_it_never_lets_in_more_than_it_may_nor_none() -> None:
    assert Engine(Depth(1)).runs(100) == 1
    engine = Engine(Depth(MOST))
    engine.runs(50)
    engine.each = 1000.0
    assert engine.runs(500) == 1


def test_a_fast_start_is_no_reason_to_let_more_in_where_fewer_came_than_might() -> None:
    assert Engine(Depth(MOST)).runs(500, full=False) == 2


@pytest.mark.parametrize(
    ("takes", "least", "most"),
    [
        pytest.param(0.04, 0.0, 0.4, id="a fast one"),
        # What may be added to half a second is nearly what a full engine adds.
        pytest.param(0.5, 0.5, 1.0, id="one that waits for its carrier"),
    ],
)
def test_somebody_elses_single_run_has_it_let_in_fewer_for_a_while(takes: float, least: float, most: float) -> None:
    """So few that it takes about twice as long as alone."""
    engine = Engine(Depth(MOST))
    many = engine.runs(500)
    for _ in range(50):
        engine.depth.single_began(engine.now)
        engine.depth.single_ended(takes)
        assert engine.runs(10) >= many * least
    assert engine.depth.limit <= many * most
    engine.now += SHARED_SECONDS
    assert engine.runs(500) >= many - 1


def test_an_engine_that_is_slower_for_good_is_taken_as_it_is() -> None:
    """After some hours of it: a server slows as it ages."""
    depth = Depth(MOST)
    engine = Engine(depth)
    many = engine.runs(500)
    for _ in range(500):
        engine.now += 30.0
        depth.started(3 * IDLE * (1 + engine.each * depth.limit), engine.now, full=True)
    assert depth.limit >= many / 2
