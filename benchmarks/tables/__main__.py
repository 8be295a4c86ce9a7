"""`python -m benchmarks.tables [--rows N]`: measure lists and creates on a small and on a large table."""

import argparse
import asyncio
import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.machine import facts
from benchmarks.stack import PROJECT
from benchmarks.tables import measure
from benchmarks.tables.cluster import running_cluster
from benchmarks.tables.measure import SMALL, Comparison, open_subjects

STORED = PROJECT / "benchmarks" / "results" / "tables.json"
WORST = 8
"""The number of combinations to print, beginning with the largest growth."""


def main() -> int:
    """Measure, print, and store the figures if `--keep` is set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables", description="Measure how tables grow.")
    parser.add_argument("--rows", type=int, default=5_000_000, help="operations of the large table's organization")
    parser.add_argument("--times", type=int, default=200, help="calls of each kind")
    parser.add_argument("--keep", action="store_true", help=f"write {STORED.relative_to(PROJECT)}")
    arguments = parser.parse_args()
    if arguments.rows < SMALL or arguments.times < 1:
        parser.error(f"--rows must be {SMALL} or more, --times 1 or more")
    with tempfile.TemporaryDirectory(prefix="orderly-tables-") as folder:
        Path(folder).chmod(0o755)  # if we are root, PostgreSQL runs as another user
        found = asyncio.run(_measure(Path(folder) / "data", arguments.rows, arguments.times))
    print(json.dumps(found["lines"], indent=1))
    if arguments.keep:
        STORED.parent.mkdir(exist_ok=True)
        STORED.write_text(json.dumps(found, indent=1) + "\n")
    return 0


async def _measure(folder: Path, rows: int, times: int) -> dict[str, Any]:
    async with running_cluster(folder) as cluster, open_subjects(cluster, rows) as (small, large, empty):
        pages = await measure.first_pages(small, large, times)
        equal = await measure.equal_pages(small, large, times)
        sorted_ = await measure.sorts(small, large, times)
        deep = {table.name: await measure.deep_pages(table, max(times // 20, 3)) for table in (small, large)}
        created = await measure.creates(empty, large, times * 5)
    _say(pages, equal, sorted_, deep[large.name], created)
    return {
        "facts": facts(),
        "equal": [comparison.row() for comparison in equal],
        **_results(rows, pages, sorted_, deep, created),
    }


def _say(
    pages: list[Comparison],
    equal: list[Comparison],
    sorted_: list[Comparison],
    deep: dict[str, Any],
    created: Comparison,
) -> None:
    titled = {
        "first pages by filters": pages,
        "with the same number of rows in both tables": equal,
        "first pages by sort": sorted_,
        "create": [created],
    }
    for title, found in titled.items():
        rows = sorted((comparison.row() for comparison in found), key=lambda row: -row["ratio_p95"])
        print(f"{title}: {len(rows)} kinds; the largest growth:")
        for row in rows[:WORST]:
            print(f"  {row['ratio_p95']:6.2f}  {row['small']['p95']:8.3f} {row['large']['p95']:8.3f} ms  {row['name']}")
    print("deep pages, ms (p50, p95):")
    for name, taken in deep.items():
        print(f"  {name}: by offset {taken['offset']}, by cursor {taken['cursor']}")


def _results(
    rows: int, pages: list[Comparison], sorted_: list[Comparison], deep: dict[str, dict[str, Any]], created: Comparison
) -> dict[str, Any]:
    every = next(comparison.row() for comparison in pages if comparison.name == "all")
    lines = {
        "the first page": [(SMALL, every["small"]["p95"]), (rows, every["large"]["p95"])],
        "the slowest first page by filters": _slowest(rows, pages),
        "the slowest first page by sort": _slowest(rows, sorted_),
        "the slowest page of all, by offset": _deepest(rows, deep, "offset"),
        "the slowest page of all, by cursor": _deepest(rows, deep, "cursor"),
        "create": [(1, created.row()["small"]["p95"]), (rows, created.row()["large"]["p95"])],
    }
    detail = {"pages": pages, "sorts": sorted_, "creates": [created]}
    return {
        "lines": lines,
        "deep": deep,
        **{name: [comparison.row() for comparison in found] for name, found in detail.items()},
    }


def _deepest(rows: int, deep: dict[str, dict[str, Any]], how: str) -> list[tuple[int, float]]:
    slowest = {name: max(page[how]["p95"] for page in pages.values()) for name, pages in deep.items()}
    return [(SMALL, slowest["small"]), (rows, slowest["large"])]


def _slowest(rows: int, found: list[Comparison]) -> list[tuple[int, float]]:
    slowest = max((comparison.row() for comparison in found), key=lambda row: row["large"]["p95"])
    return [(SMALL, slowest["small"]["p95"]), (rows, slowest["large"]["p95"])]


if __name__ == "__main__":
    sys.exit(main())
