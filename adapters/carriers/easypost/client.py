"""The HTTP client for EasyPost."""

import httpx

from adapters.http.client import VendorClient, basic_auth
from adapters.http.transport import READ_SECONDS, Destination
from domain.errors import Rejected
from domain.shipping import Connection, RawAnswer

MAX_PREPARE_SECONDS = 40.0


class EasyPostClient(VendorClient):
    """Two HTTP clients: one with the API key, and one for documents, which other servers deliver without a key."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        authorization = basic_auth(connection.credentials.get("api_key", ""), "")
        super().__init__(connection, destination, {"Authorization": authorization})
        self.prepare_seconds = min(MAX_PREPARE_SECONDS, 2 * (connection.settings.read_timeout_seconds or READ_SECONDS))
        """The time limit for the calls before a purchase."""
        self.max_seconds += self.prepare_seconds
        self._base_url = destination.base_url.rstrip("/")
        self._files = VendorClient(connection, destination, {})

    async def fetch(self, url: str) -> RawAnswer:
        """Fetch a document, without the account's key.

        Raises:
            Rejected: the URL is invalid, or neither HTTPS nor on the account's base URL.
        """
        if not url.startswith(("https://", f"{self._base_url}/")):
            raise Rejected("the label's URL does not use HTTPS", vendor_code="no_document")
        try:
            return await self._files.call("GET", url)
        except (httpx.InvalidURL, UnicodeError):
            raise Rejected("the label's URL is malformed", vendor_code="no_document") from None

    async def aclose(self) -> None:
        await super().aclose()
        await self._files.aclose()
