"""HTTP as uvicorn speaks it, with a bound on what it takes before the API sees a request."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

MOST_HEAD_BYTES = 64 * 1024
"""A request's line and headers; nothing else limits them, and they are held in memory before anyone asks for a key."""

AT_A_TIME = 4 * 1024
"""What is read is parsed in parts of this many bytes: by so much the bound is exceeded at most."""


class BoundedHttp(HttpToolsProtocol):
    """Answers 400 and hangs up where 64 KiB go by that are no body: a request's line and headers, or its trailers.

    Trailers, the headers that may follow a chunked body, are dropped: uvicorn would append them to the request's
    headers, those of a request that was answered long ago too.
    """

    _in_head = True
    _other_bytes = 0

    def on_message_begin(self) -> None:
        """See uvicorn."""
        self._in_head, self._other_bytes = True, 0
        super().on_message_begin()

    def on_header(self, name: bytes, value: bytes) -> None:
        """See uvicorn."""
        if self._in_head:
            super().on_header(name, value)

    def on_headers_complete(self) -> None:
        """See uvicorn."""
        self._in_head = False
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        """See uvicorn."""
        self._other_bytes = 0
        super().on_body(body)

    def data_received(self, data: bytes) -> None:
        """See uvicorn.

        In parts, for one read may hold much more than a head may have, and be a whole head.
        """
        for start in range(0, len(data), AT_A_TIME):
            part = data[start : start + AT_A_TIME]
            super().data_received(part)
            if self.transport.is_closing():
                return
            self._other_bytes += len(part)
            if self._other_bytes > MOST_HEAD_BYTES:
                self.send_400_response("The request's line and headers are too long.")
                return
