"""How many runs may move at a time, against an engine whose starts take longer the more runs move in it."""

import pytest

from engine.concurrency_limit import SHARED_SECONDS, ConcurrencyLimit

IDLE = 0.005
MOST = 32


class Engine:
    """Starts take so much longer for each run that moves; a carrier that is slow leaves fewer of them moving."""

    def __init__(self, concurrency: ConcurrencyLimit, each: float = 0.5) -> None:
        self.concurrency = concurrency
        self.each = each
        self.now = 0.0

    def runs(self, starts: int, *, full: bool = True) -> int:
        """Start so many; return the limit afterwards."""
        for _ in range(starts):
            self.now += 0.02
            moving = self.concurrency.limit(self.now) if full else 1
            self.concurrency.record_start(IDLE * (1 + self.each * moving), self.now, full=full)
        return self.concurrency.limit(self.now)


def test_it_begins_with_few_and_lets_in_as_many_as_bring_more() -> None:
    concurrency = ConcurrencyLimit(MOST)
    assert concurrency.limit(0.0) == 2
    # Found among two: an idle start is taken for 1.5 to 2 times what it is.
    assert 10 <= Engine(concurrency).runs(500) <= 24


def test_runs_that_only_wait_for_their_carrier_hold_nobody_up() -> None:
    assert Engine(ConcurrencyLimit(MOST), each=0.01).runs(500) == MOST


def test_it_never_lets_in_more_than_it_may_nor_none() -> None:
    assert Engine(ConcurrencyLimit(1)).runs(100) == 1
    engine = Engine(ConcurrencyLimit(MOST))
    engine.runs(50)
    engine.each = 1000.0
    assert engine.runs(500) == 1


def test_a_fast_start_does_not_raise_a_limit_that_was_not_reached() -> None:
    assert Engine(ConcurrencyLimit(MOST)).runs(500, full=False) == 2


def beside_single_runs(engine: Engine, takes: float) -> int:
    """Run a hundred, each ten of them beside a single run that takes so long; return the limit afterwards."""
    for _ in range(10):
        engine.concurrency.record_single_start(engine.now)
        engine.concurrency.record_single_end(takes)
        engine.runs(10)
    return engine.concurrency.limit(engine.now)


@pytest.mark.parametrize(
    ("takes", "least", "most"),
    [
        pytest.param(0.04, 0.0, 0.4, id="a fast one"),
        # What may be added to half a second is nearly what a full engine adds.
        pytest.param(0.5, 0.5, 1.0, id="one that waits for its carrier"),
    ],
)
def test_somebody_elses_single_run_has_it_let_in_fewer_for_a_while(takes: float, least: float, most: float) -> None:
    """So few that it takes about twice as long as alone; at once, and at once as many as before when it is over."""
    engine = Engine(ConcurrencyLimit(MOST))
    many = engine.runs(500)
    engine.concurrency.record_single_start(engine.now)
    assert engine.concurrency.limit(engine.now) == 2
    assert many * least <= beside_single_runs(engine, takes) <= many * most
    engine.now += SHARED_SECONDS
    assert engine.concurrency.limit(engine.now) == many


@pytest.fixture
def returned() -> tuple[Engine, int]:
    """An engine to which somebody with single runs comes back, and the limit that was found beside those before."""
    engine = Engine(ConcurrencyLimit(MOST))
    engine.runs(500)
    found = beside_single_runs(engine, 0.5)
    engine.now += SHARED_SECONDS
    engine.runs(100)
    engine.concurrency.record_single_start(engine.now)
    return engine, found


def test_what_was_found_beside_single_runs_is_kept_for_the_next(returned: tuple[Engine, int]) -> None:
    engine, found = returned
    assert engine.concurrency.limit(engine.now) == found > 2


def test_a_start_counts_where_it_began(returned: tuple[Engine, int]) -> None:
    """Those that began among many are slow, which is no sign that fewer are to move from now on."""
    engine, found = returned
    for _ in range(20):
        engine.concurrency.record_start(1.0, engine.now + 0.5, full=True)
    assert engine.concurrency.limit(engine.now) == found


def test_an_engine_that_is_slower_for_good_is_taken_as_it_is() -> None:
    """After some hours of it: a server slows as it ages."""
    concurrency = ConcurrencyLimit(MOST)
    engine = Engine(concurrency)
    many = engine.runs(500)
    for _ in range(500):
        engine.now += 30.0
        concurrency.record_start(3 * IDLE * (1 + engine.each * concurrency.limit(engine.now)), engine.now, full=True)
    assert concurrency.limit(engine.now) >= many / 2
