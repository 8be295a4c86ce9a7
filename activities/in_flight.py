"""Waits for a delivery that is at work on the same effect, so that no look-up or repeat overtakes its call."""

import asyncio

from temporalio import activity

from domain.effects import Effect
from domain.errors import StillWaiting
from domain.ports.ledger import Ledger

FIRST_PAUSE_SECONDS = 0.25
MAX_PAUSE_SECONDS = 1.0


async def wait_until_ended(ledger: Ledger, effect: Effect) -> Effect:
    """Return the effect as soon as no living worker has a delivery of it at work.

    Raises:
        StillWaiting: the activity is cancelled, its worker shuts down, or it is a local activity, which may not wait.
    """
    pause = FIRST_PAUSE_SECONDS
    while effect.is_in_flight:
        if activity.info().is_local or activity.is_cancelled() or activity.is_worker_shutdown():
            raise StillWaiting("an earlier call is still in flight", after=0.0)
        await asyncio.sleep(pause)
        pause = min(pause * 2, MAX_PAUSE_SECONDS)
        effect = await ledger.find(effect.organization_id, effect.id)
    return effect
