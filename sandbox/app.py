"""The sandbox's application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from sandbox.answers import RefusedError, error
from sandbox.calls import FaultGate
from sandbox.carriers.sales import Sales
from sandbox.channel.channel_service import ChannelService
from sandbox.controls import control_routes
from sandbox.faults import FaultScript
from sandbox.settings import SandboxSettings
from sandbox.simulators import Parts, load_simulators
from sandbox.store import Store


def create_app(settings: SandboxSettings) -> FastAPI:
    """Open the store and create the application, which closes the store when it ends.

    Serve it with `sandbox.server`, because dropped connections need its protocol class. `app.state.closing` is an
    event; setting it ends every call that is held open.
    """
    store = Store(settings.data_dir)
    faults = FaultScript()
    closing = asyncio.Event()
    gate = FaultGate(store, faults, latency_seconds=settings.latency_seconds, closing=closing)
    sales = Sales(store)
    channel = ChannelService(store, faults)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        store.close()

    app = FastAPI(title="Orderly sandbox", lifespan=lifespan, openapi_url=None)
    app.state.closing = closing
    for simulator in load_simulators():
        app.include_router(simulator(Parts(gate, store, sales, channel)))
    app.include_router(control_routes(store, faults, sales, channel))
    app.add_exception_handler(RefusedError, _answer_refusal)
    app.add_exception_handler(HTTPException, _answer_http_error)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


async def _answer_refusal(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, RefusedError)  # noqa: S101
    return refusal.answer.response()


async def _answer_http_error(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101
    code = "METHOD.NOT_ALLOWED" if problem.status_code == 405 else "PATH.NOT_FOUND"  # noqa: PLR2004
    return error(problem.status_code, code, str(problem.detail)).response()
