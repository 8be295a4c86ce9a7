"""The guarded network: checks the addresses of a host name when it connects.

`api/http/base_url.py` checks a base URL when it is set, but its name may resolve differently later.
So this module resolves the name once per connection, checks every address, and connects to one of exactly those.
TLS and the Host header keep the name.
"""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Iterable
from ipaddress import ip_address
from typing import Any

import httpcore
import httpx

from adapters.http.resolver import SystemResolver
from domain.addresses import AddressRule, literal

Resolve = Callable[[str, int], Awaitable[list[str]]]


class AddressRefused(httpcore.ConnectError):
    """The rule forbids an address of the host; nothing was sent. The message contains no address."""


class GuardedNetwork(httpcore.AsyncNetworkBackend):
    """Connects only to addresses that a rule allows; `resolver` returns a name's addresses."""

    def __init__(self, rule: AddressRule, resolver: Resolve | None = None) -> None:
        self._rule = rule
        self._resolve = resolver or SystemResolver()
        self._plain = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the base class's signature
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of the host that answers.

        Raises:
            AddressRefused: the rule forbids one of its addresses; then none is tried.
            httpcore.ConnectError, httpcore.ConnectTimeout: no address accepted a connection.
        """
        start = time.monotonic()
        addresses = await self._allowed(host, port, timeout)
        failure: Exception = httpcore.ConnectError("the host has no address")
        for index, address in enumerate(addresses):
            left = None if timeout is None else (timeout - (time.monotonic() - start)) / (len(addresses) - index)
            try:
                return await self._plain.connect_tcp(address, port, left, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
        raise failure

    async def _allowed(self, host: str, port: int, seconds: float | None) -> list[str]:
        try:
            async with asyncio.timeout(seconds):
                addresses = [host] if literal(host) else await self._resolve(host, port)
        except TimeoutError:
            raise httpcore.ConnectTimeout("DNS did not resolve the host in time") from None
        except (OSError, UnicodeError):
            raise httpcore.ConnectError("DNS can't resolve the host") from None
        for address in addresses:
            problem = self._rule.problem(ip_address(address))
            if problem is not None:
                raise AddressRefused(f"the base_url {problem}")
        return addresses


class GuardedTransport(httpx.AsyncHTTPTransport):
    """HTTP over a guarded network. httpx has no parameter for the network; its pool has."""

    def __init__(self, network: GuardedNetwork, verify: ssl.SSLContext, limits: httpx.Limits) -> None:
        super().__init__(verify=verify, limits=limits, trust_env=False)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=verify,
            max_connections=limits.max_connections,
            max_keepalive_connections=limits.max_keepalive_connections,
            keepalive_expiry=limits.keepalive_expiry,
            network_backend=network,
        )
