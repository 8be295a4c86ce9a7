"""The API limits the size of bodies and headers, and clients that stall do not block others."""

import contextlib
import json
import socket
from collections.abc import Iterator
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from tests.e2e.bodies import GOOD, JSON, OPERATIONS, assert_no_internal_error, changed, post, texts
from tests.fixtures.api import Api, data, paths, refused
from tests.fixtures.stack import Stack

MEBIBYTE = 1024 * 1024


def build_body(size: int) -> bytes:
    start, end = b'{"external_id": "big"', b"}"
    return start + b" " * (size - len(start) - len(end)) + end


def test_a_body_may_have_1_mib_and_not_one_byte_more(api: Api) -> None:
    data(post(api, "/api/orders", build_body(MEBIBYTE)), 201)
    error = refused(post(api, "/api/orders", build_body(MEBIBYTE + 1)), 413, "body_too_large")
    assert error["details"]["limit"] == MEBIBYTE


def test_a_huge_chunked_body_is_rejected(api: Api) -> None:
    """It has no Content-Length, so the API must count the bytes that it receives."""

    def chunks() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * 65_536

    answer = api.http.post("/api/orders", content=chunks(), headers=JSON)
    assert "Content-Length" not in answer.request.headers
    refused(answer, 413, "body_too_large")


def test_a_huge_content_length_is_rejected_before_the_body_arrives(api: Api) -> None:
    """The header announces a terabyte; the API answers 413 after the first byte."""
    place = urlsplit(api.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        head = (
            f"POST /api/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\n"
            "Content-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n{"
        )
        connection.sendall(head.encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 413 ")


def test_requests_without_their_body_hold_no_database_connection(api: Api) -> None:
    """While 24 requests wait for their bodies, more than the API has database connections, another call succeeds."""
    place, ident = urlsplit(api.url), uuid4()
    calls = (f"DELETE /api/bridges/{ident}", *(f"POST {OPERATIONS}/{ident}/{call}" for call in ("execute", "cancel")))
    with contextlib.ExitStack() as stack:
        connections = []
        for number in range(24):
            connected = socket.create_connection((place.hostname or "", place.port or 0), timeout=10)
            connections.append(connection := stack.enter_context(connected))
            head = (
                f"{calls[number % len(calls)]} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\n"
                f"Idempotency-Key: {uuid4()}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            )
            connection.sendall(head.encode())
        for connection in connections:  # the API sends this line when it begins to wait for the body
            assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert api.http.get(OPERATIONS).status_code == 200
        for connection in connections:
            connection.sendall(b"     ")
            assert connection.recv(100).startswith(b"HTTP/1.1 404 ")


def send_many(connection: socket.socket, part: bytes) -> None:
    for _ in range(10_000):
        connection.sendall(part)


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX-Long: ", b"GET / HTTP/1.1\r\n"])
def test_endless_headers_close_the_connection(api: Api, start: bytes) -> None:
    """The API does not buffer a line or headers without an end, and still serves other connections."""
    place = urlsplit(api.url)
    part = b"X-Many: 1\r\n" * 1_000 if start.endswith(b"\n") else b"a" * 10_000
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as connection:
        connection.sendall(start)
        with pytest.raises(ConnectionError):
            send_many(connection, part)
    assert api.http.get(OPERATIONS, headers={"X-Long": "a" * 30_000}).status_code == 200


@pytest.mark.parametrize("call", ["execute", "cancel", "undo"])
def test_a_huge_body_is_rejected_by_actions_without_a_body(api: Api, call: str) -> None:
    operation = api.status_change()
    answer = post(api, f"{OPERATIONS}/{operation['id']}/{call}", b" " * (2 * MEBIBYTE))
    assert answer.status_code == 413, answer.text


@pytest.mark.parametrize("call", ["execute", "cancel"])
@pytest.mark.parametrize("body", [b"\xff\x00garbage", b'{"dry_run": true}'])
def test_a_body_is_rejected_by_actions_without_a_body(api: Api, call: str, body: bytes) -> None:
    """The operation stays pending, because the API would have ignored the client's request in that body."""
    operation = api.status_change()
    refused(post(api, f"{OPERATIONS}/{operation['id']}/{call}", body), 400, "invalid_request")
    assert api.get(operation["id"])["status"] == "pending"


def test_strings_of_100_kb_are_rejected_in_every_field(api: Api) -> None:
    """The error names the field's path."""
    for path, good in GOOD.items():
        for place in texts(good):
            body = changed(good, place, "x" * 100_000)
            error = refused(api.http.post(path, json=body), 422, "invalid_input")
            assert ".".join(map(str, place)) in paths(error), (path, place, error)
            assert len(json.dumps(error)) < 3_000


def test_no_request_caused_an_internal_error(running_stack: Stack) -> None:
    assert_no_internal_error(running_stack)
