"""The HTTP client for ShipEngine."""

from adapters.http.client import VendorClient
from adapters.http.transport import Destination
from domain.shipping import Connection


class ShipEngineClient(VendorClient):
    """One HTTP client with the API key."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        super().__init__(connection, destination, {"API-Key": connection.credentials.get("api_key", "")})
