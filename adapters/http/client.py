"""The HTTP client of one account or bridge, the base of every vendor's client."""

from abc import ABC, abstractmethod
from base64 import b64encode
from collections.abc import Callable, Collection, Mapping
from urllib.parse import quote

import httpx

from adapters.http.json import Json
from adapters.http.oauth import CALL_SECONDS as TOKEN_SECONDS
from adapters.http.oauth import Tokens
from adapters.http.secrets import find_secrets
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client, send
from domain.errors import Rejected
from domain.shipping import Connection, RawAnswer

Build = Callable[[Mapping[str, str]], httpx.Request]
"""Builds a request with the given authentication headers."""


class VendorClient:
    """An HTTP client that authenticates with fixed headers.

    Attributes:
        call_seconds: the longest time that one request is in flight.
        max_seconds: the longest time of a call, including the requests before the main one.

    Raises:
        Rejected: no call is possible with the base URL, or with the credentials.
    """

    def __init__(self, connection: Connection, destination: Destination, headers: dict[str, str]) -> None:
        if not all(value.isascii() and value.isprintable() for value in headers.values()):
            message = "the credentials contain characters that an HTTP header can't carry"
            raise Rejected(message, vendor_code="bad_credentials")
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        connect_seconds = min(CONNECT_SECONDS, read_seconds)
        self.call_seconds = self.max_seconds = connect_seconds + read_seconds
        self._http = new_client(destination, headers, read_seconds, connect_seconds)
        self._secrets = find_secrets(connection.vendor, connection.credentials)

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: Mapping[str, str | int] | None = None,
        headers: Mapping[str, str] | None = None,
        within_seconds: float | None = None,
    ) -> RawAnswer:
        """Send one request, exactly once, and abandon it after `within_seconds` (default `call_seconds`).

        The caller quotes the variable parts of the path; `headers` are added to those of every call.

        Raises:
            NotSent, Ambiguous: as `adapters.http.transport.send`.
            RateLimited, AuthFailed: there is no access token.
        """

        def build(signed: Mapping[str, str]) -> httpx.Request:
            merged = {**signed, **(headers or {})}
            return self._http.build_request(method, path, json=body, params=query, headers=merged)

        return await self._send(build, within_seconds or self.call_seconds)

    async def _send(self, build: Build, within_seconds: float) -> RawAnswer:
        return await send(self._http, build({}), within_seconds, self._secrets)

    async def aclose(self) -> None:
        await self._http.aclose()


class TokenClient(VendorClient, ABC):
    """An HTTP client with an access token; `refusal_statuses` are the gateway's answers to an invalid one."""

    refusal_statuses: Collection[int] = (httpx.codes.UNAUTHORIZED,)

    def __init__(self, connection: Connection, destination: Destination, headers: dict[str, str]) -> None:
        super().__init__(connection, destination, headers)
        self.max_seconds += 2 * TOKEN_SECONDS
        self._tokens = Tokens(self._http, self._build_token_request, self.refusal_statuses, self._secrets)

    @abstractmethod
    def _build_token_request(self) -> httpx.Request:
        """Build the request for a new token."""

    def _token_header(self, token: str) -> dict[str, str]:
        return {"Authorization": f"Bearer {token}"}

    async def _send(self, build: Build, within_seconds: float) -> RawAnswer:
        return await self._tokens.send(lambda token: build(self._token_header(token)), within_seconds)

    async def sign_in(self) -> None:
        """Fetch a new token, to test the credentials."""
        await self._tokens.renew()


def path_part(text: str) -> str:
    return quote(text, safe="")


def basic_auth(user: str, password: str) -> str:
    """Return the Authorization header of HTTP's basic scheme."""
    return f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
