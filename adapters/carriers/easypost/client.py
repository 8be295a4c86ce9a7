"""HTTP to EasyPost, for one account."""

from base64 import b64encode
from collections.abc import Mapping

import httpx

from adapters.http.json import Json
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client, send
from domain.errors import Rejected
from domain.shipping import Connection, RawAnswer

MAX_PREPARE_SECONDS = 40.0


class EasyPostClient:
    """Two HTTP clients: one that signs in, and one for documents, which lie on other servers and need no key.

    Raises:
        Rejected: no call can be made to the base URL.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        self._call_seconds = CONNECT_SECONDS + read_seconds
        self.prepare_seconds = min(MAX_PREPARE_SECONDS, 2 * read_seconds)
        """What comes before a purchase is given up after so long."""
        self.longest_seconds = self.prepare_seconds + self._call_seconds
        """After so long nothing of a purchase is in flight any more."""
        key = b64encode(f"{connection.credentials.get('api_key', '')}:".encode()).decode()
        self._base_url = destination.base_url.rstrip("/")
        self._http = new_client(destination, {"Authorization": f"Basic {key}"}, read_seconds)
        self._files = new_client(destination, {}, read_seconds)

    async def call(
        self,
        method: str,
        path: str,
        body: Json | None = None,
        query: Mapping[str, str] | None = None,
        within_seconds: float | None = None,
    ) -> RawAnswer:
        """Send one request, exactly once; `path` is of the API, `body` is sent as JSON."""
        request = self._http.build_request(method, path, json=body, params=query)
        return await send(self._http, request, within_seconds or self._call_seconds)

    async def fetch(self, url: str) -> RawAnswer:
        """Fetch a document, without the account's key.

        Raises:
            Rejected: the address is none that a document is fetched from.
        """
        if not url.startswith(("https://", f"{self._base_url}/")):
            raise Rejected("the label's address is not one of HTTPS", vendor_code="no_document")
        try:
            request = self._files.build_request("GET", url)
        except (httpx.InvalidURL, UnicodeError):
            raise Rejected("the label's address is none", vendor_code="no_document") from None
        return await send(self._files, request, self._call_seconds)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
        await self._files.aclose()
