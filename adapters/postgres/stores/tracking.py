"""The store of tracked shipments: when each carrier is asked, and its answers."""

import hashlib
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.events import insert_event_by_id
from adapters.postgres.core.pools import Pools
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from domain.ports.tracking import TrackedShipment
from domain.shipping import RefundState, ShipmentStatus
from domain.tracking import (
    FIRST_REFUND_LOOK,
    MIN_CHECK_INTERVAL,
    Progress,
    Tracking,
    TrackingEvent,
    TrackingStatus,
    advance,
    combine,
    next_check_delay,
    next_refund_look,
    read_progress,
    select_events,
)

LEASE_SECONDS = 300
PER_ACCOUNT = 2
"""The maximum number of concurrent questions per account and process."""
MAX_EVENTS = 300
"""Parcels have a few dozen events; further ones are not stored."""
MAX_CODE_LENGTH, MAX_DESCRIPTION_LENGTH = 100, 500

CLAIM = f"""
    with asking as (
        select * from unnest(%(organizations)s::uuid[], %(accounts)s::uuid[], %(destinations)s::text[])
             as asking (organization_id, account_id, destination)
    ), busy as (
        select account_id, count(*) as questions from asking group by account_id
    ), oldest as (
        select due.*, account.organization_id,
               coalesce(account.settings ->> 'base_url', account.carrier || ' ' || account.mode) as destination
        from carrier_accounts as account left join busy on account_id = account.id
        cross join lateral (
            select id, track_at from shipments
            where carrier_account_id = account.id and track_at <= now()
              and status in ('label_created', 'refund_pending')
            order by track_at limit greatest({PER_ACCOUNT} - coalesce(questions, 0), 0)
            for update skip locked
        ) as due
        where (account.status = 'active' or account.status = 'paused' and account.pause_cause = 'insufficient_funds')
          and coalesce(account.track_after <= now(), true)
    ), of_organizations as (
        select *, in_use + row_number() over (partition by organization_id order by track_at) as turn
        from oldest cross join lateral (
            select count(*) as in_use from asking where asking.organization_id = oldest.organization_id
        ) as counted
    ), of_destinations as (
        select id, track_at, destination, turn, counted.in_use,
               counted.in_use + row_number() over (partition by destination order by turn, track_at) as further_turn
        from of_organizations cross join lateral (
            select count(*) as in_use from asking where asking.destination = of_organizations.destination
        ) as counted
        where turn = 1 or 2 * turn <= %(shared)s + of_organizations.in_use + 1
    ), fair as materialized (
        select id, destination from of_destinations
        where further_turn = 1 or 2 * further_turn <= %(shared)s + in_use + 1
        order by turn, track_at limit %(limit)s
    )
    update shipments set track_at = now() + {LEASE_SECONDS} * interval '1 second'
    from fair where shipments.id = fair.id
    returning shipments.organization_id, shipments.id, carrier_account_id, fair.destination, tracking_number,
              tracking_failures as failures, track_at as lease_until, carrier_shipment_id,
              status = 'refund_pending' as is_refund_pending, array(
                  select parcel.tracking_number from shipment_parcels as parcel
                  where parcel.shipment_id = shipments.id order by number
              ) as parcel_numbers
"""
"""`turn` counts an organization's questions including this one, `further_turn` those to a destination. The bound is
that of `domain.fair_slots.fair_room`; organizations with few questions go first."""

LOCK = """
    select tracking_status, tracked_at, scanned_at, created_at, now() as now from shipments
    where organization_id = %(org)s and id = %(id)s for update
"""

WRITE = f"""
    update shipments
    set tracking_status = %(status)s, tracked_at = %(at)s, scanned_at = %(scanned_at)s, tracking_checked_at = now(),
        tracking_problem = %(problem)s, tracking_failures = %(failures)s,
        track_at = case when track_at = %(lease_until)s then now() + %(gap)s
                        when track_at is not null
                        then greatest(track_at, now() + {MIN_CHECK_INTERVAL.total_seconds()} * interval '1 second') end,
        updated_at = case when (tracking_status, scanned_at) is distinct from (%(status)s, %(scanned_at)s)
                          then now() else updated_at end
    where organization_id = %(org)s and id = %(id)s
"""
"""If a client asked for a check meanwhile, `track_at` is no longer the known lease: the client's check is kept, but not
before the minimum interval."""

INSERT_EVENTS = """
    insert into tracking_events (organization_id, shipment_id, digest, at, status, code, description, place)
    select %(org)s, %(id)s, digest, at, status, code,
           case when is_erased then '' else description end, case when is_erased then '' else place end
    from jsonb_to_recordset(%(events)s)
         as event (digest text, at timestamptz, status text, code text, description text, place text)
    cross join lateral (
        select exists (
            select from shipments join orders on orders.id = shipments.order_id
            where shipments.organization_id = %(org)s and orders.organization_id = %(org)s
              and shipments.id = %(id)s and erased_at is not null
        ) as is_erased
    ) as erasure
    where not exists (
        select from tracking_events as known where known.shipment_id = %(id)s and known.digest = event.digest
    )
    order by at nulls first
    limit greatest(0, %(max_events)s - (
        select count(*) from tracking_events where organization_id = %(org)s and shipment_id = %(id)s
    ))
    on conflict (shipment_id, digest) do nothing
"""

PARCELS = """
    select number, tracking_status, tracked_at, scanned_at from shipment_parcels
    where organization_id = %(org)s and shipment_id = %(id)s order by number
"""
WRITE_PARCEL = """
    update shipment_parcels set tracking_status = %(status)s, tracked_at = %(at)s, scanned_at = %(scanned_at)s
    where organization_id = %(org)s and shipment_id = %(id)s and number = %(number)s
"""

PAUSE_ACCOUNT = """
    update carrier_accounts set track_after = greatest(track_after, now() + %(wait)s)
    where organization_id = %(org)s and id = %(account_id)s
"""


RECORD_REFUND = f"""
    with changed as (
        update shipments
        set status = %(status)s, refund = %(refund)s::text, refund_checked_at = now(), tracking_problem = null,
            tracking_failures = 0, track_at = now() + %(gap)s::interval,
            updated_at = case when refund is distinct from %(refund)s::text then now() else updated_at end
        where organization_id = %(org)s and id = %(id)s and status = '{ShipmentStatus.REFUND_PENDING}'
        returning organization_id, operation_id
    )
    {insert_event_by_id("from changed where %(message)s::text is not null", event="%(event)s")}
"""
DECIDED = {
    RefundState.PENDING: (ShipmentStatus.REFUND_PENDING, None),
    RefundState.SETTLED: (ShipmentStatus.VOIDED, "the carrier refunded label {}"),
    RefundState.REJECTED: (ShipmentStatus.REFUND_REJECTED, "the carrier rejected the refund of label {}"),
}
"""For each refund state: the shipment's status, and the message for the log."""
REFUND_AGE = "select now() - voided_at from shipments where organization_id = %(org)s and id = %(id)s"


class PostgresTrackingStore:
    """Implements `domain.ports.tracking.TrackingStore` in Postgres."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def claim(self, slots: int, asking: Collection[TrackedShipment]) -> list[TrackedShipment]:
        async with self._pools.system_statements() as transaction:
            return await transaction.fetch_all(
                TrackedShipment,
                CLAIM,
                organizations=[shipment.organization_id for shipment in asking],
                accounts=[shipment.carrier_account_id for shipment in asking],
                destinations=[shipment.destination for shipment in asking],
                shared=slots // 2 - len(asking),
                limit=slots - len(asking),
            )

    async def record(self, shipment: TrackedShipment, *trackings: Tracking) -> None:
        async with self._pools.transaction(shipment.organization_id) as transaction:
            known, bought_at, now = await _lock_shipment(transaction, shipment)
            reports = [read_progress(tracking, bought_at, now) for tracking in trackings]
            if shipment.parcel_numbers:
                # An exception of one parcel ends while another parcel is less far, so the whole may go back.
                progress = combine(await _write_parcels(transaction, shipment, reports))
            else:
                progress = advance(known, reports[0])
            await _write(transaction, shipment, progress, gap=_gap(progress, bought_at, now))
            events = [event for tracking in trackings for event in select_events(tracking, bought_at, now)]
            await _insert_events(transaction, shipment, events)

    async def record_refund(self, shipment: TrackedShipment, refund: RefundState | None) -> None:
        state = refund or RefundState.PENDING
        status, message = DECIDED[state]
        async with self._pools.transaction(shipment.organization_id) as transaction:
            asked_for = await transaction.fetch_value(REFUND_AGE, id=shipment.id)
            await transaction.execute(
                RECORD_REFUND,
                id=shipment.id,
                status=status.value,
                refund=state.value,
                gap=next_refund_look(asked_for) if refund is RefundState.PENDING else None,
                event=f"refund.{state.value}",
                message=message.format(shipment.tracking_number) if message else None,
            )

    async def defer(
        self, shipment: TrackedShipment, problem: str, seconds: float | None, *, account_pause: float | None = None
    ) -> None:
        wait = timedelta(seconds=seconds) if seconds is not None else None
        async with self._pools.transaction(shipment.organization_id) as transaction:
            known, bought_at, now = await _lock_shipment(transaction, shipment)
            gap = FIRST_REFUND_LOOK if shipment.is_refund_pending else _gap(known, bought_at, now)
            gap = wait if wait is not None and gap is not None else gap
            failures = 0 if wait is None else shipment.failures + 1
            await _write(transaction, shipment, known, gap=gap, problem=problem, failures=failures)
            if account_pause is not None:
                wait = timedelta(seconds=account_pause)
                await transaction.execute(PAUSE_ACCOUNT, account_id=shipment.carrier_account_id, wait=wait)

    async def organization_of(self, account_id: UUID) -> UUID | None:
        sql = "select organization_id from carrier_accounts where id = %(id)s"
        async with self._pools.system_statements() as transaction:
            found: UUID | None = await transaction.fetch_value(sql, id=account_id)
        return found


async def _lock_shipment(
    transaction: OrganizationTransaction, shipment: TrackedShipment
) -> tuple[Progress, datetime, datetime]:
    """Lock a shipment; return its progress, the time of purchase and Postgres's time."""
    row = await transaction.fetch_one(dict, LOCK, id=shipment.id)
    assert row is not None  # noqa: S101 (shipments are never deleted)
    return _to_progress(row), row["created_at"], row["now"]


def _to_progress(row: Mapping[str, Any]) -> Progress:
    return Progress(TrackingStatus(row["tracking_status"]), row["tracked_at"], row["scanned_at"])


async def _write_parcels(
    transaction: OrganizationTransaction, shipment: TrackedShipment, reports: Sequence[Progress]
) -> list[Progress]:
    """Record the progress of each parcel of a locked shipment, and return it."""
    parcels = await transaction.fetch_all(dict, PARCELS, id=shipment.id)
    found = [advance(_to_progress(parcel), report) for parcel, report in zip(parcels, reports, strict=True)]
    for parcel, progress in zip(parcels, found, strict=True):
        facts = {"status": progress.status.value, "at": progress.at, "scanned_at": progress.scanned_at}
        await transaction.execute(WRITE_PARCEL, id=shipment.id, number=parcel["number"], **facts)
    return found


def _gap(progress: Progress, bought_at: datetime, now: datetime) -> timedelta | None:
    return next_check_delay(progress.status, now - max(bought_at, progress.at or bought_at))


async def _write(
    transaction: OrganizationTransaction,
    shipment: TrackedShipment,
    progress: Progress,
    *,
    gap: timedelta | None,
    problem: str | None = None,
    failures: int = 0,
) -> None:
    await transaction.execute(
        WRITE,
        id=shipment.id,
        status=progress.status.value,
        at=progress.at,
        scanned_at=progress.scanned_at,
        lease_until=shipment.lease_until,
        gap=gap,
        problem=problem,
        failures=failures,
    )


async def _insert_events(
    transaction: OrganizationTransaction, shipment: TrackedShipment, events: Sequence[TrackingEvent]
) -> None:
    rows = {_digest(event): _row(event) for event in events}
    await transaction.execute(
        INSERT_EVENTS,
        id=shipment.id,
        events=Jsonb([{"digest": digest, **row} for digest, row in rows.items()]),
        max_events=MAX_EVENTS,
    )


def _row(event: TrackingEvent) -> Params:
    return {
        "at": event.at.isoformat() if event.at is not None else None,
        "status": event.status.value,
        "code": event.code[:MAX_CODE_LENGTH].replace("\x00", ""),
        "description": event.description[:MAX_DESCRIPTION_LENGTH].replace("\x00", ""),
        "place": event.place,
    }


def _digest(event: TrackingEvent) -> str:
    """Return the identity of an event: carriers give events no ids, and repeat them in every answer."""
    at = event.at.astimezone(UTC).isoformat() if event.at is not None else ""
    place = (event.place,) if event.place else ()
    return hashlib.sha256("\0".join((at, event.code, event.description, *place)).encode()).hexdigest()[:32]
