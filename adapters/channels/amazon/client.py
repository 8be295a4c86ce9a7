"""The HTTP client for Amazon's Selling Partner API."""

import httpx

from adapters.http.client import TokenClient
from adapters.http.transport import Destination
from domain.shipping import Connection

AMAZON = ".amazon.com"
SIGN_IN = "/auth/o2/token"
SIGN_IN_AT_AMAZON = f"https://api.amazon.com{SIGN_IN}"
"""The token endpoint of all regions; at any other host, the API's server is also the token endpoint."""


class AmazonClient(TokenClient):
    """One HTTP client with one access token; Amazon's gateway refuses an expired token with 403."""

    refusal_statuses = (httpx.codes.UNAUTHORIZED, httpx.codes.FORBIDDEN)

    def __init__(self, connection: Connection, destination: Destination) -> None:
        super().__init__(connection, destination, {"Accept": "application/json"})
        host = httpx.URL(destination.base_url).host
        self._sign_in = SIGN_IN_AT_AMAZON if host.endswith(AMAZON) else SIGN_IN
        secrets = connection.credentials
        self._form = {"grant_type": "refresh_token"}
        self._form |= {name: secrets.get(name, "") for name in ("refresh_token", "client_id", "client_secret")}

    def _build_token_request(self) -> httpx.Request:
        return self._http.build_request("POST", self._sign_in, data=self._form)

    def _token_header(self, token: str) -> dict[str, str]:
        return {"x-amz-access-token": token}
