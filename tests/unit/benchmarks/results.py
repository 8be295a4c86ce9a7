"""Small results of the benchmark suite, for tests of the report."""

from typing import Any

from benchmarks.kinds import EXECUTE, FULFILL, UNDO
from benchmarks.load import Run
from benchmarks.opponents.tutorial.opponent import Tutorial
from benchmarks.report.executions import ALONE, MANY
from benchmarks.results import Effort, Neighbours, Results, RoundTrips, Waits
from benchmarks.routes import ROUTES
from benchmarks.stored import Aging, Filters, SetUp, Stored, Tables
from benchmarks.subjects import BRIDGED, BUYS, ONE_CALL, OURS, WAITS


def build_run(clients: int, per_second: float, p50: float, **cpu: float) -> Run:
    """Return a run: half of the operations take the median, the others 1.5 times as long."""
    return Run(clients, 100, per_second, (p50,) * 50 + (p50 * 1.5,) * 50, {"service": 4.0, "engine": 17.0, **cpu})


def build_results() -> Results:
    """Return results of two repetitions with a tutorial a tenth as fast as the bare workflow."""
    results = Results(Effort(2, (ALONE, MANY), 1.0, 1.0, 100, 40), warm_ready_seconds=[3.25], import_seconds=[1.25])
    speeds = ((WAITS, 1.0), (BUYS, 0.4), (OURS, 0.8), (ONE_CALL, 0.9), (BRIDGED, 0.5), (Tutorial.name, 0.1))
    for name, speed in speeds:
        alone = [build_run(ALONE, 50.0 * speed, 20.0 / speed, postgres=1.0, worker=3.0, load=0.5)] * 2
        many = [
            build_run(MANY, rate * speed, 900.0 / speed, postgres=1.0, worker=3.0, load=0.5) for rate in (60.0, 64.0)
        ]
        results.executions[name] = {ALONE: alone, MANY: many}
    for route in ROUTES:
        results.routes[route] = [build_run(16, 500.0, 30.0, api=2.0)] * 2
        results.bare_routes[route] = [build_run(16, 1000.0, 15.0, bare=0.9)] * 2
    results.singles = [build_run(1, 100.0, 10.0, api=11.0, engine=0.0, service=0.0, postgres=2.0)] * 2
    results.batches = [build_run(1, 5.0, 200.0, api=100.0, engine=0.0, service=0.0, postgres=50.0)] * 2
    for name, p50 in ((OURS, 20.0), (FULFILL, 35.0), (EXECUTE, 16.0), (UNDO, 12.0)):
        results.kinds[name] = [build_run(ALONE, 50.0, p50)] * 2
    results.slow_carrier = {2.0: [build_run(4, 2.0, 2050.0)] * 2}
    results.round_trips = {OURS: RoundTrips(12.9, 34.0)}
    results.purchase = [build_run(1, 300.0, 3.5)] * 2
    results.first_ready_seconds = 6.5
    results.idle_megabytes = {"api": 100.4, "temporal": 200.0}
    results.loaded_megabytes = {"api": 120.0, "temporal": 300.0}
    results.waits = [Waits(ALONE, [40.0], [4.0]), Waits(MANY, [400.0], [8.0])]
    results.neighbours = [Neighbours([20.0, 40.0], [30.0, 100.0], 50.0, 25.0)] * 2
    results.versions = {"the service's own stack": "Temporal 1", Tutorial.name: "temporalio 1"}
    results.work = {"the service's own stack": (1234, 1234)}
    results.skipped = {"Restate": "npm is not installed"}
    return results


def build_aging() -> Aging:
    """Return an aging run whose second part is a tenth slower and needs a fifth more memory."""
    memory = [{"api": 100.0}, {"api": 120.0}]
    return Aging([("date", "2026-11-01")], 2000, 32, [50.0, 45.0], memory, [{"temporal": 10.0}, {"temporal": 20.0}])


def build_set_up() -> SetUp:
    """Return three set-up times."""
    return SetUp([("date", "2026-11-03")], [30.0, 32.0, 31.0])


def build_tables() -> Tables:
    """Return figures of one call at two table sizes, and of another call at one size."""
    lines = {
        "first page": [(10_000.0, 1.2), (5_000_000.0, 1.5)],
        "the slowest page of all, by offset": [(10_000.0, 2.0), (5_000_000.0, 150.0)],
        "create": [(1.0, 2.0), (5_000_000.0, 2.2)],
    }
    growth = {"all": 1.0, "status=failed": 1.25, "type=fulfill_order": 1.75}
    equal = {"type=fulfill_order": 1.4}
    return Tables([("date", "2026-11-02")], lines, growth, equal, {"created_at": 0.75, "type": 1.0}, {"type": 2.5})


def build_filters() -> Filters:
    """Return figures of a list with two pages, and of an empty one."""

    def build_row(name: str, small: float, large: float) -> dict[str, Any]:
        return {"name": name, "small": {"p95": small}, "large": {"p95": large}, "ratio_p95": large / small}

    first = [build_row("actor of most", 2.0, 4.0), build_row("actor of none", 1.0, 150.0)]
    return Filters([("date", "2026-11-04")], 5_000_000, first, [build_row("actor of most", 1.0, 1.6)])


def build_stored() -> Stored:
    """Return all figures that are measured separately."""
    return Stored(build_aging(), build_tables(), build_filters(), build_set_up())
