"""HTTP to BigCommerce, for one store."""

from urllib.parse import quote

import httpx

from adapters.http.json import Json
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client, send
from domain.errors import Rejected
from domain.shipping import Connection, RawAnswer


class BigcommerceClient:
    """One HTTP client.

    Raises:
        Rejected: no call can be made to the base URL, or with the token.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        connect_seconds = min(CONNECT_SECONDS, read_seconds)
        self.call_seconds = connect_seconds + read_seconds
        """After so long nothing of a call is in flight any more."""
        token = connection.credentials.get("access_token", "")
        if not (token.isascii() and token.isprintable()):
            raise Rejected("the access_token holds what no header can carry", vendor_code="bad_credentials")
        headers = {"X-Auth-Token": token, "Accept": "application/json"}
        self._http = new_client(destination, headers, read_seconds, connect_seconds)
        self._store = f"/stores/{quote(connection.credentials.get('store_hash', ''), safe='')}/v2"

    async def call(
        self, method: str, path: str, body: Json | None = None, params: dict[str, int] | None = None
    ) -> RawAnswer:
        """Send one request.

        Args:
            method: GET, POST or DELETE.
            path: below the store's `/v2`.
            body: sent as JSON.
            params: of the query.
        """
        request: httpx.Request = self._http.build_request(method, f"{self._store}{path}", json=body, params=params)
        return await send(self._http, request, self.call_seconds)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
