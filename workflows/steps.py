"""The steps of the built-in types. Each type's workflow defines their order."""

from collections.abc import Mapping

from domain.json_values import Json
from domain.operations import UndoRefusal
from domain.plan import Plan
from domain.results import LabelResult, PushResult, StatusResult, VoidedShipment
from domain.shipping import LABEL_NAME, LABEL_NAME_FORM
from domain.vendors.catalogue import CARRIERS
from workflows.saga import Saga
from workflows.step import Step, UndoBlock, UndoContext


def _describe_unused_label(context: UndoContext) -> str:
    if not context.effect.result:
        return "nothing"
    return f"nothing; tracking number {context.effect.read(LabelResult).tracking_number} shows no parcel"


def _find_label_problems(plan: Plan, values: Mapping[str, str]) -> Mapping[str, str]:
    """Return the problems of a label's numbers: malformed, or an id that cannot void a label at the carrier."""
    names = {name: values[name] for name in ("tracking_number", "carrier_shipment_id") if name in values}
    problems = {name: LABEL_NAME_FORM for name, text in names.items() if not LABEL_NAME.fullmatch(text)}
    profile, shipment_id = CARRIERS.get(plan.carrier or ""), names.get("carrier_shipment_id")
    problem = profile.shipment_id_problem(shipment_id) if profile is not None and shipment_id is not None else None
    return {**problems, "carrier_shipment_id": problem} if problem else problems


def _block_scanned_parcel(context: UndoContext) -> UndoBlock | None:
    shipment_id = context.effect.shipment_id
    status = context.scanned.get(shipment_id) if shipment_id else None
    if status is None:
        return None
    message = f"the carrier has scanned the parcel ({status.value})"
    return UndoBlock(UndoRefusal.IN_TRANSIT, message, is_forceable=True, tracking_status=status)


def _describe_unshipped_order(context: UndoContext) -> str:
    notified = bool(context.effect.result) and context.effect.read(PushResult).notified
    mail = "; the shipping email can't be recalled" if notified else ""
    return f"the shop shows the order as not shipped again{mail}"


def _explain_final_fulfillment(plan: Plan) -> str | None:
    return "this channel can't cancel a fulfillment" if plan.can_undo is False else None


def _describe_restored_status(context: UndoContext) -> str:
    after = context.status_after_undo or context.effect.read(StatusResult).previous_status
    return f"the order stays {after.value}" if after is context.order_status else f"the order is {after.value} again"


BUY_LABEL = Step(
    "buy_label",
    activity="buy_label",
    recovery="recover_label",
    compensation="void_label",
    result=LabelResult,
    needs_open_order=True,
    buys=True,
    touches=("carrier_account_id",),
    resolved_with=("tracking_number", "carrier_shipment_id"),
    result_problems=_find_label_problems,
    customer_sees=_describe_unused_label,
    undo_until="void_until",
    blocks_undo=_block_scanned_parcel,
)
PUSH_FULFILLMENT = Step(
    "push_fulfillment",
    activity="push_fulfillment",
    recovery="recover_fulfillment",
    compensation="cancel_fulfillment",
    result=PushResult,
    waiting="await_fulfillment",
    needs_open_order=True,
    uses=("shipment_id",),
    touches=("bridge_id",),
    resolved_with=("fulfillment_id",),
    customer_sees=_describe_unshipped_order,
    blocked_by_plan=_explain_final_fulfillment,
)
SET_ORDER_STATUS = Step(
    "set_order_status",
    activity="set_order_status",
    recovery=None,
    compensation="restore_order_status",
    result=StatusResult,
    customer_sees=_describe_restored_status,
    reads_order=True,
)
VOID_SHIPMENT = Step(
    "void_shipment",
    activity="void_shipment",
    recovery="recover_void",
    compensation=None,
    result=VoidedShipment,
    repeatable=True,
    uses=("shipment_id",),
    removes=True,
    touches=("carrier_account_id",),
)


async def set_order_status(saga: Saga, output_so_far: Json | None = None) -> Json:
    """Set the status as the last step, and return the operation's output."""
    return await saga.last_step(SET_ORDER_STATUS, output_so_far, order_id=saga.run.order_id)
