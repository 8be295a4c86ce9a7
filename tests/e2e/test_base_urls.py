"""Base URLs into private networks are rejected, redirects are not followed, and an unreachable carrier is retried."""

import socket
from typing import Any

import pytest

from tests.e2e.bodies import GOOD, OPERATIONS, assert_no_internal_error, changed
from tests.fixtures.api import Api, data, paths, refused
from tests.fixtures.stack import Stack


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
def test_base_urls_into_private_networks_are_rejected(api: Api, url: str) -> None:
    """Creating an account or a bridge and changing a bridge are rejected."""
    for path in ("/api/carrier-accounts", "/api/bridges"):
        body = changed(GOOD[path], ("settings", "base_url"), url)
        assert paths(refused(api.http.post(path, json=body), 422, "invalid_input")) == ["settings.base_url"]
    bridge = f"/api/bridges/{api.info['demo']['bridge_id']}"
    answer = api.http.patch(bridge, json={"settings": {"base_url": url}, "credentials": {"access_token": "x"}})
    assert paths(refused(answer, 422, "invalid_input")) == ["settings.base_url"]


def test_redirects_are_not_followed(api: Api) -> None:
    """The purchase is sent once and not repeated at the redirect's target."""
    with Redirector(api.info["sandbox_url"]) as server:
        account = api.account(base_url=server.url, read_timeout_seconds=1)
        before = len(api.sandbox.labels())
        operation = api.label(carrier_account_id=account["id"])
        api.http.post(f"{OPERATIONS}/{operation['id']}/execute")
        found = api.until(operation["id"], lambda operation: operation["attention"] or operation["status"] == "failed")
        assert found["status"] != "completed"
        assert server.requests == 1
        assert len(api.sandbox.labels()) == before


class Redirector:
    """An HTTP server that redirects every call to another address."""

    def __init__(self, target: str) -> None:
        from http.server import BaseHTTPRequestHandler, HTTPServer  # noqa: PLC0415
        from threading import Thread  # noqa: PLC0415

        outer = self
        self.requests = 0

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                outer.requests += 1
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


def test_an_unreachable_carrier_is_retried(api: Api) -> None:
    """The operation keeps executing, logs the failed connection, and completes when the carrier's address works."""
    with socket.socket() as unused:  # bound but not listening: connections to its port are refused
        unused.bind(("127.0.0.1", 0))
        account = api.account(base_url=f"http://127.0.0.1:{unused.getsockname()[1]}")
        before = len(api.sandbox.labels())
        operation = api.label(carrier_account_id=account["id"])
        assert api.http.post(f"{OPERATIONS}/{operation['id']}/execute").status_code == 202
        waiting = api.until(
            operation["id"], lambda operation: any(entry["event"] == "step.not_sent" for entry in operation["logs"])
        )
        assert waiting["status"] == "executing"
        assert len(api.sandbox.labels()) == before
    reachable = {"settings": {"base_url": None}, "credentials": {}}
    data(api.http.patch(f"/api/carrier-accounts/{account['id']}", json=reachable))
    completed = api.until(operation["id"], lambda operation: operation["status"] != "executing", timeout=40)
    assert completed["status"] == "completed"
    assert len(api.sandbox.labels()) == before + 1


def test_no_request_caused_an_internal_error(running_stack: Stack) -> None:
    assert_no_internal_error(running_stack)
