"""`python -m benchmarks.tables.filters [--rows N]`: measure the filters of the list of operations on two tables."""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.machine import facts
from benchmarks.stack import PROJECT
from benchmarks.tables.cluster import running_cluster
from benchmarks.tables.fill import ACCOUNT, ACTOR, batch_of, order_number
from benchmarks.tables.measure import FIRST_PAGE, Call, Filters, Subject, compare, open_subjects
from domain.ports.rows import After

STORED = PROJECT / "benchmarks" / "results" / "filters.json"
NOW = datetime.now(UTC)


def filters_of(subject: Subject) -> Mapping[str, Filters]:
    """Return combinations of filters by name; those that match few rows match as many in each table."""
    return {
        "none": {},
        "two statuses": {"status": ["failed", "completed"]},
        "two statuses, two types": {
            "status": ["failed", "undone"],
            "type": ["create_shipment", "push_fulfillment"],
        },
        "created in a month": {"created_after": NOW - timedelta(days=60), "created_before": NOW - timedelta(days=30)},
        "updated in a month": {"updated_after": NOW - timedelta(days=60), "updated_before": NOW - timedelta(days=30)},
        "error code": {"error_code": "rejected"},
        "account": {"carrier_account_id": ACCOUNT},
        "account of no operation": {"carrier_account_id": UNKNOWN},
        "actor": {"actor": [ACTOR]},
        "actor of no operation": {"actor": ["user:unknown"]},
        "order number": {"order_number": [order_number(subject.rows // 6)]},
        "common metadata": {"metadata": {"channel": "web"}},
        "rare metadata": {"metadata": {"batch": batch_of(subject.rows // 2)}},
        "both metadata": {"metadata": {"channel": "web", "batch": batch_of(subject.rows // 2)}},
        "q, start of an order number": {"q": order_number(subject.rows // 6)},
    }


UNKNOWN = UUID("01900000-0000-7000-8000-00000000ffff")


async def measure(small: Subject, large: Subject, times: int) -> dict[str, Any]:
    """Measure each filter's first page with its total, and the page after the cursor of the first page."""
    first: dict[str, Call] = {}
    following: dict[str, Call] = {}
    afters: dict[tuple[str, str], After] = {}
    for name in filters_of(small):
        for subject in (small, large):
            rows, _ = await subject.list_(filters_of(subject)[name], FIRST_PAGE)
            if rows:
                afters[name, subject.name] = After(rows[-1].created_at, rows[-1].created_at, rows[-1].id)
        first[name] = _list_first(name)
        if len([key for key in afters if key[0] == name]) == 2:
            following[name] = _list_after(name, afters)
    found = {"first page with total": first, "page after a cursor": following}
    return {
        title: [comparison.row() for comparison in await compare(calls, small, large, times)]
        for title, calls in found.items()
    }


def _list_first(name: str) -> Call:
    return lambda subject: subject.list_(filters_of(subject)[name], FIRST_PAGE)


def _list_after(name: str, afters: Mapping[tuple[str, str], After]) -> Call:
    return lambda subject: subject.list_(
        filters_of(subject)[name], replace(FIRST_PAGE, after=afters[name, subject.name])
    )


async def _measure(folder: Path, rows: int, times: int) -> dict[str, Any]:
    async with running_cluster(folder) as cluster, open_subjects(cluster, rows) as (small, large, _):
        return {"facts": facts(), "rows": rows, **await measure(small, large, times)}


def main() -> int:
    """Measure, print, and store the figures if `--keep` is set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables.filters", description="Measure filters.")
    parser.add_argument("--rows", type=int, default=5_000_000, help="operations of the large table's organization")
    parser.add_argument("--times", type=int, default=100, help="calls of each kind")
    parser.add_argument("--keep", action="store_true", help=f"write {STORED.relative_to(PROJECT)}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orderly-tables-") as folder:
        Path(folder).chmod(0o755)  # if we are root, PostgreSQL runs as another user
        found = asyncio.run(_measure(Path(folder) / "data", arguments.rows, arguments.times))
    for title in ("first page with total", "page after a cursor"):
        print(f"{title}, p95 in ms (small, large, ratio):")
        for row in found[title]:
            print(f"  {row['small']['p95']:9.2f} {row['large']['p95']:9.2f} {row['ratio_p95']:7.2f}  {row['name']}")
    if arguments.keep:
        STORED.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
