"""`python -m benchmarks.tables.filters [--rows N]`: measure the filters of lists on tables of two sizes."""

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from benchmarks.machine import facts
from benchmarks.stack import PROJECT
from benchmarks.stored import FILTERS, FIRST_PAGES, LATER_PAGES
from benchmarks.tables.cluster import running_cluster
from benchmarks.tables.fill import ACCOUNT, ACTOR, RARE_ACTOR, batch_of, order_number
from benchmarks.tables.measure import FIRST_PAGE, Call, Filters, Subject, compare, open_subjects
from domain.ports.rows import After, Total

NOW = datetime.now(UTC)


@dataclass(frozen=True)
class Wanted:
    """A list to measure."""

    filters: Filters
    resource: str = "operations"
    sort: str = "created_at"
    descending: bool = True

    async def read(self, subject: Subject, after: After | None = None) -> tuple[list[Any], Total]:
        """Read the first page, or the page after a cursor, with the total."""
        query = replace(FIRST_PAGE, sort=self.sort, descending=self.descending, after=after)
        return await subject.list_(self.filters, query, self.resource)


def lists_of(subject: Subject) -> Mapping[str, Wanted]:
    """Return the lists to measure by name; filters that match few rows match as many in each table."""
    order, batch = order_number(subject.rows // 6), batch_of(subject.rows // 2)
    return {
        "none": Wanted({}),
        "two statuses": Wanted({"status": ["failed", "completed"]}),
        "two statuses, two types": Wanted(
            {"status": ["failed", "undone"], "type": ["create_shipment", "push_fulfillment"]}
        ),
        "created in a month": Wanted(CREATED),
        "created in a month, one status": Wanted({**CREATED, "status": "completed"}),
        "updated in a month": Wanted(UPDATED),
        "updated in a month, by updated_at": Wanted(UPDATED, sort="updated_at"),
        "updated in the last month": Wanted(UPDATED_LATELY),
        "updated in the last month, oldest update first": Wanted(UPDATED_LATELY, sort="updated_at", descending=False),
        "error code": Wanted({"error_code": "rejected"}),
        "error code, status without errors": Wanted({"error_code": "rejected", "status": "undone"}),
        "account": Wanted({"carrier_account_id": ACCOUNT}),
        "account of no operation": Wanted({"carrier_account_id": UNKNOWN}),
        "actor of most": Wanted({"actor": [ACTOR]}),
        "actor of ten": Wanted({"actor": [RARE_ACTOR]}),
        "actor of no operation": Wanted({"actor": ["user:unknown"]}),
        "both actors, one status": Wanted({"actor": [ACTOR, RARE_ACTOR], "status": "completed"}),
        "actor of most, in a month": Wanted({"actor": [ACTOR], **CREATED}),
        "order number": Wanted({"order_number": [order]}),
        "metadata of half": Wanted({"metadata": {"channel": "web"}}),
        "metadata of half, failed": Wanted({"metadata": {"channel": "web"}, "status": "failed"}),
        "metadata of half, in a month": Wanted({"metadata": {"channel": "web"}, **CREATED}),
        "metadata of half, actor of most": Wanted({"metadata": {"channel": "web"}, "actor": [ACTOR]}),
        "metadata of half, by updated_at": Wanted({"metadata": {"channel": "web"}}, sort="updated_at"),
        "metadata of ten": Wanted({"metadata": {"batch": batch}}),
        "both metadata": Wanted({"metadata": {"channel": "web", "batch": batch}}),
        "q, start of an order number": Wanted({"q": order}),
        "orders: created in a month": Wanted(CREATED, "orders"),
        "orders: updated in a month": Wanted(UPDATED, "orders"),
        "orders: order number": Wanted({"order_number": [order]}, "orders"),
        "shipments: account": Wanted({"carrier_account_id": ACCOUNT}, "shipments"),
        "shipments: updated in a month": Wanted(UPDATED, "shipments"),
        "shipments: order number": Wanted({"order_number": [order]}, "shipments"),
    }


CREATED = {"created_after": NOW - timedelta(days=60), "created_before": NOW - timedelta(days=30)}
UPDATED = {"updated_after": NOW - timedelta(days=60), "updated_before": NOW - timedelta(days=30)}
UPDATED_LATELY = {"updated_after": NOW - timedelta(days=30)}
UNKNOWN = UUID("01900000-0000-7000-8000-00000000ffff")


async def measure(small: Subject, large: Subject, times: int) -> dict[str, Any]:
    """Measure each list's first page with its total, and the page after the cursor of the first page."""
    first: dict[str, Call] = {}
    later: dict[str, Call] = {}
    for name, wanted in lists_of(small).items():
        afters: dict[str, After] = {}
        for subject in (small, large):
            rows, total = await lists_of(subject)[name].read(subject)
            if rows:
                last = rows[-1]
                afters[subject.name] = After(getattr(last, wanted.sort), last.created_at, last.id, total.is_capped)
        first[name] = _read(name, {})
        if len(afters) == 2:
            later[name] = _read(name, afters)
    found = {FIRST_PAGES: first, LATER_PAGES: later}
    return {
        title: [comparison.row() for comparison in await compare(calls, small, large, times)]
        for title, calls in found.items()
    }


def _read(name: str, afters: Mapping[str, After]) -> Call:
    return lambda subject: lists_of(subject)[name].read(subject, afters.get(subject.name))


async def _measure(folder: Path, rows: int, times: int) -> dict[str, Any]:
    load = ("load average before", f"{os.getloadavg()[0]:.1f}")
    async with running_cluster(folder) as cluster, open_subjects(cluster, rows) as (small, large, _):
        return {"facts": [*facts(), load], "rows": rows, **await measure(small, large, times)}


def main() -> int:
    """Measure, print, and store the figures if `--keep` is set."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.tables.filters", description="Measure filters.")
    parser.add_argument("--rows", type=int, default=5_000_000, help="operations of the large table's organization")
    parser.add_argument("--data", type=Path, help="folder that keeps the tables for another measurement")
    parser.add_argument("--times", type=int, default=100, help="calls of each kind")
    parser.add_argument("--keep", action="store_true", help=f"write {FILTERS.relative_to(PROJECT)}")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="orderly-tables-") as folder:
        Path(folder).chmod(0o755)  # if we are root, PostgreSQL runs as another user
        found = asyncio.run(_measure(arguments.data or Path(folder) / "data", arguments.rows, arguments.times))
    for title in (FIRST_PAGES, LATER_PAGES):
        print(f"{title}, p95 in ms (small, large, ratio):")
        for row in found[title]:
            print(f"  {row['small']['p95']:9.2f} {row['large']['p95']:9.2f} {row['ratio_p95']:7.2f}  {row['name']}")
    if arguments.keep:
        FILTERS.write_text(json.dumps(found, indent=1) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
