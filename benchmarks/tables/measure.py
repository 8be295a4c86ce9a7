"""Measures the Postgres adapter on a small and on a large table in turns, so that influences on both cancel out."""

import asyncio
import contextlib
import random
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any
from uuid import UUID

from cryptography.fernet import Fernet

from adapters.encryption import CredentialCipher
from adapters.postgres.database import Database
from adapters.postgres.stores.operations import LISTING
from benchmarks.figures import percentile
from benchmarks.tables.cluster import Cluster
from benchmarks.tables.fill import LARGE, MIN_ORDERS, fill, order_id, orders_of
from domain.operations import OperationStatus
from domain.plan import Plan
from domain.ports.rows import After, PageQuery, RowStore, Total
from workflows.operations.create_shipment import CREATE_SHIPMENT

TYPES = ("create_shipment", "push_fulfillment", "update_order_status", "fulfill_order", "void_shipment")
FIRST_PAGE = PageQuery(page=1, limit=20, sort="created_at", descending=True)
ROUNDS = 10
SMALL = 10_000
"""Operations of the small table."""
GIVEN = {"service": "GROUND", "carrier_account_id": str(UUID(int=1)), "parcels": [{"weight": "2.5"}]}

Filters = Mapping[str, Any]
Call = Callable[["Subject"], Awaitable[object]]


@dataclass(frozen=True)
class Subject:
    """A table of some size, with the service's database adapter."""

    name: str
    rows: int
    database: Database

    async def list_(self, filters: Filters, query: PageQuery, resource: str = "operations") -> tuple[list[Any], Total]:
        """List operations, orders or shipments, as the API does."""
        async with self.database.autocommit(LARGE) as data:
            store: RowStore[Any] = getattr(data, resource)
            return await store.list_(filters, query)

    async def create(self) -> None:
        """Record an operation of a random order, as the API does."""
        order = order_id(orders_of(self.rows) - random.randrange(MIN_ORDERS))
        new = CREATE_SHIPMENT.new_operation(order, GIVEN, Plan(service="GROUND"))
        async with self.database.autocommit(LARGE) as data:
            await data.operations.create(new)


@contextlib.asynccontextmanager
async def open_subjects(cluster: Cluster, rows: int) -> AsyncIterator[tuple[Subject, Subject, Subject]]:
    """Fill a small, a large and an empty table unless they exist, and open their databases during the block."""
    small, large, empty = await asyncio.to_thread(_fill_databases, cluster, rows)
    async with contextlib.AsyncExitStack() as opened:
        for table in (small, large, empty):
            await table.database.open()
            opened.push_async_callback(table.database.close)
        yield small, large, empty


def _fill_databases(cluster: Cluster, rows: int) -> tuple[Subject, Subject, Subject]:
    subjects = []
    for name, number in (("small", SMALL), ("large", rows), ("empty", 0)):
        if cluster.database(name):
            print(f"{name}: {number:,} operations", file=sys.stderr, flush=True)
            fill(cluster.url(name), number, lambda line: print(line, file=sys.stderr, flush=True))
        subjects.append(
            Subject(name, number, Database(cluster.url(name), CredentialCipher([Fernet.generate_key().decode()])))
        )
    return subjects[0], subjects[1], subjects[2]


@dataclass(frozen=True)
class Comparison:
    """One call on both tables, in milliseconds."""

    name: str
    small: list[float]
    large: list[float]

    def row(self) -> dict[str, Any]:
        """Return the figures as JSON."""
        found: dict[str, Any] = {"name": self.name}
        for which, values in (("small", self.small), ("large", self.large)):
            found[which] = {f"p{percent}": round(percentile(values, percent), 3) for percent in (50, 95)}
        for percent in (50, 95):
            found[f"ratio_p{percent}"] = round(percentile(self.large, percent) / percentile(self.small, percent), 2)
        return found


async def compare(calls: Mapping[str, Call], small: Subject, large: Subject, times: int) -> list[Comparison]:
    """Make each call `times` times on both tables, in turns.

    The calls are spread over rounds, so that other work on the machine affects all of them alike. The first round does
    not count, because Postgres prepares statements in it.
    """
    found = {name: Comparison(name, [], []) for name in calls}
    for number in range(-1, ROUNDS):
        for name, call in calls.items():
            turn = await _turn(call, small, large, max(times // ROUNDS, 1))
            if number >= 0:
                found[name].small.extend(turn[small.name])
                found[name].large.extend(turn[large.name])
    return list(found.values())


async def _turn(call: Call, small: Subject, large: Subject, times: int) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {small.name: [], large.name: []}
    for number in range(times):
        for subject in (small, large) if number % 2 else (large, small):
            started = time.perf_counter()
            await call(subject)
            taken[subject.name].append((time.perf_counter() - started) * 1000)
    return taken


def combinations() -> Iterator[dict[str, Any]]:
    """Yield every combination of the filters."""
    statuses = [None, *(status.value for status in OperationStatus)]
    for status, kind, order, attention in product(statuses, (None, *TYPES), (None, order_id(7)), (None, True)):
        filters = {"status": status, "type": kind, "order_id": order, "attention": attention}
        yield {name: value for name, value in filters.items() if value is not None}


def name_filters(filters: Filters) -> str:
    """Return a combination's name."""
    return " ".join(f"{name}={'one' if name == 'order_id' else value}" for name, value in filters.items()) or "all"


def _listing(filters: Filters, query: PageQuery) -> Call:
    return lambda subject: subject.list_(filters, query)


async def first_pages(small: Subject, large: Subject, times: int) -> list[Comparison]:
    """Measure the first page, with its total, for every combination of filters."""
    return await compare(
        {name_filters(filters): _listing(filters, FIRST_PAGE) for filters in combinations()}, small, large, times
    )


async def equal_pages(small: Subject, large: Subject, times: int) -> list[Comparison]:
    """Measure combinations that fill a first page only in the large table, cut to the small table's number of rows.

    A page of twenty rows costs more than a page of two, independent of the size of the table.
    """
    calls = {}
    for filters in combinations():
        few, _ = await small.list_(filters, FIRST_PAGE)
        many, _ = await large.list_(filters, FIRST_PAGE)
        if 0 < len(few) < len(many):
            calls[name_filters(filters)] = _listing(filters, replace(FIRST_PAGE, limit=len(few)))
    return await compare(calls, small, large, times)


async def sorts(small: Subject, large: Subject, times: int) -> list[Comparison]:
    """Measure the first page of each sort and direction, with every combination of status and type."""
    calls = {}
    wanted = [filters for filters in combinations() if filters.keys() <= {"status", "type"}]
    for sort, down, filters in product(LISTING.sorts, (True, False), wanted):
        query = PageQuery(page=1, limit=20, sort=sort, descending=down)
        calls[f"{sort} {'desc' if down else 'asc'}, {name_filters(filters)}"] = _listing(filters, query)
    return await compare(calls, small, large, times)


async def deep_pages(large: Subject, times: int) -> dict[str, Any]:
    """Measure the first, middle and last page, by offset and by cursor, in milliseconds."""
    _, total = await large.list_({}, FIRST_PAGE)
    pages = {"first": 1, "middle": total // 40, "last": -(-total // 20)}
    found: dict[str, Any] = {}
    for place, sort in product(pages, LISTING.sorts):
        query = PageQuery(page=pages[place], limit=20, sort=sort, descending=True)
        rows, _ = await large.list_({}, query)
        after = After(getattr(rows[0], sort), rows[0].created_at, rows[0].id)
        cursor = PageQuery(page=1, limit=20, sort=sort, descending=True, after=after)
        found[f"{place} page by {sort}"] = {
            "offset": _summary([await _taken(large, query) for _ in range(times)]),
            "cursor": _summary([await _taken(large, cursor) for _ in range(times * 4)]),
        }
    return found


async def creates(empty: Subject, large: Subject, times: int) -> Comparison:
    """Measure creates on an empty table, which grows during the measurement, and on the large one."""
    return (await compare({"create": Subject.create}, empty, large, times))[0]


async def _taken(subject: Subject, query: PageQuery) -> float:
    started = time.perf_counter()
    await subject.list_({}, query)
    return (time.perf_counter() - started) * 1000


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {f"p{percent}": round(percentile(values, percent), 2) for percent in (50, 95)}
