"""A keep-alive HTTP/1.1 client with little overhead, because the load shares its cores with the measured service."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlsplit


class Connection:
    """One connection, for one call at a time."""

    def __init__(self, base_url: str, token: str) -> None:
        parts = urlsplit(base_url)
        self._address = (parts.hostname or "127.0.0.1", parts.port or 80)
        self._head = f"Host: {parts.netloc}\r\nAuthorization: Bearer {token}\r\n"
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def call(self, method: str, path: str, body: Any = None, headers: str = "") -> tuple[int, bytes]:
        """Send one request; return its status and body.

        Args:
            method: GET, POST, ...
            path: path and query.
            body: sent as JSON unless None.
            headers: additional header lines, each ended by CRLF.
        """
        content = b"" if body is None else json.dumps(body).encode()
        typed = "Content-Type: application/json\r\n" if content else ""
        head = f"{method} {path} HTTP/1.1\r\n{self._head}{headers}{typed}Content-Length: {len(content)}\r\n\r\n"
        if self.is_over:
            await self.close()
        reader, writer = self._streams = self._streams or await asyncio.open_connection(*self._address)
        writer.write(head.encode() + content)
        return await _answer(reader)

    @property
    def is_over(self) -> bool:
        """True if the server closed the connection, as it does with idle ones."""
        return self._streams is not None and self._streams[0].at_eof()

    async def close(self) -> None:
        """Close the connection."""
        if self._streams is not None:
            self._streams[1].close()
            self._streams = None


async def _answer(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    status = int(head[9:12])
    length = 0
    for line in head.split(b"\r\n"):
        name, _, value = line.partition(b":")
        if name.lower() == b"content-length":
            length = int(value)
    return status, await reader.readexactly(length)


@contextlib.asynccontextmanager
async def connections(url: str, token: str, count: int) -> AsyncIterator[list[Connection]]:
    """Open `count` connections, and close them at the end."""
    opened = [Connection(url, token) for _ in range(count)]
    try:
        yield opened
    finally:
        for connection in opened:
            await connection.close()
