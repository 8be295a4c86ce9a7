"""The data of a purchase that the start of its run reads and that the first step in the same process uses."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from adapters.postgres.core.row_factory import columns
from adapters.postgres.stores import pauses
from adapters.postgres.stores.orders import COLUMNS as ORDER_COLUMNS
from domain.operations import Operation
from domain.orders import Order
from domain.pauses import Pause
from domain.shipping import ConnectionSettings, Mode

MAX_SECONDS = 2.0
"""How long the data is kept. The ledger refuses to send with it if the order or the account changed meanwhile."""


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection as stored; see `domain.shipping.Connection`."""

    id: UUID
    vendor: str
    mode: Mode
    active: bool
    version: datetime
    settings: ConnectionSettings
    credentials: bytes
    pause: Pause | None
    probed_by: UUID | None


CONNECTION = columns(
    StoredConnection, vendor="{vendor}", active="status = 'active'", version="updated_at", pause=pauses.PAUSE
)
BY_ID = "where organization_id = %(org)s and id = %(id)s"

ITS_ORDER = f"""
    select {ORDER_COLUMNS} from orders
    where organization_id = %(org)s and id = (select order_id from operations {BY_ID})
"""

ITS_ACCOUNT = f"""
    select {CONNECTION.format(vendor="carrier")} from carrier_accounts
    where organization_id = %(org)s and id = (select (plan ->> 'carrier_account_id')::uuid from operations {BY_ID})
"""

FIRST_READS: tuple[tuple[type[Any], str], ...] = ((Order, ITS_ORDER), (StoredConnection, ITS_ACCOUNT))


@dataclass(frozen=True, slots=True)
class FirstRead:
    """An operation with its order and its carrier account, and when they were read."""

    operation: Operation
    order: Order
    account: StoredConnection
    at: float


class FirstReads:
    """Saves the first step of a run the round trip of its reads, if it follows in the same process at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._reads: dict[UUID, FirstRead] = {}

    def keep(self, operation: Operation, orders: list[Order], accounts: list[StoredConnection]) -> None:
        """Keep the data of an operation that was just started, unless it buys nothing."""
        now = self._clock()
        self._forget_old(now)
        self._reads.pop(operation.id, None)
        if orders and accounts:
            self._reads[operation.id] = FirstRead(operation, orders[0], accounts[0], now)

    def take(self, operation_id: UUID) -> FirstRead | None:
        """Return the data of an operation once; None if it was not started here within `MAX_SECONDS`."""
        self._forget_old(self._clock())
        return self._reads.pop(operation_id, None)

    def _forget_old(self, now: float) -> None:
        while self._reads:
            ident, oldest = next(iter(self._reads.items()))
            if oldest.at > now - MAX_SECONDS:
                return
            del self._reads[ident]
