"""Everything that a run of the suite measured: stored in benchmarks/results/suite.json; the page is written from it."""

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
"""Of more clients a run takes longer: it begins with a create of each, and few operations of each would follow."""


@dataclass(frozen=True)
class Effort:
    """How much is done: repetitions, numbers of clients, and seconds of each run of up to `CLIENTS_FOR_LONGER`."""

    repetitions: int
    clients: tuple[int, ...]
    seconds: float
    routes_seconds: float
    waits: int
    """Operations whose waits are timed, at one client and at many."""
    singles: int
    """Operations of one organization that are timed alone, and beside another's many."""
    warm: int = 32
    """Operations that each subject does first, uncounted."""

    def seconds_of(self, clients: int) -> float:
        """Return how long a run of so many clients takes, at least."""
        return self.seconds * max(1.0, clients / CLIENTS_FOR_LONGER)


@dataclass
class Waits:
    """Where the time between `execute` and its answer goes, in ms for each operation."""

    clients: int
    to_final: list[float] = field(default_factory=list)
    """From the client's call to the final status in Postgres."""
    to_client: list[float] = field(default_factory=list)
    """From there to the answer in the waiting client's hands."""


@dataclass
class Neighbours:
    """What one organization's single operations take, in ms, and what another's many come to in a second."""

    alone: list[float]
    beside: list[float]
    many_alone: float
    many_beside: float

    def ratio(self, percent: int) -> float:
        """Return how many times as long a single one takes beside the many."""
        return percentile(self.beside, percent) / percentile(self.alone, percent)


@dataclass
class Results:
    """Runs are one per repetition."""

    effort: Effort
    facts: list[tuple[str, str]] = field(default_factory=list)
    versions: dict[str, str] = field(default_factory=dict)
    """What each contestant is made of."""
    skipped: dict[str, str] = field(default_factory=dict)
    """Contestants that did not take part, and why."""
    load_before: float = 0.0
    """The machine's load average (1 minute) before anything was started: the others'."""
    executions: dict[str, dict[int, list[Run]]] = field(default_factory=dict)
    """Subject, clients, repetitions."""
    work: dict[str, tuple[int, int]] = field(default_factory=dict)
    """Contestant: operations completed, labels bought."""
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
    """An operation is a call that creates `BATCH` operations."""

    def over(self, subject: str, clients: int, value: Callable[[Run], float]) -> Spread:
        """Summarize a value of a subject's runs."""
        return Spread.of([value(run) for run in self.executions[subject][clients]])

    def ratio(self, subject: str, to: str, clients: int, value: Callable[[Run], float]) -> Spread:
        """Summarize the ratio of two subjects."""
        ours, theirs = self.executions[subject][clients], self.executions[to][clients]
        return ratios([value(run) for run in ours], [value(run) for run in theirs])

    def write(self, path: Path) -> None:
        """Keep them."""
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(asdict(self), indent=1, default=str) + "\n")

    @classmethod
    def read(cls, path: Path) -> "Results":
        """Take them out again."""
        stored = json.loads(path.read_text())
        effort = stored.pop("effort")
        executions = {
            subject: {int(clients): _runs(runs) for clients, runs in levels.items()}
            for subject, levels in stored.pop("executions").items()
        }
        for name in ("purchase", "singles", "batches"):
            stored[name] = _runs(stored[name])
        for name in ("routes", "bare_routes"):
            stored[name] = {route: _runs(runs) for route, runs in stored[name].items()}
        stored["waits"] = [Waits(**waits) for waits in stored["waits"]]
        stored["neighbours"] = [Neighbours(**neighbours) for neighbours in stored["neighbours"]]
        stored["facts"] = [(name, value) for name, value in stored["facts"]]
        stored["work"] = {name: (operations, labels) for name, (operations, labels) in stored["work"].items()}
        return cls(effort=Effort(**{**effort, "clients": tuple(effort["clients"])}), executions=executions, **stored)


def _runs(stored: list[dict[str, Any]]) -> list[Run]:
    return [Run(**{**run, "latencies": tuple(run["latencies"])}) for run in stored]
