"""The store of deliveries for the sender: fan-out of events, claims and results."""

import logging
import time
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.encryption import CipherError, CredentialCipher
from adapters.postgres.core.pools import Pools
from adapters.postgres.stores.webhook_endpoints import SIGNING_SECRETS, read_secrets
from adapters.postgres.stores.webhook_replay import MATCHES
from domain.json_values import Json
from domain.ports.events import Event
from domain.ports.webhooks import DeliveryResult
from domain.webhooks import (
    FAILING_ENDPOINT,
    GONE,
    MAX_FAILING_DAYS,
    MAX_PAUSE_SECONDS,
    AttemptResult,
    ClaimedDelivery,
    Settlement,
)

LOG = logging.getLogger(__name__)

WINDOW = 1000
"""Maximum of an endpoint's deliveries that wait in order. Its further events stay in the table of events, so that a
dead endpoint costs the others nothing."""
FAN_OUT_BATCH = 500
"""Maximum of events that one statement reads for one endpoint."""
LOOK_SECONDS = 1.0
"""Without new events, fan-out looks this often for endpoints that were enabled or whose queue has room again."""
LEASE_SECONDS = 45
"""Three times as long as an attempt can last."""
SLOTS_IN_ORDER, SLOTS_UNORDERED = 8, 2
"""Attempts of one endpoint at a time in one process: those in order, and those that keep no order."""
SHARE_OF_ORGANIZATION = 4
"""One organization gets at most the slots divided by this."""
RETENTION_DAYS = 30

HEAD = ("select number_events()", "select max(position) as head from events")

FAN_OUT = f"""
    with behind as materialized (
        select progress.endpoint_id, progress.organization_id, progress.fanned_out_up_to, endpoints.event_types
        from webhook_progress as progress join webhook_endpoints as endpoints on endpoints.id = progress.endpoint_id
        where endpoints.enabled and progress.fanned_out_up_to < %(head)s and exists (
            select from events
            where events.organization_id = progress.organization_id and events.position > progress.fanned_out_up_to
        )
        for update of progress skip locked
    ), next as (
        select behind.endpoint_id, behind.organization_id, events.id, events.type, events.subject_id, events.position,
               {MATCHES.format(endpoint_id="behind.endpoint_id", patterns="behind.event_types")} as is_subscribed
        from behind cross join lateral (
            select count(*) as waiting from (
                select from webhook_deliveries as waiting
                where waiting.endpoint_id = behind.endpoint_id and waiting.state = 'waiting'
                  and not waiting.is_unordered
                limit {WINDOW}
            ) as waiting
        ) as counted
        cross join lateral (
            select * from events
            where events.organization_id = behind.organization_id and events.position > behind.fanned_out_up_to
            order by events.position limit least({FAN_OUT_BATCH}, {WINDOW} - counted.waiting)
        ) as events
    ), created as (
        insert into webhook_deliveries
            (id, organization_id, endpoint_id, event_id, event_type, subject_id, position, created_at)
        select gen_random_uuid(), organization_id, endpoint_id, id, type, subject_id, position, clock_timestamp()
        from next where is_subscribed order by position
        on conflict (endpoint_id, event_id) do nothing
        returning endpoint_id
    ), moved as (
        update webhook_progress as progress set fanned_out_up_to = ends.position
        from (select endpoint_id, max(position) as position from next group by endpoint_id) as ends
        where progress.endpoint_id = ends.endpoint_id
    )
    select (select count(*) from created) as created,
           coalesce((select max(events) from (select count(*) as events from next group by endpoint_id) as read), 0)
           = {FAN_OUT_BATCH} as has_more
"""

CLAIM = f"""
    with sending as (
        select * from jsonb_to_recordset(%(sending)s) as sending (
            endpoint_id uuid, organization_id uuid, is_unordered boolean, n int
        )
    ), lanes as (
        select progress.endpoint_id, progress.organization_id, lane.is_unordered, coalesce(sending.n, 0) as in_use,
               case when progress.failures >= {FAILING_ENDPOINT} then 1 else lane.slots end
               - coalesce(sending.n, 0) as room
        from webhook_progress as progress join webhook_endpoints as endpoints on endpoints.id = progress.endpoint_id
        cross join (values (false, {SLOTS_IN_ORDER}), (true, {SLOTS_UNORDERED})) as lane (is_unordered, slots)
        left join sending on sending.endpoint_id = progress.endpoint_id and sending.is_unordered = lane.is_unordered
        where endpoints.enabled and coalesce(progress.paused_until <= now(), true)
    ), due as (
        select picked.id, lanes.organization_id,
               lanes.in_use + row_number() over (partition by lanes.endpoint_id, lanes.is_unordered) as turn
        from lanes cross join lateral (
            select id from webhook_deliveries as delivery
            where delivery.endpoint_id = lanes.endpoint_id and delivery.is_unordered = lanes.is_unordered
              and delivery.state = 'waiting' and delivery.next_attempt_at <= now()
              and (delivery.is_unordered or not exists (
                  select from webhook_deliveries as earlier
                  where earlier.endpoint_id = delivery.endpoint_id and earlier.subject_id = delivery.subject_id
                    and earlier.position < delivery.position and earlier.state = 'waiting' and not earlier.is_unordered
              ))
            order by delivery.next_attempt_at limit greatest(lanes.room, 0)
            for update skip locked
        ) as picked
        where lanes.room > 0
    ), counted as (
        select due.id, due.turn, row_number() over (order by due.turn) + %(in_use)s as place,
               coalesce(used.n, 0) + row_number() over (partition by due.organization_id order by due.turn) as share
        from due left join (
            select organization_id, sum(n) as n from sending group by organization_id
        ) as used on used.organization_id = due.organization_id
    ), chosen as (
        select id from counted
        where share <= greatest(%(slots)s / {SHARE_OF_ORGANIZATION}, 1)
          and place <= case when turn = 1 then %(slots)s else %(slots)s / 2 end
    ), claimed as (
        update webhook_deliveries as delivery
        set next_attempt_at = now() + interval '{LEASE_SECONDS} seconds', attempts = attempts + 1, updated_at = now()
        from chosen where delivery.id = chosen.id
        returning delivery.id, delivery.organization_id, delivery.endpoint_id, delivery.event_id, delivery.is_unordered,
                  delivery.attempts, delivery.failures, delivery.position
    )
    select claimed.id as delivery_id, claimed.organization_id, claimed.endpoint_id, claimed.event_id,
           claimed.is_unordered, claimed.attempts, claimed.failures, endpoints.url, endpoints.credentials,
           {SIGNING_SECRETS} as signing_secrets,
           to_jsonb(events) as event
    from claimed join webhook_endpoints as endpoints on endpoints.id = claimed.endpoint_id
    left join events on events.id = claimed.event_id
    order by claimed.position
"""
"""The first slot of an endpoint may be any free one; further ones leave half of the slots to other endpoints.

`sending` is no array, because Postgres would plan the statement again at each execution.
"""

RECORD_SUCCESSES = f"""
    with results as (
        select * from jsonb_to_recordset(%(results)s) as result (
            id uuid, attempts int, state text, is_unordered boolean, wait double precision, pause double precision,
            status int, error text, latency_ms int, answer text
        )
    ), recorded as (
        update webhook_deliveries as delivery
        set state = results.state, is_unordered = results.is_unordered,
            failures = delivery.failures + (results.error is not null)::int,
            next_attempt_at = now() + results.wait * interval '1 second',
            last_status = results.status, last_error = results.error, last_latency_ms = results.latency_ms,
            last_answer = results.answer, updated_at = now(),
            settled_at = case when results.state <> 'waiting' then now() end
        from results where delivery.id = results.id and delivery.attempts = results.attempts
        returning delivery.id, delivery.organization_id, delivery.endpoint_id, results.pause, results.status,
                  results.error, results.latency_ms, results.answer
    ), logged as (
        insert into webhook_attempts (organization_id, delivery_id, status, error, latency_ms, answer)
        select organization_id, id, status, error, latency_ms, answer from recorded
    ), health as (
        select endpoint_id, count(*) as failed, bool_or(error is null) as has_success, max(pause) as pause,
               coalesce(bool_or(status = {GONE}), false) as is_gone
        from recorded group by endpoint_id
    ), locked as (
        select progress.*, health.failed, health.has_success, health.pause, health.is_gone
        from webhook_progress as progress join health on health.endpoint_id = progress.endpoint_id
        where not health.has_success or progress.failing_since is not null
        order by progress.endpoint_id for update of progress
    ), moved as (
        update webhook_progress as progress
        set failures = case when locked.has_success then 0 else locked.failures + locked.failed end,
            failing_since = case when locked.has_success then null else coalesce(locked.failing_since, now()) end,
            paused_until = case
                when locked.pause is not null then now() + locked.pause * interval '1 second'
                when not locked.has_success and locked.failures + locked.failed >= {FAILING_ENDPOINT}
                then now() + least({MAX_PAUSE_SECONDS}, locked.failures + locked.failed) * interval '1 second'
            end
        from locked where progress.endpoint_id = locked.endpoint_id
    )
    select
"""
"""An attempt that another process has repeated meanwhile changes nothing."""

DISABLE = f"""
    update webhook_endpoints as endpoints
    set enabled = false, disabled_reason = case when locked.is_gone then 'gone' else 'failing' end, updated_at = now()
    from locked
    where endpoints.id = locked.endpoint_id and endpoints.enabled and (
        locked.is_gone
        or not locked.has_success and locked.failing_since < now() - interval '{MAX_FAILING_DAYS} days'
    )
    returning endpoints.id
"""
"""An update of endpoints runs their trigger, even if it changes none."""

RECORD = RECORD_SUCCESSES.removesuffix("    select\n") + DISABLE

PURGE = f"""
    delete from webhook_deliveries where id in (
        select id from webhook_deliveries where settled_at < now() - interval '{RETENTION_DAYS} days' limit %(limit)s
        for update skip locked
    )
"""

PURGE_DELETED = """
    with recursive endpoints as (
        (select endpoint_id from webhook_deliveries order by endpoint_id limit 1)
        union all
        select (
            select next.endpoint_id from webhook_deliveries as next
            where next.endpoint_id > endpoints.endpoint_id order by next.endpoint_id limit 1
        )
        from endpoints where endpoint_id is not null
    ), deleted as (
        select endpoint_id from endpoints
        where endpoint_id is not null
          and not exists (select from webhook_endpoints where webhook_endpoints.id = endpoints.endpoint_id)
        limit 1
    )
    delete from webhook_deliveries where id in (
        select id from webhook_deliveries where endpoint_id in (select endpoint_id from deleted) limit %(limit)s
        for update skip locked
    )
"""
"""Reads one row for each endpoint from the index."""

SET_PLANS = """
    select set_config('enable_seqscan', 'off', true), set_config('enable_hashjoin', '{0}', true),
           set_config('enable_mergejoin', '{0}', true)
"""
USE_INDEXES, USE_NESTED_LOOPS = SET_PLANS.format("on"), SET_PLANS.format("off")
"""Postgres plans `CLAIM` and `RECORD` while the table is small. It would then read the whole table for a long time."""

Render = Callable[[Event], bytes]
"""Returns an event as the body of a webhook."""


@dataclass(frozen=True, slots=True)
class ClaimedRow:
    """A row of `CLAIM`."""

    delivery_id: UUID
    organization_id: UUID
    endpoint_id: UUID
    event_id: UUID
    is_unordered: bool
    attempts: int
    failures: int
    url: str
    credentials: bytes
    signing_secrets: int
    event: Event | None


class PostgresDeliveries:
    """Implements `domain.ports.webhooks.DeliveryStore` in Postgres."""

    def __init__(self, pools: Pools, cipher: CredentialCipher, render: Render) -> None:
        self._pools = pools
        self._cipher = cipher
        self._render = render
        self._fanned_out: int | None = None
        self._look_at = 0.0

    async def fan_out(self) -> bool:
        async with self._pools.system_statements() as statements:
            _, (head,) = await statements.fetch_each([(dict, sql) for sql in HEAD])
            position, now = head["head"], time.monotonic()
            if position is None or (position == self._fanned_out and now < self._look_at):
                return False
            found = await statements.fetch_one(dict, FAN_OUT, head=position)
        if found is None or not found["has_more"]:
            self._fanned_out, self._look_at = position, now + LOOK_SECONDS
        return bool(found and found["created"])

    async def exchange(
        self, results: Sequence[DeliveryResult], slots: int, sending: Collection[ClaimedDelivery]
    ) -> list[ClaimedDelivery]:
        have_failed = any(result.error is not None for _, result, _ in results)
        record = (USE_NESTED_LOOPS, RECORD if have_failed else RECORD_SUCCESSES) if results else ()
        queries = [*((dict, sql) for sql in (*record, USE_INDEXES)), (ClaimedRow, CLAIM)]
        async with self._pools.system_statements() as statements:
            *_, rows = await statements.fetch_each(
                queries,
                results=Jsonb([_result_row(*result) for result in results]),
                sending=Jsonb(_count_by_lane(sending)),
                in_use=len(sending),
                slots=slots,
            )
        secrets = {row.endpoint_id: self._read_secrets(row) for row in {row.endpoint_id: row for row in rows}.values()}
        # Deliveries without secrets are claimed again after the lease.
        return [self._to_delivery(row, found) for row in rows if (found := secrets[row.endpoint_id])]

    def _read_secrets(self, row: ClaimedRow) -> tuple[str, ...]:
        try:
            return read_secrets(self._cipher, row.credentials, row.signing_secrets)
        except CipherError:
            LOG.error("webhook endpoint %s: no key decrypts its secret", row.endpoint_id)
            return ()

    def _to_delivery(self, row: ClaimedRow, secrets: tuple[str, ...]) -> ClaimedDelivery:
        return ClaimedDelivery(
            id=row.delivery_id,
            organization_id=row.organization_id,
            endpoint_id=row.endpoint_id,
            event_id=row.event_id,
            is_unordered=row.is_unordered,
            attempts=row.attempts,
            failures=row.failures,
            url=row.url,
            secrets=secrets,
            render=partial(self._render, row.event) if row.event is not None else None,
        )

    async def purge(self, limit: int) -> int:
        async with self._pools.system_statements() as statements:
            return max(await statements.execute_each((PURGE, {"limit": limit}), (PURGE_DELETED, {"limit": limit})))


def _count_by_lane(sending: Collection[ClaimedDelivery]) -> list[Json]:
    lanes = Counter((one.endpoint_id, one.organization_id, one.is_unordered) for one in sending)
    return [
        {"endpoint_id": endpoint, "organization_id": organization, "is_unordered": is_unordered, "n": n}
        for (endpoint, organization, is_unordered), n in lanes.items()
    ]


def _result_row(claimed: ClaimedDelivery, result: AttemptResult, settlement: Settlement) -> Json:
    return {
        "id": claimed.id,
        "attempts": claimed.attempts,
        "state": settlement.state,
        "is_unordered": settlement.is_unordered,
        "wait": settlement.wait_seconds,
        "pause": settlement.pause_seconds,
        "status": result.status,
        "error": result.error,
        "latency_ms": result.latency_ms,
        "answer": result.answer,
    }
