"""The HTTP client for WooCommerce."""

from adapters.http.client import VendorClient, basic_auth
from adapters.http.transport import Destination
from domain.shipping import Connection


class WoocommerceClient(VendorClient):
    """One HTTP client with the shop's API key."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        secrets = connection.credentials
        authorization = basic_auth(secrets.get("consumer_key", ""), secrets.get("consumer_secret", ""))
        super().__init__(connection, destination, {"Authorization": authorization, "Accept": "application/json"})
