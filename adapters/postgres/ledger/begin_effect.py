"""Opens effects: one row for each round of a step, and one caller that may send."""

from dataclasses import fields
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.events import insert_event_by_id
from adapters.postgres.core.row_factory import as_json, columns
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from adapters.postgres.ledger.one_at_a_time import LOCK_TURN, OPEN_ELSEWHERE
from adapters.postgres.ledger.rate_limit import TURN, enforce_limits
from adapters.postgres.ledger.shipment_use import find_use_conflict
from adapters.postgres.stores.workers import IS_IN_FLIGHT
from domain.codes import FailureCode
from domain.effects import Direction, Effect, EffectState
from domain.errors import Rejected, RunIsCompensating
from domain.ids import effect_reference, new_id
from domain.operations import OperationError
from domain.orders import CLOSED_ORDERS
from domain.ports.ledger import EffectKey, OpenedEffect
from domain.shipping import CallLimits

SENT_AGO = "extract(epoch from clock_timestamp() - {}sent_at)::float8"
NAMES = ", ".join(field.name for field in fields(Effect))
COLUMNS = columns(Effect, sent_ago=SENT_AGO.format(""), is_in_flight=IS_IN_FLIGHT.format(""))
EFFECT_COLUMNS = columns(
    Effect,
    **{
        **{field.name: f"effects.{field.name}" for field in fields(Effect)},
        "sent_ago": SENT_AGO.format("effects."),
        "is_in_flight": IS_IN_FLIGHT.format("effects."),
    },
)
"""For statements that join other tables."""

OPEN_RUN = """
    open_run as (
        select run from runs
        where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and closed_at is null
          and (not is_compensating or %(direction)s = 'undo') {condition}
        for share
    )
"""
"""A closed run starts nothing, and a compensating run starts nothing forward, even if a delivery arrives late: closing
a run, and beginning to compensate, wait for this lock."""

IS_NEW = """
    and not exists (
        select from effects
        where organization_id = %(org)s and operation_id = %(operation_id)s and step = %(step)s
          and direction = %(direction)s and round = %(round)s
    )
"""
"""Without it, a second delivery would lock the run and then wait for the effect, while the transaction that records the
effect waits for the run."""

CLOSED = ", ".join(f"('{status}', '{code}')" for status, code in CLOSED_ORDERS.items())

ORDER_REFUSAL = f"""
    its_order as (
        select orders.status, coalesce(operations.input -> 'allow_order_status' = 'true', false) as is_allowed,
               orders.updated_at <> %(order_version)s::timestamptz as is_changed
        from operations join orders on orders.organization_id = %(org)s and orders.id = operations.order_id
        where operations.organization_id = %(org)s and operations.id = %(operation_id)s and %(needs_open_order)s
        for share of orders
    ), closed_order as (
        select its_order.status, code, is_allowed
        from its_order join (values {CLOSED}) as closed (status, code) on closed.status = its_order.status
    ), refusal as (
        select coalesce(
            %(refused)s::jsonb,
            (select jsonb_build_object('code', code, 'message', 'the order is ' || status)
             from closed_order where not is_allowed)
        ) as error, coalesce((select is_changed from its_order), false) or exists (
            select from carrier_accounts
            where organization_id = %(org)s and id = %(account_id)s::uuid
              and updated_at <> %(account_version)s::timestamptz
        ) as is_stale
    ), verdict as (
        select error, is_stale,
               case when error is not null then 'rejected' when is_stale then 'prepared' else 'sent' end as state
        from refusal
    )
"""
"""Why an effect is not sent: its order is closed, or the order or its account changed after they were read.

Updates of the order wait for this lock, or this statement waits for them.
"""

LOG_STATUS = insert_event_by_id(
    """
    from effect cross join refusal left join closed_order on true
    where is_allowed or refusal.error is not null
    """,
    organization_id="%(org)s",
    operation_id="effect.operation_id",
    event="case when refusal.error is null then 'step.order_status_allowed' else 'step.rejected' end",
    message="""
        case when refusal.error is null
             then 'The order is ' || status || '; allow_order_status lets the step continue.'
             else effect.step || ' was rejected: ' || (refusal.error ->> 'message') end
    """,
    step="effect.step",
)

INSERT_IF = f"""
    with {OPEN_RUN.format(condition="{condition}")}, {ORDER_REFUSAL}, effect as (
        insert into effects (id, organization_id, operation_id, run, round, position, step, direction, undoes, state,
                             reference, attempts, sent_at, compensation, recovery, limited_by, fingerprint, error,
                             sent, deliveries, settles_at, worker_id)
        select %(id)s, %(org)s, %(operation_id)s, %(run)s, %(round)s, %(position)s, %(step)s, %(direction)s,
               %(undoes)s, verdict.state, %(reference)s, (verdict.state = 'sent')::int,
               case when verdict.state = 'sent' then clock_timestamp() end, %(compensation)s, %(recovery)s,
               %(limited_by)s, %(fingerprint)s, error, %(sent)s, (verdict.state = 'sent')::int,
               clock_timestamp() + %(settle_seconds)s * interval '1 second', %(worker_id)s
        from open_run cross join verdict
        on conflict do nothing
        returning {COLUMNS}
    ), entry as ({LOG_STATUS})
    select {NAMES} from effect
"""
"""Without a conflict target, because racing inserts also conflict on `reference` and would raise on that index."""

INSERT = INSERT_IF.replace("{condition}", IS_NEW)
INSERT_ALONE = INSERT_IF.replace("{condition}", f"{IS_NEW} and not exists ({OPEN_ELSEWHERE})")
"""One operation per order may have the step open at a bridge."""

LATEST = f"""
    select {COLUMNS} from effects
    where organization_id = %(org)s and operation_id = %(operation_id)s and step = %(step)s
      and direction = %(direction)s
    order by round desc limit 1
"""

SEND_AGAIN = f"""
    with {OPEN_RUN.format(condition="")}, {ORDER_REFUSAL}, effect as (
        update effects
        set state = verdict.state, run = %(run)s, attempts = attempts + (verdict.state = 'sent')::int,
            sent_at = clock_timestamp(), answered_at = null, answer = null, answer_status = null, updated_at = now(),
            limited_by = %(limited_by)s, fingerprint = %(fingerprint)s,
            deliveries = deliveries + (verdict.state = 'sent')::int, worker_id = %(worker_id)s,
            settles_at = clock_timestamp() + %(settle_seconds)s * interval '1 second',
            error = coalesce(verdict.error, case when effects.state = 'sent' then %(in_doubt)s::jsonb end),
            sent = case when effects.state = 'sent' then effects.sent else %(sent)s::jsonb end
        from open_run cross join verdict
        where organization_id = %(org)s and id = %(id)s
          and (effects.state = 'prepared' or effects.state = 'sent' and attempts = %(resend_of)s and result is null
               and fingerprint is not distinct from %(fingerprint)s)
        returning {EFFECT_COLUMNS}
    ), entry as ({LOG_STATUS})
    select {NAMES} from effect
"""

IS_COMPENSATING = """
    select is_compensating and %(direction)s = 'do' and not exists (
        select from effects
        where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and direction = 'do'
          and position > %(position)s and state = 'rejected'
    )
    from runs
    where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and closed_at is null
"""
"""If an operator resets a run that compensates, the replay must not use a label that is being voided as bought. If a
rejected step caused the compensation, the replay reaches that step again and reports its error."""

REPEAT = f"""
    with its_effect as (
        select id from effects where organization_id = %(org)s and id = %(id)s for no key update
    ), {OPEN_RUN.format(condition="and (select count(*) from its_effect) > 0")}
    update effects set state = 'sent', attempts = attempts + 1, deliveries = deliveries + 1, error = %(in_doubt)s,
        worker_id = %(worker_id)s, updated_at = now()
    where organization_id = %(org)s and id = %(id)s and state in ('sent', 'unknown') and exists (select from open_run)
    returning {COLUMNS}
"""
"""`sent_at` keeps the time of the first send: its age decides whether a refusal proves anything."""


async def begin(transaction: OrganizationTransaction, key: EffectKey, worker_id: UUID | None = None) -> OpenedEffect:
    """Open the step's effect, or return the existing one; see `domain.ports.ledger.Ledger.begin`.

    `worker_id`: the worker that sends the effect; None if the transaction also records the outcome.
    """
    refused = await find_use_conflict(transaction, key) if key.uses_shipment and not key.doubted else None
    fresh = await insert(transaction, key, 1, worker_id, refused)
    if fresh is not None:
        return hand_out(fresh, key)
    latest = await transaction.fetch_one(Effect, f"{LATEST} for update", **step_params(key))
    if latest is None:
        raise Rejected("the run has ended")
    if latest.state is not EffectState.REJECTED and await transaction.fetch_value(
        IS_COMPENSATING, run=key.run, position=latest.position, **step_params(key)
    ):
        raise RunIsCompensating("the run is compensating its steps")
    if latest.may_be_done and key.looked_up != latest.attempts:
        return OpenedEffect(latest, may_send=False, needs_look=True)
    if latest.state is EffectState.PREPARED or key.resend_of is not None:
        resent = await transaction.fetch_one(Effect, SEND_AGAIN, **_resend_params(key, latest, worker_id, refused))
        return hand_out(resent, key) if resent is not None else OpenedEffect(latest, may_send=False)
    if _is_over(latest) and latest.run < key.run:
        fresh = await insert(transaction, key, latest.round + 1, worker_id, refused)
        if fresh is not None:
            return hand_out(fresh, key)
    return OpenedEffect(latest, may_send=False)


def hand_out(effect: Effect, key: EffectKey) -> OpenedEffect:
    """Return an effect that was just opened, or held back because its order changed."""
    may_send = effect.state is EffectState.SENT and not key.doubted
    return OpenedEffect(effect, may_send=may_send, is_stale=effect.state is EffectState.PREPARED)


async def repeat(
    transaction: OrganizationTransaction, key: EffectKey, effect: Effect, worker_id: UUID, *, compensating: bool
) -> Effect | None:
    """Open an effect again; see `domain.ports.ledger.Ledger.repeat`."""
    names = {**step_params(key), "direction": (Direction.UNDO if compensating else key.direction).value}
    return await transaction.fetch_one(
        Effect, REPEAT, **names, id=effect.id, run=key.run, in_doubt=_in_doubt(), worker_id=worker_id
    )


def _resend_params(key: EffectKey, effect: Effect, worker_id: UUID | None, refused: OperationError | None) -> Params:
    return {
        **step_params(key),
        "worker_id": _sender(key, worker_id),
        "id": effect.id,
        "run": key.run,
        "resend_of": key.resend_of,
        "in_doubt": _in_doubt(),
        "limited_by": _limited_by(key),
        # A request that may have been sent is sent again, to find out whether it was.
        "needs_open_order": key.needs_open_order and effect.state is EffectState.PREPARED,
        "order_version": key.order_version,
        "account_id": key.account_id if effect.state is EffectState.PREPARED else None,
        "account_version": key.account_version,
        "sent": as_json(key.sent),
        "fingerprint": as_json(key.fingerprint),
        "settle_seconds": key.settle_seconds,
        "refused": as_json(refused) if effect.state is EffectState.PREPARED else None,
    }


def _in_doubt() -> Jsonb | None:
    message = "sent again while the outcome of the first request is unknown"
    return as_json(OperationError(FailureCode.OUTCOME_UNKNOWN, message))


def _sender(key: EffectKey, worker_id: UUID | None) -> UUID | None:
    """Return the worker that sends the effect; None if a doubted effect is opened and not sent."""
    return None if key.doubted else worker_id


def _limited_by(key: EffectKey) -> UUID | None:
    return key.limits.connection_id if key.limits else None


def _is_over(effect: Effect) -> bool:
    """Whether the effect is not live, so that a later run may do the step again."""
    if effect.direction is Direction.UNDO:
        return effect.state in (EffectState.REJECTED, EffectState.DONE)
    return effect.state is EffectState.REJECTED or effect.reversed_at is not None


async def insert(
    transaction: OrganizationTransaction,
    key: EffectKey,
    round_: int,
    worker_id: UUID | None,
    refused: OperationError | None = None,
) -> Effect | None:
    """Insert a new row, rejected if `refused` is given; None if the round exists already or the run is over."""
    return await transaction.fetch_one(Effect, INSERT, **insert_params(key, round_, worker_id, refused))


async def insert_alone(
    transaction: OrganizationTransaction, key: EffectKey, bridge_id: UUID, worker_id: UUID
) -> Effect | None:
    """Insert the step's first row while no other operation has the step open for the order at the bridge.

    Returns:
        None if another operation has, or for a cause of `insert`.
    """
    # Two statements: the second one sees the effects that were opened while the first waited for its lock.
    queries = ((dict, LOCK_TURN), (Effect, INSERT_ALONE))
    _, opened = await transaction.fetch_each(queries, **insert_params(key, 1, worker_id), bridge=str(bridge_id))
    return next(iter(opened), None)


def insert_params(
    key: EffectKey, round_: int, worker_id: UUID | None, refused: OperationError | None = None
) -> dict[str, Any]:
    """Return the parameters of `INSERT`."""
    return {
        "id": new_id(),
        "run": key.run,
        "round": round_,
        "position": key.position,
        "undoes": key.undoes,
        "reference": effect_reference(key.operation_id, key.step, key.direction.value, round_),
        "compensation": key.compensation,
        "recovery": key.recovery,
        "limited_by": _limited_by(key),
        # An effect that a restored ledger may lack is looked up first.
        "needs_open_order": key.needs_open_order and not key.doubted,
        "order_version": key.order_version,
        "account_id": None if key.doubted else key.account_id,
        "account_version": key.account_version,
        "sent": as_json(key.sent),
        "fingerprint": as_json(key.fingerprint),
        "settle_seconds": key.settle_seconds,
        "refused": as_json(refused),
        "worker_id": _sender(key, worker_id),
        **step_params(key),
    }


async def begin_within_limits(
    transaction: OrganizationTransaction, key: EffectKey, limits: CallLimits | None, worker_id: UUID
) -> OpenedEffect:
    """Open the step's effect if its account or bridge has a free call.

    Raises:
        OverLimit: it has none; the caller's transaction is rolled back.
        Rejected: see `begin`.
    """
    if limits is None:
        return await begin(transaction, key, worker_id)
    # The lock is held until the opened effect is committed, so that one worker counts at a time.
    await transaction.execute(TURN, connection=str(limits.connection_id))
    opened = await begin(transaction, key, worker_id)
    if opened.may_send:
        await enforce_limits(transaction, limits, opened.effect.id)
    return opened


def step_params(step: EffectKey | Effect) -> Params:
    """Return the parameters that identify a step."""
    return {"operation_id": step.operation_id, "step": step.step, "direction": step.direction.value}
