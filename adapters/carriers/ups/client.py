"""HTTP to UPS, for one account."""

import base64
import uuid

import httpx

from adapters.http.json import Json
from adapters.http.oauth import CALL_SECONDS as TOKEN_SECONDS
from adapters.http.oauth import Tokens
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client
from domain.shipping import Connection, RawAnswer


class UpsClient:
    """One HTTP client and one access token.

    Raises:
        Rejected: no call can be made to the base URL.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        self._call_seconds = CONNECT_SECONDS + read_seconds
        self.longest_seconds = self._call_seconds + 2 * TOKEN_SECONDS
        """After so long nothing of a call is in flight any more."""
        self._http = new_client(destination, {"transactionSrc": "orderly"}, read_seconds)
        secrets = connection.credentials
        pair = f"{secrets.get('client_id', '')}:{secrets.get('client_secret', '')}"
        self._sign_in_headers = {
            "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
            "Content-Type": "application/x-www-form-urlencoded",
            "x-merchant-id": secrets.get("account_number", ""),
        }
        self._tokens = Tokens(self._http, self._ask)

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        *,
        query: dict[str, str] | None = None,
        transaction: str | None = None,
    ) -> RawAnswer:
        """Send one request.

        Args:
            method: GET, POST or DELETE.
            path: of the API, its variable parts quoted.
            body: sent as JSON, where there is one.
            query: of the URL.
            transaction: names the request in UPS's own logs; it deduplicates nothing.
        """
        named = {"transId": transaction or uuid.uuid4().hex}

        def build(token: str) -> httpx.Request:
            headers = {"Authorization": f"Bearer {token}", **named}
            return self._http.build_request(method, path, json=body, params=query, headers=headers)

        return await self._tokens.send(build, self._call_seconds)

    async def sign_in(self) -> None:
        """Fetch a new token: that shows whether the credentials are good."""
        await self._tokens.renew()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _ask(self) -> httpx.Request:
        body = "grant_type=client_credentials"
        return self._http.build_request("POST", "/security/v1/oauth/token", content=body, headers=self._sign_in_headers)
