"""The HTTP transport: sends a request once, with timeouts, and separates `NotSent` from `Ambiguous`."""

import asyncio
import functools
import ssl
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

import httpx

from adapters.http.guarded_network import AddressRefused, GuardedNetwork, GuardedTransport
from adapters.http.secrets import find_signature, mask_secrets
from domain.errors import Ambiguous, NotSent, Rejected
from domain.shipping import RawAnswer

CONNECT_SECONDS = 5.0
READ_SECONDS = 60.0
"""A long wait for a purchase is cheaper than an unknown outcome."""
MAX_BODY_BYTES = 8 * 1024 * 1024
"""No label is this large; the rest of a larger body is neither read nor decompressed."""
CODINGS = ("identity", "gzip", "x-gzip")
GZIP = 31
"""zlib's `wbits` for a gzip stream."""
LIMITS = httpx.Limits(max_connections=100, max_keepalive_connections=50, keepalive_expiry=30.0)

NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol)
"""Errors before the first byte of the request is written."""


@dataclass(frozen=True, slots=True)
class Destination:
    """The server that an account's calls go to.

    `network` is None for a base URL that the operator of this installation set, which may lie in the internal network.
    For a base URL set through the API, `network` checks every address.
    """

    base_url: str
    network: GuardedNetwork | None = None


def new_client(
    destination: Destination, headers: dict[str, str], read_seconds: float, connect_seconds: float = CONNECT_SECONDS
) -> httpx.AsyncClient:
    """Make the HTTP client of one account: no retries, no redirects, certificates always verified.

    Raises:
        Rejected: the base URL is invalid.
    """
    try:
        _ = httpx.URL(destination.base_url).host  # decodes the host, as each request will
    except (httpx.InvalidURL, UnicodeError):
        raise Rejected("the base_url is not a URL that can be called", vendor_code="bad_base_url") from None
    network = destination.network
    return httpx.AsyncClient(
        base_url=destination.base_url,
        headers={"Accept-Encoding": "gzip", **headers},
        verify=certificates(),
        transport=None if network is None else GuardedTransport(network, certificates(), LIMITS),
        timeout=httpx.Timeout(read_seconds, connect=connect_seconds, pool=connect_seconds),
        limits=LIMITS,
        follow_redirects=False,
        trust_env=False,
    )


@functools.cache
def certificates() -> ssl.SSLContext:
    """Load the trusted roots, once, because it takes 20 ms of CPU."""
    return httpx.create_ssl_context(trust_env=False)


async def send(
    client: httpx.AsyncClient, request: httpx.Request, within_seconds: float, secrets: Iterable[str] = ()
) -> RawAnswer:
    """Send a request exactly once; after `within_seconds` nothing is in flight, however slowly the answer arrives.

    Masks `secrets` and the request's authentication in the answer.

    Raises:
        NotSent: no byte of the request was sent.
        Ambiguous: it was sent, at least in part, and no complete answer came back.
    """
    try:
        async with asyncio.timeout(within_seconds):
            response = await client.send(request, stream=True)
            body = await _read(response)
    except NOT_SENT as error:
        refused = error.__cause__ if isinstance(error.__cause__, AddressRefused) else None
        raise NotSent(f"no connection ({refused or type(error).__name__})") from error
    except (httpx.TransportError, TimeoutError) as error:
        raise Ambiguous(f"the answer is incomplete ({type(error).__name__})") from error
    body = mask_secrets(body, (*secrets, *find_signature(request.headers)))
    return RawAnswer(status=response.status_code, body=body, headers=dict(response.headers))


async def _read(response: httpx.Response) -> bytes:
    """Read a body of at most `MAX_BODY_BYTES`, before and after decompression; gzip is the only encoding.

    Raises:
        Ambiguous: it is larger, has another encoding, or its compression is broken or cut off.
    """
    coding = response.headers.get("content-encoding", "identity").strip().lower()
    if coding not in CODINGS:
        raise Ambiguous("the answer's Content-Encoding is not gzip")
    inflate = None if coding == "identity" else zlib.decompressobj(wbits=GZIP)
    body, received = bytearray(), 0
    try:
        async for chunk in response.aiter_bytes() if inflate is None else response.aiter_raw():
            received += len(chunk)
            body += chunk if inflate is None else inflate.decompress(chunk, MAX_BODY_BYTES + 1 - len(body))
            if max(received, len(body)) > MAX_BODY_BYTES:
                raise Ambiguous("the answer is larger than the limit")
    except zlib.error:
        raise Ambiguous("the answer can't be decompressed") from None
    finally:
        await response.aclose()
    if inflate is not None and received and (not inflate.eof or inflate.unused_data):
        raise Ambiguous("the answer can't be decompressed")
    return bytes(body)
