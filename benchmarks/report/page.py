"""The pages: a summary that is read in two minutes, and the details."""

from pathlib import Path
from string import Template

from benchmarks.figures import Spread
from benchmarks.neighbours import MANY
from benchmarks.pictures.chart import draw
from benchmarks.report import calls, executions, service
from benchmarks.report.aims import aims, limits, missed_aims
from benchmarks.report.drawings import drawings
from benchmarks.report.markdown import table
from benchmarks.report.stored import describe_aging, describe_filters, describe_set_up, describe_tables
from benchmarks.results import Results
from benchmarks.routes import API_CLIENTS, BATCH
from benchmarks.slow_carrier import CLIENTS
from benchmarks.stored import Stored, read_stored
from benchmarks.subjects import BUYS, ONE_CALL, OURS, WAITS

QUIET = 0.5
"""A load average above this means that other work took CPU, which affects throughput and latency."""
WORDS = Path(__file__).parents[1]
MACHINE = ("machine", "date", "commit")


def write_pages(results: Results, folder: Path) -> Path:
    """Write both pages into a folder, and their pictures into benchmarks/ below; return the summary's path."""
    stored = read_stored()
    pictures = folder / "benchmarks"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        old.unlink()
    for name, chart in drawings(results, stored.aging, stored.tables):
        (pictures / f"{name}.svg").write_text(draw(chart))
    (folder / "benchmarks-details.md").write_text(build_details(results, stored))
    page = folder / "benchmarks.md"
    page.write_text(build_summary(results, stored))
    return page


def build_summary(results: Results, stored: Stored) -> str:
    """Return the text of the page that is read in two minutes."""
    ratios = {f"{route}_ratio": service.route_ratio(results, route).format(2) for route in ("create", "get", "list")}
    return _fill(
        "page.md",
        results,
        machine=_describe_machine(results),
        repetitions=results.effort.repetitions,
        most=max(results.effort.clients),
        kept=executions.throughput_under_load(results, OURS).format(2),
        neighbour_p50=service.neighbour_ratio(results, 50).format(2),
        neighbour_p95=service.neighbour_ratio(results, 95).format(2),
        batch_ratio=service.batch_ratio(results).format(),
        wait_p95=service.wait_of_single_client(results).format(),
        idle=f"{sum(results.idle_megabytes.values()):.0f}",
        missed=missed_aims(results, stored),
        **ratios,
    )


def build_details(results: Results, stored: Stored) -> str:
    """Return the text of the page with every figure."""
    return _fill(
        "details.md",
        results,
        where=_where(results),
        warmed=results.effort.warm,
        contestants=executions.made_of(results),
        aims=aims(results, stored),
        limits=limits(results),
        ratios=executions.execution_ratios(results),
        throughput=executions.throughput(results),
        purchase=Spread.of([run.p50 for run in results.purchase]).format(),
        cpu=executions.cpu(results),
        kinds=calls.kinds(results),
        slow_clients=CLIENTS,
        slow_carrier=calls.slow_carrier(results),
        round_trips=calls.round_trips(results),
        waiting=service.waits(results),
        clients=API_CLIENTS,
        routes=service.routes(results),
        batches=service.batches(results),
        neighbours=service.neighbours(results),
        memory=service.memory(results),
        imported=Spread.of(results.import_seconds).format(2),
        set_up=describe_set_up(stored.set_up),
        aging=describe_aging(stored.aging),
        tables=describe_tables(stored.tables),
        filters=describe_filters(stored.filters),
    )


def _fill(words: str, results: Results, **values: object) -> str:
    """Fill a template with its own values and with those that both pages show."""
    return Template((WORDS / words).read_text()).substitute(
        values,
        ours=OURS,
        one_call=ONE_CALL,
        waits=WAITS,
        buys=BUYS,
        batch=BATCH,
        many=f"{MANY:,}",
        executions=executions.executions(results),
        share=executions.engine_share(results),
        first=f"{results.first_ready_seconds:.1f}",
        warm=Spread.of(results.warm_ready_seconds).format(),
    )


def _describe_machine(results: Results) -> str:
    facts = dict(results.facts)
    named = [f"{name} {facts[name]}" for name in MACHINE if name in facts]
    return f"Measured by `make bench`: {', '.join(named) or 'machine unknown'}."


def _where(results: Results) -> str:
    effort = results.effort
    levels = ", ".join(map(str, effort.clients))
    least = ", ".join(f"{effort.seconds_of(clients):g}" for clients in effort.clients)
    much = f"{effort.repetitions} repetitions; runs of {least} s or more at {levels} clients"
    busy = ": BUSY, so only ratios of CPU are comparable" if results.load_before > QUIET else ""
    others = f"{results.load_before:.1f} (load average before the start){busy}"
    return table(("what", "which"), [*results.facts, ("load of others", others), ("effort", much)])
