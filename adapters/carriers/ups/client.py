"""The HTTP client for UPS."""

import httpx

from adapters.http.client import TokenClient, basic_auth
from adapters.http.transport import Destination
from domain.shipping import Connection


class UpsClient(TokenClient):
    """One HTTP client with one access token."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        super().__init__(connection, destination, {"transactionSrc": "orderly"})
        secrets = connection.credentials
        self._token_headers = {
            "Authorization": basic_auth(secrets.get("client_id", ""), secrets.get("client_secret", "")),
            "x-merchant-id": secrets.get("account_number", ""),
        }

    def _build_token_request(self) -> httpx.Request:
        form = {"grant_type": "client_credentials"}
        return self._http.build_request("POST", "/security/v1/oauth/token", data=form, headers=self._token_headers)
