"""HTTP to FedEx, for one account."""

from urllib.parse import urlencode

import httpx

from adapters.http.json import Json
from adapters.http.oauth import CALL_SECONDS as TOKEN_SECONDS
from adapters.http.oauth import Tokens
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client
from domain.shipping import Connection, RawAnswer


class FedexClient:
    """One HTTP client and one access token.

    Raises:
        Rejected: no call can be made to the base URL.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        self._call_seconds = CONNECT_SECONDS + read_seconds
        self.longest_seconds = self._call_seconds + 2 * TOKEN_SECONDS
        """After so long nothing of a call is in flight any more."""
        self._http = new_client(destination, {"X-locale": "en_US"}, read_seconds)
        self._form = {
            "grant_type": "client_credentials",
            "client_id": connection.credentials.get("client_id", ""),
            "client_secret": connection.credentials.get("client_secret", ""),
        }
        self._tokens = Tokens(self._http, self._ask)

    async def call(self, method: str, path: str, body: Json, transaction: str | None = None) -> RawAnswer:
        """Send one request.

        Args:
            method: POST or PUT.
            path: of the API.
            body: sent as JSON.
            transaction: a name that FedEx writes into its own logs and into the answer; it deduplicates nothing.
        """
        named = {"x-customer-transaction-id": transaction} if transaction else {}

        def build(token: str) -> httpx.Request:
            return self._http.build_request(
                method, path, json=body, headers={"Authorization": f"Bearer {token}", **named}
            )

        return await self._tokens.send(build, self._call_seconds)

    async def sign_in(self) -> None:
        """Fetch a new token: that shows whether the credentials are good."""
        await self._tokens.renew()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _ask(self) -> httpx.Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._http.build_request("POST", "/oauth/token", content=urlencode(self._form), headers=headers)
