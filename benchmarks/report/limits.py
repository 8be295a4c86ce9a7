"""What can be reached: the aims of an execution held against the plain service and the bare workflow too."""

from collections.abc import Callable, Iterator

from benchmarks.figures import Spread
from benchmarks.load import Run
from benchmarks.opponents.tutorial.opponent import Tutorial
from benchmarks.report.executions import ALONE, MANY
from benchmarks.report.markdown import table
from benchmarks.results import Results
from benchmarks.subjects import OURS, PLAIN, WAITS

WHO = (OURS, PLAIN, WAITS)
OUTSIDE = {OURS: ("service", "postgres"), PLAIN: ("worker", "postgres"), WAITS: ("load",)}
"""Where each one's CPU is counted, but for the Temporal server's and the carrier's."""


def limits(results: Results) -> str:
    """Put what the service reached beside what the same calls and statements come to with nothing around them."""
    return table(("aim", "bound", *WHO), [list(row) for row in _rows(results)])


def _rows(results: Results) -> Iterator[tuple[str, ...]]:
    yield f'throughput at {MANY} clients : "{WAITS}"', ">= 0.9", *_to(results, WAITS, MANY, _rate)
    yield f'p50 at 1 client : "{WAITS}"', "<= 1.6", *_to(results, WAITS, ALONE, _median)
    outside = (results.over(who, MANY, _outside(who)).shown() for who in WHO)
    yield f"CPU outside the Temporal server at {MANY} clients, ms", "<= 6", *outside
    name = Tutorial.name
    if name in results.executions:
        yield f"throughput at {MANY} clients : the tutorial's", ">= 5", *_to(results, name, MANY, _rate)
        yield f"p50 at {MANY} clients : the tutorial's", "<= 0.2", *_to(results, name, MANY, _median)
        yield "p50 at 1 client : the tutorial's", "<= 0.2", *_to(results, name, ALONE, _median)


def _to(results: Results, other: str, clients: int, value: Callable[[Run], float]) -> list[str]:
    ratios: list[Spread] = [results.ratio(who, other, clients, value) for who in WHO]
    return [ratio.shown(2) for ratio in ratios]


def _outside(who: str) -> Callable[[Run], float]:
    return lambda run: sum(run.cpu.get(group, 0.0) for group in OUTSIDE[who])


def _rate(run: Run) -> float:
    return run.per_second


def _median(run: Run) -> float:
    return run.p50
