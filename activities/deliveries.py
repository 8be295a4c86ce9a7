"""Counts the deliveries of an effect that recorded no end: what killed three workers is not run a fourth time."""

import contextlib
from collections.abc import AsyncIterator

from domain.effects import Effect
from domain.ports.ledger import Ledger

MAX_DELIVERIES = 3
KILLED = f"{MAX_DELIVERIES} workers died while they processed this step; the vendor's answer may be the cause"


def is_deadly(effect: Effect) -> bool:
    """Whether so many deliveries of the effect recorded no end that it is not tried again."""
    return effect.deliveries >= MAX_DELIVERIES


@contextlib.asynccontextmanager
async def counting(ledger: Ledger, effect: Effect, *, is_counted: bool = False) -> AsyncIterator[None]:
    """Count a delivery until its end: an outcome in the ledger, or an error. A worker that dies records neither.

    `is_counted`: the ledger counted it when it handed the effect out.
    """
    if not is_counted:
        await ledger.count_delivery(effect)
    try:
        yield
    except BaseException:
        await ledger.end_delivery(effect)
        raise
