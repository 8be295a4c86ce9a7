"""The other three records of a run: Postgres, Temporal and the sandboxes."""

import asyncio
from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

import httpx
import psycopg
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client import connect
from tests.chaos.client_log import Json
from tests.chaos.vendors import SAFETY, restore_references

UNSETTLED = """
    select operations.id::text, operations.status, operations.undo_status, runs.run, runs.kind,
           runs.started_at::text, runs.closed_at::text
    from operations left join runs on runs.operation_id = operations.id and runs.run = operations.current_run
    where (operations.status = 'executing' and operations.attention is null)
       or operations.undo_status = 'in_progress'
       or exists (select from runs open where open.operation_id = operations.id and open.closed_at is null)
"""


RESOURCES = {
    "order": "orders",
    "shipment": "shipments",
    "carrier_account": "carrier_accounts",
    "bridge": "bridges",
    "api_key": "api_keys",
    "user": "memberships",
    "organization": "organizations",
    "webhook_endpoint": "webhook_endpoints",
}
"""The tables whose trigger inserts events, by subject."""

STATES = f"""
    with current as (
        select 'operation' as subject, id, jsonb_build_object(
                   'id', id, 'status', status, 'order_id', order_id, 'undo', jsonb_build_object('status', undo_status)
               ) as now
        from operations
        union all
        {
    " union all ".join(
        f"select '{subject}' as subject, id, event_data('{subject}', to_jsonb(t)) as now from {table} as t"
        for subject, table in RESOURCES.items()
    )
}
    ), last as (
        select distinct on (subject_id) subject_type as subject, subject_id as id, type as last_type, data as last_data
        from events where subject_type = any(%s) and type <> 'webhook_endpoint.test' order by subject_id, ordinal desc
    )
    select subject, id::text, now, last_type, last_data from current full join last using (subject, id)
"""
"""Each resource as it is now, or null, and its last event."""


@dataclass(frozen=True)
class Records:
    """The contents of Postgres, Temporal and the sandboxes; rows as JSON, those of an operation by its id.

    `workflows` has Temporal's status of each workflow id, `requests` the calls to the sandboxes. `safety` has the
    safety class of each account and bridge, `vendors` the vendor. The service retries unsent calls for `retry_for`
    seconds. `moved` has the accounts that used another sandbox for a while. `connection_logs` has the log entries of
    all accounts and bridges in order. `states` has each resource and its last event.
    """

    operations: dict[str, Json]
    logs: dict[str, list[Json]]
    effects: dict[str, list[Json]]
    runs: dict[str, list[Json]]
    orders: dict[str, Json]
    shipments: dict[str, list[Json]]
    workflows: dict[str, str]
    labels: list[Json]
    fulfillments: list[Json]
    requests: list[Json] = field(repr=False)
    safety: dict[str, str]
    vendors: dict[str, str]
    retry_for: float
    moved: frozenset[str] = frozenset()
    connection_logs: list[Json] = field(default_factory=list)
    states: list[Json] = field(default_factory=list, repr=False)

    def labels_of(self, reference: str | None) -> list[Json]:
        """Return the labels with a reference."""
        return [label for label in self.labels if label["reference"] == reference]

    def fulfillments_of(self, reference: str) -> list[Json]:
        """Return the fulfillments with a reference."""
        return [fulfillment for fulfillment in self.fulfillments if fulfillment["reference"] == reference]

    def label_to_void(self, operation: Json) -> str | None:
        """Return the reference of the label that a `void_shipment` voids; None for other operations."""
        if operation["type"] != "void_shipment":
            return None
        shipments = [row for rows in self.shipments.values() for row in rows]
        return next(
            (shipment["reference"] for shipment in shipments if shipment["id"] == operation["input"]["shipment_id"]),
            None,
        )


async def unsettled(database_url: str) -> list[tuple[Any, ...]]:
    """Return the operations that have not settled."""
    async with await psycopg.AsyncConnection.connect(database_url, connect_timeout=5) as connection:
        return await (await connection.execute(UNSETTLED)).fetchall()


async def running_workflows(client: Client) -> list[str]:
    """Return the ids of Temporal's open workflows."""
    return [workflow.id async for workflow in client.list_workflows("ExecutionStatus = 'Running'")]


async def read_records(info: Json, retry_for: float, temporal: Client | None = None) -> Records:
    """Read all three records after everything has settled; pass `temporal` if it is not the stack's own namespace."""
    rows = await _postgres(info["database_url"])
    workflow_ids = [run["workflow_id"] for runs in rows["runs"].values() for run in runs]
    sandboxes = [info["sandbox_url"], *info.get("other_sandboxes", [])]
    labels, fulfillments, requests = [await _sandboxes(sandboxes, book) for book in SANDBOX_LISTS]
    operations = {operation["id"]: operation for operation in rows["operations"][""]}
    restore_references([*fulfillments, *requests], operations, rows["effects"], rows["shipments"])
    connections = [*rows["carrier_accounts"][""], *rows["bridges"][""]]
    vendors = {row["id"]: row.get("carrier") or row["channel"] for row in connections}
    entries = [_log_entry(event) for event in rows["events"][""] if event["message"] is not None]
    return Records(
        operations=operations,
        orders={order["id"]: order for order in rows["orders"][""]},
        logs=_by_operation(entries),
        effects=rows["effects"],
        runs=rows["runs"],
        shipments=rows["shipments"],
        workflows=await _temporal(temporal or await connect(info["temporal_address"]), workflow_ids),
        labels=labels,
        fulfillments=fulfillments,
        requests=requests,
        safety={ident: SAFETY[vendor] for ident, vendor in vendors.items()},
        vendors=vendors,
        retry_for=retry_for,
        moved=frozenset(info.get("moved", ())),
        connection_logs=[entry for entry in entries if entry["subject_type"] != "operation"],
        states=await read_states(info["database_url"]),
    )


def _log_entry(event: Json) -> Json:
    """Return an event with the names that the API uses in logs."""
    kind = event["type"] if event["subject_type"] == "operation" else event["type"].split(".")[1]
    return {**event, "id": event["ordinal"], "at": event["created_at"], "event": kind}


def _by_operation(entries: list[Json]) -> dict[str, list[Json]]:
    logs: dict[str, list[Json]] = defaultdict(list)
    for entry in entries:
        if entry["subject_type"] == "operation":
            logs[entry["subject_id"]].append(entry)
    return logs


SANDBOX_LISTS = ("labels", "fulfillments", "requests")


async def _sandboxes(urls: list[str], book: str) -> list[Json]:
    """Return one list of every sandbox; each row names its sandbox."""
    async with httpx.AsyncClient(timeout=60) as http:
        pages = {url: (await http.get(f"{url}/_sandbox/{book}")).json()["data"] for url in urls}
    return [{**record, "sandbox": url} for url, records in pages.items() for record in records]


TABLES = {
    "operations": "created_at, id",
    "orders": "created_at, id",
    "events": "ordinal",
    "effects": "created_at, id",
    "runs": "run",
    "shipments": "created_at, id",
    "carrier_accounts": "id",
    "bridges": "id",
}


async def _postgres(database_url: str) -> dict[str, dict[str, list[Json]]]:
    async with await psycopg.AsyncConnection.connect(database_url, connect_timeout=5) as connection:
        await connection.set_isolation_level(psycopg.IsolationLevel.REPEATABLE_READ)
        found: dict[str, dict[str, list[Json]]] = {}
        for table, order in TABLES.items():
            sql = f"select to_jsonb(t) - 'answer' - 'credentials' from {table} t order by {order}"
            by_operation: dict[str, list[Json]] = defaultdict(list)
            for (row,) in await (await connection.execute(sql.encode())).fetchall():
                by_operation[row.get("operation_id") or ""].append(row)
            found[table] = by_operation
        return found


async def read_states(database_url: str) -> list[Json]:
    """Return each resource as it is now, with its last event."""
    async with await psycopg.AsyncConnection.connect(
        database_url, connect_timeout=5, row_factory=psycopg.rows.dict_row
    ) as connection:
        return await (await connection.execute(STATES.encode(), [["operation", *RESOURCES]])).fetchall()


async def _temporal(client: Client, workflow_ids: list[str]) -> dict[str, str]:
    """Return every workflow's status; ask the server about workflows that the list does not show as ended."""
    statuses = {}
    async for workflow in client.list_workflows():
        statuses[workflow.id] = workflow.status.name if workflow.status else "NONE"
    open_ids = [ident for ident in workflow_ids if statuses.get(ident, "RUNNING") == "RUNNING"]
    limit = asyncio.Semaphore(10)

    async def ask(ident: str) -> None:
        async with limit:
            try:
                status = (await client.get_workflow_handle(ident).describe()).status
                statuses[ident] = status.name if status else "NONE"
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                statuses[ident] = "ABSENT"

    await asyncio.gather(*(ask(ident) for ident in open_ids))
    return statuses
