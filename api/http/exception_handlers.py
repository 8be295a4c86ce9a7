"""Converts errors to responses, all with the same envelope."""

import pydantic_core
from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api.http.errors import ApiError, MethodNotAllowed, PathNotFound, status_of
from api.http.responses import Answer
from domain.errors import DomainError, Unavailable
from domain.json_values import Json


def install(app: FastAPI) -> None:
    """Add the handlers to an app."""
    app.add_exception_handler(DomainError, answer_domain_error)
    app.add_exception_handler(HTTPException, answer_router_error)


def to_error_content(error: DomainError, request_id: str) -> dict[str, Json]:
    """Return the body of an error's response."""
    content = {"code": error.code, "message": error.message, "details": error.details, "request_id": request_id}
    return {"error": content}


def to_answer(error: DomainError, request_id: str) -> Answer:
    """Convert an error to an answer."""
    templates = error.headers if isinstance(error, ApiError) else {}
    headers = {name: template.format(**vars(error)) for name, template in templates.items()}
    if isinstance(error, Unavailable):
        headers["Retry-After"] = "1"
    return Answer(status_of(type(error)), pydantic_core.to_json(to_error_content(error, request_id)), headers)


def get_request_id(request: Request) -> str:
    """Return the id that the middleware gave to the request."""
    return str(request.scope.get("request_id", ""))


async def answer_domain_error(request: Request, error: Exception) -> Response:
    """Answer with an error of the domain or of the call itself."""
    assert isinstance(error, DomainError)  # noqa: S101 - the handler's registration says so
    return to_answer(error, get_request_id(request)).to_response()


async def answer_router_error(request: Request, _: Exception) -> Response:
    """Answer with the router's error: the path does not exist, or does not support the method."""
    methods = find_methods(request)
    found = MethodNotAllowed(", ".join(methods)) if methods else PathNotFound(request.url.path[:200])
    return to_answer(found, get_request_id(request)).to_response()


def find_methods(request: Request) -> list[str]:
    """Return the methods of all routes with the request's path; the router itself looks at one route only."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        match, own = route.matches(request.scope)[0], getattr(route, "methods", None) or set()
        if match is Match.FULL:  # `OwnPath`: the route matches its path with every method
            return sorted(own)
        if match is Match.PARTIAL:
            methods |= own
    return sorted(methods)
