"""Records the outcomes of effects."""

from dataclasses import asdict, replace
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.operation_log import insert_log
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from adapters.postgres.ledger.begin_effect import LATEST, step_params
from adapters.postgres.runs.run_outcome import end_with_effect
from adapters.postgres.stores.order_status import refresh_status
from domain.effects import REVERSED, Direction, Effect, EffectState, UndoOutcome
from domain.errors import Ambiguous
from domain.ids import new_id
from domain.json_values import Json, to_json
from domain.ports.ledger import LabelRecord, Recorded, RunOutcome
from domain.results import LabelResult
from domain.shipping import RefundState, ShipmentStatus
from domain.tracking import FIRST_REFUND_LOOK

OWN_DELIVERY = "organization_id = %(org)s and id = %(id)s and attempts = %(attempts)s and state = 'sent'"
"""A delivery must not overwrite the result of a later one."""

UNFINISHED = (
    f"({OWN_DELIVERY} or organization_id = %(org)s and id = %(id)s and state = 'done' and result ? 'resolved_by')"
)
"""As above, or a person resolved the effect as `happened` and its result is completed now."""

LOG = insert_log(
    organization_id="%(org)s",
    operation_id="%(operation_id)s",
    event="%(event)s",
    step="%(step)s",
)

REVERSE = """
    with reversed as (
        update effects set reversed_at = now(), updated_at = now()
        where organization_id = %(org)s and id = %(id)s and reversed_at is null
        returning id
    )
    delete from order_status_changes using reversed
    where organization_id = %(org)s and effect_id = reversed.id
    returning order_id
"""
"""Marks the compensated effect reversed and removes its change of the order's status; returns that order's id."""

ANSWER_FACTS = """
    answer_status = coalesce(%(answer_status)s, answer_status),
    answer_digest = coalesce(%(answer_digest)s, answer_digest),
    answered_at = case when %(answer_status)s::int is null then answered_at else coalesce(answered_at, now()) end
"""
"""The facts about an answer that was parsed before anything was stored."""

RECORD_LABEL = f"""
    with effect as (
        update effects set state = 'done', result = %(result)s, answer = null, error = null, deliveries = 0,
                           updated_at = now(), {ANSWER_FACTS}
        where {UNFINISHED} returning organization_id, operation_id, reference, sent_at, sent -> 'label' as sent
    ), shipment as (
        insert into shipments (id, organization_id, order_id, operation_id, carrier_account_id, carrier,
                               shipping_carrier, service, status, reference, carrier_shipment_id,
                               tracking_number, label_format, cost, currency, cost_parts, void_until,
                               usual_void_until, sent)
        select %(shipment_id)s, organization_id, %(order_id)s, operation_id, %(carrier_account_id)s, %(carrier)s,
               %(shipping_carrier)s, %(service)s, 'label_created', reference, %(carrier_shipment_id)s,
               %(tracking_number)s, %(format)s, %(cost)s::numeric, %(currency)s, %(cost_parts)s, %(void_until)s,
               coalesce(sent_at, now()) + %(usual_void_days)s * interval '1 day', sent
        from effect returning organization_id, id
    ), label as (
        insert into shipment_labels (shipment_id, organization_id, format, document)
        select id, organization_id, %(format)s, %(document)s from shipment
        where octet_length(%(document)s::bytea) > 0
    )
    {insert_log("from effect", event="'step.done'", step="%(step)s")}
"""


def delivery_params(effect: Effect) -> Params:
    """Return the parameters that identify an effect and its delivery, and the facts about its answer."""
    return {
        "id": effect.id,
        "attempts": effect.attempts,
        "answer_status": effect.answer_status,
        "answer_digest": effect.answer_digest,
    }


async def end_run(transaction: OrganizationTransaction, effect: Effect, ending: RunOutcome | None) -> bool:
    """Record how the run ends if the effect is done; return whether it ended."""
    if ending is None:
        return False
    sql, params = end_with_effect(ending, effect)
    return await transaction.fetch_one(dict, sql, **params) is not None


def add_result(ending: RunOutcome | None, result: Json) -> RunOutcome | None:
    """Return the ending with the last step's result in its output."""
    return None if ending is None else replace(ending, output={**(ending.output or {}), **result})


async def log(transaction: OrganizationTransaction, effect: Effect, event: str, message: str) -> None:
    """Write one entry into the operation's log."""
    await transaction.execute(LOG, operation_id=effect.operation_id, event=event, message=message, step=effect.step)


async def record_label(
    transaction: OrganizationTransaction, effect: Effect, record: LabelRecord, message: str, ending: RunOutcome | None
) -> Recorded[LabelResult]:
    """Mark a purchase done, with its shipment and label; see `domain.ports.ledger.Ledger.record_label`."""
    result = _label_result(record)
    row = {
        **asdict(result),
        "order_id": record.order_id,
        "shipping_carrier": record.shipping_carrier,
        "format": record.label.label_format,
    }
    values = {
        **delivery_params(effect),
        **row,
        "document": record.document,
        "usual_void_days": record.usual_void_days,
        "cost_parts": Jsonb([asdict(part) for part in record.label.cost_parts]),
        "result": as_json(result),
        "message": message,
        "step": effect.step,
    }
    ending = add_result(ending, to_json(result))
    statements = [(RECORD_LABEL, values), *([] if ending is None else [end_with_effect(ending, effect)])]
    written, *ended = await transaction.execute_each(*statements)
    if written:
        return Recorded(result, has_ended=any(ended))
    stored = await transaction.fetch_one(Effect, LATEST, **step_params(effect))
    if stored is None or stored.state is not EffectState.DONE or stored.result is None:
        raise Ambiguous("another attempt continued this step")
    return Recorded(stored.read(LabelResult), has_ended=False)


def _label_result(record: LabelRecord) -> LabelResult:
    label = record.label
    return LabelResult(
        shipment_id=new_id(),
        tracking_number=label.tracking_number,
        carrier=record.carrier,
        service=label.service,
        carrier_account_id=record.account_id,
        carrier_shipment_id=label.carrier_shipment_id,
        cost=label.cost,
        currency=label.currency,
        void_until=label.void_until,
    )


async def record_compensation(
    transaction: OrganizationTransaction, effect: Effect, outcome: UndoOutcome, message: str
) -> None:
    """Record the outcome of a compensation, and mark the compensated effect reversed if it is in `REVERSED`."""
    stands_no_more = outcome in REVERSED
    state = EffectState.DONE if stands_no_more else EffectState.REJECTED
    written = await transaction.execute(
        "update effects set state = %(state)s, outcome = %(outcome)s, error = null, deliveries = 0, updated_at = now()"
        " where organization_id = %(org)s and id = %(id)s"
        # If two deliveries disagree, the one that compensated is right, in either order.
        " and (state in ('sent', 'unknown') and (%(state)s = 'done' or attempts = %(attempts)s)"
        " or state = 'rejected' and %(state)s = 'done'"
        # Only a person had resolved it.
        " or state = 'done' and outcome is null and result ? 'resolved_by')",
        **delivery_params(effect),
        state=state.value,
        outcome=outcome.value,
    )
    if not written:
        return
    if stands_no_more and effect.undoes is not None:
        order_id = await transaction.fetch_value(REVERSE, id=effect.undoes)
        if order_id is not None:
            await refresh_status(transaction, order_id, effect)
    event = "step.undone" if effect.direction is Direction.UNDO else "step.done"
    await log(transaction, effect, event if stands_no_more else "step.undo_refused", message)


async def void_shipment(transaction: OrganizationTransaction, shipment_id: UUID, outcome: UndoOutcome) -> None:
    """Mark a shipment as voided."""
    is_pending = outcome is UndoOutcome.REFUND_PENDING
    await transaction.execute(
        "update shipments set status = %(status)s, voided_at = now(), updated_at = now(), refund = %(refund)s,"
        " track_at = case when %(refund)s::text is not null then now() + %(first_look)s end, tracking_failures = 0"
        " where organization_id = %(org)s and id = %(id)s and voided_at is null",
        id=shipment_id,
        status=(ShipmentStatus.REFUND_PENDING if is_pending else ShipmentStatus.VOIDED).value,
        refund=RefundState.PENDING.value if is_pending else None,
        first_look=FIRST_REFUND_LOOK,
    )
