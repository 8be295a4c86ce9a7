"""What a connection may send before, between and after bodies: bounded, in however large parts it is read."""

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


class Wire(asyncio.Transport):
    """Keeps what is written, and whether the connection was closed."""

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
    """A connection to an application that answers 204: to a `GET` at once, to a `POST` when it has its body."""

    def __init__(self) -> None:
        self.may_answer = asyncio.Event()
        self.may_answer.set()
        self.requests: list[tuple[list[tuple[bytes, bytes]], bytes]] = []
        state = ServerState()
        config = uvicorn.Config(self._application, interface="asgi3", lifespan="off", log_config=None)
        self.http = BoundedHttp(config, state, {})
        self.wire = Wire()
        self.http.connection_made(self.wire)
        self._tasks = state.tasks

    async def send(self, *parts: bytes) -> None:
        """Let each part be what one read gave, and the application take it."""
        for part in parts:
            if self.wire.closed:
                return
            self.http.data_received(part)
            await asyncio.sleep(0)

    async def wait_for_answer(self) -> None:
        """Wait until every request that came whole is answered."""
        await asyncio.gather(*self._tasks)

    async def hung_up(self) -> None:
        """Wait until the server closed it."""

        async def closed() -> bool:
            return self.wire.closed

        await eventually(closed, 5.0, "hung up")

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
    made = Connection()
    yield made
    made.end()
    await made.wait_for_answer()


def headers(size: int) -> bytes:
    line = b"X-Many: 1\r\n"
    return line * (size // len(line))


async def test_a_head_that_one_read_brings_whole_is_held_to_the_bound(connection: Connection) -> None:
    await connection.send(HEAD + headers(200_000) + b"\r\n")

    assert connection.wire.written.startswith(b"HTTP/1.1 400 ")
    assert connection.wire.closed
    assert connection.requests == []


async def test_a_large_head_within_the_bound_is_taken(connection: Connection) -> None:
    await connection.send(HEAD + headers(MAX_HEAD_BYTES - CHUNK_BYTES) + b"Content-Length: 0\r\n\r\n")
    await connection.wait_for_answer()

    assert connection.wire.written.startswith(b"HTTP/1.1 204 ")
    assert not connection.wire.closed


@pytest.mark.parametrize("length", [b"Content-Length: 1000000\r\n\r\n", None], ids=["whole", "chunked"])
@pytest.mark.parametrize("reads", [1_000, 300_000])
async def test_a_body_is_no_head(connection: Connection, length: bytes | None, reads: int) -> None:
    """However much of it there is, and in however small chunks."""
    body = bytes(1_000_000)
    sent = HEAD + length + body if length else CHUNKED + b"1\r\n\0\r\n" * 100_000 + b"0\r\n\r\n"
    await connection.send(*parts(sent * 2, reads))
    await connection.wait_for_answer()

    assert connection.wire.written.count(b"HTTP/1.1 204 ") == 2
    assert [len(body) for _, body in connection.requests] == [1_000_000 if length else 100_000] * 2
    assert not connection.wire.closed


async def test_trailers_are_no_headers(connection: Connection) -> None:
    """Not even where they come together with the headers: a proxy may have looked at those only."""
    await connection.send(CHUNKED + b"1\r\na\r\n0\r\nAuthorization: Bearer x\r\n\r\n")
    await connection.wait_for_answer()

    ((given, body),) = connection.requests
    assert body == b"a"
    assert [name for name, _ in given] == [b"host", b"transfer-encoding"]


@pytest.mark.parametrize("endless", [TRAILER * 100, b"X-Late: " + b"a" * 1_000], ids=["many", "long"])
@pytest.mark.parametrize("method", [b"POST", b"GET"])
async def test_endless_trailers_are_cut(connection: Connection, endless: bytes, method: bytes) -> None:
    """Before the answer and after it; until then nothing of them is kept."""
    await connection.send(CHUNKED.replace(b"POST", method), b"1\r\na\r\n0\r\n")
    if method == b"GET":
        await connection.wait_for_answer()
        assert connection.wire.written.startswith(b"HTTP/1.1 204 ")
    await connection.send(endless)
    kept = len(connection.http.headers)
    more = endless if endless.endswith(b"\n") else b"a" * 1_000
    await connection.send(*([more] * 100))

    assert kept == 2
    assert connection.wire.closed
    assert b"HTTP/1.1 400 " in connection.wire.written


@pytest.mark.parametrize("sent", [b"", HEAD, HEAD + b"Content-Length: 9\r\n\r\nab", CHUNKED + b"1\r\na\r\n"])
async def test_a_request_that_does_not_become_whole_is_hung_up_on(monkeypatch: pytest.MonkeyPatch, sent: bytes) -> None:
    """Neither nothing at all, nor half a head, nor half a body; whoever is between two requests is left alone."""
    monkeypatch.setattr(http, "SECONDS_TO_SEND", 0.02)
    idle = Connection()
    await idle.send(HEAD + b"Content-Length: 0\r\n\r\n")
    await idle.wait_for_answer()
    slow = Connection()
    await slow.send(*([sent] if sent else []))

    await slow.hung_up()

    assert slow.wire.written == TIMEOUT_RESPONSE
    assert slow.requests == []
    assert not idle.wire.closed
    for connection in (slow, idle):
        connection.end()
        await connection.wait_for_answer()


async def test_nobody_takes_a_408_for_the_answer_to_another_request(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the next request is there while the first one is not answered yet."""
    monkeypatch.setattr(http, "SECONDS_TO_SEND", 0.02)
    connection = Connection()
    connection.may_answer.clear()
    await connection.send(HEAD.replace(b"POST", b"GET") + b"\r\n" + HEAD)

    await connection.hung_up()

    assert connection.wire.written == b""
    connection.end()
    connection.may_answer.set()
    await connection.wait_for_answer()


def parts(sent: bytes, size: int) -> Iterator[bytes]:
    for start in range(0, len(sent), size):
        yield sent[start : start + size]
