"""Finds the label or fulfillment of an earlier send that the vendor carried out although it answered with a refusal."""

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
from domain.shipping import Connection

T = TypeVar("T")

MAX_LOOK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class EarlierSend(Generic[T]):
    """The object that an earlier send created; `sent` is the data of that send."""

    found: T
    sent: Json | None

    def build_key(self, key: EffectKey) -> EffectKey:
        """Return the key to record it with: an existing label is recorded even if its order was closed meanwhile."""
        return replace(key, sent=self.sent, needs_open_order=False, uses_shipment=False)


async def find_earlier_send(
    ledger: Ledger,
    key: EffectKey,
    connection: Connection,
    find: Callable[[Effect], Awaitable[T | None]],
) -> EarlierSend[T] | None:
    """Look the effect up at the vendor if the vendor refused an earlier send temporarily, for example with 429.

    The first attempt of the first run does not look it up, because nothing was sent before. Vendors with idempotency
    keys are asked, too: a repeated send creates nothing twice, but a repeat may be refused here, because the order was
    closed in the meantime.

    Raises:
        NotSent: the lookup failed; nothing was sent.
        RateLimited: the vendor refused the lookup.
    """
    if current_attempt() == 1 and key.run == 1:
        return None
    effect = await ledger.latest(key)
    if effect is None or not effect.may_be_done or find_known_change(effect, connection) is not None:
        return None
    try:
        async with asyncio.timeout(MAX_LOOK_SECONDS):
            found = await find(effect)
    except Rejected:
        return None  # without a lookup, the vendor's answer to the earlier send counts
    except (Ambiguous, TimeoutError) as error:
        raise NotSent("the outcome of an earlier request could not be looked up yet") from error
    if found is None:
        return None
    await ledger.note(
        key, "step.found", f"{key.step}: the vendor carried out an earlier request although it reported a refusal"
    )
    return EarlierSend(found, effect.sent)
