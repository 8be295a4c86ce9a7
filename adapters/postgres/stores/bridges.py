"""The store of bridges, the connections to sales channels."""

from adapters.postgres.core.paging import Listing
from adapters.postgres.core.row_factory import columns
from adapters.postgres.stores.connections import SORTS, PostgresConnections
from adapters.postgres.stores.pauses import PAUSE
from domain.channels import Bridge
from domain.errors import BridgeInUse
from domain.vendors.catalogue import CHANNELS


class PostgresBridges(PostgresConnections[Bridge]):
    """Implements `domain.ports.stores.ConnectionStore` in Postgres."""

    in_use = BridgeInUse
    vendor_column = "channel"
    profiles = CHANNELS
    listing = Listing(
        row=Bridge,
        table="bridges",
        columns=columns(Bridge, pause=PAUSE),
        sorts=SORTS,
        filters={"channel": "channel = {}", "status": "status = {}"},
    )

    def select_of_order(self, parameter: str) -> tuple[type[Bridge], str]:
        """Return the query for the bridge of the order whose id is the parameter of that name."""
        of_order = f"select bridge_id from orders where organization_id = %(org)s and orders.id = %({parameter})s"
        return Bridge, f"{self._select()} and id = ({of_order})"
