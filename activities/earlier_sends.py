"""Finds the label or fulfillment of an earlier send that the vendor carried out although it answered with a refusal."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Generic, TypeAlias, TypeVar

from activities.connections import find_known_change
from activities.payloads import StepOutput
from domain.effects import Effect
from domain.errors import Ambiguous, NotSent, Rejected
from domain.json_values import Json
from domain.ports.ledger import EffectKey, Ledger
from domain.shipping import Connection

T = TypeVar("T")

Record: TypeAlias = Callable[[Effect, T], Awaitable[StepOutput]]

MAX_LOOK_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class EarlierSend(Generic[T]):
    """The object that an earlier send created; `sent` is the data of that send."""

    found: T
    sent: Json | None

    def build_key(self, key: EffectKey) -> EffectKey:
        """Return the key to record it with: an existing label is recorded even if its order was closed meanwhile."""
        return replace(key, sent=self.sent, needs_open_order=False, uses_shipment=False)


@dataclass(frozen=True, slots=True)
class EarlierSends(Generic[T]):
    """Looks up earlier sends of a step at the vendor.

    `find` returns the object that a send created, or None; `record` records it as the step's result.
    """

    ledger: Ledger
    connection: Connection
    find: Callable[[Effect], Awaitable[T | None]]
    record: Record[T]

    async def look_up(self, key: EffectKey, effect: Effect) -> EarlierSend[T] | None:
        """Look up a send that the vendor refused temporarily, for example with 429.

        Vendors with idempotency keys are asked, too: a repeated send creates nothing twice, but a repeat may be refused
        here, because the order was closed in the meantime.

        Raises:
            NotSent: the lookup failed; nothing was sent.
            RateLimited: the vendor refused the lookup.
        """
        if find_known_change(effect, self.connection) is not None:
            return None
        try:
            async with asyncio.timeout(MAX_LOOK_SECONDS):
                found = await self.find(effect)
        except Rejected:
            return None  # without a lookup, the vendor's answer to the earlier send counts
        except (Ambiguous, TimeoutError) as error:
            raise NotSent("the outcome of an earlier request could not be looked up yet") from error
        if found is None:
            return None
        await self.ledger.note(
            key, "step.found", f"{key.step}: the vendor carried out an earlier request although it reported a refusal"
        )
        return EarlierSend(found, effect.sent)
