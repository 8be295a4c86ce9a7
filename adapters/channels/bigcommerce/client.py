"""The HTTP client for BigCommerce."""

from adapters.http.client import VendorClient, path_part
from adapters.http.transport import Destination
from domain.shipping import Connection


class BigcommerceClient(VendorClient):
    """One HTTP client; `store` is the path of the store's API."""

    def __init__(self, connection: Connection, destination: Destination) -> None:
        secrets = connection.credentials
        headers = {"X-Auth-Token": secrets.get("access_token", ""), "Accept": "application/json"}
        super().__init__(connection, destination, headers)
        self.store = f"/stores/{path_part(secrets.get('store_hash', ''))}/v2"
