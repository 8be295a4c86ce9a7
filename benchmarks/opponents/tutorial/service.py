"""The API: `uvicorn --factory benchmarks.opponents.tutorial.service:create_app`."""

import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, HTTPException
from sqlmodel import Session, SQLModel
from temporalio.client import Client

from benchmarks.opponents.tutorial.shipment import QUEUE, CreateShipment, Shipment
from benchmarks.opponents.tutorial.tables import Operation, engine_of


class NewOperation(SQLModel):
    """The body of a creation."""

    input: dict[str, Any]


def create_app() -> FastAPI:
    """Create the application with its three routes."""
    engine = engine_of(os.environ["DATABASE_URL"])
    SQLModel.metadata.create_all(engine)
    clients: list[Client] = []

    @contextlib.asynccontextmanager
    async def connected(_: FastAPI) -> AsyncIterator[None]:
        clients.append(await Client.connect(os.environ["TEMPORAL_ADDRESS"]))
        yield

    app = FastAPI(lifespan=connected)

    @app.post("/operations", status_code=201)
    def create(new: NewOperation) -> Operation:
        with Session(engine) as session:
            operation = Operation(id=uuid.uuid4().hex, input=new.input)
            session.add(operation)
            session.commit()
            session.refresh(operation)
            return operation

    @app.post("/operations/{ident}/execute", status_code=202)
    async def execute(ident: str) -> dict[str, str]:
        await clients[0].start_workflow(CreateShipment.run, Shipment(ident), id=f"shipment-{ident}", task_queue=QUEUE)
        return {"id": ident, "status": "executing"}

    @app.get("/operations/{ident}")
    def get(ident: str) -> Operation:
        with Session(engine) as session:
            operation = session.get(Operation, ident)
        if operation is None:
            raise HTTPException(404)
        return operation

    return app
