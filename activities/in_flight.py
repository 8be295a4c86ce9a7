"""Waits for a delivery that is at work on the same effect, so that no look-up or repeat overtakes its call."""

import asyncio
import contextlib
from collections import defaultdict
from uuid import UUID

from temporalio import activity

from domain.effects import Effect
from domain.errors import StillWaiting
from domain.ports.ledger import Ledger

FIRST_PAUSE_SECONDS = 0.25
MAX_PAUSE_SECONDS = 1.0

_ends: defaultdict[UUID, set[asyncio.Event]] = defaultdict(set)
"""The waits of this process, by effect. Deliveries in other processes are only seen in the ledger."""


def announce_end(effect: Effect) -> None:
    """Wake the waits of this process for the effect: a delivery of it has ended."""
    for end in _ends.get(effect.id, ()):
        end.set()


async def wait_until_ended(ledger: Ledger, effect: Effect) -> Effect:
    """Return the effect as soon as no living worker has a delivery of it at work.

    Raises:
        StillWaiting: the activity is cancelled, its worker shuts down, or it is a local activity, which may not wait.
    """
    pause = FIRST_PAUSE_SECONDS
    while effect.is_in_flight:
        if activity.info().is_local or activity.is_cancelled() or activity.is_worker_shutdown():
            raise StillWaiting("an earlier call is still in flight", after=0.0)
        await _wait_for_end(effect, pause)
        pause = min(pause * 2, MAX_PAUSE_SECONDS)
        effect = await ledger.find(effect.organization_id, effect.id)
    return effect


async def _wait_for_end(effect: Effect, seconds: float) -> None:
    end = asyncio.Event()
    _ends[effect.id].add(end)
    try:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(end.wait(), seconds)
    finally:
        _ends[effect.id].discard(end)
        if not _ends[effect.id]:
            del _ends[effect.id]
