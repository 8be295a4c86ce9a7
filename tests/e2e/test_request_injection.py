"""Headers, paths and filters of a request are data: they inject no headers, paths or SQL."""

import json
import socket
from urllib.parse import urlsplit

import pytest

from tests.e2e.bodies import OPERATIONS, assert_no_internal_error
from tests.fixtures.api import Api, data
from tests.fixtures.stack import Stack


@pytest.mark.parametrize("header", ["X-Request-Id", "Prefer", "Idempotency-Key", "Accept", "Content-Type"])
def test_a_request_header_injects_no_response_header(api: Api, header: str) -> None:
    """Line breaks and control characters in a request header get 200 or 400, and add no response header."""
    place = urlsplit(api.url)
    for end in (b"\r\n X-Evil: 1", b"\rX-Evil: 1", b"\nX-Evil: 1", b"%0d%0aX-Evil: 1", b"\x00", b"\xe5\x98\x8aX-Evil"):
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
            head = f"GET {OPERATIONS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\nConnection: close\r\n"
            connection.sendall(head.encode() + header.encode() + b": a" + end + b"\r\n\r\n")
            answer = b""
            while part := connection.recv(65_536):
                answer += part
        status = int(answer.split(b" ", 2)[1])
        assert status in (200, 400), answer[:300]
        assert b"x-evil" not in answer.split(b"\r\n\r\n")[0].lower()


@pytest.mark.parametrize(
    "path",
    ["/../../etc/passwd", "/api/operations/../../etc/passwd", "/api/operations/..%2f..%2fetc%2fpasswd",
     "/api/operations/%2e%2e/%2e%2e", "//etc/passwd", "/api//operations", "/api/operations/%252e%252e%252f",
     "/api/shipments/..%5c..%5cwindows/label", "/openapi.json/../stack.json", "/stack.json", "/.env",
     "/api/operations;x"],
)  # fmt: skip
def test_odd_paths_get_404_without_file_contents(api: Api, path: str) -> None:
    """The response is the API's error envelope, and contains no file of the machine."""
    place = urlsplit(api.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\nConnection: close\r\n\r\n"
        connection.sendall(head.encode())
        answer = b""
        while part := connection.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:300]
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]["code"].endswith("not_found")
    assert b"root:" not in answer


INJECTIONS = (
    "' or '1'='1", "1; drop table operations; --", "%s", "%(org)s", "{}", "{0}", "\\", "'||pg_sleep(5)||'", "$1", "%",
    "_", "*", "/**/", "🦆", "null", "undefined",
)  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_filter_values_are_not_interpreted(api: Api, text: str) -> None:
    """SQL, format strings and wildcards match only an order with exactly that external_id."""
    assert api.http.get(OPERATIONS, params={"type": text}).json()["pagination"]["total"] == 0
    assert api.http.get("/api/shipments", params={"tracking_number": text}).json()["pagination"]["total"] == 0
    data(api.http.post("/api/orders", json={"external_id": text}), 201)
    found = api.http.get("/api/orders", params={"external_id": text}).json()
    assert [order["external_id"] for order in found["data"]] == [text]
    assert found["pagination"]["total"] == 1


def test_no_request_caused_an_internal_error(running_stack: Stack) -> None:
    assert_no_internal_error(running_stack)
