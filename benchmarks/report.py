"""The page: tables of what was measured, set into the words of page.md."""

from collections.abc import Callable, Sequence
from pathlib import Path
from string import Template

from benchmarks import machine
from benchmarks.figures import Spread, ratios
from benchmarks.load import Run
from benchmarks.measure import API_CLIENTS, BATCH, BUYS, MANY, ROUTES, WAITS, Results
from benchmarks.subjects import Operation

OURS = Operation.name
SUBJECTS = (WAITS, BUYS, OURS)
QUIET = 0.5
"""A load average above this means that others took CPU: throughput and latency are then theirs as much as ours."""
WORDS = Path(__file__).with_name("page.md")


def document(results: Results) -> str:
    """Write the whole page."""
    first, second = results.ready_seconds
    return Template(WORDS.read_text()).substitute(
        where=_where(results),
        waits=WAITS,
        buys=BUYS,
        ours=OURS,
        executions=_executions(results),
        ratios=_execution_ratios(results),
        purchase=f"{results.purchase.p50:.1f}" if results.purchase else "?",
        completed=results.completed,
        labels=results.labels,
        cpu=_cpu(results),
        clients=API_CLIENTS,
        routes=_routes(results),
        batch=BATCH,
        batches=_batches(results),
        memory=_memory(results),
        first=f"{first:.1f}",
        second=f"{second:.1f}",
    )


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a Markdown table."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def _where(results: Results) -> str:
    effort = results.effort
    many = f"{effort.repetitions} repetitions; per run {effort.alone} deeds at 1 client, {effort.many} at {MANY}"
    return table(("what", "which"), [*machine.facts(), ("load of others", _others(results)), ("effort", many)])


def _others(results: Results) -> str:
    busy = ": BUSY, so mind the ratios of CPU only" if results.load_before > QUIET else ""
    return f"{results.load_before:.1f} (load average before the start){busy}"


def _executions(results: Results) -> str:
    rows = [
        [
            name,
            _over(results.many[name], lambda run: run.per_second),
            _over(results.many[name], lambda run: run.p95 / run.p50, 2),
            _over(results.alone[name], lambda run: run.p50),
            _over(results.alone[name], lambda run: run.p95),
        ]
        for name in SUBJECTS
    ]
    head = ("what", f"per second at {MANY} clients", f"p95/p50 at {MANY}", "p50 at 1 client, ms", "p95 at 1 client, ms")
    return table(head, rows)


def _execution_ratios(results: Results) -> str:
    rows = []
    for base in (WAITS, BUYS):
        throughput = _ratios(results.many, base, lambda run: run.per_second)
        latency = _ratios(results.alone, base, lambda run: run.p50)
        tail = _ratios(results.alone, base, lambda run: run.p95)
        cpu = _ratios(results.many, base, lambda run: sum(run.cpu.values()))
        rows.append([f"{OURS} : {base}", throughput.shown(2), latency.shown(2), tail.shown(2), cpu.shown(2)])
    head = ("ratio", f"throughput at {MANY} clients", "p50 at 1 client", "p95 at 1 client", f"CPU in all at {MANY}")
    return table(head, rows)


def _cpu(results: Results) -> str:
    names = list(results.many[OURS][0].cpu)
    rows = []
    for clients, measured in ((MANY, results.many), (1, results.alone)):
        for subject in SUBJECTS:
            runs = measured[subject]
            each = [Spread.of([run.cpu[name] for run in runs]).shown(1) for name in names]
            rows.append([subject, str(clients), *each, _over(runs, lambda run: sum(run.cpu.values()))])
    return table(("what", "clients", *names, "in all"), rows)


def _routes(results: Results) -> str:
    rows = []
    for route in ROUTES:
        ours, bare = results.routes[route], results.bare_routes[route]
        ratio = ratios([run.per_second for run in ours], [run.per_second for run in bare])
        rows.append(
            [
                route,
                _over(ours, lambda run: run.per_second, 0),
                _over(bare, lambda run: run.per_second, 0),
                ratio.shown(2),
                _over(ours, lambda run: run.p50),
                _over(ours, lambda run: run.cpu["api"], 2),
                _over(bare, lambda run: run.cpu["bare"], 2),
            ]
        )
    head = ("route", "per second", "bare, per second", "ratio", "p50, ms", "CPU of the API, ms", "CPU of the bare, ms")
    return table(head, rows)


def _batches(results: Results) -> str:
    rows = []
    for name, runs, size in (("one by one", results.singles, 1), (f"{BATCH} by one call", results.batches, BATCH)):
        rate = Spread.of([run.per_second * size for run in runs])
        api, postgres = (Spread.of([run.cpu[part] / size for run in runs]) for part in ("api", "postgres"))
        rows.append([name, rate.shown(0), api.shown(2), postgres.shown(2)])
    faster = ratios([BATCH * run.per_second for run in results.batches], [run.per_second for run in results.singles])
    cpu = ratios([one / BATCH for one in _whole_cpu(results.batches)], _whole_cpu(results.singles))
    rows.append(["ratio", faster.shown(1), f"CPU in all: {cpu.shown(3)}", ""])
    return table(("creates", "per second", "CPU of the API, ms each", "CPU of Postgres, ms each"), rows)


def _whole_cpu(runs: Sequence[Run]) -> list[float]:
    return [sum(run.cpu.values()) for run in runs]


def _memory(results: Results) -> str:
    idle, loaded = results.idle_megabytes, results.loaded_megabytes
    rows = [[name, f"{idle[name]:.0f}", f"{loaded[name]:.0f}"] for name in idle]
    rows.append(["in all", f"{sum(idle.values()):.0f}", f"{sum(loaded.values()):.0f}"])
    return table(("PSS in MB", "idle", "after the executions"), rows)


def _over(runs: Sequence[Run], value: Callable[[Run], float], digits: int = 1) -> str:
    return Spread.of([value(run) for run in runs]).shown(digits)


def _ratios(measured: dict[str, list[Run]], base: str, value: Callable[[Run], float]) -> Spread:
    return ratios([value(run) for run in measured[OURS]], [value(run) for run in measured[base]])
