"""The ledger in Postgres; see docs/ledger.md. Each public method is one transaction, committed before it returns."""

import hashlib
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.pools import Pools
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction
from adapters.postgres.ledger.begin_effect import COLUMNS, LATEST, begin, begin_within_limits, insert, names_of, repeat
from domain.effects import REVERSED, Direction, Effect, EffectState, UndoOutcome
from domain.errors import Ambiguous, Forgotten, Rejected
from domain.ids import new_id
from domain.json_values import Json
from domain.operations import OperationError, RunRef
from domain.orders import OrderStatus
from domain.ports.ledger import EffectKey, LabelRecord, OpenedEffect
from domain.results import LabelResult, StatusResult
from domain.shipping import RawAnswer

STILL_MINE = "organization_id = %(org)s and id = %(id)s and attempts = %(attempts)s and state = 'sent'"
"""A delivery that was overtaken by a later one must not write over it."""

UNFINISHED = (
    f"({STILL_MINE} or organization_id = %(org)s and id = %(id)s and state = 'done' and result ? 'resolved_by')"
)
"""As above, or a person said that it happened and the rest of what is known is filled in now."""

LOG = """
    insert into operation_logs (organization_id, operation_id, event, message, actor, step)
    values (%(org)s, %(operation_id)s, %(event)s, %(message)s, 'system', %(step)s)
"""


TAKE_BACK = """
    update runs set taking_back = true
    where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and closed_at is null
"""

STANDING = f"""
    select {COLUMNS} from effects
    where organization_id = %(org)s and operation_id = %(operation_id)s and direction = 'do'
      and state in ('sent', 'done', 'unknown') and reversed_at is null
    order by position desc, round desc
"""


class PostgresLedger:
    """See `domain.ports.ledger.Ledger`."""

    def __init__(self, pools: Pools) -> None:
        self._pools = pools

    async def begin(self, key: EffectKey) -> OpenedEffect:
        if key.limits is not None:
            async with self._pools.transaction(key.organization_id) as transaction:
                return await begin_within_limits(transaction, key, key.limits)
        async with self._pools.statements(key.organization_id) as transaction:
            fresh = await insert(transaction, key, 1)
        if fresh is not None:
            return OpenedEffect(fresh, may_send=not key.doubted)
        async with self._pools.transaction(key.organization_id) as transaction:
            return await begin(transaction, key)

    async def find(self, organization_id: UUID, effect_id: UUID) -> Effect:
        async with self._pools.statements(organization_id) as transaction:
            effect = await transaction.fetch_one(
                Effect, f"select {COLUMNS} from effects where organization_id = %(org)s and id = %(id)s", id=effect_id
            )
        if effect is None:
            raise Forgotten(f"the ledger has no effect {effect_id}")
        return effect

    async def latest(self, key: EffectKey) -> Effect | None:
        async with self._pools.statements(key.organization_id) as transaction:
            return await transaction.fetch_one(Effect, LATEST, **names_of(key))

    async def standing(self, run: RunRef) -> list[Effect]:
        """Return what stands or may stand, newest first; nothing to a run that is over.

        From then on the run begins nothing more that goes forward: what is not in the list is not done.
        """
        async with self._pools.transaction(run.organization_id) as transaction:
            # Of two statements: what was being opened while the first waited for it is seen by the second.
            if not await transaction.execute(TAKE_BACK, operation_id=run.operation_id, run=run.run):
                return []
            return await transaction.fetch_all(Effect, STANDING, operation_id=run.operation_id)

    async def repeat(self, key: EffectKey, effect: Effect, *, taking_back: bool) -> Effect | None:
        async with self._pools.statements(key.organization_id) as transaction:
            return await repeat(transaction, key, effect, taking_back=taking_back)

    async def record_not_sent(self, effect: Effect, error: OperationError) -> None:
        sql = f"update effects set state = 'prepared', error = %(error)s, updated_at = now() where {STILL_MINE}"
        async with self._pools.statements(effect.organization_id) as transaction:
            await transaction.execute(sql, **_mine(effect), error=as_json(error))

    async def store_answer(self, effect: Effect, answer: RawAnswer) -> None:
        digest = hashlib.sha256(answer.body).hexdigest()
        async with self._pools.statements(effect.organization_id) as transaction:
            await transaction.execute(
                KEEP_ANSWER, **_mine(effect), answer=answer.body, status=answer.status, digest=digest
            )

    async def record_done(self, effect: Effect, result: Json, message: str) -> None:
        sql = f"""
            update effects set state = 'done', result = %(result)s, answer = null, error = null, updated_at = now()
            where {UNFINISHED}
        """
        async with self._pools.transaction(effect.organization_id) as transaction:
            if await transaction.execute(sql, **_mine(effect), result=Jsonb(result)):
                await _log(transaction, effect, "step.done", message)

    async def record_waiting(self, effect: Effect, result: Json, message: str) -> None:
        sql = f"update effects set result = %(result)s, answer = null, updated_at = now() where {STILL_MINE}"
        async with self._pools.transaction(effect.organization_id) as transaction:
            if await transaction.execute(sql, **_mine(effect), result=Jsonb(result)):
                await transaction.execute(RUN_WAITS, operation_id=effect.operation_id)
                await _log(transaction, effect, "step.waiting", message)

    async def record_label(self, effect: Effect, record: LabelRecord, message: str) -> LabelResult:
        shipment_id = new_id()
        result = _label_result(record, shipment_id)
        async with self._pools.statements(effect.organization_id) as transaction:
            written = await transaction.execute(
                LABEL_BOUGHT,
                **_mine(effect),
                **_shipment(record, shipment_id),
                result=as_json(result),
                message=message,
                step=effect.step,
            )
            if written:
                return result
            stored = await transaction.fetch_one(Effect, LATEST, **_step(effect))
        if stored is None or stored.state is not EffectState.DONE or stored.result is None:
            raise Ambiguous("another delivery went on with it")
        return stored.read(LabelResult)

    async def record_rejected(self, effect: Effect, error: OperationError, message: str) -> None:
        await self._settled(effect, EffectState.REJECTED, error, "step.rejected", message)

    async def record_unknown(self, effect: Effect, error: OperationError, message: str) -> None:
        await self._settled(effect, EffectState.UNKNOWN, error, "step.outcome_unknown", message)

    async def _settled(
        self, effect: Effect, state: EffectState, error: OperationError, event: str, message: str
    ) -> None:
        sql = f"update effects set state = %(state)s, error = %(error)s, updated_at = now() where {STILL_MINE}"
        async with self._pools.transaction(effect.organization_id) as transaction:
            if await transaction.execute(sql, **_mine(effect), state=state.value, error=as_json(error)):
                await _log(transaction, effect, event, message)

    async def record_compensation(
        self, effect: Effect, outcome: UndoOutcome, message: str, shipment_id: UUID | None
    ) -> None:
        async with self._pools.transaction(effect.organization_id) as transaction:
            await _reverse(transaction, effect, outcome, message)
            if shipment_id is not None and outcome in REVERSED:
                await _void_shipment(transaction, shipment_id, outcome)

    async def note(self, key: EffectKey, event: str, message: str) -> None:
        async with self._pools.statements(key.organization_id) as transaction:
            await transaction.execute(LOG, operation_id=key.operation_id, event=event, message=message, step=key.step)

    async def set_order_status(self, key: EffectKey, order_id: UUID, status: OrderStatus) -> StatusResult:
        async with self._pools.transaction(key.organization_id) as transaction:
            begun = await begin(transaction, key)
            if not begun.may_send:
                return _previous_status(begun.effect)
            previous = await transaction.fetch_value(
                "select status from orders where organization_id = %(org)s and id = %(id)s for update", id=order_id
            )
            await transaction.execute(SET_STATUS, id=order_id, status=status.value)
            result = StatusResult(order_id, OrderStatus(previous), status)
            await transaction.execute(
                "update effects set state = 'done', result = %(result)s, updated_at = now()"
                " where organization_id = %(org)s and id = %(id)s",
                id=begun.effect.id,
                result=as_json(result),
            )
            await _log(transaction, begun.effect, "step.done", f"order status {previous} -> {status.value}")
            return result

    async def restore_order_status(self, key: EffectKey, target: Effect, *, force: bool) -> UndoOutcome:
        written = target.read(StatusResult)
        async with self._pools.transaction(key.organization_id) as transaction:
            begun = await begin(transaction, key)
            if not begun.may_send and begun.effect.outcome is not None:
                return UndoOutcome(begun.effect.outcome)
            restored = await transaction.execute(
                f"{SET_STATUS} and (status = %(expected)s or %(force)s)",
                id=written.order_id,
                status=written.previous_status.value,
                expected=written.status.value,
                force=force,
            )
            outcome = UndoOutcome.RESTORED if restored else UndoOutcome.CHANGED_SINCE
            message = f"order status {written.status.value} -> {written.previous_status.value}: {outcome.value}"
            await _reverse(transaction, begun.effect, outcome, message)
            return outcome


SET_STATUS = """
    update orders set status = %(status)s, updated_at = now() where organization_id = %(org)s and id = %(id)s
"""

RUN_WAITS = """
    update runs set waiting = true
    where organization_id = %(org)s and operation_id = %(operation_id)s and closed_at is null
"""
"""A run that only waits for an answer takes no place from those that work."""

KEEP_ANSWER = f"""
    update effects set answer = %(answer)s, answer_status = %(status)s, answer_digest = %(digest)s,
                       answered_at = now(), updated_at = now()
    where {STILL_MINE}
"""

LABEL_BOUGHT = f"""
    with effect as (
        update effects set state = 'done', result = %(result)s, answer = null, error = null, updated_at = now()
        where {UNFINISHED} returning organization_id, operation_id, reference
    ), shipment as (
        insert into shipments (id, organization_id, order_id, operation_id, carrier_account_id, carrier, service,
                               status, reference, carrier_shipment_id, tracking_number, label_format, cost, currency,
                               void_until)
        select %(shipment_id)s, organization_id, %(order_id)s, operation_id, %(account_id)s, %(carrier)s, %(service)s,
               'label_created', reference, %(carrier_shipment_id)s, %(tracking_number)s, %(format)s, %(cost)s::numeric,
               %(currency)s, %(void_until)s
        from effect returning organization_id, id
    ), label as (
        insert into shipment_labels (shipment_id, organization_id, format, document)
        select id, organization_id, %(format)s, %(document)s from shipment
        where octet_length(%(document)s::bytea) > 0
    )
    insert into operation_logs (organization_id, operation_id, event, message, actor, step)
    select organization_id, operation_id, 'step.done', %(message)s, 'system', %(step)s from effect
"""


async def _reverse(transaction: OrganizationTransaction, effect: Effect, outcome: UndoOutcome, message: str) -> None:
    stands_no_more = outcome in REVERSED
    state = EffectState.DONE if stands_no_more else EffectState.REJECTED
    written = await transaction.execute(
        "update effects set state = %(state)s, outcome = %(outcome)s, error = null, updated_at = now()"
        " where organization_id = %(org)s and id = %(id)s"
        # Of two deliveries the one that took it back is right, whichever is heard of last.
        " and (state in ('sent', 'unknown') and (%(state)s = 'done' or attempts = %(attempts)s)"
        " or state = 'rejected' and %(state)s = 'done'"
        # Of which only a person had told.
        " or state = 'done' and outcome is null and result ? 'resolved_by')",
        **_mine(effect),
        state=state.value,
        outcome=outcome.value,
    )
    if not written:
        return
    if stands_no_more and effect.undoes is not None:
        await transaction.execute(
            "update effects set reversed_at = now(), updated_at = now()"
            " where organization_id = %(org)s and id = %(id)s and reversed_at is null",
            id=effect.undoes,
        )
    event = "step.undone" if effect.direction is Direction.UNDO else "step.done"
    await _log(transaction, effect, event if stands_no_more else "step.undo_refused", message)


async def _void_shipment(transaction: OrganizationTransaction, shipment_id: UUID, outcome: UndoOutcome) -> None:
    status = "refund_pending" if outcome is UndoOutcome.REFUND_PENDING else "voided"
    await transaction.execute(
        "update shipments set status = %(status)s, voided_at = now(), updated_at = now()"
        " where organization_id = %(org)s and id = %(id)s and voided_at is null",
        id=shipment_id,
        status=status,
    )


async def _log(transaction: OrganizationTransaction, effect: Effect, event: str, message: str) -> None:
    await transaction.execute(LOG, operation_id=effect.operation_id, event=event, message=message, step=effect.step)


def _previous_status(effect: Effect) -> StatusResult:
    if effect.state is EffectState.DONE and effect.reversed_at is None and effect.result is not None:
        return effect.read(StatusResult)
    raise Rejected("it was taken back")


def _step(effect: Effect) -> dict[str, Any]:
    return {"operation_id": effect.operation_id, "step": effect.step, "direction": effect.direction.value}


def _mine(effect: Effect) -> dict[str, Any]:
    return {"id": effect.id, "attempts": effect.attempts}


def _label_result(record: LabelRecord, shipment_id: UUID) -> LabelResult:
    label = record.label
    return LabelResult(
        shipment_id=shipment_id,
        tracking_number=label.tracking_number,
        carrier=record.carrier,
        service=label.service,
        carrier_account_id=record.account_id,
        carrier_shipment_id=label.carrier_shipment_id,
        cost=label.cost,
        currency=label.currency,
        void_until=label.void_until,
    )


def _shipment(record: LabelRecord, shipment_id: UUID) -> dict[str, Any]:
    label = record.label
    return {
        "shipment_id": shipment_id,
        "order_id": record.order_id,
        "account_id": record.account_id,
        "carrier": record.carrier,
        "service": label.service,
        "carrier_shipment_id": label.carrier_shipment_id,
        "tracking_number": label.tracking_number,
        "format": label.label_format,
        "cost": label.cost,
        "currency": label.currency,
        "void_until": label.void_until,
        "document": record.document,
    }
