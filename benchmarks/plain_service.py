"""The floor: `create_shipment` by the service's own calls and statements, and nothing around them.

Two FastAPI routes, a workflow with the purchase as a remote activity and the mirror as a local one, as the service has
them; the SQL is the service's own. No authentication beyond the look-up of the key, no validation, no rules, no errors,
no models, no encryption, no adapter, no scope, no time limit, no dispatcher: what an operation costs beyond this is the
service's own code. `python -m benchmarks.plain_service <port> <database-url> <temporal-address> <sandbox-url>`.
"""

import asyncio
import base64
import contextlib
import sys
import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb, set_json_dumps, set_json_loads
from psycopg_pool import AsyncConnectionPool
from pydantic_core import from_json, to_json
from temporalio import activity, workflow
from temporalio.client import Client
from temporalio.common import RetryPolicy

from adapters.postgres.ledger import activity_reads as facts
from adapters.postgres.ledger import begin_effect as openings
from adapters.postgres.ledger import ledger
from adapters.postgres.runs import run_outcome as mirror
from adapters.postgres.runs import runs
from adapters.postgres.stores import operations
from adapters.postgres.stores import start_run as run_starts
from benchmarks.bare_api import ACCOUNT, KEY, ORDER, RECORD, key_of
from benchmarks.bare_workflow import lean_worker
from benchmarks.http_client import Connection
from benchmarks.label_request import PATH, label_request
from domain.ids import effect_reference, new_id
from domain.operations import OperationStatus, RunKind

QUEUE = "plain"
SECONDS = timedelta(seconds=60)
ONCE = RetryPolicy(maximum_attempts=1)
STEP = "buy_label"
START = run_starts.START.format(
    change=run_starts.started_as(RunKind.EXECUTE),
    guard=run_starts.may_start(RunKind.EXECUTE, OperationStatus.PENDING),
    lane=run_starts.LANE,
    columns=operations.COLUMNS,
)
CLOSE = mirror.CLOSE.replace("{change}", mirror.CHANGES["completed"][0]).replace(
    "{expected}", mirror.CHANGES["completed"][1]
)
# The three go out together: each id has a name of its own.
CREATE = (
    ORDER,
    ACCOUNT.replace("%(id)s", "%(account)s"),
    operations.CREATE.replace("%(id)s", "%(new)s").replace("%(order_id)s", "%(id)s"),
)
FACTS = (operations.GET, facts.ITS_ORDER, facts.ITS_ACCOUNT)

Row = dict[str, Any]
Pool = AsyncConnectionPool[AsyncConnection[Row]]


@dataclass
class Shipment:
    """What a run is started with."""

    organization_id: str
    operation_id: str


@workflow.defn
class PlainShipment:
    """Buys a label, then tells."""

    @workflow.run
    async def run(self, shipment: Shipment) -> Row:
        """Return what was recorded."""
        bought: Row = await workflow.execute_activity(
            "plain_buy", shipment, result_type=dict, start_to_close_timeout=SECONDS, retry_policy=ONCE
        )
        await workflow.execute_local_activity(
            "plain_close", args=[shipment, bought], start_to_close_timeout=SECONDS, retry_policy=ONCE
        )
        return bought


class PlainActivities:
    """The purchase through the ledger, and the mirror."""

    def __init__(self, pool: Pool, sandbox_url: str) -> None:
        self._pool = pool
        self._sandbox_url = sandbox_url
        self._free: list[Connection] = []
        self.waiting: dict[str, asyncio.Event] = {}

    @activity.defn(name="plain_buy")
    async def buy(self, shipment: Shipment) -> Row:
        """Buy a label: opened, sent, kept, recorded."""
        names = {"org": shipment.organization_id, "operation_id": shipment.operation_id, "step": STEP}
        async with self._pool.connection() as connection:
            _, orders, accounts = await _each(
                connection, FACTS, {"org": shipment.organization_id, "id": shipment.operation_id}
            )
        reference = effect_reference(uuid.UUID(shipment.operation_id), STEP, "do", 1)
        opened = {
            **names, "id": new_id(), "run": 1, "round": 1, "position": 1, "direction": "do", "undoes": None,
            "reference": reference, "compensation": "void_label", "recovery": "recover_label", "paced_by": None,
        }  # fmt: skip
        async with self._pool.connection() as connection:
            (effect,) = await _rows(connection, openings.INSERT, opened)
        answer = await self._purchase(reference)
        label = from_json(answer)
        mine = {"org": shipment.organization_id, "id": effect["id"], "attempts": 1}
        async with self._pool.connection() as connection:
            kept = {**mine, "answer": answer, "status": 201, "digest": reference}
            await connection.execute(ledger.KEEP_ANSWER.encode(), kept)
        shipment_id = new_id()
        result = {"shipment_id": str(shipment_id), "tracking_number": label["tracking_number"]}
        bought = {
            **mine, "shipment_id": shipment_id, "order_id": orders[0]["id"], "account_id": accounts[0]["id"],
            "carrier": "fedex", "service": "GROUND", "carrier_shipment_id": label["label_id"],
            "tracking_number": label["tracking_number"], "format": "PDF", "cost": "1", "currency": "USD",
            "void_until": None, "document": base64.b64decode(label["label"]["content_base64"]),
            "result": Jsonb(result), "message": "bought", "step": STEP,
        }  # fmt: skip
        async with self._pool.connection() as connection:
            await connection.execute(ledger.LABEL_BOUGHT.encode(), bought)
        return result

    async def _purchase(self, reference: str) -> bytes:
        connection = self._free.pop() if self._free else Connection(self._sandbox_url, "sandbox")
        status, answer = await connection.call("POST", PATH, label_request(reference))
        self._free.append(connection)
        if status != 201:
            raise RuntimeError(f"the sandbox answered {status}")
        return answer

    @activity.defn(name="plain_close")
    async def close(self, shipment: Shipment, output: Row) -> None:
        """Tell how the run ended, and who waits for it."""
        told = {
            "org": shipment.organization_id, "operation_id": shipment.operation_id, "run": 1, "result": "completed",
            "step": None, "direction": "do", "output": Jsonb(output), "attention_step": None, "reason": None,
            "event": "operation.completed", "message": "The operation is completed.",
        }  # fmt: skip
        async with self._pool.connection() as connection:
            await connection.execute(CLOSE.encode(), told)
        self.waiting[shipment.operation_id].set()


def create_app(database_url: str, temporal_address: str, sandbox_url: str) -> FastAPI:
    """Make the two routes, with the worker in the same process."""
    pool: Pool = AsyncConnectionPool(
        database_url,
        kwargs={"row_factory": dict_row, "autocommit": True},
        configure=_configure,
        min_size=4,
        max_size=12,
        open=False,
    )
    activities = PlainActivities(pool, sandbox_url)
    clients: list[Client] = []

    @contextlib.asynccontextmanager
    async def working(_: FastAPI) -> AsyncIterator[None]:
        client = await Client.connect(temporal_address)
        clients.append(client)
        async with pool, lean_worker(client, QUEUE, [PlainShipment], [activities.buy, activities.close]):
            yield

    app = FastAPI(lifespan=working)

    @app.post("/api/operations")
    async def create(request: Request) -> Response:
        body = from_json(await request.body())
        async with pool.connection() as connection:
            org = (await _rows(connection, KEY, key_of(request)))[0]["organization_id"]
            given = {
                "org": org, "id": body["order_id"], "account": body["input"]["carrier_account_id"], "new": new_id(),
                "type": body["type"], "input": Jsonb(body["input"]), "plan": Jsonb(body["input"]), "actor": "plain",
            }  # fmt: skip
            _, _, created = await _each(connection, CREATE, given)
        return Response(to_json({"data": created[0]}), 201, media_type="application/json")

    @app.post("/api/operations/{ident}/execute")
    async def execute(ident: str, request: Request) -> Response:
        ended = activities.waiting[ident] = asyncio.Event()
        async with pool.connection() as connection:
            org = (await _rows(connection, KEY, key_of(request)))[0]["organization_id"]
            await connection.execute(START.encode(), _start_params(org, ident))
        await clients[0].start_workflow(
            PlainShipment.run,
            Shipment(str(org), ident),
            id=f"plain-{ident}",
            task_queue=QUEUE,
            request_eager_start=True,
        )
        async with pool.connection() as connection:
            await connection.execute(runs.STARTED.encode(), {"operations": [uuid.UUID(ident)], "runs": [1]})
        await asyncio.wait_for(ended.wait(), SECONDS.total_seconds())
        del activities.waiting[ident]
        async with pool.connection() as connection:
            record = await _each(connection, RECORD, {"org": org, "id": ident})
        return Response(to_json({"data": record}), 200, media_type="application/json")

    return app


def _start_params(org: uuid.UUID, ident: str) -> Row:
    given = run_starts.start_params(
        [uuid.UUID(ident)], kind=RunKind.EXECUTE, expected=OperationStatus.PENDING, actor="plain", options={}
    )
    # Never due: no dispatcher of the service may start it as well.
    return {**given, "org": org, "lease_seconds": 86_400}


async def _configure(connection: AsyncConnection[Row]) -> None:
    set_json_loads(from_json, connection)
    set_json_dumps(to_json, connection)


async def _rows(connection: AsyncConnection[Row], sql: str, params: Row) -> list[Row]:
    cursor = await connection.execute(sql.encode(), params)
    return await cursor.fetchall()


async def _each(connection: AsyncConnection[Row], queries: Sequence[str], params: Row) -> list[list[Row]]:
    """Run several queries in one round trip."""
    async with connection.pipeline():
        cursors = [await connection.execute(sql.encode(), params) for sql in queries]
    return [await cursor.fetchall() for cursor in cursors]


if __name__ == "__main__":
    port, *where = sys.argv[1:]
    uvicorn.run(create_app(*where), port=int(port), log_level="warning", access_log=False, timeout_keep_alive=600)
