"""HTTP to Shopify's Admin GraphQL API, for one bridge."""

from typing import Any

from adapters.channels.shopify.documents import Document
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client, send
from domain.errors import Rejected
from domain.shipping import Connection, RawAnswer

PATH = "/admin/api/2026-10/graphql.json"


class ShopifyClient:
    """One HTTP client.

    Raises:
        Rejected: no call can be made with what the bridge holds.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        connect_seconds = min(CONNECT_SECONDS, read_seconds)
        self.call_seconds = connect_seconds + read_seconds
        """After so long nothing of a call is in flight any more."""
        token = connection.credentials.get("access_token", "")
        if not token or not (token.isascii() and token.isprintable()):
            raise Rejected("the access_token holds characters that no header can carry", vendor_code="bad_credentials")
        self._http = new_client(destination, {"X-Shopify-Access-Token": token}, read_seconds, connect_seconds)

    async def ask(self, document: Document, **variables: Any) -> RawAnswer:
        """Send one document, once."""
        body = {"query": document.text, "operationName": document.name, "variables": variables}
        return await send(self._http, self._http.build_request("POST", PATH, json=body), self.call_seconds)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
