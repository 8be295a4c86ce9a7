"""The living workers, and which of them has a delivery of an effect at work."""

import asyncio
import contextlib
import logging
from uuid import UUID

from adapters.postgres.core.pools import Pools
from domain.errors import Unavailable
from domain.ids import new_id

LOG = logging.getLogger(__name__)

BEAT_SECONDS = 3.0
DEAD_AFTER_SECONDS = 7.0
"""Longer than two beats, so that one late beat does not count as a death."""
MAX_WORK_SECONDS = 120.0
"""A delivery that began earlier counts as ended, even if its worker is alive: no call takes longer."""

BEAT = """
    with dead as (
        delete from workers where id <> %(id)s and seen_at < clock_timestamp() - interval '1 hour'
    ), ended as (
        update effects set worker_id = null where id = any(%(ended)s) and worker_id = %(id)s
    )
    insert into workers (id) values (%(id)s) on conflict (id) do update set seen_at = clock_timestamp()
"""

IS_IN_FLIGHT = f"""
    ({{0}}state = 'sent' and {{0}}result is null and {{0}}worker_id is not null
     and {{0}}updated_at > clock_timestamp() - interval '{MAX_WORK_SECONDS:.0f} seconds'
     and exists (
         select from workers
         where workers.id = {{0}}worker_id
           and workers.seen_at > clock_timestamp() - interval '{DEAD_AFTER_SECONDS:.0f} seconds'
     ))
"""
"""Whether a living worker has a delivery of the effect at work; `{0}` is the table's prefix."""


class WorkerLiveness:
    """The row of this process in the table `workers`, renewed while the worker runs."""

    def __init__(self, pools: Pools) -> None:
        self.worker_id = new_id()
        self._pools = pools
        self._ended: set[UUID] = set()

    async def run(self) -> None:
        """Renew the row until cancelled. Without Postgres, the row becomes too old, and the worker counts as dead."""
        while True:
            with contextlib.suppress(Unavailable):
                await self.beat()
            await asyncio.sleep(BEAT_SECONDS)

    async def beat(self) -> None:
        """Renew the row, and release the effects whose deliveries ended while Postgres was unreachable."""
        ended = list(self._ended)
        async with self._pools.system_statements() as transaction:
            await transaction.execute(BEAT, id=self.worker_id, ended=ended)
        self._ended.difference_update(ended)

    def release_later(self, effect_id: UUID) -> None:
        """Release an effect with the next beat, because Postgres could not record the end of its delivery."""
        self._ended.add(effect_id)
