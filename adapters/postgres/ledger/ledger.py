"""The ledger in Postgres (docs/explanation/ledger.md): each public method commits one transaction before it returns."""

from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.events import insert_event_by_id
from adapters.postgres.core.pools import Pools
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.ledger import begin_effect, order_status, settle_effect
from adapters.postgres.ledger.begin_effect import COLUMNS, LATEST, step_params
from adapters.postgres.ledger.one_at_a_time import require_turn
from adapters.postgres.ledger.settle_effect import (
    ANSWER_FACTS,
    LOG,
    OWN_DELIVERY,
    UNFINISHED,
    add_result,
    delivery_params,
    end_run,
    has_ended,
    insert_entry,
    log_params,
)
from adapters.postgres.stores.workers import WorkerLiveness
from domain.clock import describe_skew, is_right
from domain.effects import Direction, Effect, EffectState, UndoOutcome
from domain.errors import Forgotten, NotStarted, Unavailable
from domain.json_values import Json
from domain.operations import OperationError, RunRef
from domain.orders import OrderStatus
from domain.ports.ledger import EffectKey, LabelRecord, OpenedEffect, Recorded, RunOutcome
from domain.results import LabelResult, StatusResult
from domain.shipping import RawAnswer

TAKE_BACK = """
    update runs set is_compensating = true
    where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s and closed_at is null
    returning run
"""

REMAINING = f"""
    select {COLUMNS} from effects
    where organization_id = %(org)s and operation_id = %(operation_id)s and direction = 'do'
      and state in ('sent', 'done', 'unknown') and reversed_at is null
    order by position desc, round desc
"""


class PostgresLedger:
    """Implements `domain.ports.ledger.Ledger` in Postgres."""

    def __init__(self, pools: Pools, liveness: WorkerLiveness | None = None) -> None:
        """`liveness`: of the process that sends; without it, its calls count as ended at once."""
        self._pools = pools
        self._liveness = liveness or WorkerLiveness(pools)
        self._worker_id = self._liveness.worker_id

    async def begin(self, key: EffectKey) -> OpenedEffect:
        if key.direction is Direction.DO:
            await self._require_right_clock()
        if key.limits is None and not key.uses_shipment:
            fresh = await self._insert_first(key)
            if fresh is not None:
                return begin_effect.hand_out(fresh, key)
        if key.limits is not None or key.alone_at is not None:
            async with self._pools.transaction(key.organization_id) as transaction:
                if key.alone_at is not None:
                    await require_turn(transaction, key, key.alone_at)
                return await begin_effect.begin_within_limits(transaction, key, key.limits, self._worker_id)
        async with self._pools.transaction(key.organization_id) as transaction:
            return await begin_effect.begin(transaction, key, self._worker_id)

    async def _insert_first(self, key: EffectKey) -> Effect | None:
        """Open the step's first effect in one round trip; None if it exists, or if only `begin` can decide."""
        async with self._pools.statements(key.organization_id) as transaction:
            if key.alone_at is None:
                return await begin_effect.insert(transaction, key, 1, self._worker_id)
            return await begin_effect.insert_alone(transaction, key, key.alone_at, self._worker_id)

    async def _require_right_clock(self) -> None:
        """Raise NotStarted if this process's clock is wrong; pings Postgres first if its time is unknown."""
        clock = self._pools.clock
        if not clock.is_known:
            await self._pools.ping()
        if not is_right(clock):
            raise NotStarted(describe_skew(clock.skew_seconds()))

    async def find(self, organization_id: UUID, effect_id: UUID) -> Effect:
        async with self._pools.statements(organization_id) as transaction:
            effect = await transaction.fetch_one(
                Effect, f"select {COLUMNS} from effects where organization_id = %(org)s and id = %(id)s", id=effect_id
            )
        if effect is None:
            raise Forgotten(f"the ledger has no effect {effect_id}")
        return effect

    async def find_by_reference(self, organization_id: UUID, reference: str) -> Effect | None:
        sql = f"select {COLUMNS} from effects where organization_id = %(org)s and reference = %(reference)s"
        async with self._pools.statements(organization_id) as transaction:
            return await transaction.fetch_one(Effect, sql, reference=reference)

    async def latest(self, key: EffectKey) -> Effect | None:
        async with self._pools.statements(key.organization_id) as transaction:
            return await transaction.fetch_one(Effect, LATEST, **step_params(key))

    async def remaining(self, run: RunRef) -> list[Effect]:
        """Return the effects that are or may be live, newest first; none if the run is over.

        After this the run starts no forward effect: an effect that is not in the list does not happen.
        """
        # Two statements: the second one sees the effects that were opened while the first waited for its lock.
        queries = ((dict, TAKE_BACK), (Effect, REMAINING))
        async with self._pools.statements(run.organization_id) as transaction:
            is_open, remaining = await transaction.fetch_each(queries, operation_id=run.operation_id, run=run.run)
        return remaining if is_open else []

    async def repeat(self, key: EffectKey, effect: Effect, *, compensating: bool) -> Effect | None:
        async with self._pools.statements(key.organization_id) as transaction:
            return await begin_effect.repeat(transaction, key, effect, self._worker_id, compensating=compensating)

    async def count_delivery(self, effect: Effect) -> None:
        sql = """
            update effects set deliveries = deliveries + 1, worker_id = %(worker_id)s, updated_at = now()
            where organization_id = %(org)s and id = %(id)s
        """
        async with self._pools.statements(effect.organization_id) as transaction:
            await transaction.execute(sql, id=effect.id, worker_id=self._worker_id)

    async def end_delivery(self, effect: Effect) -> None:
        sql = """
            update effects
            set deliveries = greatest(deliveries - 1, 0), worker_id = nullif(worker_id, %(worker_id)s)
            where organization_id = %(org)s and id = %(id)s
        """
        try:
            async with self._pools.statements(effect.organization_id) as transaction:
                await transaction.execute(sql, id=effect.id, worker_id=self._worker_id)
        except Unavailable:
            self._liveness.release_later(effect.id)
            raise

    async def record_not_sent(self, effect: Effect, error: OperationError) -> None:
        sql = f"""
            update effects set state = 'prepared', error = %(error)s, deliveries = 0, updated_at = now()
            where {OWN_DELIVERY}
        """
        async with self._pools.statements(effect.organization_id) as transaction:
            await transaction.execute(sql, **delivery_params(effect), error=as_json(error))

    async def store_answer(self, effect: Effect, answer: RawAnswer) -> None:
        async with self._pools.statements(effect.organization_id) as transaction:
            facts = {**delivery_params(effect), "answer_status": answer.status, "answer_digest": answer.digest}
            await transaction.execute(STORE_ANSWER, **facts, answer=answer.body)

    async def record_looking(self, effect: Effect, next_look: float, until: float) -> None:
        params = {**delivery_params(effect), "next_look": next_look, "until": until}
        async with self._pools.transaction(effect.organization_id) as transaction:
            stated = await transaction.fetch_value(LOOK, **params)
            if stated is not None:
                message = f"{effect.step}: outcome unknown; checking with the vendor until {stated}"
                entry = log_params(effect, message if effect.look is None else None)
                await transaction.execute(LOG, **entry, event="step.looking")

    async def record_done(
        self, effect: Effect, result: Json, message: str, *, fulfills: bool = False, ending: RunOutcome | None = None
    ) -> bool:
        done = (DONE, {**log_params(effect, message), "result": Jsonb(result)})
        ending = add_result(ending, result)
        if fulfills:
            async with self._pools.transaction(effect.organization_id) as transaction:
                return await order_status.record_fulfillment(transaction, effect, done, ending)
        endings = end_run(effect, ending)
        async with self._pools.statements(effect.organization_id) as transaction:
            return has_ended(await transaction.execute_each(done, *endings), endings)

    async def record_waiting(self, effect: Effect, result: Json, message: str) -> None:
        sql = f"""
            update effects set result = %(result)s, answer = null, deliveries = 0, updated_at = now(), {ANSWER_FACTS}
            where {OWN_DELIVERY}
        """
        async with self._pools.transaction(effect.organization_id) as transaction:
            if await transaction.execute(sql, **delivery_params(effect), result=Jsonb(result)):
                waiting = (LOG, {**log_params(effect, message), "event": "step.waiting"})
                await transaction.execute_each((RUN_WAITS, {"operation_id": effect.operation_id}), waiting)

    async def record_label(
        self, effect: Effect, record: LabelRecord, message: str, ending: RunOutcome | None = None
    ) -> Recorded[LabelResult]:
        async with self._pools.statements(effect.organization_id) as transaction:
            return await settle_effect.record_label(transaction, effect, record, message, ending)

    async def record_rejected(self, effect: Effect, error: OperationError, message: str) -> None:
        await self._settle(effect, EffectState.REJECTED, error, "step.rejected", message)

    async def record_unknown(self, effect: Effect, error: OperationError, message: str) -> None:
        await self._settle(effect, EffectState.UNKNOWN, error, "step.outcome_unknown", message)

    async def _settle(
        self, effect: Effect, state: EffectState, error: OperationError, event: str, message: str
    ) -> None:
        params = {**log_params(effect, message), "state": state.value, "error": as_json(error), "event": event}
        async with self._pools.statements(effect.organization_id) as transaction:
            await transaction.execute(SETTLED, **params)

    async def record_compensation(
        self,
        effect: Effect,
        outcome: UndoOutcome,
        message: str,
        shipment_id: UUID | None,
        ending: RunOutcome | None = None,
    ) -> bool:
        if shipment_id is not None:
            async with self._pools.statements(effect.organization_id) as transaction:
                ended = await settle_effect.record_void(
                    transaction, effect, outcome, message, shipment_id=shipment_id, ending=ending
                )
            if ended is not None:
                return ended
        async with self._pools.transaction(effect.organization_id) as transaction:
            return await settle_effect.record_compensation(transaction, effect, outcome, message, ending)

    async def note(self, key: EffectKey, event: str, message: str, *, once: bool = False) -> None:
        entry = {"operation_id": key.operation_id, "event": event, "message": message, "step": key.step}
        async with self._pools.statements(key.organization_id) as transaction:
            if once:
                await transaction.execute(LOG_ONCE, run=key.run, **entry)
            else:
                await transaction.execute(LOG, **entry)

    async def set_order_status(
        self, key: EffectKey, order_id: UUID, status: OrderStatus | None, ending: RunOutcome | None = None
    ) -> Recorded[StatusResult]:
        async with self._pools.transaction(key.organization_id) as transaction:
            return await order_status.set_order_status(transaction, key, order_id, status, ending)

    async def restore_order_status(
        self, key: EffectKey, target: Effect, ending: RunOutcome | None = None
    ) -> Recorded[UndoOutcome]:
        async with self._pools.transaction(key.organization_id) as transaction:
            return await order_status.restore_order_status(transaction, key, target, ending)


DONE = f"""
    with effect as (
        update effects
        set state = 'done', result = %(result)s, answer = null, error = null, deliveries = 0, updated_at = now(),
            {ANSWER_FACTS}
        where {UNFINISHED}
        returning organization_id, operation_id
    )
    {insert_event_by_id("from effect", event="'step.done'", step="%(step)s")}
    returning subject_id
"""

SETTLED = f"""
    with effect as (
        update effects set state = %(state)s, error = %(error)s, deliveries = 0, updated_at = now()
        where {OWN_DELIVERY}
        returning organization_id, operation_id
    )
    {insert_event_by_id("from effect", event="%(event)s", step="%(step)s")}
"""

LOG_ONCE = insert_entry(
    """
    where not exists (
        select from events
        where organization_id = %(org)s and subject_id = %(operation_id)s and type = %(event)s and step = %(step)s
          and created_at >= (
              select created_at from runs
              where organization_id = %(org)s and operation_id = %(operation_id)s and run = %(run)s
          )
    )
    """
)

RUN_WAITS = """
    update runs set waiting = true
    where organization_id = %(org)s and operation_id = %(operation_id)s and closed_at is null
"""
"""A run that only waits for a channel's answer does not count as open."""

LOOK = f"""
    update effects set look = jsonb_build_object(
        'since', coalesce(look -> 'since', to_jsonb(now())),
        'count', coalesce((look ->> 'count')::int, 0) + 1,
        'next_look_at', now() + %(next_look)s * interval '1 second',
        'until', now() + %(until)s * interval '1 second'
    )
    where {OWN_DELIVERY}
    returning to_char(
        (now() + %(until)s * interval '1 second') at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'
    )
"""

STORE_ANSWER = f"""
    update effects set answer = %(answer)s, updated_at = now(), {ANSWER_FACTS}
    where {OWN_DELIVERY}
"""
