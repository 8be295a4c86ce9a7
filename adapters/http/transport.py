"""How a request leaves: once, with time-outs, and with the truth about what came back."""

import asyncio
import functools
import ssl
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx

from adapters.http.guarded_network import AddressRefused, GuardedNetwork, GuardedTransport
from domain.errors import Ambiguous, AuthFailed, NotSent, RateLimited, Rejected
from domain.shipping import RawAnswer

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
"""A long wait for a purchase is cheaper than not to know what became of it."""
MAX_WAIT_SECONDS = 3600.0
MAX_BODY_BYTES = 32 * 1024 * 1024
"""No label is as large; nothing that comes after so much is read."""
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=30.0)

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Failures before the first byte of the request was written."""


@dataclass(frozen=True, slots=True)
class Destination:
    """Where an account's calls go.

    `network` is None for a base URL of this installation's own operator, who may name a server within; one that a
    person set by the API is dialled through a network that checks every address.
    """

    base_url: str
    network: GuardedNetwork | None = None


def new_client(
    destination: Destination, headers: dict[str, str], read_seconds: float, connect_seconds: float = CONNECT_SECONDS
) -> httpx.AsyncClient:
    """Make the HTTP client of one account: no retries, no redirects, certificates always verified.

    Raises:
        Rejected: no call can be made to the base URL.
    """
    try:
        _ = httpx.URL(destination.base_url).host  # decodes it, as each request will
    except (httpx.InvalidURL, UnicodeError):
        raise Rejected("no call can be made to the base_url", vendor_code="bad_base_url") from None
    network = destination.network
    return httpx.AsyncClient(
        base_url=destination.base_url,
        headers=headers,
        verify=_certificates(),
        transport=None if network is None else GuardedTransport(network, _certificates(), LIMITS),
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        limits=LIMITS,
        follow_redirects=False,
        trust_env=False,
    )


@functools.cache
def _certificates() -> ssl.SSLContext:
    """The trusted roots, read once: reading them takes 20 ms of CPU."""
    return httpx.create_ssl_context(trust_env=False)


async def send(client: httpx.AsyncClient, request: httpx.Request, within_seconds: float) -> RawAnswer:
    """Send a request exactly once.

    Args:
        client: the account's client.
        request: what is sent.
        within_seconds: after so long nothing of it is in flight any more, however slowly an answer trickles in.

    Raises:
        NotSent: no byte of it left.
        Ambiguous: it left, at least in part, and no whole answer came back.
    """
    try:
        async with asyncio.timeout(within_seconds):
            response = await client.send(request, stream=True)
            body = await _read(response)
    except NOT_SENT as error:
        refused = error.__cause__ if isinstance(error.__cause__, AddressRefused) else None
        raise NotSent(f"no connection ({refused or type(error).__name__})") from error
    except (httpx.TransportError, TimeoutError) as error:
        raise Ambiguous(f"no whole answer ({type(error).__name__})") from error
    return RawAnswer(status=response.status_code, body=body, headers=dict(response.headers))


async def _read(response: httpx.Response) -> bytes:
    body = bytearray()
    try:
        async for some in response.aiter_bytes():
            body += some
            if len(body) > MAX_BODY_BYTES:
                raise Ambiguous("the answer is larger than any label")
    except httpx.DecodingError:
        raise Ambiguous("the answer can't be decompressed") from None
    finally:
        await response.aclose()
    return bytes(body)


def refuse_failures(
    answer: RawAnswer, code: str | None, message: str, field: str | None = None, *, gate_says_503: bool = True
) -> None:
    """Raise what an answer's status says, unless it is a success.

    Args:
        answer: the answer.
        code: the vendor's own code, message and field, where its body named them.
        message: see code.
        field: see code.
        gate_says_503: whether the vendor's 503 with Retry-After is known to come from its gateway, unprocessed.

    Raises:
        RateLimited: 429, or such a 503: refused by the gateway, before it was processed.
        AuthFailed: 401, and 403 in the vendor's own words.
        Rejected: any other 4xx; a 403 without a code too, for a firewall says so of one odd address, and the account
            would be paused for it.
        Ambiguous: any other status; 408 too, which may be said while the request is at work.
    """
    status = answer.status
    if status in range(200, 300):
        return
    wait = gateway_wait_seconds(answer)
    if wait is not None and (gate_says_503 or status == httpx.codes.TOO_MANY_REQUESTS):
        raise RateLimited(message, after=wait)
    if status == httpx.codes.UNAUTHORIZED or (status == httpx.codes.FORBIDDEN and code is not None):
        raise AuthFailed(message, vendor_code=code)
    if status in range(400, 500) and status != httpx.codes.REQUEST_TIMEOUT:
        raise Rejected(message, vendor_code=code, field=field)
    raise Ambiguous(f"status {status}", vendor_code=code)


def gateway_wait_seconds(answer: RawAnswer) -> float | None:
    """Say for how many seconds a gateway wants to be left alone that did not process the request; None where it did."""
    after = retry_after_seconds(answer)
    if answer.status == httpx.codes.TOO_MANY_REQUESTS:
        return after if after is not None else 1.0
    return after if answer.status == httpx.codes.SERVICE_UNAVAILABLE else None


def retry_after_seconds(answer: RawAnswer) -> float | None:
    """Read Retry-After in seconds, at most an hour: RFC 9110 lets it be a number, or a time."""
    value = answer.headers.get("retry-after", "").strip()
    if value.isascii() and value.isdigit():
        return min(float(value), MAX_WAIT_SECONDS)
    try:
        until = parsedate_to_datetime(value)
    except (ValueError, OverflowError):  # a date beyond the calendar, or beyond what a computer counts
        return None
    if until.tzinfo is None:
        return None
    return min(max((until - datetime.now(UTC)).total_seconds(), 0.0), MAX_WAIT_SECONDS)
