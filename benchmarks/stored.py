"""Figures that take too long for every run of the suite: separate commands measure and store them."""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks.results import RESULTS

AGING = RESULTS / "aging.json"
TABLES = RESULTS / "tables.json"
FILTERS = RESULTS / "filters.json"
SET_UP = RESULTS / "set_up.json"
LAST = "last page by "
FIRST_PAGES, LATER_PAGES = "first page with total", "page after a cursor"
Facts = list[tuple[str, str]]


@dataclass
class Aging:
    """Operations in a row on one stack, in parts of equal size."""

    facts: Facts
    part: int
    clients: int
    per_second: list[float] = field(default_factory=list)
    """One value per part."""
    megabytes: list[dict[str, float]] = field(default_factory=list)
    """PSS by process at the end of each part."""
    files: list[dict[str, float]] = field(default_factory=list)
    """MB on disk by server at the end of each part."""

    @property
    def speed_ratio(self) -> float:
        """The last part's speed divided by the first part's."""
        return self.per_second[-1] / self.per_second[0]

    @property
    def growth(self) -> dict[str, float]:
        """The growth of each process's memory over the second half, relative to the middle."""
        middle, last = self.megabytes[(len(self.megabytes) - 1) // 2], self.megabytes[-1]
        return {name: last[name] / middle[name] - 1 for name in last}

    def write(self, path: Path = AGING) -> None:
        """Store the figures."""
        _write(self, path)


@dataclass
class SetUp:
    """Seconds from `make up` in a clean clone to a ready API, one per repetition."""

    facts: Facts
    seconds: list[float] = field(default_factory=list)

    def write(self, path: Path = SET_UP) -> None:
        """Store the figures."""
        _write(self, path)


@dataclass
class Tables:
    """The cost of calls by number of rows: pairs of rows and p95 in ms for each call.

    `growth`: p95 of a first page in the large table divided by the small one's, by filters.
    `equal`: the same for filters that fill a page only in the large table, cut to the small table's number of rows.
    `cursor`: p50 of the last page by cursor divided by the first page's, in the large table, by sort.
    `last`: p95 in ms of the last page by offset, by sort.
    """

    facts: Facts
    lines: dict[str, list[tuple[float, float]]]
    growth: dict[str, float]
    equal: dict[str, float]
    cursor: dict[str, float]
    last: dict[str, float]

    @property
    def rows(self) -> float:
        """The number of rows of the large table."""
        return max(rows for points in self.lines.values() for rows, _ in points)

    def large(self, name: str) -> float:
        """Return the p95 of a call in the large table, in ms."""
        return dict(self.lines[name])[self.rows]

    def grown(self, name: str) -> float:
        """Return the p95 of a call in the large table, divided by the smallest table's."""
        points = sorted(self.lines[name])
        return points[-1][1] / points[0][1]


@dataclass
class Filters:
    """The cost of lists with filters: rows with p50, p95 and ratios of a small and a large table, by kind of page."""

    facts: Facts
    rows: int
    first: list[dict[str, Any]]
    later: list[dict[str, Any]]


@dataclass
class Stored:
    """All figures that were measured separately; None if they were not."""

    aging: Aging | None = None
    tables: Tables | None = None
    filters: Filters | None = None
    set_up: SetUp | None = None


def read_stored() -> Stored:
    """Return the stored figures."""
    return Stored(read_aging(), read_tables(), read_filters(), read_set_up())


def read_aging(path: Path = AGING) -> Aging | None:
    """Return the stored figures, or None."""
    stored = _read(path)
    return Aging(**stored) if stored is not None else None


def read_tables(path: Path = TABLES) -> Tables | None:
    """Return the stored figures, or None."""
    stored = _read(path)
    if stored is None:
        return None
    lines = {name: [(rows, ms) for rows, ms in points] for name, points in stored["lines"].items()}
    growth, equal = (_ratios(stored[pages]) for pages in ("pages", "equal"))
    deep = stored["deep"]["large"]
    ends = {name.removeprefix(LAST): page for name, page in deep.items() if name.startswith(LAST)}
    cursor = {
        sort: page["cursor"]["p50"] / deep[f"first page by {sort}"]["offset"]["p50"] for sort, page in ends.items()
    }
    last = {sort: page["offset"]["p95"] for sort, page in ends.items()}
    return Tables(stored["facts"], lines, growth, equal, cursor, last)


def read_filters(path: Path = FILTERS) -> Filters | None:
    """Return the stored figures, or None."""
    stored = _read(path)
    if stored is None:
        return None
    return Filters(stored["facts"], stored["rows"], stored[FIRST_PAGES], stored[LATER_PAGES])


def _ratios(pages: list[dict[str, Any]]) -> dict[str, float]:
    return {page["name"]: page["ratio_p95"] for page in pages if "attention" not in page["name"]}


def read_set_up(path: Path = SET_UP) -> SetUp | None:
    """Return the stored figures, or None."""
    stored = _read(path)
    return SetUp(**stored) if stored is not None else None


def _write(stored: Aging | SetUp, path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(asdict(stored), indent=1) + "\n")


def _read(path: Path) -> dict[str, Any] | None:
    if not path.exists():
        return None
    stored: dict[str, Any] = json.loads(path.read_text())
    return {**stored, "facts": [(name, value) for name, value in stored["facts"]]}
