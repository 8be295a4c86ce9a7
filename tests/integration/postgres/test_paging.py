"""Pages and totals are exact, and indexes produce both."""

import asyncio
import random
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest

from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.database import Database
from adapters.postgres.stores.operations import LISTING
from domain.operations import Operation, OperationStatus, RunKind
from domain.ports.rows import After, PageQuery
from tests.fixtures.builders import build_order_columns
from tests.fixtures.rows import Rows
from tests.integration.postgres.records import NEWEST, record_operation

COUNT = 137
START = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
def operations(rows: Rows, other_rows: Rows) -> None:
    """Operations with equal times, statuses and types, and some of another organization."""
    dice = random.Random(7)  # noqa: S311 (not a secret)
    for number in range(COUNT):
        owner = other_rows if number % 10 == 0 else rows
        owner.insert_operation(
            dice.choice(list(OperationStatus)),
            type=dice.choice(["create_shipment", "void_shipment", "fulfill_order"]),
            created_at=START + timedelta(hours=dice.randrange(5)),
            updated_at=START + timedelta(hours=dice.randrange(5)),
            executed_at=dice.choice([None, START + timedelta(hours=dice.randrange(5))]),
            attention=dice.choice([None, None, {"reason": "drift"}]),
        )


async def list_page(
    database: Database, organization: UUID, query: PageQuery, **filters: Any
) -> tuple[list[Operation], int]:
    async with database.organization(organization) as data:
        return await data.operations.list_(filters, query)


async def list_all(
    database: Database, organization: UUID, sort: str, descending: bool, **filters: Any
) -> list[Operation]:
    pages: list[Operation] = []
    total = None
    page = 1
    while True:
        found, total = await list_page(database, organization, PageQuery(page, 7, sort, descending), **filters)
        pages += found
        if not found:
            assert len(pages) == total
            return pages
        page += 1


@pytest.mark.usefixtures("operations")
@pytest.mark.parametrize("filters", [{}, {"status": "failed"}, {"type": "void_shipment"}, {"attention": True},
                                     {"status": "completed", "type": "fulfill_order"}])  # fmt: skip
async def test_pages_hold_every_operation_once_in_order(
    database: Database, organization: UUID, filters: dict[str, Any]
) -> None:
    """Each sort and filter; operations that were never executed come last."""
    whole, _ = await list_page(database, organization, PageQuery(1, 1000, "created_at", True))
    expected = [o for o in whole if all(_matches(o, name, value) for name, value in filters.items())]
    assert expected
    for sort, descending in product(LISTING.sorts, (True, False)):
        found = await list_all(database, organization, sort, descending, **filters)
        assert [o.id for o in found] == [o.id for o in _in_order(expected, sort, descending)], (sort, descending)


@pytest.mark.usefixtures("operations")
@pytest.mark.parametrize("filters", [{}, {"type": "void_shipment"}, {"attention": True}])
async def test_the_rows_after_a_cursor_are_the_rest_of_the_list(
    database: Database, organization: UUID, filters: dict[str, Any]
) -> None:
    """Each sort and direction, after each row, also among operations that were never executed."""
    for sort, descending in product(LISTING.sorts, (True, False)):
        whole = await list_all(database, organization, sort, descending, **filters)
        walked: list[Operation] = []
        after: After | None = None
        while True:
            found, _ = await list_page(database, organization, PageQuery(1, 7, sort, descending, after), **filters)
            if not found:
                break
            walked += found
            after = After(getattr(found[-1], sort), found[-1].created_at, found[-1].id)
        assert [o.id for o in walked] == [o.id for o in whole], (sort, descending)


@pytest.mark.usefixtures("operations")
async def test_a_page_counted_from_the_end_is_the_same_page(database: Database, organization: UUID) -> None:
    """Every page of every sort, and pages beyond the end."""
    async with database.transaction(organization) as transaction:
        for sort, descending, page in product(LISTING.sorts, (True, False), range(1, 22)):
            query = PageQuery(page, 7, sort, descending)
            forwards = await LISTING.page(transaction, {}, query)
            backwards = await LISTING.page(transaction, {}, query, backwards=True)
            assert [o.id for o in backwards] == [o.id for o in forwards], (sort, descending, page)


def _in_order(operations: list[Operation], sort: str, descending: bool) -> list[Operation]:
    columns = [*LISTING.sorts[sort], "id"]
    known = [o for o in operations if getattr(o, sort) is not None]
    unknown = [o for o in operations if getattr(o, sort) is None]
    ordered = sorted(known, key=lambda o: [getattr(o, name) for name in columns], reverse=descending)
    return ordered + sorted(unknown, key=lambda o: o.id, reverse=descending)


def _matches(operation: Operation, name: str, value: Any) -> bool:
    return operation.attention is not None if name == "attention" else bool(getattr(operation, name) == value)


@pytest.mark.usefixtures("operations")
@pytest.mark.parametrize("page", [21, 10**6, 10**30])
async def test_a_page_beyond_the_end_is_empty_with_the_true_total(
    database: Database, organization: UUID, page: int
) -> None:
    found, total = await list_page(database, organization, PageQuery(page, 100, "created_at", True))
    assert found == []
    assert total == len((await list_page(database, organization, NEWEST))[0]) + 23


async def test_pages_are_read_by_index(database: Database, rows: Rows, organization: UUID) -> None:
    """No sort and no filter reads all of an organization's operations."""
    rows.run(
        "insert into operations (id, organization_id, type, status, input, plan, undo_status, current_run, created_at,"
        " metadata)"
        " select gen_random_uuid(), %s, 't' || i %% 5, 'pending', '{}', '{}', 'none', 0, now() - i * interval '1 s',"
        """ jsonb_build_object('half', (i %% 2)::text, 'all', 'x') from generate_series(1, 5000) as i""",
        organization,
    )
    rows.run(
        "insert into events (organization_id, subject_type, subject_id, type, actor, created_at)"
        " select organization_id, 'operation', id, 'operation.created', 'key:' || type, created_at from operations"
        " where organization_id = %s",
        organization,
    )
    rows.run("analyze operations, events, operation_metadata")
    sorted_by: list[tuple[PageQuery, dict[str, Any]]] = [
        (PageQuery(1, 20, sort, down), {}) for sort in LISTING.sorts for down in (True, False)
    ]
    filtered: list[tuple[PageQuery, dict[str, Any]]] = [
        (NEWEST, {"status": "failed"}),
        (NEWEST, {"type": "t1"}),
        (NEWEST, {"order_id": organization}),
        (NEWEST, {"carrier_account_id": organization}),
        (NEWEST, {"bridge_id": organization}),
        (NEWEST, {"error_code": "rejected"}),
        (NEWEST, {"status": ["failed", "pending"], "type": ["t1", "t2"]}),
        (NEWEST, {"created_after": START, "created_before": START + timedelta(days=1)}),
        (NEWEST, {"actor": ["key:t1"]}),
        (NEWEST, {"actor": ["key:t1", "key:t2"]}),
        (NEWEST, {"metadata": {"all": "x"}}),
        (NEWEST, {"metadata": {"all": "x", "half": "1"}}),
        (NEWEST, {"metadata": {"half": "1"}, "status": "pending"}),
    ]
    async with database.transaction(organization) as transaction:
        explaining = Explaining(transaction.connection, organization)
        for query, filters in [*sorted_by, *filtered, (NEWEST, {"attention": True})]:
            explaining.plan = ""
            await LISTING.page(explaining, filters, query)
            assert_by_index(explaining.plan)


async def test_operations_never_executed_are_read_by_index(database: Database, rows: Rows, organization: UUID) -> None:
    """In the order of execution, among many executed operations of each status."""
    rows.run(
        "insert into operations (id, organization_id, type, status, input, plan, undo_status, current_run, executed_at)"
        " select gen_random_uuid(), %s, 't', case when i <= 600 then 'cancelled' else 'completed' end, '{}', '{}',"
        " 'none', 0, case when i > 600 then now() - i * interval '1 s' end from generate_series(1, 6000) as i",
        organization,
    )
    rows.run("vacuum analyze operations")
    async with database.transaction(organization) as transaction:
        explaining = Explaining(transaction.connection, organization)
        for down in (True, False):
            explaining.plan = ""
            await LISTING.page(explaining, {"status": "cancelled"}, PageQuery(1, 20, "executed_at", down))
            assert_by_index(explaining.plan)
            assert "Filter: (status" not in explaining.plan, explaining.plan


def assert_by_index(plan: str) -> None:
    """Only the two short parts may be sorted: the rows with a value and the rows without one."""
    assert "Index" in plan, plan
    whole, _, parts = plan.rpartition("Append")
    assert "Sort  (" not in parts, plan
    assert whole.count("Sort  (") <= 1, plan


class Explaining(OrganizationTransaction):
    """Returns the plan of a listing's inner select instead of its rows."""

    plan = ""

    async def fetch_all(self, row: Any, sql: str, **params: Any) -> Any:
        assert row is Operation
        chosen = sql[sql.index(" join (") + 7 : sql.index(") as ids")]
        lines = await super().fetch_all(dict, f"explain {chosen}", **params)
        self.plan = "\n".join(line["QUERY PLAN"] for line in lines)
        return []


async def test_totals_are_exact_after_concurrent_changes(database: Database, rows: Rows, organization: UUID) -> None:
    """The counters equal the table after racing inserts, changes and deletes, by status and by type."""
    kinds = ["create_shipment", "void_shipment"]

    async def life(i: int) -> None:
        operation = await record_operation(database, organization, kinds[i % 2])
        async with database.organization(organization) as data:
            if i % 3 == 0:
                await data.operations.cancel(operation.id)
            elif i % 3 == 1:
                await data.operations.start_run(operation.id, kind=RunKind.EXECUTE, expected=OperationStatus.PENDING)
        if i % 6 == 1:
            async with database.transaction(organization) as transaction:
                for status in ("failed", "executing", "completed"):
                    await transaction.execute(
                        "update operations set status = %(s)s where organization_id = %(org)s and id = %(id)s",
                        s=status,
                        id=operation.id,
                    )

    await asyncio.gather(*(life(i) for i in range(300)))
    rows.run("delete from operations where id in (select id from operations where status = 'pending' limit 10)")
    for filters in ({}, *({"status": s.value} for s in OperationStatus), *({"type": kind} for kind in kinds)):
        _, total = await list_page(database, organization, NEWEST, **filters)
        where = " and ".join(["true", *(f"{name} = '{value}'" for name, value in filters.items())])
        assert total == rows.value(f"select count(*) from operations where {where}")
    assert (await list_page(database, organization, NEWEST))[1] == 290


async def test_operations_are_found_by_order(database: Database, organization: UUID) -> None:
    async with database.organization(organization) as data:
        order = await data.orders.create(build_order_columns())
    mine = await record_operation(database, organization, order_id=order.id)
    await record_operation(database, organization)
    found, total = await list_page(database, organization, NEWEST, order_id=order.id)
    assert ([o.id for o in found], total) == ([mine.id], 1)
