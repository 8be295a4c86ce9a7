"""Reads the totals of lists over HTTP, and counts the rows in the database."""

from typing import Any

import httpx

from tests.chaos.checker import Totals
from tests.chaos.records import Records


async def read_totals(http: httpx.AsyncClient, organization_id: str, records: Records) -> list[Totals]:
    """Return the totals of an organization's operations for several filters."""
    operations = [row for row in records.operations.values() if row["organization_id"] == organization_id]
    wanted: list[dict[str, Any]] = [{}]
    wanted += [{"status": status} for status in sorted({operation["status"] for operation in operations})]
    wanted += [{"type": kind} for kind in sorted({operation["type"] for operation in operations})]
    wanted += [
        {"order_id": order}
        for order in sorted({operation["order_id"] for operation in operations if operation["order_id"]})
    ]
    found = []
    for filters in wanted:
        page = (await http.get("/api/operations", params={**filters, "limit": 1})).json()["pagination"]
        counted = sum(all(operation[name] == value for name, value in filters.items()) for operation in operations)
        found.append(Totals(str(httpx.QueryParams(filters)), page["total"], counted))
    return found
