"""Bad input, by name: whatever is sent, the answer is a refusal that says what is wrong, and never a 500."""

import contextlib
import json
import math
import socket
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import httpx
import pytest

from domain.orders import normalize_sku
from tests.fixtures.api import Api, data, paths, refused
from tests.fixtures.builders import PARCEL, SHIP_FROM, SHIP_TO, Json
from tests.fixtures.stack import Stack

OPERATIONS = "/api/operations"
MEBIBYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}
BODIES = (OPERATIONS, "/api/orders", "/api/carrier-accounts", "/api/bridges", "/api/api-keys")

GOOD: dict[str, Json] = {
    OPERATIONS: {"type": "update_order_status", "input": {"status": "shipped"}},
    "/api/orders": {
        "external_id": "bad-1", "order_number": "1", "status": "pending", "currency": "USD", "total": "1.00",
        "customer": {"name": "A", "email": "a@example.com"}, "ship_to": SHIP_TO,
        "line_items": [{"id": "1", "sku": "A", "name": "A", "quantity": 1, "price": "1.00"}],
    },
    "/api/carrier-accounts": {
        "carrier": "fedex", "name": "A", "mode": "test", "is_default": False,
        "credentials": {"client_id": "x", "client_secret": "x", "account_number": "740561073"},
        "settings": {
            "base_url": "http://127.0.0.1:9", "ship_from": SHIP_FROM, "default_parcel": PARCEL, "label_format": "PDF",
            "read_timeout_seconds": 5, "recover_for_seconds": 1,
        },
    },
    "/api/bridges": {
        "channel": "shopify", "name": "A", "mode": "test", "credentials": {"access_token": "x"},
        "settings": {"base_url": "http://127.0.0.1:9", "can_cancel": True},
    },
    "/api/api-keys": {"name": "A", "scopes": ["operations:read"], "expires_at": "2099-01-01T00:00:00Z"},
}  # fmt: skip


def post(api: Api, path: str, content: bytes, **headers: str) -> httpx.Response:
    return api.http.post(path, content=content, headers={**JSON, **headers})


# JSON that is none ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize(
    "content",
    [
        b"", b" ", b"{", b'{"type":', b"{'type': 'x'}", b'{"a":1,}', b'{"a":1} {"b":2}', b"\xef\xbb\xbf{}",
        b'{"a":"\xff"}', b'{"a":"\xc0\xaf"}', b'{"a":"\xed\xa0\x80"}', '{"a":1}'.encode("utf-16"),
        b'{"a":NaN}', b'{"a":Infinity}', b'{"a":-Infinity}', b'{"a":1e999}', b'{"type":"x","type":"y","input":{}}',
        b'{"input":{"a":1,"a":1}}', b"[" * 10_000, b'{"a":' * 10_000 + b"1" + b"}" * 10_000,
        b'{"a":' + b"[" * 10_000 + b"]" * 10_000 + b"}", b'{"a":"\n"}', b'{"a":"\\x00"}', b'{"a":01}',
        b'{"a":' + b"9" * 5_000 + b"}", b"<a/>", b"a=1&b=2",
    ],
    ids=lambda content: repr(content[:24]),
)  # fmt: skip
@pytest.mark.alone
def test_what_is_no_json_is_refused(api: Api, path: str, content: bytes) -> None:
    """400, or 422 where it is JSON that nobody takes (nested too deeply); in both cases at once."""
    answer = post(api, path, content)
    code = {400: "malformed_json", 422: "invalid_input"}.get(answer.status_code, "")
    refused(answer, answer.status_code, code)
    assert answer.elapsed.total_seconds() < 2


@pytest.mark.parametrize("path", BODIES)
@pytest.mark.parametrize("content", [b"null", b"true", b"1", b'"text"', b"[]", b"[{}]"])
def test_json_that_is_no_object_is_refused(api: Api, path: str, content: bytes) -> None:
    refused(post(api, path, content), 422, "invalid_input")


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/xml",
     "application/jsonp", "x", ""],
)  # fmt: skip
def test_another_content_type_is_refused(api: Api, kind: str) -> None:
    refused(api.http.post(OPERATIONS, content=b"{}", headers={"Content-Type": kind}), 415, "unsupported_media_type")


@pytest.mark.parametrize("kind", ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=x"])
def test_a_decorated_content_type_is_taken(api: Api, kind: str) -> None:
    refused(api.http.post(OPERATIONS, content=b"{}", headers={"Content-Type": kind}), 422, "invalid_input")


# Sizes -----------------------------------------------------------------------------------------------------------


def sized(size: int) -> bytes:
    start, end = b'{"external_id": "big"', b"}"
    return start + b" " * (size - len(start) - len(end)) + end


def test_a_body_of_1_mib_is_taken_and_one_byte_more_is_not(api: Api) -> None:
    data(post(api, "/api/orders", sized(MEBIBYTE)), 201)
    error = refused(post(api, "/api/orders", sized(MEBIBYTE + 1)), 413, "body_too_large")
    assert error["details"]["limit"] == MEBIBYTE


def test_a_huge_body_in_chunks_is_refused(api: Api) -> None:
    """Without a Content-Length, so that only counting helps."""

    def chunks() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * 65_536

    answer = api.http.post("/api/orders", content=chunks(), headers=JSON)
    assert "Content-Length" not in answer.request.headers
    refused(answer, 413, "body_too_large")


def test_a_lying_content_length_is_refused_before_the_body_comes(api: Api) -> None:
    """A terabyte is announced, and refused unread."""
    place = urlsplit(api.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as wire:
        head = (
            f"POST /api/orders HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\n"
            "Content-Type: application/json\r\nContent-Length: 1000000000000\r\n\r\n{"
        )
        wire.sendall(head.encode())
        assert wire.recv(100).startswith(b"HTTP/1.1 413 ")


def test_bodies_that_never_come_hold_up_nobody(api: Api) -> None:
    """More calls than the API has connections to Postgres wait for their body, and not one of those while they do."""
    place, ident = urlsplit(api.url), uuid4()
    calls = (f"DELETE /api/bridges/{ident}", *(f"POST {OPERATIONS}/{ident}/{call}" for call in ("execute", "cancel")))
    with contextlib.ExitStack() as stack:
        wires = []
        for number in range(24):
            connected = socket.create_connection((place.hostname or "", place.port or 0), timeout=10)
            wires.append(wire := stack.enter_context(connected))
            head = (
                f"{calls[number % len(calls)]} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\n"
                f"Idempotency-Key: {uuid4()}\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
            )
            wire.sendall(head.encode())
        for wire in wires:  # told when the API begins to wait for the body
            assert wire.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert api.http.get(OPERATIONS).status_code == 200
        for wire in wires:
            wire.sendall(b"     ")
            assert wire.recv(100).startswith(b"HTTP/1.1 404 ")


def pour(wire: socket.socket, part: bytes) -> None:
    for _ in range(10_000):
        wire.sendall(part)


@pytest.mark.parametrize("start", [b"GET /", b"GET / HTTP/1.1\r\nX-Long: ", b"GET / HTTP/1.1\r\n"])
def test_an_endless_head_is_cut(api: Api, start: bytes) -> None:
    """A line or headers without an end are not gathered in memory: the connection is closed, others are not."""
    place = urlsplit(api.url)
    part = b"X-Many: 1\r\n" * 1_000 if start.endswith(b"\n") else b"a" * 10_000
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as wire:
        wire.sendall(start)
        with pytest.raises(ConnectionError):
            pour(wire, part)
    assert api.http.get(OPERATIONS, headers={"X-Long": "a" * 30_000}).status_code == 200


@pytest.mark.parametrize("call", ["execute", "cancel", "undo"])
def test_a_huge_body_where_none_is_needed_is_refused(api: Api, call: str) -> None:
    operation = api.status_change()
    answer = post(api, f"{OPERATIONS}/{operation['id']}/{call}", b" " * (2 * MEBIBYTE))
    assert answer.status_code == 413, answer.text


@pytest.mark.parametrize("call", ["execute", "cancel"])
@pytest.mark.parametrize("body", [b"\xff\x00garbage", b'{"dry_run": true}'])
def test_a_body_where_none_is_needed_is_refused(api: Api, call: str, body: bytes) -> None:
    """Nothing begins: what it asks for would not be heard."""
    operation = api.status_change()
    refused(post(api, f"{OPERATIONS}/{operation['id']}/{call}", body), 400, "invalid_request")
    assert api.get(operation["id"])["status"] == "pending"


def test_100_kb_strings_are_refused_where_they_are(api: Api) -> None:
    """In every text field of every body, with its path."""
    for path, good in GOOD.items():
        for place in texts(good):
            body = changed(good, place, "x" * 100_000)
            error = refused(api.http.post(path, json=body), 422, "invalid_input")
            assert ".".join(map(str, place)) in paths(error), (path, place, error)
            assert len(json.dumps(error)) < 3_000


# Values that no field takes --------------------------------------------------------------------------------------

ODD: tuple[Any, ...] = (
    None, True, 0, -1, 1.5, 1e300, 2**63, 10**400, "", " ", "\x00", "a\x00b", [], {}, [[]], ["x"], {"x": 1}, "💩" * 300,
)  # fmt: skip


def leaves(value: Any, place: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place in a body."""
    if place:
        yield place
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from leaves(child, (*place, name))


def at(value: Any, place: tuple[str | int, ...]) -> Any:
    for step in place:
        value = value[step]
    return value


def texts(body: Json) -> list[tuple[str | int, ...]]:
    return [place for place in leaves(body) if isinstance(at(body, place), str)]


def changed(body: Json, place: tuple[str | int, ...], value: Any) -> Json:
    copy: Json = json.loads(json.dumps(body))
    at(copy, place[:-1])[place[-1]] = value
    return copy


@pytest.mark.parametrize("path", BODIES)
def test_wrong_types_everywhere(api: Api, path: str) -> None:
    """Each odd value in each place of each body: taken or refused with a path, never a 500 and never a broken row."""
    for place in leaves(GOOD[path]):
        for odd in ODD:
            body = changed(GOOD[path], place, odd)
            answer = post(api, path, json.dumps(body).encode())
            assert answer.status_code in (200, 201, 422), (place, odd, answer.text)
            if answer.status_code == 422:
                error = answer.json()["error"]
                assert error["code"] in ("invalid_input", "unknown_operation_type"), (place, odd, error)
                assert len(answer.content) < 20_000
            elif isinstance(odd, str) and "credentials" not in place:
                assert "\x00" not in odd
                assert normalize_sku(odd) in answer.text


@pytest.mark.parametrize("path", BODIES)
def test_unknown_fields_are_refused_at_every_depth(api: Api, path: str) -> None:
    """A misspelt field is not silently lost."""
    body = GOOD[path]
    for place in [(), *leaves(body)]:
        if isinstance(at(body, place), dict) and place[-1:] not in (("credentials",),):
            wrong = changed(body, (*place, "__proto__"), 1)
            if path == OPERATIONS and place == ("input",):
                wrong["order_id"] = api.info["demo"]["order_id"]
            named = paths(refused(api.http.post(path, json=wrong), 422, "invalid_input"))
            assert named == [".".join(map(str, (*place, "__proto__")))], (place, named)


def test_null_bytes_and_half_characters_are_refused_where_they_are(api: Api) -> None:
    """In values and in names; Postgres could store neither."""
    for escaped in (b"\\u0000", b"\\ud800", b"\\udfff\\ud800"):
        content = b'{"external_id": "n", "customer": {"name": "a' + escaped + b'"}}'
        assert paths(refused(post(api, "/api/orders", content), 422, "invalid_input")) == ["customer.name"]
        content = b'{"external_id": "n", "a' + escaped + b'": 1}'
        refused(post(api, "/api/orders", content), 422, "invalid_input")
        content = b'{"type": "update_order_status", "input": {"status": "shipped", "reason": "' + escaped + b'"}}'
        assert paths(refused(post(api, OPERATIONS, content), 422, "invalid_input")) == ["input.reason"]


def test_a_whole_character_outside_the_first_plane_is_kept(api: Api) -> None:
    """Escaped as a pair, or as it is; what is sent is what comes back."""
    name = "Zoë 💩 \u202eחנה"
    for escape in (True, False):
        body = json.dumps({"external_id": "unicode", "customer": {"name": name}}, ensure_ascii=escape).encode()
        answer = post(api, "/api/orders", body)
        assert answer.json()["data"]["customer"]["name"] == name


def test_numbers_keep_their_value(api: Api) -> None:
    """Money is text: a number in its place is refused, not rounded."""
    for bad in (1.1, 1, "1e3", "0x1", "-1", "1.234", "NaN", "9" * 50, "٣", "1_0", ".5", "1.", "01"):
        answer = api.http.post("/api/orders", json={"external_id": "money", "total": bad})
        assert paths(refused(answer, 422, "invalid_input")) == ["total"], bad
    answer = api.http.post("/api/orders", json={"external_id": "money", "total": "999999999999.99"})
    assert answer.json()["data"]["total"] == "999999999999.99"


def test_times_are_read_as_they_are_meant(api: Api) -> None:
    """Only RFC 3339 with a zone, and only in the future."""
    for bad in (1, "2099-01-01", "2099-01-01T00:00:00", "tomorrow", "2099-13-01T00:00:00Z", "2000-01-01T00:00:00Z",
                "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", math.pi):  # fmt: skip
        body = {"name": "A", "scopes": ["operations:read"], "expires_at": bad}
        answer = api.http.post("/api/api-keys", json=body)
        assert paths(refused(answer, 422, "invalid_input")) == ["expires_at"], bad


def test_a_service_of_another_carrier_is_refused_with_those_it_has(api: Api) -> None:
    given = {"carrier": "usps", "service": "GROUND_HOME_DELIVERY"}
    body = {"type": "create_shipment", "order_id": api.info["demo"]["order_id"], "input": given}
    error = refused(api.http.post(OPERATIONS, json=body), 422, "invalid_input")
    assert paths(error) == ["input.service"]
    assert "GROUND_ADVANTAGE" in error["details"]["fields"][0]["message"]


# Headers, paths, filters -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["X-Request-Id", "Prefer", "Idempotency-Key", "Accept", "Content-Type"])
def test_headers_inject_nothing(api: Api, header: str) -> None:
    """A line break within a header ends the connection or is refused; it never becomes a header of the answer."""
    place = urlsplit(api.url)
    for end in (b"\r\n X-Evil: 1", b"\rX-Evil: 1", b"\nX-Evil: 1", b"%0d%0aX-Evil: 1", b"\x00", b"\xe5\x98\x8aX-Evil"):
        with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as wire:
            head = f"GET {OPERATIONS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\nConnection: close\r\n"
            wire.sendall(head.encode() + header.encode() + b": a" + end + b"\r\n\r\n")
            answer = b""
            while part := wire.recv(65_536):
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
def test_paths_lead_nowhere_else(api: Api, path: str) -> None:
    """404 in the envelope, and nothing of the file system in it."""
    place = urlsplit(api.url)
    with socket.create_connection((place.hostname or "", place.port or 0), timeout=10) as wire:
        head = f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {api.key}\r\nConnection: close\r\n\r\n"
        wire.sendall(head.encode())
        answer = b""
        while part := wire.recv(65_536):
            answer += part
    assert answer.startswith(b"HTTP/1.1 404 "), answer[:300]
    assert json.loads(answer.split(b"\r\n\r\n", 1)[1])["error"]["code"].endswith("not_found")
    assert b"root:" not in answer


INJECTIONS = (
    "' or '1'='1", "1; drop table operations; --", "%s", "%(org)s", "{}", "{0}", "\\", "'||pg_sleep(5)||'", "$1", "%",
    "_", "*", "/**/", "🦆", "null", "undefined",
)  # fmt: skip


@pytest.mark.parametrize("text", INJECTIONS)
def test_filters_are_values(api: Api, text: str) -> None:
    """What looks like SQL, a format or a wildcard matches nothing, or only itself."""
    assert api.http.get(OPERATIONS, params={"type": text}).json()["pagination"]["total"] == 0
    assert api.http.get("/api/shipments", params={"tracking_number": text}).json()["pagination"]["total"] == 0
    data(api.http.post("/api/orders", json={"external_id": text}), 201)
    found = api.http.get("/api/orders", params={"external_id": text}).json()
    assert [order["external_id"] for order in found["data"]] == [text]
    assert found["pagination"]["total"] == 1


# Where the service may be sent -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "url",
    [
        "http://169.254.169.254/latest/meta-data", "https://169.254.169.254", "https://10.0.0.1", "https://192.168.1.1",
        "https://172.16.0.1", "https://100.64.0.1", "https://0.0.0.0", "https://[fd00::1]", "https://[fe80::1]",
        "https://[::ffff:10.0.0.1]", "https://[::ffff:169.254.169.254]", "https://metadata.google.internal",
        "https://0xa9fea9fe", "https://2852039166", "https://0251.0376.0251.0376", "https://10.1", "https://intranet",
        "https://db.local", "https://user:secret@example.com", "https://example.com@10.0.0.1", "http://example.com",
        "https://example.com#x", "https://example.com?x=1", "ftp://example.com", "file:///etc/passwd", "gopher://x",
        "javascript:alert(1)", "//example.com", "example.com", "https://", "https://:443", "https://example.com:0",
        "https://example.com:99999", "https://exa mple.com", "https://example.com/\r\nX-Evil: 1", "https://[::1",
        "https://\u2460\u2461\u2462.example.com", "https://224.0.0.1", "https://255.255.255.255", "https://240.0.0.1",
        "https://[64:ff9b::a00:1]", "https://[2002:a00:1::]", "https://10.0.0.1.", "", "x" * 5000,
        "https://metadata.google.internal.", "https://169.254.169.254.",
    ],
)  # fmt: skip
def test_base_urls_into_a_network_of_ours_are_refused(api: Api, url: str) -> None:
    """For accounts and bridges, when they are made and when they are changed; nothing is sent anywhere."""
    for path in ("/api/carrier-accounts", "/api/bridges"):
        body = changed(GOOD[path], ("settings", "base_url"), url)
        assert paths(refused(api.http.post(path, json=body), 422, "invalid_input")) == ["settings.base_url"]
    bridge = f"/api/bridges/{api.info['demo']['bridge_id']}"
    answer = api.http.patch(bridge, json={"settings": {"base_url": url}, "credentials": {"access_token": "x"}})
    assert paths(refused(answer, 422, "invalid_input")) == ["settings.base_url"]


def test_redirects_are_not_followed(api: Api) -> None:
    """A carrier that redirects a purchase elsewhere is no carrier: nothing is sent on."""
    with Redirector(api.info["sandbox_url"]) as server:
        account = api.account(base_url=server.url, read_timeout_seconds=1)
        before = len(api.sandbox.labels())
        operation = api.label(carrier_account_id=account["id"])
        api.http.post(f"{OPERATIONS}/{operation['id']}/execute")
        found = api.until(operation["id"], lambda operation: operation["attention"] or operation["status"] == "failed")
        assert found["status"] != "completed"
        assert server.asked == 1
        assert len(api.sandbox.labels()) == before


class Redirector:
    """An HTTP server that sends every call to another place."""

    def __init__(self, target: str) -> None:
        from http.server import BaseHTTPRequestHandler, HTTPServer  # noqa: PLC0415
        from threading import Thread  # noqa: PLC0415

        outer = self
        self.asked = 0

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.asked += 1
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(307)
                self.send_header("Location", target + self.path)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def do_GET(self) -> None:
                self.send_error(404)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's word
                pass

        self._server = HTTPServer(("127.0.0.1", 0), Handler)
        self._thread = Thread(target=self._server.serve_forever)
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Redirector":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


# A carrier that is not there -------------------------------------------------------------------------------------


def test_a_carrier_that_is_not_there_buys_nothing_and_is_tried_again(api: Api) -> None:
    """The operation goes on trying, says so in its log, and completes by itself when the carrier is there."""
    with socket.socket() as held:  # bound and not listening: nobody else gets the port, and nobody answers there
        held.bind(("127.0.0.1", 0))
        account = api.account(base_url=f"http://127.0.0.1:{held.getsockname()[1]}")
        before = len(api.sandbox.labels())
        operation = api.label(carrier_account_id=account["id"])
        assert api.http.post(f"{OPERATIONS}/{operation['id']}/execute").status_code == 202
        told = api.until(
            operation["id"], lambda operation: any(entry["event"] == "step.not_sent" for entry in operation["logs"])
        )
        assert told["status"] == "executing"
        assert len(api.sandbox.labels()) == before
    there = {"settings": {"base_url": None}, "credentials": {}}
    data(api.http.patch(f"/api/carrier-accounts/{account['id']}", json=there))
    done = api.until(operation["id"], lambda operation: operation["status"] != "executing", timeout=40)
    assert done["status"] == "completed"
    assert len(api.sandbox.labels()) == before + 1


@pytest.mark.parametrize("secret", ["💩", "a\nX-Evil: 1", "a\r\n\r\nGET / HTTP/1.1"])
def test_credentials_that_no_header_can_carry_are_refused(api: Api, secret: str) -> None:
    """When they are given; never with the secret."""
    path = f"/api/carrier-accounts/{api.account()['id']}"
    answer = api.http.patch(path, json={"credentials": {"api_key": secret}})
    assert paths(refused(answer, 422, "invalid_input")) == ["credentials.api_key"]
    assert secret not in answer.text


def test_nothing_of_all_this_was_an_internal_error(running_stack: Stack) -> None:
    """The API's log names every 500 it ever answered: there is none."""
    log = (running_stack.data_dir / "logs" / "api.log").read_text()
    assert "Traceback" not in log
    assert "Error in " not in log, log[-3000:]
