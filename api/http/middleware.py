"""ASGI middleware for every request: request id, body limit, security headers, and unexpected errors."""

import logging
import traceback
from collections.abc import Iterable
from secrets import token_hex

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http.errors import BodyTooLarge, InternalError
from api.http.exception_handlers import to_answer
from api.http.request_log import RequestRecord
from domain.origin import REQUEST_ID, acting_as, service

logger = logging.getLogger("orderly.api")

MAX_FRAMES = 12

SAFETY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
}
_RAW_SAFETY_HEADERS = [(name.lower().encode(), value.encode()) for name, value in SAFETY_HEADERS.items()]


class RequestMiddleware:
    """The outermost layer."""

    def __init__(self, app: ASGIApp, body_bytes: int) -> None:
        self._app = app
        self._body_bytes = body_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, even if the app raises."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        request_id = _choose_request_id(headers)
        scope["request_id"] = request_id
        extra = scope["response_headers"] = []  # the endpoint's dependencies add to it
        record = RequestRecord(scope)

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                record.started = message
                message["headers"] = [
                    *message["headers"],
                    (b"x-request-id", request_id.encode()),
                    *extra,
                    *_choose_safety_headers(message["headers"]),
                ]
            await send(message)

        with acting_as(service("api", request_id)):
            try:
                await self._answer(record, self._limit_body(receive, _read_length(headers)), send_with_headers)
            finally:
                record.log()

    async def _answer(self, record: RequestRecord, receive: Receive, send: Send) -> None:
        scope = record.scope
        request_id: str = scope["request_id"]
        try:
            await self._app(scope, receive, send)
        except BodyTooLarge as error:
            await to_answer(error, request_id).to_response()(scope, receive, send)
        except ClientDisconnect:
            logger.info("request %s: the client disconnected before it sent the whole body", request_id)
        except Exception as error:
            _log_error(error, request_id, scope)
            if record.started is not None:
                raise
            await to_answer(InternalError(request_id), request_id).to_response()(scope, receive, send)

    def _limit_body(self, receive: Receive, declared: int) -> Receive:
        received = 0

        async def limited() -> Message:
            nonlocal received
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                if max(received, declared) > self._body_bytes:
                    raise BodyTooLarge(self._body_bytes)
            return message

        return limited


def _choose_safety_headers(headers: Iterable[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return the safety headers that the response has not set itself, as the reference page does."""
    own = {name for name, _ in headers}
    return [header for header in _RAW_SAFETY_HEADERS if header[0] not in own]


def _choose_request_id(headers: Headers) -> str:
    request_id = headers.get("x-request-id")
    return request_id if request_id is not None and REQUEST_ID.fullmatch(request_id) else token_hex(16)


def _read_length(headers: Headers) -> int:
    length = headers.get("content-length", "0")
    return int(length) if length.isascii() and length.isdigit() else 0


def _log_error(error: Exception, request_id: str, scope: Scope) -> None:
    # Log the places and not the message, because a driver's message may quote a row.
    frames = traceback.extract_tb(error.__traceback__)[-MAX_FRAMES:]
    places = "\n".join(f"  {frame.filename}:{frame.lineno} in {frame.name}" for frame in frames)
    logger.error(
        "request %s: %s in %s %a\n%s", request_id, type(error).__name__, scope["method"], scope["path"][:200], places
    )
