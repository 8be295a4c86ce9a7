"""HTTP to Amazon's Selling Partner API, for one seller."""

from urllib.parse import urlencode

import httpx

from adapters.http.json import Json
from adapters.http.oauth import CALL_SECONDS as TOKEN_SECONDS
from adapters.http.oauth import Tokens
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client
from domain.shipping import Connection, RawAnswer

AMAZON = ".amazon.com"
SIGN_IN = "/auth/o2/token"
SIGN_IN_AT_AMAZON = f"https://api.amazon.com{SIGN_IN}"
"""Where every region's sellers sign in; anywhere else the API and the sign-in are one server."""
EXPIRED = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)
"""Amazon's gateway refuses an expired token with 403."""


class AmazonClient:
    """One HTTP client and one access token.

    Raises:
        Rejected: no call can be made to the base URL.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        connect_seconds = min(CONNECT_SECONDS, read_seconds)
        self._call_seconds = connect_seconds + read_seconds
        self.longest_seconds = self._call_seconds + 2 * TOKEN_SECONDS
        """After so long nothing of a call is in flight any more."""
        self._http = new_client(destination, {"Accept": "application/json"}, read_seconds, connect_seconds)
        host = httpx.URL(destination.base_url).host
        self._sign_in = SIGN_IN_AT_AMAZON if host.endswith(AMAZON) else SIGN_IN
        self._form = {
            "grant_type": "refresh_token",
            **{name: connection.credentials.get(name, "") for name in ("refresh_token", "client_id", "client_secret")},
        }
        self._tokens = Tokens(self._http, self._ask, EXPIRED)

    async def call(
        self, method: str, path: str, body: Json | None = None, params: dict[str, str] | None = None
    ) -> RawAnswer:
        """Send one request.

        Args:
            method: GET or POST.
            path: of the API.
            body: sent as JSON.
            params: of the query.
        """

        def build(token: str) -> httpx.Request:
            headers = {"x-amz-access-token": token}
            return self._http.build_request(method, path, json=body, params=params, headers=headers)

        return await self._tokens.send(build, self._call_seconds)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    def _ask(self) -> httpx.Request:
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._http.build_request("POST", self._sign_in, content=urlencode(self._form), headers=headers)
