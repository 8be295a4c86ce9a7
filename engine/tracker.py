"""Follows shipments: asks carriers where parcels are and what became of refunds, and records their answers.

It is a loop beside the worker and not a workflow for each shipment: what has to survive is one row, which is in
Postgres already, and a workflow that sleeps for weeks would cost Temporal as much as the purchase did.
"""

import asyncio
import logging
from collections.abc import Awaitable

from domain.errors import AuthFailed, DomainError, EffectError, NotSent, RateLimited, Rejected, Unavailable
from domain.ports.carrier import Carriers
from domain.ports.ledger import ActivityReads
from domain.ports.tracking import TrackedShipment, TrackingStore
from domain.tracking import retry_delay

LOG = logging.getLogger(__name__)

TICK_SECONDS = 2.0
SLOTS = 32
"""So many questions are asked at a time by one process; one organization, or one carrier, gets a quarter of them."""
ASK_SECONDS = 200.0
"""Below the lease: whoever is still asking then has nobody beside him."""
SLOW_SECONDS = 5.0
HOLD = 8
"""An account is left alone for so many times as long as its carrier kept a slot without an answer."""
AUTH_SECONDS = 3600.0
"""A carrier that refuses an account's credentials is asked again after an hour."""


class Tracker:
    """Asks about what is due, a few parcels at a time."""

    def __init__(self, tracking_store: TrackingStore, reads: ActivityReads, carriers: Carriers) -> None:
        self._tracking_store = tracking_store
        self._reads = reads
        self._carriers = carriers
        self._asking: dict[asyncio.Task[None], TrackedShipment] = {}

    async def run(self) -> None:
        try:
            while True:
                await self._claim_due()
                if self._asking:
                    await asyncio.wait(self._asking, timeout=TICK_SECONDS, return_when=asyncio.FIRST_COMPLETED)
                else:
                    await asyncio.sleep(TICK_SECONDS)
        finally:
            for task in self._asking:
                task.cancel()

    async def _claim_due(self) -> None:
        if len(self._asking) >= SLOTS:
            return
        try:
            claimed = await self._tracking_store.claim(SLOTS, list(self._asking.values()))
        except (Unavailable, OSError) as error:
            LOG.info("tracking waits: %s", type(error).__name__)
            await asyncio.sleep(TICK_SECONDS)
            return
        for shipment in claimed:
            task = asyncio.create_task(self.ask(shipment))
            self._asking[task] = shipment
            task.add_done_callback(self._asking.pop)

    async def ask(self, shipment: TrackedShipment) -> None:
        """Ask about one parcel, and keep what came of it; where that can't be kept, its lease runs out."""
        try:
            await self._ask(shipment)
        except (DomainError, EffectError) as error:
            LOG.info("tracking of shipment %s waits: %s", shipment.id, error.code)
        except Exception as error:
            # Its words may quote an answer: they go nowhere.
            LOG.error("tracking of shipment %s failed: %s", shipment.id, type(error).__name__)

    async def _ask(self, shipment: TrackedShipment) -> None:
        defer = self._tracking_store.defer
        begin = asyncio.get_running_loop().time()
        try:
            record = await self._answer(shipment)
        except RateLimited as error:
            await defer(shipment, error.code, error.after, account_pause=error.after)
        except AuthFailed as error:
            # The account itself is left as it is: a contract may be good for labels and not for tracking.
            await defer(shipment, error.code, AUTH_SECONDS, account_pause=AUTH_SECONDS)
        except Rejected as error:
            await defer(shipment, error.code, None)
        except (EffectError, TimeoutError) as error:
            code = error.code if isinstance(error, NotSent) else "no_answer"
            wait = retry_delay(shipment.failures + 1).total_seconds()
            await defer(shipment, code, wait, account_pause=compute_hold(asyncio.get_running_loop().time() - begin))
        else:
            if record is not None:
                await record

    async def _answer(self, shipment: TrackedShipment) -> Awaitable[None] | None:
        """Ask the carrier; return what records its answer, None if the account is paused."""
        account = await self._reads.account(shipment.organization_id, shipment.carrier_account_id)
        if not account.may_be_asked:
            return None  # it was paused since the claim: its shipments wait, with their lease
        async with asyncio.timeout(ASK_SECONDS):
            carrier = self._carriers.open(account)
            if shipment.is_refund_pending:
                refund = await carrier.refund(shipment.carrier_shipment_id)
                return self._tracking_store.record_refund(shipment, refund)
            return self._tracking_store.record(shipment, await carrier.track(shipment.tracking_number))


def compute_hold(seconds: float) -> float | None:
    """For how long an account is left alone that kept a slot for so long and told nothing: the others' turns come.

    A question that failed at once says nothing of the account's other parcels.
    """
    return HOLD * seconds if seconds > SLOW_SECONDS else None
