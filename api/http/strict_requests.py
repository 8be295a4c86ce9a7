"""Rejects unknown query parameters and unexpected bodies: `execute` with `dry_run` is an error, not a purchase."""

from fastapi.routing import APIRoute
from starlette.requests import Request

from api.http.body import Body
from api.http.errors import InvalidParameters, UnexpectedBody
from api.http.pagination import Query

EMPTY_BODIES = frozenset({b"", b"{}"})


async def refuse_unread(request: Request) -> None:
    """Refuse a query or body that the route does not read; an empty object counts as no body.

    Raises:
        InvalidParameters: with the parameters that the route does not read.
        UnexpectedBody: the route reads no body.
    """
    if request.query_params and not _takes(request, Query):
        raise InvalidParameters.of(
            [(name, "is unknown; this endpoint takes no query parameters") for name in request.query_params]
        )
    if _has_body(request) and not _takes(request, Body) and (await request.body()).strip() not in EMPTY_BODIES:
        raise UnexpectedBody


def _has_body(request: Request) -> bool:
    return request.headers.get("content-length", "0") != "0" or "transfer-encoding" in request.headers


def _takes(request: Request, part: type[object]) -> bool:
    route = request.scope["route"]
    return isinstance(route, APIRoute) and any(
        isinstance(dependency.call, part) for dependency in route.dependant.dependencies
    )
