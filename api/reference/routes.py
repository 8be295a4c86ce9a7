"""Routes of the OpenAPI document, the reference page and the start page; they need no key.

RapiDoc shows the document. Its file is the unchanged one of the npm package, with its licence beside it.
"""

import gzip
from importlib.metadata import version
from pathlib import Path

import pydantic_core
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from api.http.responses import Answer

SCRIPT = Path(__file__).with_name("rapidoc-min.js.gz")
SCRIPT_SHA256 = "b083f080f1727f019ccf551228392e0fc39a0be450ba19bca451ea31d6be2ec9"
SCRIPT_PATH = "/docs/rapidoc-9.3.8.js"

# The paths are relative, so that the page also works below a prefix of a proxy.
PAGE = f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Orderly Operations API</title>
<script type="module" src="{SCRIPT_PATH.removeprefix("/")}"></script>
</head>
<body>
<rapi-doc spec-url="openapi.json" render-style="focused" load-fonts="false" show-header="false"
  allow-spec-url-load="false" allow-spec-file-load="false" allow-server-selection="false" persist-auth="false"
  schema-description-expanded="true" theme="light" regular-font="sans-serif" mono-font="monospace"></rapi-doc>
</body>
</html>
"""

PAGE_HEADERS = {
    "Content-Type": "text/html; charset=utf-8",
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'unsafe-inline'; connect-src 'self'; "
    "img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
}
SCRIPT_HEADERS = {
    "Content-Type": "text/javascript; charset=utf-8",
    "Cache-Control": "public, max-age=31536000, immutable",
    "Vary": "Accept-Encoding",
}


def reference_routes(document: bytes) -> list[Route]:
    """Return the routes, given the OpenAPI document."""
    start = {"name": "Orderly Operations", "version": version("orderly-operations")}
    found = pydantic_core.to_json({**start, "docs": "/docs", "openapi": "/openapi.json"})
    return [
        _route("/", Answer(200, found)),
        _route("/openapi.json", Answer(200, document)),
        _route("/docs", Answer(200, PAGE.encode(), PAGE_HEADERS)),
        Route(SCRIPT_PATH, _send_script, methods=["GET"], include_in_schema=False),
    ]


def _route(path: str, answer: Answer) -> Route:
    async def endpoint(request: Request) -> Response:  # noqa: ARG001 - the shape of every endpoint
        return answer.to_response()

    return Route(path, endpoint, methods=["GET"], include_in_schema=False)


async def _send_script(request: Request) -> Response:
    content = SCRIPT.read_bytes()
    if "gzip" in request.headers.get("accept-encoding", ""):
        return Answer(200, content, {**SCRIPT_HEADERS, "Content-Encoding": "gzip"}).to_response()
    return Answer(200, gzip.decompress(content), SCRIPT_HEADERS).to_response()
