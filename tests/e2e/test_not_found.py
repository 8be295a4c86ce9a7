"""Unknown ids and paths get 404, and other methods get 405."""

from typing import Any

import pytest

from tests.e2e.endpoints import BODIES, SOME, WITH_ID
from tests.fixtures.api import Api, refused

OPERATIONS = "/api/operations"


@pytest.mark.parametrize("ident", [SOME, "1", "not-a-uuid", SOME.replace("-", ""), "%00", "%F0%9F%92%A9", "x" * 2000])
@pytest.mark.parametrize(("method", "path"), WITH_ID)
def test_an_unknown_or_malformed_id_is_not_found(api: Api, method: str, path: str, ident: str) -> None:
    """The error has the resource's own code."""
    sent = path.replace(SOME, ident)
    body: Any = BODIES.get(path.rsplit("/", 1)[1], {}) if method == "POST" else {"status": "pending"}
    if "orders" not in path and method == "PATCH":
        body = {"description" if "webhook" in path else "name": "new"}
    answer = api.http.request(method, sent, json=body if method in ("POST", "PATCH") else None)
    resource = path.split("/")[2]
    code = f"{resource.removesuffix('s').replace('-', '_')}_not_found"
    error = refused(answer, 404, code)
    assert len(error["message"]) < 300


def test_an_unknown_operation_type_is_not_found(api: Api) -> None:
    refused(api.http.get("/api/operations/types/buy_the_moon"), 404, "operation_type_not_found")


@pytest.mark.parametrize("path", ["/api", "/api/nothing", "/api/operations/", "/API/OPERATIONS", "/docs/../x"])
def test_an_unknown_path_is_not_found(api: Api, path: str) -> None:
    refused(api.http.get(path), 404, "not_found")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("PUT", OPERATIONS, {"GET", "POST"}),
        ("DELETE", OPERATIONS, {"GET", "POST"}),
        ("DELETE", f"{OPERATIONS}/{SOME}", {"GET"}),
        ("GET", f"{OPERATIONS}/{SOME}/execute", {"POST"}),
        ("PUT", f"{OPERATIONS}/{SOME}/undo", {"GET", "POST"}),
        ("POST", "/api/shipments", {"GET"}),
        ("POST", "/api/operations/types", {"GET"}),
        ("PATCH", OPERATIONS, {"GET", "POST"}),
    ],
)
def test_another_method_is_rejected_with_the_allowed_methods(
    api: Api, method: str, path: str, allowed: set[str]
) -> None:
    answer = api.http.request(method, path)
    refused(answer, 405, "method_not_allowed")
    assert set(answer.headers["Allow"].split(", ")) - {"HEAD"} == allowed
