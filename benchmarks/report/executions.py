"""Tables of the executions: speed and CPU of the service and its opponents."""

from collections.abc import Callable

from benchmarks.figures import Spread
from benchmarks.load import Run
from benchmarks.report.markdown import table
from benchmarks.results import Results
from benchmarks.subjects import BRIDGED, BRIDGED_ONE_CALL, BUYS, ONE_CALL, OURS, WAITS

ALONE, MANY = 1, 64
BRIDGED_TOO = (BRIDGED, BRIDGED_ONE_CALL)
OWN = (OURS, ONE_CALL, WAITS, BUYS, *BRIDGED_TOO)
GROUPS = ("service", "worker", "engine", "postgres", "sandbox", "load")


def subjects_of(results: Results) -> list[str]:
    """Return the names of all subjects, the service's own operation first."""
    own = [name for name in OWN if name in results.executions]
    return [*own, *(name for name in results.executions if name not in OWN)]


def charted_subjects(results: Results) -> list[str]:
    """Return the names of the subjects that a chart shows."""
    return [name for name in subjects_of(results) if name not in BRIDGED_TOO]


def executions(results: Results) -> str:
    """Return the table of all subjects' speed."""
    rows = [
        [
            name,
            results.over(name, MANY, lambda run: run.per_second).format(),
            results.over(name, MANY, _tail).format(2),
            results.over(name, ALONE, lambda run: run.p50).format(),
            results.over(name, ALONE, lambda run: run.p95).format(),
        ]
        for name in subjects_of(results)
    ]
    head = ("what", f"per second at {MANY} clients", f"p95/p50 at {MANY}", "p50 at 1 client, ms", "p95 at 1 client, ms")
    return table(head, rows)


def execution_ratios(results: Results) -> str:
    """Return the table of ratios between the service's operation and the other subjects."""
    values: list[tuple[int, Callable[[Run], float]]] = [
        (MANY, lambda run: run.per_second),
        (ALONE, lambda run: run.p50),
        (ALONE, lambda run: run.p95),
        (MANY, lambda run: run.cpu_in_all),
    ]
    rows = [
        [f"{OURS} : {name}", *(results.ratio(OURS, name, clients, value).format(2) for clients, value in values)]
        for name in subjects_of(results)[1:]
    ]
    head = ("ratio", f"throughput at {MANY} clients", "p50 at 1 client", "p95 at 1 client", f"CPU in all at {MANY}")
    return table(head, rows)


def throughput(results: Results) -> str:
    """Return the table of operations per second by number of clients."""
    clients = results.effort.clients
    rows = [
        [
            name,
            *(results.over(name, level, lambda run: run.per_second).format() for level in clients),
            _kept(results, name),
        ]
        for name in subjects_of(results)
    ]
    head = ("per second", *(f"{level} clients" if level > 1 else "1 client" for level in clients))
    return table((*head, f"at {clients[-1]}, of its best"), rows)


def throughput_under_load(results: Results, subject: str) -> Spread:
    """Return the throughput with most clients divided by the best throughput, within each repetition."""
    levels = results.executions[subject]
    last = levels[max(levels)]
    best = [max(runs[repetition].per_second for runs in levels.values()) for repetition in range(len(last))]
    return Spread.of([run.per_second / most for run, most in zip(last, best, strict=True)])


def cpu(results: Results) -> str:
    """Return the table of CPU per operation by group of processes."""
    rows = []
    for clients in (MANY, ALONE):
        for name in subjects_of(results):
            runs = results.executions[name][clients]
            each = [_spent(runs, group) for group in GROUPS]
            in_all = results.over(name, clients, lambda run: run.cpu_in_all)
            rows.append([name, str(clients), *each, in_all.format()])
    return table(("what", "clients", *GROUPS, "in all"), rows)


def engine_share(results: Results) -> str:
    """Describe the share of the Temporal server in the CPU of an operation and of the bare workflow."""
    shares = [
        results.over(name, MANY, lambda run: 100 * run.cpu["engine"] / run.cpu_in_all).format(0)
        for name in (OURS, WAITS)
    ]
    return f"{shares[0]} % of the CPU of a {OURS}, and {shares[1]} % of that of the workflow that only waits"


def made_of(results: Results) -> str:
    """Return the table of contestants: versions, completed work, and the reasons of those skipped."""
    rows = []
    for name, versions in results.versions.items():
        operations, labels = results.work.get(name, (0, 0))
        rows.append([name, versions, f"{operations} = {labels}"])
    rows += [[name, f"skipped: {reason}", "-"] for name, reason in results.skipped.items()]
    return table(("who", "made of", "operations that bought a label = labels in the sandbox"), rows)


def _spent(runs: list[Run], group: str) -> str:
    if group not in runs[0].cpu:
        return "-"
    return Spread.of([run.cpu[group] for run in runs]).format()


def _kept(results: Results, name: str) -> str:
    return throughput_under_load(results, name).format(2)


def _tail(run: Run) -> float:
    return run.p95 / run.p50
