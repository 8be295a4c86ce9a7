"""A connection may send a limited amount of headers and trailers, in reads of any size."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from uvicorn.server import ServerState

from bootstrap.runtime import http_limits as http
from bootstrap.runtime.http_limits import CHUNK_BYTES, MAX_HEAD_BYTES, TIMEOUT_RESPONSE, BoundedHttp
from tests.fixtures.polling import eventually

HEAD = b"POST / HTTP/1.1\r\nHost: x\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
TRAILER = b"X-Late: 1\r\n"


class FakeTransport(asyncio.Transport):
    """A transport that records the written bytes and whether it was closed."""

    def __init__(self) -> None:
        super().__init__()
        self.written = b""
        self.closed = False

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.written += data

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def pause_reading(self) -> None:
        pass

    def resume_reading(self) -> None:
        pass


class Connection:
    """A connection to an application that answers 204: to a `GET` at once, to a `POST` after its body."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.requests: list[tuple[list[tuple[bytes, bytes]], bytes]] = []
        state = ServerState()
        config = uvicorn.Config(self._application, interface="asgi3", lifespan="off", log_config=None)
        self.http = BoundedHttp(config, state, {})
        self.wire = FakeTransport()
        self.http.connection_made(self.wire)
        self._tasks = state.tasks

    async def send(self, *parts: bytes) -> None:
        """Deliver each part as one read, and let the application run in between."""
        for part in parts:
            if self.wire.closed:
                return
            self.http.data_received(part)
            await asyncio.sleep(0)

    async def wait_for_answer(self) -> None:
        """Wait until every complete request has its answer."""
        await asyncio.gather(*self._tasks)

    async def wait_until_closed(self) -> None:
        """Wait until the server closes the connection."""

        async def is_closed() -> bool:
            return self.wire.closed

        await eventually(is_closed, 60.0, "the server closes the connection")

    def end(self) -> None:
        self.http.connection_lost(None)

    async def _application(self, scope: Any, receive: Any, send: Any) -> None:
        body, more = b"", scope["method"] == "POST"
        while more:
            message = await receive()
            body, more = body + message.get("body", b""), message.get("more_body", False)
            if message["type"] == "http.disconnect":
                return
        self.requests.append((scope["headers"], body))
        await self.may_answer.wait()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body"})


@pytest.fixture
async def connection() -> Any:
    new_connection = Connection()
    yield new_connection
    new_connection.end()
    await new_connection.wait_for_answer()


def build_headers(size: int) -> bytes:
    line = b"X-Many: 1\r\n"
    return line * (size // len(line))


async def test_a_large_head_in_one_read_is_refused(connection: Connection) -> None:
    await connection.send(HEAD + build_headers(200_000) + b"\r\n")

    assert connection.wire.written.startswith(b"HTTP/1.1 400 ")
    assert connection.wire.closed
    assert connection.requests == []


async def test_a_head_within_the_limit_is_accepted(connection: Connection) -> None:
    await connection.send(HEAD + build_headers(MAX_HEAD_BYTES - CHUNK_BYTES) + b"Content-Length: 0\r\n\r\n")
    await connection.wait_for_answer()

    assert connection.wire.written.startswith(b"HTTP/1.1 204 ")
    assert not connection.wire.closed


@pytest.mark.parametrize("length", [b"Content-Length: 1000000\r\n\r\n", None], ids=["whole", "chunked"])
@pytest.mark.parametrize("reads", [1_000, 300_000])
async def test_the_limit_of_the_head_does_not_apply_to_the_body(
    connection: Connection, length: bytes | None, reads: int
) -> None:
    """The body may be large, and its chunks and reads small."""
    body = bytes(1_000_000)
    data = HEAD + length + body if length else CHUNKED + b"1\r\n\0\r\n" * 100_000 + b"0\r\n\r\n"
    await connection.send(*split_into_parts(data * 2, reads))
    await connection.wait_for_answer()

    assert connection.wire.written.count(b"HTTP/1.1 204 ") == 2
    assert [len(body) for _, body in connection.requests] == [1_000_000 if length else 100_000] * 2
    assert not connection.wire.closed


async def test_trailers_do_not_become_headers(connection: Connection) -> None:
    """A proxy may have checked only the headers, even if both arrive together."""
    await connection.send(CHUNKED + b"1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
    await connection.wait_for_answer()

    ((request_headers, body),) = connection.requests
    assert body == b"a"
    assert [name for name, _ in request_headers] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("endless", [TRAILER * 100, b"X-Late: " + b"a" * 1_000], ids=["many", "long"])
@pytest.mark.parametrize("method", [b"POST", b"GET"])
async def test_endless_trailers_close_the_connection(connection: Connection, endless: bytes, method: bytes) -> None:
    """They are refused before and after the answer, and none is stored."""
    await connection.send(CHUNKED.replace(b"POST", method), b"1\r\na\r\n0\r\n")
    if method == b"GET":
        await connection.wait_for_answer()
        assert connection.wire.written.startswith(b"HTTP/1.1 204 ")
    await connection.send(endless)
    header_count = len(connection.http.headers)
    more = endless if endless.endswith(b"\n") else b"a" * 1_000
    await connection.send(*([more] * 100))

    assert header_count == 2
    assert connection.wire.closed
    assert b"HTTP/1.1 400 " in connection.wire.written


@pytest.mark.parametrize("data", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\nab", CHUNKED + b"1\r\na\r\n"])
async def test_an_incomplete_request_times_out(monkeypatch: pytest.MonkeyPatch, data: bytes) -> None:
    """A connection that is idle between two requests stays open."""
    monkeypatch.setattr(http, "SECONDS_TO_SEND", 0.02)
    idle = Connection()
    await idle.send(HEAD + b"Content-Length: 0\r\n\r\n")
    await idle.wait_for_answer()
    slow = Connection()
    await slow.send(*([data] if data else []))

    await slow.wait_until_closed()

    assert slow.wire.written == TIMEOUT_RESPONSE
    assert slow.requests == []
    assert not idle.wire.closed
    for connection in (slow, idle):
        connection.end()
        await connection.wait_for_answer()


async def test_no_408_is_sent_while_another_request_is_unanswered(monkeypatch: pytest.MonkeyPatch) -> None:
    """The client would read it as the answer to its first request."""
    monkeypatch.setattr(http, "SECONDS_TO_SEND", 0.02)
    connection = Connection()
    connection.may_answer.clear()
    await connection.send(HEAD.replace(b"POST", b"GET") + b"\r\n" + HEAD)

    await connection.wait_until_closed()

    assert connection.wire.written == b""
    connection.end()
    connection.may_answer.set()
    await connection.wait_for_answer()


def split_into_parts(data: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]
