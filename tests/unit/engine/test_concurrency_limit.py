"""The concurrency limit follows how long starts take, here in a simulated engine."""

import pytest

from engine.concurrency_limit import SHARED_SECONDS, ConcurrencyLimit

IDLE = 0.005
MAX_RUNS = 32


class Engine:
    """Each moving run slows starts by `load` times an idle start; a run that waits for a carrier has little load."""

    def __init__(self, concurrency: ConcurrencyLimit, load: float = 0.5) -> None:
        self.concurrency = concurrency
        self.load = load
        self.now = 0.0

    def run_starts(self, starts: int, *, full: bool = True) -> int:
        """Start this many runs; return the limit afterwards."""
        for _ in range(starts):
            self.now += 0.02
            moving = self.concurrency.limit(self.now) if full else 1
            self.concurrency.record_start(IDLE * (1 + self.load * moving), self.now, full=full)
        return self.concurrency.limit(self.now)


def test_the_limit_starts_low_and_grows_while_more_runs_help() -> None:
    concurrency = ConcurrencyLimit(MAX_RUNS)
    assert concurrency.limit(0.0) == 2
    # The first starts run next to two runs, so the idle start is estimated 1.5 to 2 times too long.
    assert 10 <= Engine(concurrency).run_starts(500) <= 24


def test_runs_that_wait_for_a_carrier_do_not_lower_the_limit() -> None:
    assert Engine(ConcurrencyLimit(MAX_RUNS), load=0.01).run_starts(500) == MAX_RUNS


def test_the_limit_stays_between_one_and_its_maximum() -> None:
    assert Engine(ConcurrencyLimit(1)).run_starts(100) == 1
    engine = Engine(ConcurrencyLimit(MAX_RUNS))
    engine.run_starts(50)
    engine.load = 1000.0
    assert engine.run_starts(500) == 1


def test_a_fast_start_does_not_raise_a_limit_that_was_not_reached() -> None:
    assert Engine(ConcurrencyLimit(MAX_RUNS)).run_starts(500, full=False) == 2


def run_with_single_runs(engine: Engine, seconds: float) -> int:
    """Start a hundred runs, ten next to each single run of these seconds; return the limit afterwards."""
    for _ in range(10):
        engine.concurrency.record_single_start(engine.now)
        engine.concurrency.record_single_end(seconds)
        engine.run_starts(10)
    return engine.concurrency.limit(engine.now)


@pytest.mark.parametrize(
    ("seconds", "lower", "upper"),
    [
        pytest.param(0.04, 0.0, 0.4, id="a fast one"),
        # A full engine adds more than the sixth of a second that is allowed.
        pytest.param(0.5, 0.4, 1.0, id="one that waits for its carrier"),
    ],
)
def test_a_single_run_lowers_the_limit_for_a_while(seconds: float, lower: float, upper: float) -> None:
    """The limit falls at once, so that the single run takes about 1.5 times as long; it returns at once, too."""
    engine = Engine(ConcurrencyLimit(MAX_RUNS))
    limit = engine.run_starts(500)
    engine.concurrency.record_single_start(engine.now)
    assert engine.concurrency.limit(engine.now) == 2
    assert limit * lower <= run_with_single_runs(engine, seconds) <= limit * upper
    engine.now += SHARED_SECONDS
    assert engine.concurrency.limit(engine.now) == limit


@pytest.fixture
def second_meeting() -> tuple[Engine, int]:
    """Return an engine that meets single runs again, and the limit of the first time."""
    engine = Engine(ConcurrencyLimit(MAX_RUNS))
    engine.run_starts(500)
    shared_limit = run_with_single_runs(engine, 0.5)
    engine.now += SHARED_SECONDS
    engine.run_starts(100)
    engine.concurrency.record_single_start(engine.now)
    return engine, shared_limit


def test_the_limit_next_to_single_runs_is_remembered(second_meeting: tuple[Engine, int]) -> None:
    engine, shared_limit = second_meeting
    assert engine.concurrency.limit(engine.now) == shared_limit > 2


def test_a_start_counts_for_the_limit_at_its_beginning(second_meeting: tuple[Engine, int]) -> None:
    """Starts among many runs are slow, so they must not change the lower limit."""
    engine, shared_limit = second_meeting
    for _ in range(20):
        engine.concurrency.record_start(1.0, engine.now + 0.5, full=True)
    assert engine.concurrency.limit(engine.now) == shared_limit


def test_the_limit_adapts_to_an_engine_that_stays_slower() -> None:
    """It takes some hours: a server becomes slower with age."""
    concurrency = ConcurrencyLimit(MAX_RUNS)
    engine = Engine(concurrency)
    limit = engine.run_starts(500)
    for _ in range(500):
        engine.now += 30.0
        concurrency.record_start(3 * IDLE * (1 + engine.load * concurrency.limit(engine.now)), engine.now, full=True)
    assert concurrency.limit(engine.now) >= limit / 2
