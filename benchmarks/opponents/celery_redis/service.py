"""The API: `uvicorn --factory benchmarks.opponents.celery_redis.service:create_app`."""

import contextlib
import os
import uuid
from collections.abc import AsyncIterator
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.concurrency import run_in_threadpool

from benchmarks.opponents.celery_redis.worker import create_shipment
from benchmarks.opponents.record import Record


def create_app() -> FastAPI:
    """Create the application with its three routes."""
    record = Record(os.environ["DATABASE_URL"])

    @contextlib.asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        await record.open()
        yield

    app = FastAPI(lifespan=opened)

    @app.post("/operations", status_code=201)
    async def create(request: Request) -> dict[str, Any]:
        ident = uuid.uuid4().hex
        await record.create(ident, (await request.json())["input"])
        return {"id": ident, "status": "pending"}

    @app.post("/operations/{ident}/execute", status_code=202)
    async def execute(ident: str) -> dict[str, Any]:
        if not await record.execute(ident):
            raise HTTPException(409)
        await run_in_threadpool(create_shipment.delay, ident)
        return {"id": ident, "status": "executing"}

    @app.get("/operations/{ident}")
    async def get(ident: str) -> dict[str, Any]:
        found = await record.get(ident)
        if found is None:
            raise HTTPException(404)
        return found

    return app
