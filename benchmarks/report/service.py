"""Tables of the service alone: routes, batches, waits, memory and start."""

from collections.abc import Callable, Sequence

from benchmarks.figures import Spread, percentile, ratios
from benchmarks.load import Run
from benchmarks.report.executions import ALONE
from benchmarks.report.markdown import table
from benchmarks.results import Results
from benchmarks.routes import BATCH, ROUTES


def routes(results: Results) -> str:
    """Return the table that compares each route with its bare route."""
    rows = []
    for route in ROUTES:
        ours, bare = results.routes[route], results.bare_routes[route]
        rows.append(
            [
                route,
                _over(ours, lambda run: run.per_second, 0),
                _over(bare, lambda run: run.per_second, 0),
                route_ratio(results, route).format(2),
                _over(ours, lambda run: run.p50),
                _over(ours, lambda run: run.cpu["api"], 2),
                _over(bare, lambda run: run.cpu["bare"], 2),
            ]
        )
    head = ("route", "per second", "bare, per second", "ratio", "p50, ms", "CPU of the API, ms", "CPU of the bare, ms")
    return table(head, rows)


def route_ratio(results: Results, route: str) -> Spread:
    """Return a route's throughput divided by the bare route's."""
    ours, bare = results.routes[route], results.bare_routes[route]
    return ratios([run.per_second for run in ours], [run.per_second for run in bare])


def batches(results: Results) -> str:
    """Return the table of creates one by one, and many in one call."""
    rows = []
    for name, runs, size in (("one by one", results.singles, 1), (f"{BATCH} by one call", results.batches, BATCH)):
        rate = Spread.of([run.per_second * size for run in runs])
        api, postgres = (Spread.of([run.cpu[part] / size for run in runs]) for part in ("api", "postgres"))
        rows.append([name, rate.format(0), api.format(2), postgres.format(2)])
    cpu = ratios([run.cpu_in_all / BATCH for run in results.batches], [run.cpu_in_all for run in results.singles])
    rows.append(["ratio", batch_ratio(results).format(1), f"CPU in all: {cpu.format(3)}", ""])
    return table(("creates", "per second", "CPU of the API, ms each", "CPU of Postgres, ms each"), rows)


def batch_ratio(results: Results) -> Spread:
    """Return how many times faster a batch creates."""
    return ratios([BATCH * run.per_second for run in results.batches], [run.per_second for run in results.singles])


def waits(results: Results) -> str:
    """Return the table of wait times, before and after the final status."""
    rows = []
    for waits in results.waits:
        shares = [
            f"{percentile(values, percent):.1f}" for values in (waits.to_final, waits.to_client) for percent in (50, 95)
        ]
        rows.append([str(waits.clients), *shares])
    return table(("clients", "to the final status, p50 ms", "p95", "from there to the client, p50 ms", "p95"), rows)


def wait_of_single_client(results: Results) -> Spread:
    """Return the p95 of the time from the final status to the client that waits for it, in ms."""
    return Spread.of([percentile(waits.to_client, 95) for waits in results.waits if waits.clients == ALONE])


def neighbours(results: Results) -> str:
    """Return the table of one organization's single operations, alone and next to another's bulk work."""
    runs = results.neighbours
    rows = [
        _neighbour("alone", [run.alone for run in runs], [run.many_alone for run in runs]),
        _neighbour("next to each other", [run.beside for run in runs], [run.many_beside for run in runs]),
    ]
    shown = [neighbour_ratio(results, percent).format(2) for percent in (50, 95)]
    slowed = ratios([run.many_beside for run in runs], [run.many_alone for run in runs])
    rows.append(["ratio", *shown, slowed.format(2)])
    return table(("", "a single operation, p50 ms", "p95", "the many, per second"), rows)


def _neighbour(name: str, singles: Sequence[Sequence[float]], many: Sequence[float]) -> list[str]:
    shares = [Spread.of([percentile(single, percent) for single in singles]).format() for percent in (50, 95)]
    return [name, *shares, Spread.of(many).format()]


def neighbour_ratio(results: Results, percent: int) -> Spread:
    """Return how many times as long a single operation takes next to another organization's bulk work."""
    return Spread.of([run.ratio(percent) for run in results.neighbours])


def memory(results: Results) -> str:
    """Return the table of the stack's memory."""
    idle, loaded = results.idle_megabytes, results.loaded_megabytes
    rows = [[name, f"{idle[name]:.0f}", f"{loaded[name]:.0f}"] for name in idle]
    rows.append(["in all", f"{sum(idle.values()):.0f}", f"{sum(loaded.values()):.0f}"])
    return table(("PSS in MB", "idle", "after the executions"), rows)


def _over(runs: Sequence[Run], value: Callable[[Run], float], digits: int = 1) -> str:
    return Spread.of([value(run) for run in runs]).format(digits)
