"""Routes that tell whether the process lives and can serve; no key is needed."""

from typing import Literal

import pydantic_core
from fastapi import APIRouter
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from api.http.context import ApiContext
from api.http.responses import Answer
from domain.errors import Unavailable

router = APIRouter(tags=["health"])


class Alive(BaseModel):
    """The process answers."""

    status: Literal["ok"]


class Ready(BaseModel):
    """Whether the parts behind the API answer."""

    status: Literal["ok", "unavailable"]
    postgres: Literal["ok", "down"]
    temporal: Literal["ok", "down"]


@router.get("/healthz", response_model=Alive, response_description="It is.")
async def get_health() -> Response:
    """Is the process alive?"""
    return Answer(200, b'{"status":"ok"}').to_response()


@router.get(
    "/readyz",
    response_model=Ready,
    response_description="It can.",
    responses={503: {"model": Ready, "description": "Postgres does not answer."}},
)
async def get_readiness(request: Request) -> Response:
    """Can the API serve?

    It can where Postgres answers: while Temporal is down, operations are accepted and started later.
    """
    context: ApiContext = request.app.state.context
    try:
        await context.database.ping()
    except Unavailable:
        postgres = "down"
    else:
        postgres = "ok"
    temporal = "ok" if await context.temporal_ready() else "down"
    ready = postgres == "ok"
    body = {"status": "ok" if ready else "unavailable", "postgres": postgres, "temporal": temporal}
    headers = {} if ready else {"Retry-After": "1"}
    return Answer(200 if ready else 503, pydantic_core.to_json(body), headers).to_response()
