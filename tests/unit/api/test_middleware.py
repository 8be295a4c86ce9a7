"""The middleware around every request."""

import logging

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.http.middleware import RequestMiddleware


async def test_a_client_that_disconnects_causes_no_error(caplog: pytest.LogCaptureFixture) -> None:
    """The client left during its request body, so there is no response and only an INFO line."""
    messages: list[Message] = []

    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        await Request(scope, receive).body()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/orders", "headers": [(b"content-length", b"5")]}
    with caplog.at_level(logging.INFO):
        await RequestMiddleware(app, 1024)(scope, receive, send)

    assert messages == []
    assert [(record.levelname, record.name) for record in caplog.records] == [
        ("INFO", "orderly.api"),
        ("INFO", "orderly.requests"),
    ]
