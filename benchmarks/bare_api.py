"""Bare FastAPI routes that run the service's SQL with psycopg, each in one transaction, and do nothing else.

They have no validation and no rules: `python -m benchmarks.bare_api <port> <database-url>`.
"""

import contextlib
import hashlib
import sys
import uuid
from collections.abc import AsyncIterator
from typing import Any

import uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import Response
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool
from pydantic_core import to_json

from adapters.postgres.stores import api_keys, operations, orders
from domain.ids import new_id

# SQL contains constants only; values are passed as parameters.
KEY = f"select {api_keys.COLUMNS} from api_keys where secret_hash = %(secret_hash)s"  # noqa: S608
ORDER = f"select {orders.COLUMNS} from orders where organization_id = %(org)s and id = %(id)s"  # noqa: S608
ACCOUNT = "select * from carrier_accounts where organization_id = %(org)s and id = %(id)s"
RECORD = [query for _, query in operations.RECORD]
TOTAL = "select coalesce(sum(n), 0)::bigint from operation_counts where organization_id = %(org)s"
PAGE = f"""
    select {operations.COLUMNS} from operations
    where organization_id = %(org)s order by created_at desc, id desc limit 20
"""  # noqa: S608

Pool = AsyncConnectionPool[AsyncConnection[dict[str, Any]]]


def create_app(database_url: str) -> FastAPI:
    """Create the application with its three routes."""
    pool: Pool = AsyncConnectionPool(
        database_url, kwargs={"row_factory": dict_row}, min_size=20, max_size=20, open=False
    )

    @contextlib.asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        async with pool:
            yield

    app = FastAPI(lifespan=opened)

    @app.post("/api/operations")
    async def create(request: Request) -> Response:
        body = await request.json()
        async with pool.connection() as connection:
            org = await _organization(connection, request)
            order = {"org": org, "id": body["order_id"]}
            await (await connection.execute(ORDER.encode(), order)).fetchone()
            account = {"org": org, "id": body["input"]["carrier_account_id"]}
            await (await connection.execute(ACCOUNT, account)).fetchone()
            row = {
                "id": new_id(),
                "org": org,
                "type": body["type"],
                "order_id": body["order_id"],
                "input": Jsonb(body["input"]),
                "plan": Jsonb(body["input"]),
                "touches": [body["input"]["carrier_account_id"]],
                "is_irreversible": False,
                "overrides": None,
                "purchase_hash": None,
                "uses": [],
                "removes": False,
                "metadata": Jsonb({}),
                "actor": "bare",
            }
            created = await (await connection.execute(operations.CREATE.encode(), row)).fetchone()
        return _json({"data": created}, 201)

    @app.get("/api/operations/{ident}")
    async def get(ident: uuid.UUID, request: Request) -> Response:
        async with pool.connection() as connection:
            org = await _organization(connection, request)
            async with connection.pipeline():
                cursors = [await connection.execute(sql.encode(), {"org": org, "id": ident}) for sql in RECORD]
            found = [await cursor.fetchall() for cursor in cursors]
        return _json({"data": found}, 200)

    @app.get("/api/operations")
    async def list_(request: Request) -> Response:
        async with pool.connection() as connection:
            org = await _organization(connection, request)
            rows = await (await connection.execute(PAGE.encode(), {"org": org})).fetchall()
            total = await (await connection.execute(TOTAL, {"org": org})).fetchone()
        return _json({"data": rows, "pagination": total}, 200)

    return app


async def _organization(connection: AsyncConnection[dict[str, Any]], request: Request) -> Any:
    secret = request.headers["authorization"].removeprefix("Bearer ").encode()
    key = {"secret_hash": hashlib.sha256(secret).digest()}
    found = await (await connection.execute(KEY.encode(), key)).fetchone()
    return found["organization_id"] if found else None


def _json(body: Any, status: int) -> Response:
    return Response(to_json(body), status, media_type="application/json")


if __name__ == "__main__":
    uvicorn.run(
        create_app(sys.argv[2]), port=int(sys.argv[1]), log_level="warning", access_log=False, timeout_keep_alive=600
    )
