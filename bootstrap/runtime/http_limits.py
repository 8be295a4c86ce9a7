"""uvicorn's HTTP protocol with limits on the size and duration of requests, and on how slowly clients read."""

import asyncio

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MAX_HEAD_BYTES = 64 * 1024
"""Limit of a request's line and headers, which are held in memory before any key is checked."""

CHUNK_BYTES = 4 * 1024
"""Received data is parsed in parts of this many bytes, so the limit is exceeded by at most one part."""


SECONDS_TO_SEND = 60.0
"""Time for a whole request after its first byte, and for the first request after the connection is made.

A slow sender would otherwise hold a socket and a task for any time. The largest body arrives in time at 140 kbit/s.
"""

SECONDS_TO_READ = 30.0
"""Time for a client to read most of the 64 KiB that wait for it; the connection of a slower client is cut."""

TIMEOUT_RESPONSE = b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


class BoundedHttp(HttpToolsProtocol):
    """Closes connections whose requests are too large or too slow, and those whose client does not read.

    Answers 400 after 64 KiB that are not body (a request's line and headers, or its trailers), and 408 to an incomplete
    request.

    Drops trailers, which may follow a chunked body: uvicorn would append them to the headers of a request, even of one
    that was answered long ago.
    """

    _in_head = True
    _other_bytes = 0
    _timeout: asyncio.TimerHandle | None = None
    _read_timeout: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._start_timeout()

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_timeout()
        self._cancel_read_timeout()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        self._cancel_read_timeout()
        self._read_timeout = self.loop.call_later(SECONDS_TO_READ, self.transport.abort)
        super().pause_writing()

    def resume_writing(self) -> None:
        self._cancel_read_timeout()
        super().resume_writing()

    def on_message_begin(self) -> None:
        self._in_head, self._other_bytes = True, 0
        self._start_timeout()
        super().on_message_begin()

    def on_message_complete(self) -> None:
        self._cancel_timeout()
        super().on_message_complete()

    def on_header(self, name: bytes, value: bytes) -> None:
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._other_bytes = 0
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """Parse received data in parts, because one read may contain a whole head that is longer than the limit."""
        for start in range(0, len(data), CHUNK_BYTES):
            part = data[start : start + CHUNK_BYTES]
            super().data_received(part)
            if self.transport.is_closing():
                return
            self._other_bytes += len(part)
            if self._other_bytes > MAX_HEAD_BYTES:
                self.send_400_response("The request line and headers are too long.")
                return

    def _start_timeout(self) -> None:
        self._cancel_timeout()
        self._timeout = self.loop.call_later(SECONDS_TO_SEND, self._hang_up)

    def _cancel_timeout(self) -> None:
        if self._timeout is not None:
            self._timeout.cancel()
            self._timeout = None

    def _cancel_read_timeout(self) -> None:
        if self._read_timeout is not None:
            self._read_timeout.cancel()
            self._read_timeout = None

    def _hang_up(self) -> None:
        # Answered only if the client cannot take it for the answer to another request.
        cycle = self.cycle
        if cycle is None or (cycle.response_complete if self._in_head else not cycle.response_started):
            self.transport.write(TIMEOUT_RESPONSE)
        self.transport.close()
