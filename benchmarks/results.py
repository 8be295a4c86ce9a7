"""The figures of one run of the suite, stored in benchmarks/results/suite.json; the pages are written from them."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.figures import Spread, percentile, ratios
from benchmarks.load import Run

RESULTS = Path(__file__).with_name("results")
SUITE = RESULTS / "suite.json"


CLIENTS_FOR_LONGER = 128
"""Runs with more clients than this take longer, because they begin with a create per client."""


@dataclass(frozen=True)
class Effort:
    """The amount of work; `seconds` is the length of runs with up to `CLIENTS_FOR_LONGER` clients."""

    repetitions: int
    clients: tuple[int, ...]
    seconds: float
    routes_seconds: float
    waits: int
    """Number of operations whose waits are timed, with one client and with many."""
    singles: int
    """Number of one organization's operations that are timed alone, and next to another's bulk work."""
    warm: int = 32
    """Number of operations that each subject performs first, without measurement."""
    carrier_seconds: tuple[float, ...] = (2.0, 5.0, 30.0)
    """The durations of a slow carrier's purchase."""

    def seconds_of(self, clients: int) -> float:
        """Return the minimum duration of a run with that number of clients."""
        return self.seconds * max(1.0, clients / CLIENTS_FOR_LONGER)


@dataclass
class Waits:
    """The time between `execute` and its answer, in ms per operation."""

    clients: int
    to_final: list[float] = field(default_factory=list)
    """Time between the client's call and the final status in Postgres."""
    to_client: list[float] = field(default_factory=list)
    """Time between the final status and the answer at the waiting client."""


@dataclass
class Neighbours:
    """One organization's single operations in ms, and another's bulk operations per second."""

    alone: list[float]
    beside: list[float]
    many_alone: float
    many_beside: float

    def ratio(self, percent: int) -> float:
        """Return the duration of single operations next to bulk work, divided by their duration alone."""
        return percentile(self.beside, percent) / percentile(self.alone, percent)


@dataclass
class RoundTrips:
    """SQL per operation: round trips (a pipeline is one), and statements."""

    round_trips: float
    statements: float


@dataclass
class Results:
    """All figures; each list of runs has one per repetition."""

    effort: Effort
    facts: list[tuple[str, str]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    """The versions of each contestant's parts."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Skipped contestants, with the reasons."""
    load_before: float = 0.0
    """The machine's load average (1 minute) before the start, which comes from other work."""
    executions: dict[str, dict[int, list[Run]]] = field(default_factory=dict)
    """By subject and number of clients, one run per repetition."""
    work: dict[str, tuple[int, int]] = field(default_factory=dict)
    """By contestant: completed operations, bought labels."""
    purchase: list[Run] = field(default_factory=list)
    first_ready_seconds: float = 0.0
    warm_ready_seconds: list[float] = field(default_factory=list)
    import_seconds: list[float] = field(default_factory=list)
    idle_megabytes: dict[str, float] = field(default_factory=dict)
    loaded_megabytes: dict[str, float] = field(default_factory=dict)
    waits: list[Waits] = field(default_factory=list)
    neighbours: list[Neighbours] = field(default_factory=list)
    routes: dict[str, list[Run]] = field(default_factory=dict)
    bare_routes: dict[str, list[Run]] = field(default_factory=dict)
    singles: list[Run] = field(default_factory=list)
    batches: list[Run] = field(default_factory=list)
    """One operation of these runs is a call that creates `BATCH` operations."""
    kinds: dict[str, list[Run]] = field(default_factory=dict)
    """By kind of call, one client."""
    slow_carrier: dict[float, list[Run]] = field(default_factory=dict)
    """By seconds that each purchase takes."""
    round_trips: dict[str, RoundTrips] = field(default_factory=dict)
    """By subject."""

    def over(self, subject: str, clients: int, value: Callable[[Run], float]) -> Spread:
        """Summarize a value of a subject's runs."""
        return Spread.of([value(run) for run in self.executions[subject][clients]])

    def ratio(self, subject: str, to: str, clients: int, value: Callable[[Run], float]) -> Spread:
        """Summarize the ratio of two subjects."""
        ours, theirs = self.executions[subject][clients], self.executions[to][clients]
        return ratios([value(run) for run in ours], [value(run) for run in theirs])

    def write(self, path: Path) -> None:
        """Store the figures."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, default=str) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Results":
        """Read stored figures."""
        stored = json.loads(path.read_text())
        effort = stored.pop("effort")
        executions = {
            subject: {int(clients): _runs(runs) for clients, runs in levels.items()}
            for subject, levels in stored.pop("executions").items()
        }
        for name in ("purchase", "singles", "batches"):
            stored[name] = _runs(stored[name])
        for name in ("routes", "bare_routes", "kinds"):
            stored[name] = {route: _runs(runs) for route, runs in stored.get(name, {}).items()}
        slow = stored.pop("slow_carrier", {})
        stored["slow_carrier"] = {float(seconds): _runs(runs) for seconds, runs in slow.items()}
        counted = stored.pop("round_trips", {})
        stored["round_trips"] = {name: RoundTrips(**counts) for name, counts in counted.items()}
        stored["waits"] = [Waits(**waits) for waits in stored["waits"]]
        stored["neighbours"] = [Neighbours(**neighbours) for neighbours in stored["neighbours"]]
        stored["facts"] = [(name, value) for name, value in stored["facts"]]
        stored["work"] = {name: (operations, labels) for name, (operations, labels) in stored["work"].items()}
        tuples = {name: tuple(value) for name, value in effort.items() if isinstance(value, list)}
        return cls(effort=Effort(**{**effort, **tuples}), executions=executions, **stored)


def _runs(stored: list[dict[str, Any]]) -> list[Run]:
    return [Run(**{**run, "latencies": tuple(run["latencies"])}) for run in stored]
