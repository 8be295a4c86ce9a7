"""Tracks shipments: asks carriers for the events of parcels and the state of refunds, and records their answers.

It is a loop in the worker process, not a workflow per shipment: its whole state is one row in Postgres, and
a workflow that sleeps for weeks would cost Temporal as much as the purchase.
"""

import asyncio
import logging
from collections.abc import Awaitable, Sequence

from domain.errors import AuthFailed, DomainError, EffectError, NotSent, RateLimited, Rejected, Unavailable
from domain.ports.carrier import CarrierPort, Carriers
from domain.ports.ledger import ActivityReads
from domain.ports.tracking import TrackedShipment, TrackingStore
from domain.tracking import Tracking, TrackingStatus, retry_delay

LOG = logging.getLogger(__name__)

TICK_SECONDS = 2.0
SLOTS = 32
"""Maximum of concurrent requests of one process; one organization, or one carrier, gets a quarter of them."""
ASK_SECONDS = 200.0
"""Shorter than the lease, so that two processes never ask about the same shipment."""
SLOW_SECONDS = 5.0
HOLD = 8
"""After a slow failure the account is paused for this many times as long as the carrier kept the slot."""
AUTH_SECONDS = 3600.0
"""How long tracking leaves an account alone whose credentials the carrier refused."""


class Tracker:
    """Asks carriers about the shipments that are due, up to `SLOTS` at a time."""

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
            LOG.info("tracking failed, retrying: %s", type(error).__name__)
            await asyncio.sleep(TICK_SECONDS)
            return
        for shipment in claimed:
            task = asyncio.create_task(self.ask(shipment))
            self._asking[task] = shipment
            task.add_done_callback(self._asking.pop)

    async def ask(self, shipment: TrackedShipment) -> None:
        """Ask about one parcel and record the answer; if recording fails, another process asks when the lease ends."""
        try:
            await self._ask(shipment)
        except (DomainError, EffectError) as error:
            LOG.info("tracking of shipment %s failed, retrying: %s", shipment.id, error.code)
        except Exception as error:
            # The message is not logged: it may quote the carrier's answer.
            LOG.error("tracking of shipment %s failed: %s", shipment.id, type(error).__name__)

    async def _ask(self, shipment: TrackedShipment) -> None:
        defer = self._tracking_store.defer
        begin = asyncio.get_running_loop().time()
        try:
            record = await self._answer(shipment)
        except RateLimited as error:
            await defer(shipment, error.code, error.after, account_pause=error.after)
        except AuthFailed as error:
            # The account stays active: its credentials may be valid for labels and not for tracking.
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
        """Ask the carrier; return the call that records its answer, or None if the account is paused."""
        account = await self._reads.account(shipment.organization_id, shipment.carrier_account_id)
        if not account.may_be_asked:
            return None  # paused since the claim; the shipment's lease runs out
        async with asyncio.timeout(ASK_SECONDS):
            carrier = self._carriers.open(account)
            if shipment.is_refund_pending:
                refund = await carrier.refund(shipment.carrier_shipment_id)
                return self._tracking_store.record_refund(shipment, refund)
            if not shipment.parcel_numbers:
                return self._tracking_store.record(shipment, await carrier.track(shipment.tracking_number))
            return self._tracking_store.record(shipment, *await track_parcels(carrier, shipment.parcel_numbers))


async def track_parcels(carrier: CarrierPort, numbers: Sequence[str]) -> list[Tracking]:
    """Ask about each parcel of a shipment; the status of a parcel without an answer is `unknown`.

    The carrier may not know a parcel before its first scan. After another failure the remaining parcels are not asked
    about until the next check, so that the answers of the others are recorded.

    Raises:
        EffectError: no parcel has an answer.
    """
    answers: dict[str, Tracking] = {}
    failure: EffectError | None = None
    for number in numbers:
        try:
            answers[number] = await carrier.track(number)
        except EffectError as error:
            failure = error
            if not isinstance(error, Rejected) or isinstance(error, AuthFailed):
                break
    if failure is not None and not answers:
        raise failure
    return [answers.get(number, Tracking(number, TrackingStatus.UNKNOWN, ())) for number in numbers]


def compute_hold(seconds: float) -> float | None:
    """Return for how long to leave an account alone whose failed request took `seconds`, so that others get its slot.

    A request that failed fast does not predict the account's other parcels: None.
    """
    return HOLD * seconds if seconds > SLOW_SECONDS else None
