"""The sandbox's application."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI, Request, Response
from starlette.exceptions import HTTPException

from sandbox.answers import RefusedError, error
from sandbox.calls import Gate
from sandbox.carriers.label_service import Counter
from sandbox.carriers.routes import carrier_routes
from sandbox.carriers.sales import Sales
from sandbox.channel.channel_service import Desk
from sandbox.channel.routes import channel_routes
from sandbox.controls import control_routes
from sandbox.faults import FaultScript
from sandbox.settings import SandboxSettings
from sandbox.simulators import SIMULATORS, Shop
from sandbox.store import Books


def create_app(settings: SandboxSettings) -> FastAPI:
    """Opens the books and makes the application, which closes them when it ends.

    Serve it with `sandbox.server`: dropped connections need its protocol class.
    `app.state.closing` is an event; setting it ends every call that is being held open.
    """
    books = Books(settings.data_dir)
    faults = FaultScript()
    closing = asyncio.Event()
    gate = Gate(books, faults, latency_seconds=settings.latency_seconds, closing=closing)
    sales = Sales(books)
    counter = Counter(sales)
    desk = Desk(books, faults)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        books.close()

    app = FastAPI(title="Orderly sandbox", lifespan=lifespan, openapi_url=None)
    app.state.closing = closing
    app.include_router(carrier_routes(gate, counter))
    app.include_router(channel_routes(gate, desk))
    for simulator in SIMULATORS:
        app.include_router(simulator(Shop(gate, books, sales, desk)))
    app.include_router(control_routes(books, faults, sales, counter, desk))
    app.add_exception_handler(RefusedError, _refusal)
    app.add_exception_handler(HTTPException, _http_error)

    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        return {"status": "ok"}

    return app


async def _refusal(_: Request, refusal: Exception) -> Response:
    assert isinstance(refusal, RefusedError)  # noqa: S101
    return refusal.answer.response()


async def _http_error(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, HTTPException)  # noqa: S101
    code = "METHOD.NOT_ALLOWED" if problem.status_code == 405 else "PATH.NOT_FOUND"  # noqa: PLR2004
    return error(problem.status_code, code, str(problem.detail)).response()
