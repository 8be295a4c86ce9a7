"""The HTTP client for Shopify's Admin GraphQL API."""

from typing import Any

from adapters.channels.shopify.documents import Document
from adapters.http.client import VendorClient
from adapters.http.transport import Destination
from domain.shipping import Connection, RawAnswer

PATH = "/admin/api/2026-10/graphql.json"


class ShopifyClient(VendorClient):
    """One HTTP client with the access token."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        headers = {"X-Shopify-Access-Token": connection.credentials.get("access_token", "")}
        super().__init__(connection, destination, headers)

    async def execute(self, document: Document, **variables: Any) -> RawAnswer:
        """Send one document, exactly once."""
        body = {"query": document.text, "operationName": document.name, "variables": variables}
        return await self.call("POST", PATH, body)
