"""API and workflows in one process: `uvicorn --factory benchmarks.opponents.dbos_postgres.service:create_app`.

The call that executes an operation waits for its workflow, so clients need not poll.
"""

import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

from dbos import DBOS, DBOSConfig, SetWorkflowID
from fastapi import FastAPI, HTTPException, Request

from benchmarks.opponents.carrier import Carrier
from benchmarks.opponents.record import Record


class Shipments:
    """The workflow and its two steps."""

    def __init__(self, record: Record, carrier: Carrier) -> None:
        @DBOS.step()
        async def buy_label(ident: str) -> dict[str, Any]:
            return await carrier.buy(ident)

        @DBOS.step()
        async def complete(ident: str, label: dict[str, Any]) -> None:
            await record.complete(ident, label)

        @DBOS.workflow()
        async def create_shipment(ident: str) -> dict[str, Any]:
            label: dict[str, Any] = await buy_label(ident)
            await complete(ident, label)
            return label

        self.create_shipment = create_shipment


def create_app() -> FastAPI:
    """Create the application with its three routes."""
    record = Record(os.environ["DATABASE_URL"])
    config: DBOSConfig = {
        "name": "shipments",
        "system_database_url": os.environ["SYSTEM_DATABASE_URL"],
        "sys_db_pool_size": 20,
        "log_level": "WARNING",
    }
    DBOS(config=config)
    shipments = Shipments(record, Carrier(os.environ["SANDBOX_URL"]))

    @contextlib.asynccontextmanager
    async def launched(_: FastAPI) -> AsyncIterator[None]:
        await record.open()
        DBOS.launch()
        yield
        DBOS.destroy()

    app = FastAPI(lifespan=launched)

    @app.post("/operations", status_code=201)
    async def create(request: Request) -> dict[str, Any]:
        ident = uuid.uuid4().hex
        await record.create(ident, (await request.json())["input"])
        return {"id": ident, "status": "pending"}

    @app.post("/operations/{ident}/execute")
    async def execute(ident: str) -> dict[str, Any]:
        if not await record.execute(ident):
            raise HTTPException(409)
        with SetWorkflowID(ident):
            handle = await DBOS.start_workflow_async(shipments.create_shipment, ident)
        return {"id": ident, "status": "completed", "output": await handle.get_result()}

    @app.get("/operations/{ident}")
    async def get(ident: str) -> dict[str, Any]:
        found = await record.get(ident)
        if found is None:
            raise HTTPException(404)
        return found

    return app
