"""Routes for liveness and readiness; they need no key."""

from typing import Literal

import pydantic_core
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.http.context import ApiContext
from api.http.responses import Answer
from domain.clock import is_right
from domain.errors import Unavailable

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process is alive."""

    status: Literal["ok"]


class Ready(BaseModel):
    """State of the services behind the API, and of the clock.

    `clock_skew_seconds`: how far this process's clock is ahead of Postgres's; negative if it is behind.
    """

    status: Literal["ok", "unavailable"]
    postgres: Literal["ok", "down"]
    temporal: Literal["ok", "down"]
    clock: Literal["ok", "wrong"]
    clock_skew_seconds: float


@router.get("/healthz", response_model=Alive, response_description="It is.")
async def get_health() -> Response:
    """Check that the process is alive."""
    return Answer(200, b'{"status":"ok"}').to_response()


@router.get(
    "/readyz",
    response_model=Ready,
    response_description="It can.",
    responses={503: {"model": Ready, "description": "Postgres does not answer, or the clock is wrong."}},
)
async def get_readiness(request: Request) -> Response:
    """Check that the API can serve.

    Postgres decides: while Temporal is down, the API accepts operations, and they start later.
    """
    context: ApiContext = request.app.state.context
    try:
        await context.database.ping()
    except Unavailable:
        postgres = "down"
    else:
        postgres = "ok"
    clock = context.database.clock
    ready = postgres == "ok" and is_right(clock)
    body = {
        "status": "ok" if ready else "unavailable",
        "postgres": postgres,
        "temporal": "ok" if await context.temporal_ready() else "down",
        "clock": "ok" if is_right(clock) else "wrong",
        "clock_skew_seconds": round(clock.skew_seconds(), 1) + 0.0,  # never -0.0
    }
    headers = {} if ready else {"Retry-After": "1"}
    return Answer(200 if ready else 503, pydantic_core.to_json(body), headers).to_response()
