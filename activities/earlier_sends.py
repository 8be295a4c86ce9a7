"""Finds what an earlier send of an effect made although the vendor answered that it did not carry it out."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeVar

from activities.connections import find_known_change
from activities.errors import current_attempt
from domain.effects import Effect
from domain.errors import Ambiguous, NotSent, Rejected
from domain.json_values import Json
from domain.ports.ledger import EffectKey, Ledger
from domain.shipping import Connection, SafetyClass

T = TypeVar("T")

MAX_LOOK_SECONDS = 30.0
LOOKED_UP = (SafetyClass.LOOKUP_STRONG, SafetyClass.LOOKUP_WEAK)
"""A vendor with idempotency keys makes nothing twice, so that it needs no look."""


@dataclass(frozen=True, slots=True)
class EarlierSend(Generic[T]):
    """What an earlier send made; `sent` is what it sent."""

    found: T
    sent: Json | None

    def build_key(self, key: EffectKey) -> EffectKey:
        """Return the key that records it: what exists is recorded even if its order was closed meanwhile."""
        return replace(key, sent=self.sent, needs_open_order=False, uses_shipment=False)


async def find_earlier_send(
    ledger: Ledger,
    key: EffectKey,
    connection: Connection,
    safety: SafetyClass,
    find: Callable[[Effect], Awaitable[T | None]],
) -> EarlierSend[T] | None:
    """Look the effect up at the vendor if an earlier send was answered with a refusal for now, such as 429.

    The first attempt of the first run reads nothing.

    Raises:
        NotSent: the vendor could not be read; nothing was sent.
        RateLimited: as the vendor answered.
    """
    if (current_attempt() == 1 and key.run == 1) or safety not in LOOKED_UP:
        return None
    effect = await ledger.latest(key)
    if effect is None or not effect.may_be_done or find_known_change(effect, connection) is not None:
        return None
    try:
        async with asyncio.timeout(MAX_LOOK_SECONDS):
            found = await find(effect)
    except Rejected:
        return None  # the vendor can't be looked up: its answer to the earlier send is believed
    except (Ambiguous, TimeoutError) as error:
        raise NotSent("the outcome of an earlier request could not be looked up yet") from error
    if found is None:
        return None
    await ledger.note(
        key, "step.found", f"{key.step}: the vendor carried out an earlier request although it reported a refusal"
    )
    return EarlierSend(found, effect.sent)
