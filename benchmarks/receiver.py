"""`python -m benchmarks.receiver`: receives webhooks in a process of its own, and measures their delays."""

import asyncio
import contextlib
import json
import sys
import time
from collections.abc import AsyncIterator
from datetime import datetime

import uvloop

from benchmarks.http_client import Connection, connections
from benchmarks.stack import PROJECT

ACCEPTED = b"HTTP/1.1 204 No Content\r\n\r\n"
END = b"\r\n\r\n"


class Receiver:
    """Accepts each webhook at once. A GET returns the delays since the last GET, in ms."""

    def __init__(self) -> None:
        self._delays: list[float] = []

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, asyncio.IncompleteReadError):
            while True:
                head = await reader.readuntil(END)
                body = await reader.readexactly(_length(head))
                writer.write(self._report() if head.startswith(b"GET") else self._accept(body))
        writer.close()

    def _accept(self, body: bytes) -> bytes:
        created = datetime.fromisoformat(json.loads(body)["created_at"]).timestamp()
        self._delays.append((time.time() - created) * 1000)
        return ACCEPTED

    def _report(self) -> bytes:
        body = json.dumps(self._delays).encode()
        self._delays = []
        return f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def _length(head: bytes) -> int:
    _, _, rest = head.lower().partition(b"content-length:")
    return int(rest.split(b"\r\n", 1)[0] or 0)


class RunningReceiver:
    """A receiver that runs; webhooks are sent to `url`."""

    def __init__(self, url: str, connection: Connection) -> None:
        self.url = url
        self._connection = connection

    async def take_delays(self) -> list[float]:
        """Return the ms from the start of each event's transaction to its arrival, since the last call."""
        _, answer = await self._connection.call("GET", "/")
        delays: list[float] = json.loads(answer)
        return delays


@contextlib.asynccontextmanager
async def run_receiver() -> AsyncIterator[RunningReceiver]:
    """Run a receiver in a process of its own during the block."""
    command = (sys.executable, "-m", "benchmarks.receiver")
    process = await asyncio.create_subprocess_exec(*command, cwd=PROJECT, stdout=asyncio.subprocess.PIPE)
    try:
        port = await process.stdout.readline() if process.stdout is not None else b""
        url = f"http://127.0.0.1:{int(port)}"
        async with connections(url, "", 1) as (connection,):
            yield RunningReceiver(url, connection)
    finally:
        process.kill()
        await process.wait()


async def _serve() -> None:
    server = await asyncio.start_server(Receiver().answer, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(_serve())
