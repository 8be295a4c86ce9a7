"""Routes for liveness and readiness; they need no key."""

from typing import Literal

import pydantic_core
from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from api.http.context import ApiContext
from api.http.responses import Answer
from api.http.types import ResponseModel
from domain.clock import is_right
from domain.errors import Unavailable

router = APIRouter(tags=["health"])


class Alive(ResponseModel):
    """The process answers."""

    status: Literal["ok"]
    """Always `ok`."""


class Ready(ResponseModel):
    """Whether Postgres and Temporal answer and the clock is correct."""

    status: Literal["ok", "unavailable"]
    """`unavailable` if Postgres does not answer or the clock is wrong."""
    postgres: Literal["ok", "down"]
    """Whether Postgres answers."""
    temporal: Literal["ok", "down"]
    """Whether Temporal answers. Without Temporal, operations are accepted and start later."""
    clock: Literal["ok", "wrong"]
    """Whether this process's clock agrees with the clock of Postgres."""
    clock_skew_seconds: float
    """How far this process's clock is ahead of Postgres; negative if it is behind."""


@router.get("/healthz", response_model=Alive, response_description="The process is alive.")
async def get_health() -> Response:
    """Check that the process is alive.

    The call reads nothing, so it also succeeds while Postgres is down.
    """
    return Answer(200, b'{"status":"ok"}').to_response()


@router.get(
    "/readyz",
    response_model=Ready,
    response_description="The API can serve.",
    responses={
        503: {"model": Ready, "description": "The API can't serve: Postgres does not answer, or the clock is wrong."}
    },
)
async def get_readiness(request: Request) -> Response:
    """Check that the API can serve.

    The API can serve if Postgres answers and its clock is correct. While Temporal is down, operations are accepted and
    start later.
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
