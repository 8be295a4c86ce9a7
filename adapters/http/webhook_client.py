"""The HTTP client for webhooks: one attempt, with the guarded network, without redirects and cookies."""

import asyncio
import time
from collections.abc import Mapping

import httpx

from adapters.http.errors import retry_after_seconds
from adapters.http.guarded_network import AddressRefused, GuardedNetwork, GuardedTransport
from adapters.http.transport import NOT_SENT, certificates
from domain.shipping import RawAnswer
from domain.webhooks import MAX_ANSWER_BYTES, AttemptResult, DeliveryError

ATTEMPT_SECONDS = 15.0
"""The limit of an attempt: connection, headers and body."""
KEEP_ALIVE_SECONDS = 30.0


class HttpWebhookClient:
    """Implements `domain.ports.webhooks.WebhookClient`.

    `max_connections`: at least the number of attempts at a time. `seconds` is shorter in tests.
    """

    def __init__(self, network: GuardedNetwork, max_connections: int, seconds: float = ATTEMPT_SECONDS) -> None:
        limits = httpx.Limits(
            max_connections=max_connections,
            max_keepalive_connections=max_connections,
            keepalive_expiry=KEEP_ALIVE_SECONDS,
        )
        self._seconds = seconds
        self._timeout = dict.fromkeys(("connect", "read", "write", "pool"), seconds)
        # Without httpx's client, which would keep cookies: endpoints of several organizations may share a host.
        self._transport = GuardedTransport(network, certificates(), limits)

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> AttemptResult:
        begin = time.monotonic()
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._transport.handle_async_request(self._build(url, headers, body))
                try:
                    answer = await _read(response)
                finally:
                    await response.aclose()
        except TimeoutError:
            return AttemptResult(_since(begin), DeliveryError.TIMEOUT)
        except (httpx.HTTPError, httpx.InvalidURL, UnicodeError) as error:
            return AttemptResult(_since(begin), _classify(error))
        return AttemptResult(
            _since(begin),
            _find_error(response.status_code),
            response.status_code,
            answer,
            retry_after_seconds(RawAnswer(response.status_code, b"", dict(response.headers))),
        )

    def _build(self, url: str, headers: Mapping[str, str], body: bytes) -> httpx.Request:
        fixed = {"Content-Type": "application/json", "User-Agent": "Orderly-Operations", "Accept-Encoding": "identity"}
        extensions = {"timeout": self._timeout}
        return httpx.Request("POST", url, content=body, headers={**fixed, **headers}, extensions=extensions)

    async def aclose(self) -> None:
        await self._transport.aclose()


async def _read(response: httpx.Response) -> str:
    """Return the first bytes of the body as text that Postgres can store; the rest is never received."""
    body = bytearray()
    async for chunk in response.aiter_raw():
        body += chunk
        if len(body) >= MAX_ANSWER_BYTES:
            break
    return bytes(body[:MAX_ANSWER_BYTES]).decode(errors="replace").replace("\x00", "\ufffd")


def _find_error(status: int) -> DeliveryError | None:
    if httpx.codes.is_success(status):
        return None
    return DeliveryError.REDIRECT if httpx.codes.is_redirect(status) else DeliveryError.STATUS


def _classify(error: Exception) -> DeliveryError:
    if isinstance(error.__cause__, AddressRefused):
        return DeliveryError.ADDRESS_REFUSED
    if isinstance(error, httpx.TimeoutException):
        return DeliveryError.TIMEOUT
    return DeliveryError.NO_CONNECTION if isinstance(error, NOT_SENT) else DeliveryError.INCOMPLETE


def _since(begin: float) -> int:
    return round((time.monotonic() - begin) * 1000)
