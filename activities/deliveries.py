"""Counts the deliveries of an effect that recorded no end, to stop an effect that has killed three workers."""

import contextlib
from collections.abc import AsyncIterator

from activities.in_flight import announce_end
from domain.effects import Effect
from domain.ports.ledger import Ledger

MAX_DELIVERIES = 3
KILLED = f"{MAX_DELIVERIES} workers died while they processed this step; the vendor's answer may be the cause"


def is_deadly(effect: Effect) -> bool:
    """Return True if the effect's deliveries killed `MAX_DELIVERIES` workers, so that none may follow."""
    return effect.deliveries >= MAX_DELIVERIES


@contextlib.asynccontextmanager
async def counting(ledger: Ledger, effect: Effect, *, is_counted: bool = False) -> AsyncIterator[None]:
    """Count a delivery until it ends with an outcome in the ledger or an error; a worker that dies records neither.

    `is_counted`: the ledger counted the delivery already, when it opened the effect.
    """
    if not is_counted:
        await ledger.count_delivery(effect)
    try:
        yield
    except BaseException:
        await ledger.end_delivery(effect)
        raise
    finally:
        announce_end(effect)
