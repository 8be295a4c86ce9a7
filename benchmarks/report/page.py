"""The whole page."""

from pathlib import Path
from string import Template

from benchmarks.figures import Spread
from benchmarks.neighbours import MANY
from benchmarks.pictures.chart import draw
from benchmarks.report import executions, service
from benchmarks.report.aims import aims, limits
from benchmarks.report.drawings import drawings
from benchmarks.report.markdown import table
from benchmarks.report.stored import describe_aging, describe_set_up, describe_tables
from benchmarks.results import Results
from benchmarks.routes import API_CLIENTS, BATCH
from benchmarks.stored import Aging, SetUp, Tables, read_aging, read_set_up, read_tables
from benchmarks.subjects import BUYS, OURS, WAITS

QUIET = 0.5
"""A load average above this means that others took CPU: throughput and latency are then theirs as much as ours."""
WORDS = Path(__file__).parents[1] / "page.md"


def write_page(results: Results, folder: Path) -> Path:
    """Write benchmarks.md into a folder, and its pictures into benchmarks/ below; return the page's path."""
    aging, tables = read_aging(), read_tables()
    pictures = folder / "benchmarks"
    pictures.mkdir(parents=True, exist_ok=True)
    for old in pictures.glob("*.svg"):
        old.unlink()
    for name, chart in drawings(results, aging, tables):
        (pictures / f"{name}.svg").write_text(draw(chart))
    page = folder / "benchmarks.md"
    page.write_text(document(results, aging, tables, read_set_up()))
    return page


def document(results: Results, aging: Aging | None, tables: Tables | None, set_up: SetUp | None) -> str:
    """Return the page's text."""
    return Template(WORDS.read_text()).substitute(
        where=_where(results),
        warmed=results.effort.warm,
        waits=WAITS,
        buys=BUYS,
        ours=OURS,
        contestants=executions.made_of(results),
        aims=aims(results, aging, tables, set_up),
        limits=limits(results),
        executions=executions.executions(results),
        ratios=executions.execution_ratios(results),
        throughput=executions.throughput(results),
        purchase=Spread.of([run.p50 for run in results.purchase]).format(),
        cpu=executions.cpu(results),
        share=executions.engine_share(results),
        waiting=service.waits(results),
        clients=API_CLIENTS,
        routes=service.routes(results),
        batch=BATCH,
        batches=service.batches(results),
        neighbours=service.neighbours(results),
        many=f"{MANY:,}",
        memory=service.memory(results),
        first=f"{results.first_ready_seconds:.1f}",
        warm=Spread.of(results.warm_ready_seconds).format(),
        imported=Spread.of(results.import_seconds).format(2),
        set_up=describe_set_up(set_up),
        aging=describe_aging(aging),
        tables=describe_tables(tables),
    )


def _where(results: Results) -> str:
    effort = results.effort
    levels = ", ".join(map(str, effort.clients))
    least = ", ".join(f"{effort.seconds_of(clients):g}" for clients in effort.clients)
    much = f"{effort.repetitions} repetitions; runs of {least} s or more at {levels} clients"
    busy = ": BUSY, so mind the ratios of CPU only" if results.load_before > QUIET else ""
    others = f"{results.load_before:.1f} (load average before the start){busy}"
    return table(("what", "which"), [*results.facts, ("load of others", others), ("effort", much)])
