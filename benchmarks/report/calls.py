"""Tables of calls at one client: kinds, a slow carrier, and round trips of SQL."""

from benchmarks.figures import Spread, ratios
from benchmarks.report.markdown import table
from benchmarks.results import Results
from benchmarks.subjects import OURS

NOT_MEASURED = "Not measured yet."


def kinds(results: Results) -> str:
    """Return the table of kinds of calls at one client."""
    if not results.kinds:
        return NOT_MEASURED
    rows = []
    for name, runs in results.kinds.items():
        p50, p95 = (Spread.of(values) for values in zip(*((run.p50, run.p95) for run in runs), strict=True))
        rows.append([name, p50.format(), p95.format(), kind_ratio(results, name, OURS).format(2)])
    return table(("call", "p50 at 1 client, ms", "p95", f"p50 : {OURS}"), rows)


def kind_ratio(results: Results, name: str, to: str) -> Spread:
    """Return the ratio of two kinds' p50."""
    return ratios([run.p50 for run in results.kinds[name]], [run.p50 for run in results.kinds[to]])


def slow_carrier(results: Results) -> str:
    """Return the table of operations with a slow carrier."""
    if not results.slow_carrier:
        return NOT_MEASURED
    rows = []
    for seconds, runs in results.slow_carrier.items():
        longer = Spread.of([run.p50 - 1000 * seconds for run in runs])
        to_carrier = Spread.of([run.p50 / (1000 * seconds) for run in runs])
        rows.append([f"{seconds:g}", longer.format(0), to_carrier.format(3)])
    return table(("carrier, s", "longer than the carrier, p50, ms", "p50 : the carrier's time"), rows)


def round_trips(results: Results) -> str:
    """Return the table of SQL per operation."""
    if not results.round_trips:
        return NOT_MEASURED
    rows = [
        [name, f"{counted.round_trips:.1f}", f"{counted.statements:.1f}"]
        for name, counted in results.round_trips.items()
    ]
    return table(("operation", "round trips", "statements"), rows)
