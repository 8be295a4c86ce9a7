"""The HTTP client of the benchmark load."""

import asyncio
from asyncio import StreamReader, StreamWriter

from benchmarks.http_client import Connection
from tests.fixtures.polling import eventually


async def test_a_connection_that_the_server_closed_is_replaced() -> None:
    answers = 0

    async def answer_and_close(reader: StreamReader, writer: StreamWriter) -> None:
        nonlocal answers
        await reader.readuntil(b"\r\n\r\n")
        answers += 1
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()

    async with await asyncio.start_server(answer_and_close, "127.0.0.1", 0) as server:
        _, port = server.sockets[0].getsockname()
        connection = Connection(f"http://127.0.0.1:{port}", "key")

        async def is_over() -> bool:
            return connection.is_over

        first = await connection.call("GET", "/")
        await eventually(is_over)
        second = await connection.call("GET", "/")
        await connection.close()

    assert (first, second, answers) == ((200, b"ok"), (200, b"ok"), 2)
