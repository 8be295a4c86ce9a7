"""What stands around every request."""

import logging

import pytest
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from api.http.middleware import RequestMiddleware


async def test_a_client_that_goes_away_is_no_fault_of_ours(caplog: pytest.LogCaptureFixture) -> None:
    """It left while its body was read: nobody is there to be answered, and nothing is wrong here."""
    sent: list[Message] = []

    async def app(scope: Scope, receive: Receive, _send: Send) -> None:
        await Request(scope, receive).body()

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/api/orders", "headers": [(b"content-length", b"5")]}
    with caplog.at_level(logging.INFO):
        await RequestMiddleware(app, 1024)(scope, receive, send)

    assert sent == []
    assert [record.levelname for record in caplog.records] == ["INFO"]
