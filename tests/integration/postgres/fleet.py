"""A carrier account with shipments to track."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from adapters.postgres.database import Database
from adapters.postgres.stores.tracking import PostgresTrackingStore
from domain.operations import OperationStatus
from domain.ports.tracking import TrackedShipment
from domain.shipping import Shipment
from domain.tracking import Tracking, TrackingEvent, TrackingStatus
from tests.fixtures.builders import build_account_columns
from tests.fixtures.rows import Rows

NOW = datetime.now(UTC)
DUE = NOW - timedelta(minutes=1)


class Fleet:
    """A carrier account whose shipments are due for tracking."""

    def __init__(self, database: Database, rows: Rows, account: UUID) -> None:
        self._database = database
        self.rows = rows
        self.organization = rows.organization_id
        self.account = account
        self._operation = rows.insert_operation(OperationStatus.COMPLETED)

    def insert_shipment(self, **columns: Any) -> UUID:
        """Insert a shipment of the account."""
        fields = {"tracking_number": "1Z", **columns}
        return self.rows.insert_shipment(operation_id=self._operation, carrier_account_id=self.account, **fields)

    def ships(self, count: int = 1, **columns: Any) -> list[UUID]:
        """Insert `count` shipments that are due one after another."""
        due = [DUE + timedelta(seconds=number) for number in range(count)]
        return [self.insert_shipment(**{"track_at": time, **columns}) for time in due]

    async def shipment(self, ident: UUID) -> Shipment:
        async with self._database.organization(self.organization) as data:
            found = await data.shipments.get(ident)
        assert found is not None
        return found

    async def events(self, ident: UUID) -> list[TrackingEvent]:
        async with self._database.organization(self.organization) as data:
            return await data.shipments.tracking_events(ident)


async def new_fleet(database: Database, rows: Rows) -> Fleet:
    async with database.organization(rows.organization_id) as data:
        account = await data.carrier_accounts.create(build_account_columns(), {"api_key": "k"})
    return Fleet(database, rows, account.id)


def build_tracking(status: TrackingStatus, *events: tuple[TrackingStatus, int], number: str = "1Z") -> Tracking:
    """Return an answer whose events are the given hours in the future."""
    made = tuple(TrackingEvent(NOW + timedelta(hours=hour), one, one.value, "said") for one, hour in events)
    return Tracking(number, status, made)


async def claim_one(tracking_store: PostgresTrackingStore) -> TrackedShipment:
    (one,) = await tracking_store.claim(10, [])
    return one
