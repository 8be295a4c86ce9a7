"""HTTP as uvicorn speaks it, with a bound on what it takes before the API sees a request."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024
"""A request's line and headers; nothing else limits them, and they are held in memory before anyone asks for a key."""


class BoundedHttp(HttpToolsProtocol):
    """Answers 400 and hangs up where a request's line and headers take more than 64 KiB."""

    _in_head = False
    _head_bytes = 0

    def on_message_begin(self) -> None:
        """See uvicorn."""
        self._in_head, self._head_bytes = True, 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        self._in_head = False
        super().on_headers_complete()

    def data_received(self, data: bytes) -> None:
        """See uvicorn."""
        super().data_received(data)
        if not self._in_head or self.transport.is_closing():
            return
        self._head_bytes += len(data)
        if self._head_bytes > MOST_HEAD_BYTES:
            self.send_400_response("The request's line and headers are too long.")
