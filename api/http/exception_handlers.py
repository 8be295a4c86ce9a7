"""Turns what is raised while a request is answered into the envelope of errors."""

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Match

from api.http.errors import error_answer, error_body, json_response, request_id_of
from domain.errors import DomainError

METHOD_NOT_ALLOWED = 405
NOT_FOUND = 404


def install(app: FastAPI) -> None:
    """Add the handlers to an app."""
    app.add_exception_handler(DomainError, domain_error)
    app.add_exception_handler(HTTPException, http_exception)


async def domain_error(request: Request, error: Exception) -> Response:
    """Answer an error of the domain or of the call itself."""
    assert isinstance(error, DomainError)  # noqa: S101 - the handler's registration says so
    status, body, headers = error_answer(error, request_id_of(request))
    return json_response(status, body, headers)


async def http_exception(request: Request, error: Exception) -> Response:
    """Answer what the router raises: there is no such path, or it does not take the method."""
    assert isinstance(error, HTTPException)  # noqa: S101 - the handler's registration says so
    headers = dict(error.headers or {})
    if error.status_code == NOT_FOUND:
        code, message = "not_found", f"There is no {request.url.path[:200]} here."
    elif error.status_code == METHOD_NOT_ALLOWED:
        headers["Allow"] = ", ".join(allowed_methods(request))
        code, message = "method_not_allowed", f"This path takes {headers['Allow']}."
    else:
        code, message = "invalid_request", str(error.detail)
    return json_response(error.status_code, error_body(code, message, {}, request_id_of(request)), headers)


def allowed_methods(request: Request) -> list[str]:
    """Return every method that some route takes on the request's path; the router itself looks at one route only."""
    methods: set[str] = set()
    for route in request.app.router.routes:
        match, taken = route.matches(request.scope)[0], getattr(route, "methods", None) or set()
        if match is Match.FULL:  # and yet refused: its path is its own
            return sorted(taken)
        if match is Match.PARTIAL:
            methods |= taken
    return sorted(methods)
