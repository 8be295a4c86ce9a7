"""Closes connections without an answer, and holds calls open."""

import asyncio
from collections.abc import Callable

from fastapi import Request, Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

_CLOSE = "sandbox.close_connection"


class ClosableProtocol(HttpToolsProtocol):
    """uvicorn's protocol, which lets the application close the TCP connection.

    ASGI cannot express "close without an answer": an application can only raise, which uvicorn answers with a 500 and a
    traceback. So the scope carries the transport's own `close`.
    """

    def on_message_begin(self) -> None:
        super().on_message_begin()
        extensions: dict[object, object] = {_CLOSE: self.transport.close}
        self.scope["extensions"] = extensions  # type: ignore[typeddict-item]


class NoAnswer(Response):
    """Closes the connection instead of answering."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002
        close: Callable[[], None] = scope["extensions"][_CLOSE]
        close()
        # If this returned before the disconnect, uvicorn would log a missing response.
        while (await receive())["type"] != "http.disconnect":
            pass


async def hold(request: Request, seconds: float, *ends: asyncio.Event) -> None:
    """Wait for `seconds`, or until the client disconnects or one of the events is set."""
    waits = {asyncio.create_task(_wait_until_gone(request)), *(asyncio.create_task(_wait_for(end)) for end in ends)}
    _, waiting = await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for task in waiting:
        task.cancel()


async def _wait_until_gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _wait_for(event: asyncio.Event) -> None:
    await event.wait()
