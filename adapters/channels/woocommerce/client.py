"""HTTP to one WooCommerce shop."""

import base64

from adapters.http.json import Json
from adapters.http.transport import CONNECT_SECONDS, READ_SECONDS, Destination, new_client, send
from domain.shipping import Connection, RawAnswer


class WoocommerceClient:
    """One HTTP client.

    Raises:
        Rejected: no call can be made to the base URL.
    """

    def __init__(self, connection: Connection, destination: Destination) -> None:
        read_seconds = connection.settings.read_timeout_seconds or READ_SECONDS
        connect_seconds = min(CONNECT_SECONDS, read_seconds)
        self.call_seconds = connect_seconds + read_seconds
        """After so long nothing of a call is in flight any more."""
        given = connection.credentials
        pair = f"{given.get('consumer_key', '')}:{given.get('consumer_secret', '')}".encode()
        headers = {"Authorization": f"Basic {base64.b64encode(pair).decode()}", "Accept": "application/json"}
        self._http = new_client(destination, headers, read_seconds, connect_seconds)

    async def read_order(self, order_id: str, *fields: str) -> RawAnswer:
        """Ask for an order, for no more than those fields of it."""
        request = self._http.build_request("GET", _order(order_id), params={"_fields": ",".join(fields)})
        return await send(self._http, request, self.call_seconds)

    async def write_order(self, order_id: str, body: Json) -> RawAnswer:
        """Change an order, once; only what the body names is changed."""
        request = self._http.build_request("PUT", _order(order_id), json=body)
        return await send(self._http, request, self.call_seconds)

    async def tracking(self, method: str, order_id: str, body: Json | None = None, path: str = "") -> RawAnswer:
        """Send one request to the Shipment Tracking plugin, about an order's trackings or one of them."""
        request = self._http.build_request(method, f"{_trackings(order_id)}{path}", json=body)
        return await send(self._http, request, self.call_seconds)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._http.aclose()


def _order(order_id: str) -> str:
    return f"/wp-json/wc/v3/orders/{order_id}"


def _trackings(order_id: str) -> str:
    return f"/wp-json/wc-shipment-tracking/v3/orders/{order_id}/shipment-trackings"
