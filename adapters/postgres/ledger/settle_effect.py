"""Records the outcomes of effects."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from adapters.postgres.core.events import insert_event_by_id
from adapters.postgres.core.row_factory import as_json
from adapters.postgres.core.transaction import OrganizationTransaction, Params
from adapters.postgres.ledger.begin_effect import LATEST, step_params
from adapters.postgres.runs.run_outcome import end_with_effect
from adapters.postgres.stores.looking import LOOKING
from adapters.postgres.stores.order_status import Statement, refresh_status
from domain.effects import REVERSED, Direction, Effect, EffectState, UndoOutcome
from domain.errors import Ambiguous
from domain.ids import new_id
from domain.json_values import Json, to_json
from domain.label_parts import DocumentKind, LabelDocument
from domain.ports.ledger import LabelRecord, Recorded, RunOutcome
from domain.results import LabelResult, ParcelResult
from domain.shipping import Label, RefundState, ShipmentStatus, format_of
from domain.tracking import FIRST_REFUND_LOOK

OWN_DELIVERY = "organization_id = %(org)s and id = %(id)s and attempts = %(attempts)s and state = 'sent'"
"""A delivery must not overwrite the result of a later one."""

UNFINISHED = (
    f"({OWN_DELIVERY} or organization_id = %(org)s and id = %(id)s and state = 'done' and result ? 'resolved_by')"
)
"""As above, or a person resolved the effect as `happened` and its result is completed now."""


def insert_entry(source: str = "") -> str:
    """Return the statement that inserts an event of an effect, which `source` may prevent."""
    return insert_event_by_id(
        source,
        organization_id="%(org)s",
        operation_id="%(operation_id)s",
        event="%(event)s",
        step="%(step)s",
        progress=LOOKING,
    )


LOG = insert_entry()

COMPENSATE_IF = f"""
    with effect as (
        update effects
        set state = %(state)s, outcome = %(outcome)s, error = null, deliveries = 0, updated_at = now()
        where organization_id = %(org)s and id = %(id)s
          and (state in ('sent', 'unknown') and (%(state)s = 'done' or attempts = %(attempts)s)
               or state = 'rejected' and %(state)s = 'done'
               or state = 'done' and outcome is null and result ? 'resolved_by')
          and {{condition}}
        returning organization_id, operation_id
    ), reversed as (
        update effects as target set reversed_at = now(), updated_at = now()
        from effect
        where target.organization_id = %(org)s and target.id = %(undoes)s::uuid and reversed_at is null
        returning target.id
    ), uncounted as (
        delete from order_status_changes using reversed
        where order_status_changes.organization_id = %(org)s and effect_id = reversed.id
        returning order_id
    ), log as (
        {insert_event_by_id("from effect", event="%(event)s", step="%(step)s")}
    )
    select order_id from effect left join uncounted on true
"""
"""If two deliveries disagree, the one that compensated is right, in either order, and so it is if a person had resolved
the effect. Marks the compensated effect reversed and removes its change of the order's status."""

COMPENSATE = COMPENSATE_IF.replace("{condition}", "true")
COMPENSATE_LABEL = COMPENSATE_IF.replace(
    "{condition}",
    """
    not exists (
        select from order_status_changes where organization_id = %(org)s and effect_id = %(undoes)s::uuid
    )
    """,
)
"""The compensated effect must not count for its order's status."""

VOID_SHIPMENT = """
    update shipments
    set status = %(status)s, voided_at = now(), updated_at = now(), refund = %(refund)s, tracking_failures = 0,
        track_at = case when %(refund)s::text is not null then now() + %(first_look)s end
    where organization_id = %(org)s and id = %(id)s and voided_at is null
"""

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
        insert into shipment_documents (id, shipment_id, organization_id, kind, format, document)
        select %(document_id)s, id, organization_id, 'label', %(format)s, %(document)s from shipment
        where octet_length(%(document)s::bytea) > 0
    )
"""
LOG_LABEL = insert_event_by_id("from effect", event="'step.done'", step="%(step)s")
RECORD_ONE_LABEL = RECORD_LABEL + LOG_LABEL

RECORD_PARTS = f"""
    {RECORD_LABEL}, parcels as (
        insert into shipment_parcels (shipment_id, organization_id, number, tracking_number, carrier_parcel_id,
                                      cost, currency)
        select id, organization_id, number, parcel.tracking_number, parcel.carrier_parcel_id, parcel.cost,
               parcel.currency
        from shipment cross join jsonb_to_recordset(%(parcels)s)
             as parcel (number int, tracking_number text, carrier_parcel_id text, cost numeric, currency text)
    ), documents as (
        insert into shipment_documents (id, shipment_id, organization_id, kind, parcel, format, document)
        select part.id, shipment.id, organization_id, part.kind, part.parcel, part.format, part.document
        from shipment cross join unnest(
            %(document_ids)s::uuid[], %(kinds)s::text[], %(places)s::int[], %(formats)s::text[], %(contents)s::bytea[]
        ) as part (id, kind, parcel, format, document)
    )
    {LOG_LABEL}
"""
"""As `RECORD_ONE_LABEL`, with several parcels or further documents."""


def delivery_params(effect: Effect) -> Params:
    """Return the parameters that identify an effect and its delivery, and the facts about its answer."""
    return {
        "id": effect.id,
        "attempts": effect.attempts,
        "answer_status": effect.answer_status,
        "answer_digest": effect.answer_digest,
    }


def end_run(effect: Effect, ending: RunOutcome | None) -> list[Statement]:
    """Return the statement that records how the run ends if the effect is done."""
    return [] if ending is None else [end_with_effect(ending, effect)]


def has_ended(counts: Sequence[int], endings: Sequence[Statement]) -> bool:
    """Return whether the run ended, from the counts of statements whose last one is that of `end_run`."""
    return bool(endings) and counts[-1] > 0


def add_result(ending: RunOutcome | None, result: Json) -> RunOutcome | None:
    """Return the ending with the last step's result in its output."""
    return None if ending is None else replace(ending, output={**(ending.output or {}), **result})


def log_params(effect: Effect, message: str | None) -> dict[str, Any]:
    """Return the parameters of a statement that logs an effect; without a message, the log has no entry."""
    return {**delivery_params(effect), "operation_id": effect.operation_id, "step": effect.step, "message": message}


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
        "document_id": new_id(),
        "usual_void_days": record.usual_void_days,
        "cost_parts": Jsonb([asdict(part) for part in record.label.cost_parts]),
        "result": as_json(result),
        "message": message,
        "step": effect.step,
    }
    endings = end_run(effect, add_result(ending, to_json(result)))
    parts = _part_params(record.label)
    statement = (RECORD_PARTS, {**values, **parts}) if parts else (RECORD_ONE_LABEL, values)
    counts = await transaction.execute_each(statement, *endings)
    if counts[0]:
        return Recorded(result, has_ended=has_ended(counts, endings))
    stored = await transaction.fetch_one(Effect, LATEST, **step_params(effect))
    if stored is None or stored.state is not EffectState.DONE or stored.result is None:
        raise Ambiguous("another attempt continued this step")
    return Recorded(stored.read(LabelResult), has_ended=False)


def _part_params(label: Label) -> Params:
    """Return the parameters of the parcels and further documents of a label; empty if it has neither."""
    own = (
        LabelDocument(
            DocumentKind.LABEL, format_of(parcel.document) or label.label_format, parcel.document, parcel.number
        )
        for parcel in label.parcels
        if parcel.document
    )
    documents = (*own, *label.documents)
    if not label.parcels and not documents:
        return {}
    return {
        "parcels": Jsonb([to_json(replace(parcel, document=None, pounds=None)) for parcel in label.parcels]),
        "document_ids": [new_id() for _ in documents],
        "kinds": [document.kind.value for document in documents],
        "places": [document.parcel for document in documents],
        "formats": [document.format for document in documents],
        "contents": [document.data for document in documents],
    }


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
        tracking_numbers=tuple(parcel.tracking_number for parcel in label.all_parcels),
        parcels=tuple(
            ParcelResult(parcel.number, parcel.tracking_number, parcel.cost, parcel.currency)
            for parcel in label.all_parcels
        ),
    )


async def record_compensation(
    transaction: OrganizationTransaction,
    effect: Effect,
    outcome: UndoOutcome,
    message: str,
    ending: RunOutcome | None,
) -> bool:
    """Record the outcome of a compensation, and mark the compensated effect reversed if it is in `REVERSED`.

    Returns:
        Whether the run ended.
    """
    sql, params = settle_compensation(effect, outcome, message)
    settled = await transaction.fetch_all(dict, sql, **params)
    for row in settled:
        if row["order_id"] is not None:
            await refresh_status(transaction, row["order_id"], effect)
    endings = end_run(effect, ending)
    return has_ended(await transaction.execute_each(*endings), endings)


async def record_void(
    transaction: OrganizationTransaction,
    effect: Effect,
    outcome: UndoOutcome,
    message: str,
    *,
    shipment_id: UUID,
    ending: RunOutcome | None,
) -> bool | None:
    """Do the same for a label in one round trip, and void its shipment.

    Returns:
        None if only `record_compensation` can decide: another delivery recorded an outcome, or the compensated effect
        counts for its order's status.
    """
    # The shipment first: a second delivery of a void locks it before the effect.
    voided = [_void_shipment(shipment_id, outcome)] if outcome in REVERSED else []
    endings = end_run(effect, ending)
    _, params = settle_compensation(effect, outcome, message)
    counts = await transaction.execute_each(*voided, (COMPENSATE_LABEL, params), *endings)
    return has_ended(counts, endings) if counts[len(voided)] else None


def settle_compensation(effect: Effect, outcome: UndoOutcome, message: str) -> Statement:
    """Return the statement that records a compensation's outcome; it returns orders whose status may change."""
    is_gone = outcome in REVERSED
    is_undo = effect.direction is Direction.UNDO
    return COMPENSATE, {
        **log_params(effect, message),
        "state": (EffectState.DONE if is_gone else EffectState.REJECTED).value,
        "outcome": outcome.value,
        "undoes": effect.undoes if is_gone else None,
        "event": "step.undo_refused" if not is_gone else "step.undone" if is_undo else "step.done",
    }


def _void_shipment(shipment_id: UUID, outcome: UndoOutcome) -> Statement:
    is_pending = outcome is UndoOutcome.REFUND_PENDING
    return VOID_SHIPMENT, {
        "id": shipment_id,
        "status": (ShipmentStatus.REFUND_PENDING if is_pending else ShipmentStatus.VOIDED).value,
        "refund": RefundState.PENDING.value if is_pending else None,
        "first_look": FIRST_REFUND_LOOK,
    }
