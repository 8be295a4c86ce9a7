"""The aims, and the measured figures."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from benchmarks.figures import Spread
from benchmarks.kinds import EXECUTE, FULFILL, UNDO
from benchmarks.opponents.dbos_postgres.opponent import DbosPostgres
from benchmarks.opponents.tutorial.opponent import Tutorial
from benchmarks.report.calls import kind_ratio
from benchmarks.report.executions import ALONE, MANY, throughput_under_load
from benchmarks.report.markdown import table
from benchmarks.report.service import batch_ratio, neighbour_ratio, route_ratio, wait_of_single_client
from benchmarks.results import Results
from benchmarks.routes import BATCH
from benchmarks.stored import Aging, Filters, SetUp, Stored, Tables
from benchmarks.subjects import BRIDGED, BRIDGED_ONE_CALL, ONE_CALL, OURS, WAITS

ROUTE_AIMS = {"create": 0.72, "get": 0.7, "list": 0.63}
"""The lowest ratios of the measurement of 2026-11-29."""
ADMITTED = 256
OUTSIDE = {OURS: ("service", "postgres"), BRIDGED: ("service", "postgres"), WAITS: ("load",)}
"""The groups whose CPU counts for each subject, in addition to the Temporal server and the carrier."""
ONE_CALLS = (ONE_CALL, BRIDGED_ONE_CALL)
ROUND_TRIPS = 8.6
"""Two thirds of the round trips of SQL that an operation needed at first."""
LONGER_MS = 100.0
"""How much longer than its carrier an operation may take."""


@dataclass(frozen=True)
class Aim:
    """One aim.

    Attributes:
        what: its description, with the unit.
        reached: the measured figure.
        bound: the limit that the figure must keep.
        at_least: True if more is better.
        digits: the number of decimals.
    """

    what: str
    reached: Spread
    bound: float
    at_least: bool = False
    digits: int = 2

    @property
    def is_met(self) -> bool:
        """True if the median keeps the bound."""
        return self.reached.median >= self.bound if self.at_least else self.reached.median <= self.bound

    @property
    def sign_and_bound(self) -> str:
        """The bound with its sign, as text."""
        return f"{'>=' if self.at_least else '<='} {self.bound:g}"

    def row(self) -> list[str]:
        """Return the aim's row of the table."""
        return [
            self.what,
            self.sign_and_bound,
            self.reached.format(self.digits),
            "yes" if self.is_met else "**no**",
        ]


def aims(results: Results, stored: Stored) -> str:
    """Return the table of all aims."""
    found = _all_aims(results, stored)
    return table(("aim", "bound", "reached", "met"), [aim.row() for aim in found])


def missed_aims(results: Results, stored: Stored) -> str:
    """Return how many aims are met, and the table of those that are not."""
    found = _all_aims(results, stored)
    missed = [aim for aim in found if not aim.is_met]
    count = f"{len(found) - len(missed)} of {len(found)} aims are met"
    if not missed:
        return f"{count}."
    rows = [aim.row()[:-1] for aim in missed]
    return f"{count}. These are not:\n\n{table(('aim', 'bound', 'reached'), rows)}"


def _all_aims(results: Results, stored: Stored) -> list[Aim]:
    found = [*_executions(results), *_calls(results), *_service(results)]
    lists = [*_tables(stored.tables), *_filters(stored.filters)]
    return [*found, *lists, *_footprint(results, stored.set_up), *_aging(stored.aging)]


def limits(results: Results) -> str:
    """Compare an order with a bridge, and the bare workflow, with the same aims."""
    two_calls = [name for name in OUTSIDE if name in results.executions]
    one_call = [name for name in ONE_CALLS if name in results.executions]
    tables = [_side_by_side(two_calls, [list(_two_calls(results, name)) for name in two_calls])]
    if one_call:
        tables.append(_side_by_side(one_call, [list(_one_call(results, name)) for name in one_call]))
    return "\n\n".join(tables)


def _side_by_side(names: Sequence[str], found: Sequence[Sequence[Aim]]) -> str:
    rows = [
        [aims[0].what, aims[0].sign_and_bound, *(aim.reached.format(aim.digits) for aim in aims)]
        for aims in zip(*found, strict=True)
    ]
    return table(("aim", "bound", *names), rows)


def _two_calls(results: Results, who: str) -> Iterator[Aim]:
    """Yield the aims of an execution in two calls, which also apply to the bare workflow."""
    yield _throughput(results, who, WAITS, 0.92)
    yield _p50_alone(results, who, WAITS, 1.0)
    outside = results.over(who, MANY, lambda run: sum(run.cpu[group] for group in OUTSIDE[who]))
    yield Aim(f"CPU outside the Temporal server at {MANY} clients, ms", outside, 18, digits=1)
    engine = results.ratio(who, WAITS, MANY, lambda run: run.cpu["engine"])
    yield Aim(f'CPU of the Temporal server at {MANY} clients : "{WAITS}"', engine, 0.65)
    if DbosPostgres.name in results.executions:
        yield _throughput(results, who, DbosPostgres.name, 0.8)
    if Tutorial.name in results.executions:
        yield _throughput(results, who, Tutorial.name, 4.6)
        yield _p50_alone(results, who, Tutorial.name, 0.19)


def _one_call(results: Results, who: str) -> Iterator[Aim]:
    """Yield the aims of an execution in one call."""
    yield _throughput(results, who, WAITS, 1.05)
    yield _p50_alone(results, who, WAITS, 0.85)
    if DbosPostgres.name in results.executions:
        yield _throughput(results, who, DbosPostgres.name, 0.95)


def _throughput(results: Results, who: str, to: str, bound: float) -> Aim:
    reached = results.ratio(who, to, MANY, lambda run: run.per_second)
    return Aim(f'{_prefix(who)}throughput at {MANY} clients : "{to}"', reached, bound, at_least=True)


def _p50_alone(results: Results, who: str, to: str, bound: float) -> Aim:
    return Aim(f'{_prefix(who)}p50 at 1 client : "{to}"', results.ratio(who, to, ALONE, lambda run: run.p50), bound)


def _prefix(who: str) -> str:
    return "one call: " if who in ONE_CALLS else ""


def _executions(results: Results) -> Iterator[Aim]:
    yield from _two_calls(results, OURS)
    if ONE_CALL in results.executions:
        yield from _one_call(results, ONE_CALL)
    yield Aim(f"p95/p50 at {MANY} clients", results.over(OURS, MANY, lambda run: run.p95 / run.p50), 1.5)
    if ADMITTED in results.effort.clients:
        most = throughput_under_load(results, OURS)
        yield Aim(f"throughput at {ADMITTED} clients : its best", most, 0.95, at_least=True)


def _calls(results: Results) -> Iterator[Aim]:
    """Yield the aims of other calls at one client."""
    if results.kinds:
        yield Aim(f"{FULFILL}, p50 at 1 client : {OURS}", kind_ratio(results, FULFILL, OURS), 1.5)
        yield Aim(f"{UNDO}, p50 at 1 client : {EXECUTE}", kind_ratio(results, UNDO, EXECUTE), 1.0)
    if OURS in results.round_trips:
        counted = Spread.of([results.round_trips[OURS].round_trips])
        yield Aim("round trips of SQL per operation", counted, ROUND_TRIPS, digits=1)
    for seconds, runs in results.slow_carrier.items():
        longer = Spread.of([run.p50 - 1000 * seconds for run in runs])
        yield Aim(f"an operation : a carrier that takes {seconds:g} s, p50, ms longer", longer, LONGER_MS, digits=0)


def _service(results: Results) -> Iterator[Aim]:
    waited = wait_of_single_client(results)
    yield Aim("final status to the waiting client, p95 at 1 client, ms", waited, 10, digits=1)
    for route, bound in ROUTE_AIMS.items():
        yield Aim(f"{route} : a bare route", route_ratio(results, route), bound, at_least=True)
    yield Aim(f"{BATCH} creates by one call : one by one", batch_ratio(results), 20, at_least=True, digits=1)
    for percent in (50, 95):
        what = f"a single operation next to another organization's bulk work : alone, p{percent}"
        yield Aim(what, neighbour_ratio(results, percent), 2)


def _tables(tables: Tables | None) -> Iterator[Aim]:
    if tables is None:
        return
    rows = f"{tables.rows:,.0f} rows"
    kinds = f"{len(tables.growth)} combinations of status, type and order"
    over = f"a first page of {rows} : of the small table, p95, over {kinds}"
    yield Aim(over, Spread.of(list(tables.growth.values())), 1.5)
    worst = f"the worst of those, p95 : p95 ({max(tables.growth, key=tables.growth.__getitem__)})"
    yield Aim(worst, Spread.of([max(tables.growth.values())]), 1.5)
    equal = f"the {len(tables.equal)} of them with a full page in the large table only, cut to as many rows, p95 : p95"
    yield Aim(equal, Spread.of(list(tables.equal.values())), 1.5)
    deepest = f"the deepest page of {rows} by offset, p95, ms, over {len(tables.last)} sorts"
    yield Aim(deepest, Spread.of(list(tables.last.values())), 200, digits=1)
    slowest = Spread.of([tables.large("the slowest page of all, by offset")])
    yield Aim(f"the slowest page of {rows} by offset, one in the middle, p95, ms", slowest, 200, digits=0)
    by_cursor = Spread.of(list(tables.cursor.values()))
    yield Aim(f"the last page of {rows} by cursor : the first page, p50, over {len(tables.cursor)} sorts", by_cursor, 1)
    yield Aim(f"create in {rows} : in an empty table, p95", Spread.of([tables.grown("create")]), 1.2)


def _filters(filters: Filters | None) -> Iterator[Aim]:
    if filters is None:
        return
    rows = f"{filters.rows:,} rows"
    ratios = {row["name"]: row["ratio_p95"] for row in filters.later}
    over = f"a page after a cursor of {rows} : of the small table, p95, over {len(ratios)} lists with filters"
    yield Aim(over, Spread.of(list(ratios.values())), 1.5)
    worst = max(ratios, key=ratios.__getitem__)
    yield Aim(f"the worst of those, p95 : p95 ({worst})", Spread.of([ratios[worst]]), 1.5)
    slowest = max(filters.first, key=lambda row: float(row["large"]["p95"]))
    what = f"the slowest first page with its total of {rows}, p95, ms ({slowest['name']})"
    yield Aim(what, Spread.of([slowest["large"]["p95"]]), 200, digits=1)


def _footprint(results: Results, set_up: SetUp | None) -> Iterator[Aim]:
    yield Aim("idle stack, MB", Spread.of([sum(results.idle_megabytes.values())]), 600, digits=0)
    yield Aim("from the command to a ready API, warm, s", Spread.of(results.warm_ready_seconds), 5, digits=1)
    if set_up is not None:
        what = "from `make up` in a clean clone to a ready API, pip's cache filled, s"
        yield Aim(what, Spread.of(set_up.seconds), 60, digits=0)
    yield Aim("import of the worker, s", Spread.of(results.import_seconds), 1.5)


def _aging(aging: Aging | None) -> Iterator[Aim]:
    if aging is not None:
        yield Aim("speed of the last part : the first", Spread.of([aging.speed_ratio]), 0.85, at_least=True)
        for name, growth in aging.growth.items():
            yield Aim(f"memory of {name}, its growth over the second half", Spread.of([growth]), 0.1)
