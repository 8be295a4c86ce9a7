"""HTTP to ShipEngine, for one account."""

from collections.abc import Mapping

from adapters.http.json import Json
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client, send
from domain.shipping import Connection, RawAnswer


class ShipEngineClient:
    """One HTTP client.

    Raises:
        Rejected: no call can be made to the base URL.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        self.longest_seconds = CONNECT_SECONDS + read_seconds
        """After so long nothing of a call is in flight any more."""
        headers = {"API-Key": connection.credentials.get("api_key", "")}
        self._http = new_client(destination, headers, read_seconds)

    async def call(
        self, method: str, path: str, body: Json | None = None, query: Mapping[str, str] | None = None
    ) -> RawAnswer:
        """Send one request, exactly once; `path` is of the API, `body` is sent as JSON."""
        request = self._http.build_request(method, path, json=body, params=query)
        return await send(self._http, request, self.longest_seconds)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()
