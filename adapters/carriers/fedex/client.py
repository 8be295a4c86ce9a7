"""The HTTP client for FedEx."""

import httpx

from adapters.http.client import TokenClient
from adapters.http.transport import Destination
from domain.shipping import Connection


class FedexClient(TokenClient):
    """One HTTP client with one access token."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        super().__init__(connection, destination, {"X-locale": "en_US"})
        secrets = connection.credentials
        self._form = {"grant_type": "client_credentials"}
        self._form |= {name: secrets.get(name, "") for name in ("client_id", "client_secret")}

    def _build_token_request(self) -> httpx.Request:
        return self._http.build_request("POST", "/oauth/token", data=self._form)
